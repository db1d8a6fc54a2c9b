"""BidStrategy: what a maintainer's node does about a ticket that it may serve."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from maas_core.protocol.records import BidRecord, Machine, Ticket


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A final, open ticket of a machine for which this maintainer is accredited, and the maintainer's own situation."""

    ticket: Ticket
    machine: Machine
    work: dict[str, Any]
    """The decrypted work document that the ticket names."""
    bids: tuple[BidRecord, ...]
    """What is known of others' bids: nothing while bidding is sealed."""
    own_tickets: int
    """Tickets that are assigned to this maintainer and not completed."""
    now: int
    """Ledger time, seconds UTC."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave this ticket to others."""

    reason: str


@dataclass(frozen=True, slots=True)
class Accept:
    """Take it: an `accept_ticket`, for tickets that go to the first who comes."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Bid on it, openly or sealed as the ticket says, for tickets that are scored."""

    price: int
    """Minor units of the currency that the work document's service terms name."""
    eta: int
    """Seconds from the award to the arrival at the machine."""
    distance: int
    """Metres."""
    details: dict[str, Any] = field(default_factory=dict)
    """Goes into the offer document, for people."""


class BidStrategy(Protocol):
    """Decides. It does nothing by itself: the node sends the command and, for a sealed bid, reveals it in time."""

    def decide(self, opportunity: Opportunity) -> Pass | Accept | Offer:
        """What to do about a ticket. Called again when ticket or bids changed and no bid of ours stands.

        The same opportunity always gives the same answer.
        """


@dataclass(frozen=True, slots=True)
class BidStrategyBackend:
    """A strategy that can be chosen by `[maintenance] strategy = name`."""

    name: str
    summary: str
    settings: type[Any]
    open: Callable[[Any], BidStrategy]
