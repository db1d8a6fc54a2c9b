"""What an opener does about its ticket."""

from dataclasses import dataclass
from enum import StrEnum

from maas_core.maintenance.tickets import Story
from maas_core.protocol.records import Ticket
from maas_core.protocol.states import SelectionPolicy, TicketState

BEST = 5
WORST = 1


class Step(StrEnum):
    """Commands of an opener."""

    AWARD = "award"
    RELEASE = "release"
    REOPEN = "reopen"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class OwnerPolicy:
    """What a node does by itself about the tickets that its party opened."""

    award: bool = True
    release_late: bool = True
    close_on_recovery: bool = True
    """Otherwise somebody closes by hand."""
    reopen_after: int = 0
    """Seconds after completion after which work that telemetry does not confirm is sent back; 0: never."""
    margin: int = 2
    """Seconds by which ledger time may lag behind this node's clock."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an opener knows beside the ticket."""

    now: int
    """Seconds UTC."""
    bids: int
    """Bids placed."""
    recovered: bool
    """Telemetry shows that the machine is well: after a stop again, after preventive work still."""
    alarmed: bool
    """Telemetry shows that it is not."""


def next_step(ticket: Ticket, policy: OwnerPolicy, seen: Circumstances) -> Step | None:
    """The command that is to be sent now; None: wait."""
    now = seen.now - policy.margin
    match ticket.state:
        case TicketState.OPEN if policy.award and may_award(ticket, seen.bids, now):
            return Step.AWARD
        case TicketState.ASSIGNED if policy.release_late and now >= ticket.deadline:
            return Step.RELEASE
        case TicketState.COMPLETED:
            return _after_completion(ticket, policy, seen, now)
        case _:
            return None


def may_award(ticket: Ticket, bids: int, now: int) -> bool:
    """Whether the ledger would compute a winner now."""
    chosen = ticket.selection
    match chosen.policy:
        case SelectionPolicy.SEALED:
            return now >= chosen.reveal_until
        case SelectionPolicy.SCORED:
            return now >= chosen.award_at or 0 < chosen.award_from <= bids
        case _:
            return False


def _after_completion(ticket: Ticket, policy: OwnerPolicy, seen: Circumstances, now: int) -> Step | None:
    if policy.close_on_recovery and seen.recovered:
        return Step.CLOSE
    late = policy.reopen_after and now >= ticket.time + policy.reopen_after
    return Step.REOPEN if late and seen.alarmed else None


def rating(story: Story) -> int:
    """A rating that both sides can recompute: 5, less 2 if completed after the deadline, 1 for each time sent back."""
    late = bool(story.completed_at) and story.completed_at[-1] > story.deadline
    return max(WORST, BEST - 2 * late - len(story.reopened_at))
