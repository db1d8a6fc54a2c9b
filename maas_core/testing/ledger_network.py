"""A ledger as the suite drives it: participants, each with an endpoint of its own, and how long things may take."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    BroadcastStatus,
    EventBlock,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Rejection

PARTICIPANTS = ("board", "oem", "customer", "maintainer", "rival", "auditor", "stranger")
"""Who takes part in the suite; the stranger is never invited."""

IN_FLIGHT = {BroadcastStatus.ACCEPTED, BroadcastStatus.KNOWN}
TRY_AGAIN = {BroadcastStatus.RETRY_SAME, BroadcastStatus.UNAVAILABLE}
WAITED_FOR = {ReceiptStatus.UNKNOWN, ReceiptStatus.PENDING, ReceiptStatus.UNAVAILABLE}


@dataclass
class Network:
    """What a fixture gives to `LedgerSuite`. One network may serve many tests, and may be in use already."""

    ledgers: Mapping[str, OpenLedger]
    """An endpoint for each of PARTICIPANTS, signing as an identity of its own that can pay for its transactions."""
    clock: Clock = field(default_factory=SystemClock)
    patience: float = 10.0
    """Seconds within which a transaction is included, or any call is answered."""
    moment: int = 60
    """Seconds of ledger time within which six transactions one after another are surely included."""
    let_pass: Callable[[int], None] = time.sleep
    """Lets so many seconds of ledger time pass; where the test holds the clock, moves it."""
    depth: int = 0
    """How many blocks above a block make sure that it stays; 0 where blocks never go away by themselves."""
    poll: float = 0.005
    """Seconds between two looks at a receipt."""
    done: list["Done"] = field(default_factory=list)
    """Every command that the suite has brought into effect here."""
    cast: object = None
    """Who plays on it; the suite's."""

    def actor(self, name: str) -> "Actor":
        """One participant."""
        return Actor(name, self.ledgers[name], self)

    def soon(self) -> Deadline:
        """The deadline of one call."""
        return Deadline.after(SystemClock(), self.patience)

    def spread(self, block: BlockRef) -> None:
        """Wait until every participant's endpoint has a block, so that each sees what another has done."""
        deadline = self.soon()
        for name, ledger in self.ledgers.items():
            while not _has(ledger.finality.head(self.soon()), block):
                assert not deadline.passed(), f"{name} does not get block {block.height}"
                time.sleep(self.poll)

    def bury(self, block: BlockRef) -> None:
        """Wait until so many blocks lie above a block that it stays; see `depth`."""
        self.spread(BlockRef(block.height + self.depth, b"", 0))

    def now(self) -> int:
        """Ledger time, or a little less."""
        head = self.ledgers["board"].finality.head(self.soon())
        assert isinstance(head, BlockRef), head
        return max(head.time, self.clock.now())


@dataclass(frozen=True, slots=True)
class Done:
    """A command that took effect."""

    command: Command
    sender: bytes
    transaction: bytes
    block: BlockRef


@dataclass(frozen=True, slots=True)
class Actor:
    """One participant, who does one thing after another."""

    name: str
    ledger: OpenLedger
    network: Network

    @property
    def identity(self) -> bytes:
        """As the ledger knows the participant."""
        return self.ledger.workflow.identity().identity

    def attempts(self, command: Command) -> Attempt | Rejection:
        """A signed transaction, or the refusal of a ledger that looks ahead."""
        prepared = self.ledger.workflow.prepare(command, Pending(), self.network.soon())
        if isinstance(prepared, Prepared):
            return prepared.attempt
        assert isinstance(prepared, Refused), f"{self.name}, {command}: {prepared}"
        assert prepared.rejection, f"{self.name}, {command}: {prepared}"
        return prepared.rejection

    def sends(self, attempt: Attempt) -> Broadcast:
        """The answer of the ledger once it gives one."""
        deadline = self.network.soon()
        while True:
            [outcome] = self.ledger.workflow.broadcast([attempt], self.network.soon())
            if outcome.status not in TRY_AGAIN or deadline.passed():
                return outcome
            time.sleep(self.network.poll)

    def receipt(self, transaction: bytes) -> Receipt:
        """What became of a transaction, once it is decided."""
        deadline = self.network.soon()
        while True:
            [receipt] = self.ledger.workflow.receipts([transaction], self.network.soon())
            if receipt.status not in WAITED_FOR or deadline.passed():
                return receipt
            time.sleep(self.network.poll)

    def tries(self, command: Command) -> Done | Rejection:
        """Send a command and wait for what becomes of it."""
        attempt = self.attempts(command)
        if isinstance(attempt, Rejection):
            return attempt
        outcome = self.sends(attempt)
        if outcome.status is BroadcastStatus.REFUSED and outcome.rejection:
            return outcome.rejection
        assert outcome.status in IN_FLIGHT, f"{self.name}, {command}: {outcome}"
        receipt = self.receipt(attempt.transaction)
        if receipt.status is ReceiptStatus.REJECTED and receipt.rejection:
            return receipt.rejection
        assert receipt.status is ReceiptStatus.INCLUDED, f"{self.name}, {command}: {receipt}"
        assert receipt.block
        self.network.spread(receipt.block)
        done = Done(command, self.identity, attempt.transaction, receipt.block)
        self.network.done.append(done)
        return done

    def does(self, command: Command) -> Done:
        """Send a command that must take effect."""
        done = self.tries(command)
        assert isinstance(done, Done), f"{self.name}, {command}: {done}"
        return done

    def reads(self, *key: str | bytes | int) -> Record | None:
        """A record as the ledger stores it."""
        record = self.ledger.workflow.read_record(_key(key), self.network.soon())
        assert not isinstance(record, Unavailable), record
        return record

    def head(self) -> BlockRef:
        """The newest block."""
        head = self.ledger.finality.head(self.network.soon())
        assert isinstance(head, BlockRef), head
        return head

    def pages(self, after: BlockRef | None, limit: int) -> Iterator[tuple[EventBlock, ...]]:
        """The pages of events after a checkpoint, each asked for with the one before as checkpoint."""
        while True:
            page = self.ledger.workflow.events(after, limit, self.network.soon())
            assert not isinstance(page, Unavailable), page
            if page.through is None or page.through == after:
                return
            yield page.blocks
            after = page.through

    def blocks(self, after: BlockRef | None = None, limit: int = 1000) -> list[EventBlock]:
        """All blocks with events after a checkpoint."""
        return [block for page in self.pages(after, limit) for block in page if block.events]

    def events_of(self, done: Done, after: BlockRef | None = None) -> list[Event]:
        """The events of one transaction."""
        found = [
            one.event for block in self.blocks(after) for one in block.events if one.transaction == done.transaction
        ]
        assert all(isinstance(event, Event) for event in found), found
        return [event for event in found if isinstance(event, Event)]


def _has(head: BlockRef | Unavailable, block: BlockRef) -> bool:
    return isinstance(head, BlockRef) and head.height >= block.height


def _key(key: tuple[str | bytes | int, ...]) -> Key:
    return key
