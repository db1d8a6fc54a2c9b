"""What is done, and what becomes of it: steps that depend on each other, and a row for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from hashlib import sha256
from math import nan

from maas_core.protocol.commands import Command


@dataclass(slots=True)
class Content:
    """Bytes of a stored object: random once for the whole run, with a beginning of its own for each object."""

    head: bytes
    body: memoryview

    def whole(self) -> bytes:
        """All of them."""
        return self.head + self.body

    def digest(self) -> bytes:
        """Their SHA-256."""
        return sha256(self.whole()).digest()


@dataclass(frozen=True, slots=True)
class Put:
    """Store an object."""

    content: Content


@dataclass(frozen=True, slots=True)
class Get:
    """Fetch an object that was stored before."""

    content: Content


Work = Command | Put | Get


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a session."""

    operation: str
    actor: str
    work: Callable[[int], Work]
    """From seconds UTC, when it begins."""
    after: tuple[int, ...] | None = None
    """Indexes of the steps that must be included before; None: the one before, if any."""
    may_lose: bool = False
    """Somebody else may be first: a rejection is no failure."""
    measured: bool = True
    """Whether it counts; others only make ready."""


Session = Sequence[Step]
"""Steps that belong together, e.g. one machine's cycle."""


class Stage(Enum):
    """How far an operation has come."""

    SENT = "sent"
    """The ledger has taken it. Who watches blocks may tell of INCLUDED before the one that sends tells this."""
    INCLUDED = "included"
    """In a block; a storage has answered."""
    UNDONE = "undone"
    """Its block left the chain."""
    ENDED = "ended"
    """Nothing will change any more."""


class Outcome(StrEnum):
    """What came of an operation."""

    OK = "ok"
    LOST = "lost"
    """Rejected because somebody else was first, as some had to be."""
    REJECTED = "rejected"
    FAILED = "failed"
    """Gave up, or an error that is no rejection of the protocol."""
    UNFINISHED = "unfinished"
    """Not ended when the run's time was up."""
    SKIPPED = "skipped"
    """Never begun, since what it follows failed or came too late."""


@dataclass(frozen=True, slots=True)
class Request:
    """A step that is handed over now."""

    number: int
    actor: str
    work: Work
    sees: int = -1
    """The height of the block that the actor must see first: what it reacts to is in there."""


@dataclass(frozen=True, slots=True)
class Change:
    """An operation has come to a stage."""

    number: int
    stage: Stage
    at: float
    """By the run's clock."""
    outcome: Outcome = Outcome.OK
    final: bool = False
    """With ENDED: final by the node's policy, not only included."""
    height: int = -1
    cost: int | None = None
    """In the ledger's cost unit; bytes for a storage."""
    reason: str = ""


@dataclass(slots=True)
class Row:
    """One operation: what was meant, and what was. Times in seconds since the run began; nan: never came to that."""

    number: int
    session: int
    operation: str
    actor: str
    measured: bool
    intended: float = nan
    begun: float = nan
    """When the driver handed it over; later than intended: the driver was behind."""
    sent: float = nan
    included: float = nan
    final: float = nan
    ended: float = nan
    outcome: Outcome = Outcome.SKIPPED
    undone: int = 0
    """How often its block left the chain."""
    cost: int | None = None
    size: int = 0
    """Bytes of the object, for a storage."""
    reason: str = ""
