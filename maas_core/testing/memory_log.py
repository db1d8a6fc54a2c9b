"""An ordered log in memory for tests: its participants share a list, and a digest stands in for a signature."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.ordered_log import EVERY_COMMAND, LogEntry
from maas_core.ports.workflow import Attempt, Broadcast, BroadcastStatus, LedgerIdentity, Unavailable

SENDER_SIZE = 32
SEAL_SIZE = 32


@dataclass
class SharedEntries:
    """What all handles see, and how it behaves; a test sets the fields."""

    clock: Clock = field(default_factory=SystemClock)
    entries: list[LogEntry] = field(default_factory=list)
    hidden: int = 0
    """So many of the latest entries are not shown yet."""
    reads_left: int | None = None
    """After so many reads the log no longer answers; None: it always does."""


class MemoryLog:
    """One participant's handle."""

    name = "memory"
    max_payload_bytes = EVERY_COMMAND

    def __init__(self, shared: SharedEntries, sender: bytes) -> None:
        self._shared = shared
        self._sender = sender

    def identity(self) -> LedgerIdentity:
        """The 32 bytes given."""
        return LedgerIdentity(self._sender, self._sender.hex())

    def seal(self, payload: bytes) -> Attempt:
        """The sender, a digest and the payload."""
        transaction = sha256(self._sender + payload).digest()
        return Attempt(transaction, self._sender + transaction + payload)

    def append(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Append what is new and whole."""
        if deadline.passed():
            return [Broadcast(one.transaction, BroadcastStatus.UNAVAILABLE, "no time left") for one in attempts]
        return [self._append(one) for one in attempts]

    def read(self, after: int, limit: int, deadline: Deadline) -> Sequence[LogEntry] | Unavailable:
        """Entries shown."""
        if deadline.passed() or self._shared.reads_left == 0:
            return Unavailable("no time left")
        if self._shared.reads_left is not None:
            self._shared.reads_left -= 1
        shown = len(self._shared.entries) - self._shared.hidden
        return self._shared.entries[after : min(shown, after + limit)]

    def find(self, transactions: Sequence[bytes], deadline: Deadline) -> Sequence[int | None] | Unavailable:
        """Positions."""
        if deadline.passed():
            return Unavailable("no time left")
        places = {entry.transaction: entry.position for entry in self._shared.entries}
        return [places.get(transaction) for transaction in transactions]

    def close(self) -> None:
        """Nothing to give back."""

    def _append(self, attempt: Attempt) -> Broadcast:
        sender, seal = attempt.payload[:SENDER_SIZE], attempt.payload[SENDER_SIZE : SENDER_SIZE + SEAL_SIZE]
        payload = attempt.payload[SENDER_SIZE + SEAL_SIZE :]
        if not seal == attempt.transaction == sha256(sender + payload).digest():
            return Broadcast(attempt.transaction, BroadcastStatus.REFUSED, "not sealed by its sender")
        if len(payload) > self.max_payload_bytes:
            return Broadcast(attempt.transaction, BroadcastStatus.REFUSED, "too long")
        entries = self._shared.entries
        if any(entry.transaction == attempt.transaction for entry in entries):
            return Broadcast(attempt.transaction, BroadcastStatus.KNOWN)
        before = entries[-1] if entries else LogEntry(0, bytes(32), 0, b"", b"", b"")
        digest = sha256(before.digest + attempt.transaction).digest()
        time = max(before.time, self._shared.clock.now())
        entries.append(LogEntry(before.position + 1, digest, time, sender, attempt.transaction, payload))
        return Broadcast(attempt.transaction, BroadcastStatus.ACCEPTED)
