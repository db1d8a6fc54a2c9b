"""OrderedLedger: a WorkflowLedger and FinalityWaiting made of any OrderedLog by running the model over it.

An entry is a block of its own, so its position is the height and its digest the block's; included is final.
"""

import secrets
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from threading import RLock

from maas_core.ledgerio.replay import OVERHEAD, SALT_SIZE, Answer, Replay, encode_payload
from maas_core.ports.backends import Context, LedgerBackend, OpenLedger, OrderedLogBackend
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.ordered_log import EVERY_COMMAND, LogEntry, OrderedLog
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    Enforcement,
    EventBlock,
    EventPage,
    FinalityKind,
    LedgerClock,
    LedgerEvent,
    LedgerIdentity,
    LedgerProfile,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Sequencing,
    Unavailable,
)
from maas_core.protocol.commands import Command, Found
from maas_core.protocol.records import RECORDS, Key, Record
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.wire import WireError, stored_from_json, stored_to_json

RECENT = 4096
"""Answers kept in memory; older ones are made again from the log."""
READ = 512
"""Entries read at once."""
APPEND = 500
"""Transactions appended at once."""


def profile_of(name: str, max_payload_bytes: int = EVERY_COMMAND) -> LedgerProfile:
    """The profile of every ledger that is an ordered log."""
    return LedgerProfile(
        name=name,
        enforces=Enforcement.MODEL,
        clock=LedgerClock.LOG,
        sequencing=Sequencing.FREE,
        finality=frozenset({FinalityKind.INSTANT}),
        identity_form="as the log names who signed, 32 bytes",
        max_command_bytes=max_payload_bytes - OVERHEAD,
        commands_per_broadcast=APPEND,
        prepare_needs_network=False,
        cost_unit="",
    )


def as_ledger(backend: OrderedLogBackend) -> LedgerBackend:
    """What makes an ordered log's backend the equal of any other ledger's."""

    def open_ledger(settings: object, context: Context) -> OpenLedger:
        ledger = OrderedLedger(backend.open(settings, context))
        return OpenLedger(ledger, ledger)

    return LedgerBackend(
        name=backend.name,
        summary=backend.summary,
        settings=backend.settings,
        profile=lambda _settings: profile_of(backend.name),
        open=open_ledger,
        embedded=backend.embedded,
    )


class LogUnavailableError(Exception):
    """Within this module: the log did not answer in time."""

    def __init__(self, answer: Unavailable) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class OrderedLedger:
    """A ledger whose rules are checked here, by the model, and by every other reader of the log alike.

    Memory: the model's state, the latest answers, and 2 bytes for each entry. Threads may share one.
    """

    def __init__(
        self, log: OrderedLog, salt: Callable[[int], bytes] = secrets.token_bytes, recent: int = RECENT
    ) -> None:
        self._log = log
        self._salt = salt
        self._lock = RLock()
        self._head = Replay()
        self._recent: deque[Answer] = deque(maxlen=recent)
        self._codes = array("H")
        """By position - 1: 0 for accepted, else code * 256 + item."""
        self._past = Replay()
        """Where the last reader of old events stands."""

    @property
    def log(self) -> OrderedLog:
        """The log below, e.g. for `check_log`."""
        return self._log

    @property
    def profile(self) -> LedgerProfile:
        """What this ledger is like."""
        return profile_of(self._log.name, self._log.max_payload_bytes)

    def identity(self) -> LedgerIdentity:
        """Who signs."""
        return self._log.identity()

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        """Sign a command for the deployment that the log holds."""
        del pending  # the order of transactions is the log's, whatever else is on its way
        try:
            deployment = command.deployment if isinstance(command, Found) else self._deployment(deadline)
            payload = encode_payload(command, deployment, self._salt(SALT_SIZE))
        except LogUnavailableError as trouble:
            return trouble.answer
        except WireError as error:
            return Refused(str(error))
        if len(payload) > self._log.max_payload_bytes:
            most = self.profile.max_command_bytes
            return Refused(f"the command has {len(payload) - OVERHEAD} bytes, this ledger takes {most}")
        return Prepared(self._log.seal(payload))

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Append."""
        return self._log.append(attempts, deadline)

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """From the model's answers."""
        try:
            with self._lock:
                self._catch_up(deadline)
                return [
                    self._receipt(transaction, position, deadline)
                    for transaction, position in zip(transactions, self._positions(transactions, deadline), strict=True)
                ]
        except LogUnavailableError:
            return [Receipt(transaction, ReceiptStatus.UNAVAILABLE) for transaction in transactions]

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        """From the answers kept, else by running the model again from where the last such reader stood."""
        start = after.height if after else 0
        try:
            with self._lock:
                self._catch_up(deadline)
                if self._recent and start >= self._recent[0].block.height - 1:
                    return _page(self._kept_after(start), limit)
                return _page(self._answers_after(start, deadline), limit)
        except LogUnavailableError as trouble:
            return trouble.answer

    def read_record(self, key: Key, deadline: Deadline) -> Record | Unavailable | None:
        """From the model's state."""
        try:
            with self._lock:
                self._catch_up(deadline)
        except LogUnavailableError as trouble:
            return trouble.answer
        record: Record | None = self._head.state.get(key) if key[0] in RECORDS else None
        return None if record is None else stored_from_json(stored_to_json(record))

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The last entry."""
        try:
            with self._lock:
                self._catch_up(deadline)
                return self._head.block
        except LogUnavailableError as trouble:
            return trouble.answer

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """Whether the entry at this place has this digest."""
        try:
            with self._lock:
                self._catch_up(deadline)
                if not 0 < block.height <= self._head.block.height:
                    return block == self._head.block
                return self._block(block.height, deadline).digest == block.digest
        except LogUnavailableError as trouble:
            return trouble.answer

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """All that is in the log."""
        head = self.head(deadline)
        return head if isinstance(head, Unavailable) else head.height

    def observers(self) -> Sequence[FinalityWaiting]:
        """None: there is one log."""
        return ()

    def close(self) -> None:
        """Close the log."""
        self._log.close()

    def _catch_up(self, deadline: Deadline) -> None:
        """Run the model to the end of the log; what was done in time is kept."""
        for entry in self._entries_after(self._head, deadline):
            answer = self._head.take(entry)
            outcome = answer.outcome
            self._codes.append(outcome.code << 8 | outcome.item if isinstance(outcome, Rejection) else 0)
            self._recent.append(answer)

    def _entries_after(self, replay: Replay, deadline: Deadline) -> Iterator[LogEntry]:
        """The entries after `replay`, which takes each of them before it asks for the next."""
        full = True
        while full:
            entries = self._read(replay.block.height, READ, deadline)
            full = len(entries) == READ
            yield from entries

    def _read(self, after: int, limit: int, deadline: Deadline) -> Sequence[LogEntry]:
        entries = self._log.read(after, limit, deadline)
        if isinstance(entries, Unavailable):
            raise LogUnavailableError(entries)
        return entries

    def _positions(self, transactions: Sequence[bytes], deadline: Deadline) -> Sequence[int | None]:
        positions = self._log.find(transactions, deadline)
        if isinstance(positions, Unavailable):
            raise LogUnavailableError(positions)
        return positions

    def _deployment(self, deadline: Deadline) -> bytes:
        with self._lock:
            if self._head.deployment == ZERO_DIGEST:
                self._catch_up(deadline)
            return self._head.deployment

    def _receipt(self, transaction: bytes, position: int | None, deadline: Deadline) -> Receipt:
        if position is None:
            return Receipt(transaction, ReceiptStatus.UNKNOWN)
        if position > self._head.block.height:
            return Receipt(transaction, ReceiptStatus.PENDING)
        block = self._block(position, deadline)
        code, item = divmod(self._codes[position - 1], 256)
        if code == 0:
            return Receipt(transaction, ReceiptStatus.INCLUDED, block)
        return Receipt(transaction, ReceiptStatus.REJECTED, block, Rejection(Code(code), item))

    def _block(self, height: int, deadline: Deadline) -> BlockRef:
        first = self._recent[0].block.height
        if height >= first:
            return self._recent[height - first].block
        [entry] = self._read(height - 1, 1, deadline)
        return BlockRef(entry.position, entry.digest, entry.time)

    def _kept_after(self, height: int) -> Iterator[Answer]:
        return islice(self._recent, height + 1 - self._recent[0].block.height, None)

    def _answers_after(self, height: int, deadline: Deadline) -> Iterator[Answer]:
        if self._past.block.height > height:
            self._past = Replay()
        for entry in self._entries_after(self._past, deadline):
            answer = self._past.take(entry)
            if answer.block.height > height:
                yield answer


def _page(answers: Iterable[Answer], limit: int) -> EventPage:
    """The first of the answers, until there are `limit` events; if the log fails on the way, what there is by then."""
    blocks: list[EventBlock] = []
    through: BlockRef | None = None
    count = 0
    try:
        for answer in answers:
            through = answer.block
            if not isinstance(answer.outcome, Rejection):
                blocks.append(
                    EventBlock(through, tuple(LedgerEvent(answer.transaction, one) for one in answer.outcome))
                )
                count += len(answer.outcome)
            if count >= limit:
                break
    except LogUnavailableError:
        if through is None:
            raise
    return EventPage(tuple(blocks), through)
