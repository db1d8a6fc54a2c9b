"""WorkflowLedger: submit business commands, follow business events.

A ledger backend turns commands into signed transactions and blocks into events. It keeps no state of its own: what has
to be remembered between calls (transactions in flight, nonces, checkpoints) is kept by the core and handed in. Every
call returns within its deadline; what the network did not answer in time is `UNAVAILABLE`, never an exception.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol, runtime_checkable

from maas_core.ports.clock import Deadline
from maas_core.protocol import PROTOCOL
from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Rejection


class Ability(StrEnum):
    """What only some ledgers can do; a config that needs one that is not declared fails at load."""

    FUND = "fund"
    """Pay an identity the native currency that its transactions cost."""
    PUBLISH_SOURCE = "publish_source"
    """Keep the contract's source on the ledger."""
    CHANGE_MEMBERS = "change_members"
    """Admit and remove those who run the ledger."""
    OBSERVERS = "observers"
    """Ask several endpoints independently."""


class Enforcement(StrEnum):
    """Who checks the protocol's rules."""

    CONTRACT = "contract"
    MODEL = "model"
    """The ledger only orders; each node runs the reference model over the log."""


class LedgerClock(StrEnum):
    """Where ledger time comes from."""

    BLOCK = "block"
    TRANSACTION = "transaction"
    LOG = "log"


class FinalityKind(StrEnum):
    """What can make an event final on a ledger."""

    INSTANT = "instant"
    """Included is final."""
    DEPTH = "depth"
    """So many blocks on top; never certain, so likely as the depth is chosen."""
    TAG = "tag"
    """The ledger says up to which block it is final."""
    QUORUM = "quorum"
    """k of m independent observers agree."""


class Sequencing(StrEnum):
    """Whether transactions of one identity must be included in the order of a counter."""

    FREE = "free"
    NONCE = "nonce"


@dataclass(frozen=True, slots=True)
class LedgerProfile:
    """What a ledger is like: declared by the backend, checked against the config, shown by `maasctl plugins`."""

    name: str
    enforces: Enforcement
    clock: LedgerClock
    sequencing: Sequencing
    finality: frozenset[FinalityKind]
    identity_form: str
    """How an identity's 32 bytes come about, for people."""
    max_command_bytes: int
    """The largest command, in its JSON form, that fits a transaction."""
    commands_per_broadcast: int
    """How many transactions one `broadcast` takes."""
    prepare_needs_network: bool
    cost_unit: str
    """What `Receipt.cost` counts, e.g. "gas"; empty if nothing."""
    event_retention: int | None = None
    """Blocks for which events can be read again; None: for ever."""
    clock_bound: int = 0
    """Seconds that ledger time may differ from real time."""
    attempts: int | None = None
    """How many dead attempts at one command are enough to give it up; None: it is tried until its time runs out."""
    abilities: frozenset[Ability] = frozenset()
    protocols: tuple[str, ...] = (PROTOCOL,)


@dataclass(frozen=True, slots=True)
class LedgerIdentity:
    """Who the backend signs as."""

    identity: bytes
    """32 bytes, as the protocol's parties carry it."""
    label: str
    """The ledger's own way of writing it, e.g. a checksummed address."""


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block: its height does not name it, its digest does."""

    height: int
    digest: bytes
    time: int
    """Ledger time, seconds UTC."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction that was or will be broadcast; kept by the core until its intent is final."""

    transaction: bytes
    """The transaction's id on the ledger, known before it is sent."""
    payload: bytes
    """The signed bytes."""
    sequence: int | None = None
    """The nonce, where sequencing is NONCE."""
    expires: int | None = None
    """Seconds UTC after which the ledger can no longer include it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What `prepare` must know about the transactions of this identity that are not final."""

    attempts: Sequence[Attempt] = ()
    """All that may still be included, in the order in which they were signed."""
    replaces: Attempt | None = None
    """The attempt of the same intent that the new one is to take the place of (same nonce, where there is one)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command as a signed transaction. Nothing was sent."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Refused:
    """The command cannot become a transaction; `rejection` is the protocol's code where the ledger gave one."""

    reason: str
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The ledger did not answer in time; try again later."""

    reason: str


class BroadcastStatus(Enum):
    """What became of a broadcast, and so what the core does next."""

    ACCEPTED = "accepted"
    """The ledger has it: wait for the receipt."""
    KNOWN = "known"
    """The ledger had it already: wait for the receipt."""
    RETRY_SAME = "retry same"
    """Not taken now: send the same bytes again later."""
    RESIGN = "resign"
    """These bytes can no longer be included: prepare a new attempt."""
    DEAD = "dead"
    """These bytes can never be included; look the others up before preparing a new one."""
    REFUSED = "refused"
    """Refused before it reached the ledger: final at once."""
    UNAVAILABLE = "unavailable"
    """No answer: it may or may not be there; look it up, then send the same bytes again."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """The outcome for one transaction."""

    transaction: bytes
    status: BroadcastStatus
    reason: str = ""
    rejection: Rejection | None = None


class ReceiptStatus(Enum):
    """What the ledger knows of a transaction."""

    UNKNOWN = "unknown"
    """Never heard of, or forgotten."""
    PENDING = "pending"
    STUCK = "stuck"
    """Known, but not includable as things are (a gap in the sequence before it, too low a fee): it may live on, and
    another is to be signed in its place."""
    INCLUDED = "included"
    """In a block, and its command took effect."""
    REJECTED = "rejected"
    """In a block (or ordered), and its command did not take effect."""
    DEAD = "dead"
    """Can never be included any more."""
    UNAVAILABLE = "unavailable"
    """No answer in time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger says of one transaction; provisional until its block is final."""

    transaction: bytes
    status: ReceiptStatus
    block: BlockRef | None = None
    rejection: Rejection | None = None
    probable: bool = False
    """The rejection code was inferred, not read."""
    cost: int | None = None
    """In the profile's cost unit."""
    reason: str = ""
    """Why it has no effect, for people; the ledger's own word where it is no rejection of the protocol."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Something that the ledger emitted as an event and that this version cannot read."""

    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """A protocol event and the transaction that it came from."""

    transaction: bytes
    event: Event | Undecodable


@dataclass(frozen=True, slots=True)
class EventBlock:
    """A block and its protocol events in their order."""

    block: BlockRef
    events: tuple[LedgerEvent, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class EventPage:
    """Blocks with events after a checkpoint, ascending; blocks without events may be left out."""

    blocks: tuple[EventBlock, ...]
    through: BlockRef | None
    """The last block looked at: the next checkpoint. None: nothing beyond the checkpoint that was given."""


class WorkflowLedger(Protocol):
    """Submit business commands, follow business events."""

    @property
    def profile(self) -> LedgerProfile:
        """What this ledger is like."""

    def identity(self) -> LedgerIdentity:
        """Who this backend signs as."""

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        """Sign a command; send nothing, remember nothing."""

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Send signed transactions; one outcome for each, in the order given."""

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """What the ledger knows of transactions; one receipt for each, in the order given."""

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        """Events of canonical blocks after `after` (None: from the beginning), at most about `limit` events.

        Only called with a checkpoint that was canonical a moment ago. A page never cuts a block in two, and is of one
        chain: all its blocks are descendants of `after` and ancestors of (or are) `through`.
        """

    def read_record(self, key: Key, deadline: Deadline) -> Record | Unavailable | None:
        """The stored fields of a record as of now; fields that no ledger stores are zero."""

    def close(self) -> None:
        """Give back connections and files."""


@runtime_checkable
class TellsCosts(Protocol):
    """What a `WorkflowLedger` has as well if one answer tells what all of a block's transactions cost."""

    def costs(self, block: BlockRef, deadline: Deadline) -> Mapping[bytes, int] | Unavailable:
        """What each transaction of a block cost, in the profile's unit; those of other parties may be among them."""


@runtime_checkable
class PreparesMany(Protocol):
    """What a `WorkflowLedger` has as well if signing needs the network, so that many commands cost one round trip.

    Only for ledgers whose transactions have no order among themselves (`Sequencing.FREE`).
    """

    def prepare_all(self, commands: Sequence[Command], deadline: Deadline) -> list[Prepared | Refused | Unavailable]:
        """As `prepare`; one outcome for each, in the order given."""
