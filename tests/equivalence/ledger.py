"""What the equivalence tests ask of an implementation of the protocol: model, contract, chaincode."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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

    def overwrite(self, key: Key, field: str, value: int) -> None:
        """Set one stored integer of an existing record directly: how counts get near their limits in a test.

        Asked for are: version of a party, accreditation, machine, invoice, ticket; n of a ticket; closed and
        misbehaviour of a standing; parties of the deployment.
        """


@runtime_checkable
class ListingLedger(Protocol):
    """An implementation that can say all that it stores, which shows records that nobody asked for."""

    def dump(self) -> list[Record]:
        """All records that are stored."""
