"""OrderedLog: a ledger that only orders. The core runs the reference model over it and makes a WorkflowLedger of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Attempt, Broadcast, LedgerIdentity, Unavailable


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One payload at its place in the order."""

    position: int
    """From 1, without gaps."""
    digest: bytes
    """32 bytes that name this entry and all before it (a hash chain), so that a rewritten log is noticed."""
    time: int
    """When the log took it, seconds UTC; never goes back."""
    sender: bytes
    """The identity (32 bytes) whose signature the log has checked."""
    transaction: bytes
    """The id that `seal` gave it."""
    payload: bytes


class OrderedLog(Protocol):
    """Appends signed payloads and reads them back in one order that never changes."""

    name: str
    max_payload_bytes: int

    def identity(self) -> LedgerIdentity:
        """Who this log signs as."""

    def seal(self, payload: bytes) -> Attempt:
        """Sign a payload; the id of what comes out is known before it is sent. Sends nothing."""

    def append(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Append; what was appended before is KNOWN and not appended again. ACCEPTED means durable."""

    def read(self, after: int, limit: int, deadline: Deadline) -> Sequence[LogEntry] | Unavailable:
        """Entries after position `after` (0: from the beginning), ascending."""

    def close(self) -> None:
        """Give back connections and files."""
