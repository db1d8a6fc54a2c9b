"""Far participants: the way between their region and the network is waited for at every call.

This delays what a participant's client asks and sends, not what the network's own members say to each other, and it
does not know of TCP: one call is one round trip. `Place` says so in the report.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from maas_core.bench.scenario import Link
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    EventPage,
    LedgerIdentity,
    LedgerProfile,
    Pending,
    Prepared,
    PreparesMany,
    Receipt,
    Refused,
    Unavailable,
    WorkflowLedger,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key, Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Way:
    """A round trip, there and back."""

    link: Link

    def travel(self) -> None:
        """Wait for one."""
        both = 2 * self.link.delay_ms + random.gauss(0, self.link.jitter_ms * 2**0.5)
        time.sleep(max(0.0, both) / 1000)


def placed(ledger: OpenLedger, link: Link | None) -> OpenLedger:
    """A ledger as seen from the other end of a link."""
    if link is None or (link.delay_ms == 0 and link.jitter_ms == 0):
        return ledger
    way = Way(link)
    far = FarBatching if isinstance(ledger.workflow, PreparesMany) else FarWorkflow
    return replace(ledger, workflow=far(ledger.workflow, way), finality=FarFinality(ledger.finality, way))


class FarWorkflow:
    """A `WorkflowLedger` at a distance."""

    def __init__(self, near: WorkflowLedger, way: Way) -> None:
        self._near = near
        self._way = way

    @property
    def profile(self) -> LedgerProfile:
        """As the ledger's."""
        return self._near.profile

    def identity(self) -> LedgerIdentity:
        """As the ledger's."""
        return self._near.identity()

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        """A round trip where preparing needs the network."""
        if self._near.profile.prepare_needs_network:
            self._way.travel()
        return self._near.prepare(command, pending, deadline)

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """One round trip for the batch."""
        self._way.travel()
        return self._near.broadcast(attempts, deadline)

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """One round trip for the batch."""
        self._way.travel()
        return self._near.receipts(transactions, deadline)

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        """One round trip for the page."""
        self._way.travel()
        return self._near.events(after, limit, deadline)

    def read_record(self, key: Key, deadline: Deadline) -> Record | Unavailable | None:
        """One round trip."""
        self._way.travel()
        return self._near.read_record(key, deadline)

    def close(self) -> None:
        """As the ledger."""
        self._near.close()


class FarBatching(FarWorkflow):
    """One that prepares many at once."""

    def prepare_all(self, commands: Sequence[Command], deadline: Deadline) -> list[Prepared | Refused | Unavailable]:
        """One round trip for all."""
        assert isinstance(self._near, PreparesMany)
        self._way.travel()
        return self._near.prepare_all(commands, deadline)


class FarFinality:
    """A `FinalityWaiting` at a distance."""

    def __init__(self, near: FinalityWaiting, way: Way) -> None:
        self._near = near
        self._way = way

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """One round trip."""
        self._way.travel()
        return self._near.head(deadline)

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """One round trip."""
        self._way.travel()
        return self._near.is_canonical(block, deadline)

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """One round trip."""
        self._way.travel()
        return self._near.final_height(deadline)

    def observers(self) -> Sequence[FinalityWaiting]:
        """As far away as this one."""
        return [FarFinality(one, self._way) for one in self._near.observers()]
