"""The built-in strategies, with prices and times computed by hand."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_bidding.distance import metres
from maas_bidding.settings import AcceptSettings, CostPlusSettings, FixedSettings
from maas_bidding.strategies import AcceptAtOnce, CostPlus, FixedPrice

from maas_core.plugins import build_plugin_manager
from maas_core.ports.bid_strategy import Accept, Offer, Opportunity, Pass
from maas_core.protocol.commands import Selection
from maas_core.protocol.model.maintenance import FIRST_COME
from maas_core.protocol.records import Machine, Ticket
from maas_core.protocol.states import MachineState, SelectionPolicy, TicketKind, TicketState

SCORED = Selection(SelectionPolicy.SCORED, 150, 2, 0, 0, 4000, 3000, 2000, 1000)
MUNICH = {"site": {"latitude": 48_137_154, "longitude": 11_576_124}}
COST_PLUS = CostPlusSettings(call_out=10_000, latitude="48.137154", longitude="11.576124")


def opportunity(selection: Selection = SCORED, own: int = 0, work: dict[str, Any] | None = None) -> Opportunity:
    ticket = Ticket(
        machine=b"m" * 16, kind=TicketKind.REACTIVE, n=1, oem=1, machine_class=7, opener=2, assignee=0,
        state=TicketState.OPEN, version=1, selection=selection, open_since=10, assigned_at=0, deadline=1000, time=10,
        work=b"w" * 32, payer=1,
    )  # fmt: skip
    machine = Machine(
        machine=b"m" * 16, oem=1, customer=2, registrar=1, machine_class=7, state=MachineState.STOPPED, version=4,
        terms=b"t" * 32, last_at=5, spec=b"s" * 32, telemetry_interval=60, invoice_period=60,
    )  # fmt: skip
    return Opportunity(ticket, machine, work or {}, (), own, 20)


def test_accepting_at_once_takes_what_goes_to_the_first_who_comes() -> None:
    strategy = AcceptAtOnce(AcceptSettings(most_tickets=2))
    assert strategy.decide(opportunity(FIRST_COME, own=1)) == Accept()
    assert strategy.decide(opportunity(FIRST_COME, own=2)) == Pass("2 tickets are not completed, at most 2 are wanted")
    assert isinstance(strategy.decide(opportunity(SCORED)), Pass)


def test_a_fixed_price_is_the_same_for_every_ticket() -> None:
    strategy = FixedPrice(FixedSettings(price=500, eta=60, distance=7, most_tickets=3))
    assert strategy.decide(opportunity(own=0)) == strategy.decide(opportunity(own=2, work=MUNICH)) == Offer(500, 60, 7)
    assert strategy.decide(opportunity(FIRST_COME)) == Accept()
    assert isinstance(strategy.decide(opportunity(own=3)), Pass)


@pytest.mark.parametrize(
    ("own", "work", "offer"),
    [
        # (10000 + 0) x 1.2; half an hour of preparation
        (0, MUNICH, Offer(12_000, 1800, 0)),
        # two tickets: x 1.4; each delays by four hours
        (2, MUNICH, Offer(14_000, 1800 + 2 * 14_400, 0)),
        # no site: 100 km at 1.00 each and 60 km/h: (10000 + 10000) x 1.2
        (0, {}, Offer(24_000, 1800 + 6000, 100_000)),
        (0, {"site": "Munich"}, Offer(24_000, 1800 + 6000, 100_000)),
    ],
)
def test_cost_plus_grows_with_distance_and_load(own: int, work: dict[str, Any], offer: Offer) -> None:
    assert CostPlus(COST_PLUS).decide(opportunity(own=own, work=work)) == offer


def test_what_is_too_far_is_left_to_others() -> None:
    near = replace(COST_PLUS, most_distance=99_999)
    assert CostPlus(near).decide(opportunity()) == Pass("100000 m away, at most 99999 m are wanted")


def test_a_great_circle_is_as_long_as_the_earth_says() -> None:
    munich, berlin = (48.137154, 11.576124), (52.520008, 13.404954)
    assert abs(metres(munich, berlin) - 504_400) < 500
    assert metres((0, 0), (0, 180)) == round(3.141592653589793 * 6_371_009)


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(places, places)
def test_the_way_is_as_long_there_as_back(here: tuple[float, float], there: tuple[float, float]) -> None:
    assert metres(here, here) == 0
    assert abs(metres(here, there) - metres(there, here)) <= 1


@pytest.mark.parametrize("wrong", ["", "north", "91", "nan", "inf"])
def test_a_place_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"latitude: .*accepted: degrees"):
        CostPlusSettings(call_out=1, latitude=wrong, longitude="0")


def test_the_plugin_offers_its_strategies_by_name() -> None:
    assert {"accept", "cost-plus", "fixed-price"} <= set(build_plugin_manager().bid_strategies.names())
