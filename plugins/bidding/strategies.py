"""The strategies. Each is a function of the opportunity and its settings; prices and times are integers throughout."""

from maas_bidding.distance import metres
from maas_bidding.settings import MICRO, AcceptSettings, CostPlusSettings, FixedSettings

from maas_core.maintenance.documents import site_of
from maas_core.ports.bid_strategy import Accept, Offer, Opportunity, Pass
from maas_core.protocol.states import SelectionPolicy
from maas_core.protocol.types import MAX_AMOUNT

WHOLE = 10_000
"""Basis points of the whole."""
MOST_U32 = 2**32 - 1


def _is_first_come(opportunity: Opportunity) -> bool:
    return opportunity.ticket.selection.policy == SelectionPolicy.FCFS


def _too_many(opportunity: Opportunity, most: int) -> Pass | None:
    own = opportunity.own_tickets
    return Pass(f"{own} tickets are not completed, at most {most} are wanted") if own >= most else None


class AcceptAtOnce:
    """Takes what goes to the first who comes."""

    def __init__(self, settings: AcceptSettings) -> None:
        self._settings = settings

    def decide(self, opportunity: Opportunity) -> Pass | Accept | Offer:
        """What to do about a ticket."""
        if not _is_first_come(opportunity):
            return Pass("it is bid on, and this strategy names no price")
        return _too_many(opportunity, self._settings.most_tickets) or Accept()


class FixedPrice:
    """The same offer for every ticket."""

    def __init__(self, settings: FixedSettings) -> None:
        self._settings = settings

    def decide(self, opportunity: Opportunity) -> Pass | Accept | Offer:
        """What to do about a ticket."""
        full = _too_many(opportunity, self._settings.most_tickets)
        if full is not None:
            return full
        if _is_first_come(opportunity):
            return Accept()
        return Offer(self._settings.price, self._settings.eta, self._settings.distance)


class CostPlus:
    """What it costs to go there, and something on top that grows with what there is to do already."""

    def __init__(self, settings: CostPlusSettings) -> None:
        self._settings = settings

    def decide(self, opportunity: Opportunity) -> Pass | Accept | Offer:
        """What to do about a ticket."""
        its = self._settings
        way = self._way(opportunity)
        if way > its.most_distance:
            return Pass(f"{way} m away, at most {its.most_distance} m are wanted")
        full = _too_many(opportunity, its.most_tickets)
        if full is not None:
            return full
        if _is_first_come(opportunity):
            return Accept()
        load = opportunity.own_tickets
        cost = its.call_out + its.per_km * way // 1000
        price = cost * (WHOLE + its.margin + its.load * load) // WHOLE
        eta = its.preparation + way * 3600 // (1000 * its.km_per_hour) + its.waiting * load
        return Offer(min(price, MAX_AMOUNT), min(eta, MOST_U32), way)

    def _way(self, opportunity: Opportunity) -> int:
        site = site_of(opportunity.work)
        if site is None:
            return self._settings.distance
        here = (float(self._settings.latitude), float(self._settings.longitude))
        return metres(here, (site.latitude / MICRO, site.longitude / MICRO))
