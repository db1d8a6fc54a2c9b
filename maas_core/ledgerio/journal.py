"""Journal: what the engine asks of the node's database. Each call is one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from maas_core.ledgerio.submission import Submission
from maas_core.ports.workflow import BlockRef, EventBlock, LedgerEvent
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """A command to be sent."""

    id: bytes
    command: Command
    created: int
    not_after: int | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A final event that could not be folded, or that waits behind one: kept in order, to be tried again."""

    position: int
    """In the order of the ledger; given by the journal, 0 for a new one."""
    block: BlockRef
    entry: LedgerEvent
    reason: str
    subject: str


@dataclass(frozen=True, slots=True)
class Halt:
    """The chain contradicts something final."""

    block: BlockRef
    """The final block that is not part of the chain any more."""
    reason: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """What the node knows of the chain."""

    checkpoint: BlockRef | None
    """Up to here all events are folded."""
    unfinal: tuple[EventBlock, ...]
    """Blocks after the checkpoint, ascending."""
    pinned: BlockRef | None = None
    """The highest block on which the end of a submission relies, if it lies above the checkpoint."""
    halt: Halt | None = None

    @property
    def tip(self) -> BlockRef | None:
        """The last block that was looked at."""
        return self.unfinal[-1].block if self.unfinal else self.checkpoint


@dataclass(frozen=True, slots=True)
class Folded:
    """Final blocks, their effect on the records, and the checkpoint: all or nothing."""

    checkpoint: BlockRef
    blocks: tuple[EventBlock, ...]
    records: Iterable[tuple[Key, Any]]
    """Changed records; `ABSENT` for a key that is gone."""
    quarantined: tuple[Quarantined, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """One transaction of the engine."""

    submissions: Sequence[Submission] = ()
    """As they are now; their attempts included."""
    blocks: Sequence[EventBlock] = ()
    """New unfinal blocks."""
    drop_above: int | None = None
    """Unfinal blocks higher than this left the chain; applied before `blocks`."""
    folded: Folded | None = None
    pinned: BlockRef | None = None
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an engine needs to go on where the last one stopped."""

    chain: ChainState
    submissions: tuple[Submission, ...] = field(default=())
    """All that are not finished, ascending by `seq`."""
    last_seq: int = 0
    quarantined: frozenset[str] = frozenset()
    """Subjects whose events wait in quarantine."""


class Journal(Protocol):
    """Durable memory of one node."""

    def load(self) -> Loaded:
        """Where things stand."""

    def submit(self, new: Sequence[NewSubmission]) -> list[Submission]:
        """Store intents, in this order. An id that exists already is not stored again; the stored one is returned."""

    def since(self, seq: int) -> Sequence[Submission]:
        """Submissions stored after `seq`, ascending, by whatever process."""

    def commit(self, changes: Changes) -> None:
        """Store what the engine decided. Raises `BusyError` if another writer has taken over since."""

    def read(self, key: Key) -> Any:
        """The final record under a key, or the party of ("identity", identity); None if absent."""
