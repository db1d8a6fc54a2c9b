"""What the ledger asks of a client of Fabric; `gateway.py` is one, `hfc.py` is another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from maas_ledger_fabric.blocks import Block
from maas_ledger_fabric.failures import Failure

from maas_core.ports.clock import Deadline


@dataclass(frozen=True, slots=True)
class Endorsed:
    """A transaction that enough endorsers agree on, signed; nothing was sent to the ordering service."""

    transaction: bytes
    """32 bytes; Fabric writes it in hex."""
    payload: bytes
    """`common.Envelope`."""


class StreamEnded(Exception):
    """No more blocks come: the peer ended the stream, or was cut off."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class BlockStream(Protocol):
    """Blocks as a peer delivers them."""

    @property
    def address(self) -> str:
        """Of the peer."""

    def __iter__(self) -> Iterator[Block]:
        """Each block; waits for those that are not there yet. Raises `StreamEnded`."""

    def cancel(self) -> None:
        """End it, from any thread."""

    def answers(self, deadline: Deadline) -> bool:
        """Whether the peer that it comes from still answers; one that does not is left alone for a while."""


class Client(Protocol):
    """One identity on one channel, working through whichever peer answers. Threads may share it."""

    def endorse(self, calls: Sequence[Sequence[bytes]], deadline: Deadline) -> list[Endorsed | Failure]:
        """Have calls of the chaincode endorsed, several at once; one outcome for each."""

    def submit(self, transactions: Sequence[tuple[bytes, bytes]], deadline: Deadline) -> list[Failure | None]:
        """Send (id, envelope) to the ordering service, several at once; None: it has it."""

    def evaluate(self, chaincode: str, arguments: Sequence[bytes], deadline: Deadline) -> bytes | Failure:
        """Ask a chaincode on a peer of the own organisation."""

    def blocks(self, begin: int | None, end: int | None, deadline: Deadline | None = None) -> BlockStream:
        """Blocks from a height (None: the newest) to another (None: for ever)."""

    def height(self, address: str, deadline: Deadline) -> int | None:
        """How many blocks the peer at an address has; None if it does not say."""

    def close(self) -> None:
        """Give back connections."""
