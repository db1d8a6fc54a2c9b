"""A ledger's events by hand."""

from dataclasses import dataclass, field

from maas_core.maintenance.tickets import Entry, Key, Story, stories
from maas_core.ports.workflow import BlockRef
from maas_core.protocol import events as e
from maas_core.protocol.commands import Selection
from maas_core.protocol.model.maintenance import FIRST_COME
from maas_core.protocol.states import Misbehaviour, SelectionPolicy, StopCause, TicketKind

MACHINE, OTHER = b"m" * 16, b"o" * 16
WORK, REPORT, OFFER = b"w" * 32, b"r" * 32, b"f" * 32
OEM, CUSTOMER, FAST, SLOW = 1, 2, 3, 4
DAY = 86_400
R, P = TicketKind.REACTIVE, TicketKind.PREVENTIVE
SEALED = Selection(SelectionPolicy.SEALED, 0, 0, 100, 200, 4000, 3000, 2000, 1000)


def block(position: int) -> BlockRef:
    return BlockRef(100 + position, bytes(32), position)


@dataclass
class Ledger:
    """Events in their order, one transaction each unless told otherwise."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, *events: e.Event) -> "Ledger":
        position = len(self.entries) + 1
        for offset, event in enumerate(events):
            transaction = position.to_bytes(4, "big")
            self.entries.append(Entry(position + offset, block(position), transaction, event))
        return self

    def stories(self) -> dict[Key, Story]:
        return stories(self.entries)

    def stop(self, at: int, cause: StopCause = StopCause.FAILURE, machine: bytes = MACHINE) -> "Ledger":
        return self.add(e.MachineStopped(machine, 1, at, cause, bytes(32)))

    def start(self, at: int, machine: bytes = MACHINE) -> "Ledger":
        return self.add(e.MachineStarted(machine, 1, at))

    def open(
        self, time: int, n: int = 1, kind: TicketKind = R, machine: bytes = MACHINE, selection: Selection = FIRST_COME
    ) -> "Ledger":
        return self.add(e.TicketOpened(machine, kind, n, CUSTOMER, selection, WORK, time + 1000, OEM, time))

    def accept(self, time: int, who: int, n: int = 1, kind: TicketKind = R, machine: bytes = MACHINE) -> "Ledger":
        return self.add(e.TicketAccepted(machine, kind, n, 2, who, time))

    def award(self, time: int, who: int, *unrevealed: int, n: int = 1) -> "Ledger":
        blamed = [e.MisbehaviourCounted(party, Misbehaviour.UNREVEALED_BID) for party in unrevealed]
        return self.add(e.TicketAwarded(MACHINE, R, n, 2, who, 10**8, 1, time), *blamed)

    def reveal(self, who: int, price: int, n: int = 1) -> "Ledger":
        return self.add(e.BidRevealed(MACHINE, R, n, who, price, 60, 1000, 6000, OFFER))

    def release(self, time: int, by: int, *late: int, n: int = 1) -> "Ledger":
        blamed = [e.MisbehaviourCounted(party, Misbehaviour.MISSED_DEADLINE) for party in late]
        return self.add(e.TicketReleased(MACHINE, R, n, 3, by, time), *blamed)

    def complete(self, time: int, n: int = 1, kind: TicketKind = R, machine: bytes = MACHINE) -> "Ledger":
        return self.add(e.TicketCompleted(machine, kind, n, 4, REPORT, time))

    def reopen(self, time: int, n: int = 1) -> "Ledger":
        return self.add(e.TicketReopened(MACHINE, R, n, 5, REPORT, time))

    def close(
        self, time: int, who: int, rating: int, seconds: tuple[int, int], n: int = 1, machine: bytes = MACHINE
    ) -> "Ledger":
        return self.add(e.TicketClosed(machine, R, n, 6, who, rating, *seconds, time))

    def cancel(self, time: int, n: int = 1) -> "Ledger":
        return self.add(e.TicketCancelled(MACHINE, R, n, 2, time))
