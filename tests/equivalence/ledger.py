"""What the equivalence tests ask of an implementation of the protocol: model, contract, chaincode."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Rejection


@dataclass(frozen=True)
class Step:
    """What an implementation answered, and the records that were asked for, as they are stored afterwards.

    Fields of a record that no ledger stores are zero.
    """

    outcome: tuple[Event, ...] | Rejection
    records: dict[Key, Record | None]


class LedgerUnderTest(Protocol):
    """One implementation, with clock and sender in the hands of the test."""

    def reset(self) -> None:
        """Back to the empty state, before `Found`."""

    def step(self, command: Command, sender: bytes, time: int, reads: Sequence[Key]) -> Step:
        """Submit one command as `sender` at ledger time `time`, then read records."""
