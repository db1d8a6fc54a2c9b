"""OrderedLog: a ledger that only orders. The core runs the reference model over it and makes a WorkflowLedger of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from maas_core.errors import IntegrityError
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Attempt, Broadcast, LedgerIdentity, Unavailable

EVERY_COMMAND = 2**18
"""Bytes of a payload that hold any command that the protocol accepts; with less, fewer anchors go into one."""


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
        """Entries after position `after` (0: from the beginning), ascending; fewer than `limit` only at the end."""

    def find(self, transactions: Sequence[bytes], deadline: Deadline) -> Sequence[int | None] | Unavailable:
        """The position of each transaction, None for one that was never appended.

        A log that shows its entries later than it takes them also answers with positions that `read` does not show yet.
        """

    def close(self) -> None:
        """Give back connections and files."""


class BrokenEntry(IntegrityError):
    """An entry is not what its chain, its signature or its place say: do not use this log from there on."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"entry {position}: {reason}")
        self.position = position
        self.reason = reason


@runtime_checkable
class Auditable(Protocol):
    """What a log offers in addition if it can prove its entries; `maasctl ledger verify` uses it."""

    def audit(self) -> Iterator[LogEntry]:
        """Every entry from the first on, each one checked again: the hash chain, the signature, the time.

        Raises `BrokenEntry` at the first one that does not hold.
        """
