"""What a maintainer can do about a ticket, and what its answer to it means."""

from dataclasses import dataclass
from enum import StrEnum

from maas_core.maintenance.tickets import Story
from maas_core.ports.bid_strategy import Accept, Offer, Pass
from maas_core.protocol.records import Ticket
from maas_core.protocol.states import SelectionPolicy, TicketState


class Way(StrEnum):
    """How a ticket can be answered."""

    ACCEPT = "accept"
    BID = "bid"
    COMMIT = "commit"


def way(ticket: Ticket, now: int) -> Way | None:
    """How an open ticket can be answered at `now` (ledger time); None: too late, or not open."""
    if ticket.state != TicketState.OPEN:
        return None
    match ticket.selection.policy:
        case SelectionPolicy.FCFS:
            return Way.ACCEPT
        case SelectionPolicy.SCORED:
            return Way.BID if now < ticket.selection.award_at else None
        case _:
            return Way.COMMIT if now < ticket.selection.commit_until else None


def may_reveal(ticket: Ticket, now: int, margin: int) -> bool:
    """Whether a commitment can be opened: not before `margin` seconds after bidding has ended, in doubt at the end."""
    chosen = ticket.selection
    sealed = ticket.state == TicketState.OPEN and chosen.policy == SelectionPolicy.SEALED
    opens = min(chosen.commit_until + margin, (chosen.commit_until + chosen.reveal_until) // 2)
    return sealed and opens <= now < chosen.reveal_until


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a ticket is left to others."""

    reason: str


def fitting(answer: Pass | Accept | Offer, chosen: Way) -> Accept | Offer | Refusal:
    """The strategy's answer, if the ticket can be answered so."""
    match answer:
        case Pass(reason):
            return Refusal(reason)
        case Accept() if chosen is Way.ACCEPT:
            return answer
        case Offer() if chosen is not Way.ACCEPT:
            return answer
        case Accept():
            return Refusal("the ticket goes to the best bid, and the strategy made none")
        case _:
            return Refusal("the ticket goes to the first who comes, and the strategy wants to bid")


def gave_back(story: Story, me: int) -> bool:
    """Whether a maintainer has had this ticket and has it no more: it does not take it again by itself."""
    return any(one.maintainer == me and one.ended is not None for one in story.assignments)
