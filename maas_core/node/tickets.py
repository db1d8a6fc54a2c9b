"""Maintenance tickets and bids."""

from maas_core.ledgerio.submission import Submission
from maas_core.node.records import Seen
from maas_core.node.service import Service
from maas_core.protocol.commands import (
    AcceptTicket,
    AwardTicket,
    Bid,
    CancelTicket,
    CloseTicket,
    CommitBid,
    CompleteTicket,
    OpenTicket,
    ReleaseTicket,
    ReopenTicket,
    RevealBid,
    Selection,
)
from maas_core.protocol.digests import commitment
from maas_core.protocol.records import Accreditation, BidRecord, Ticket
from maas_core.protocol.states import Role, TicketKind


class Tickets(Service):
    """The last ticket of each kind on each machine."""

    def all(self) -> list[Seen[Ticket]]:
        """All tickets that this node knows."""
        return self._node.records.all("ticket")

    def get(self, machine: bytes, kind: TicketKind) -> Seen[Ticket]:
        """The last ticket of a kind on a machine."""
        return self._get(Ticket, ("ticket", machine, kind))

    def bids(self, machine: bytes, kind: TicketKind) -> list[Seen[BidRecord]]:
        """The bids on the last ticket of a kind."""
        n = self.get(machine, kind).record.n
        return [
            seen
            for seen in self._node.records.all("bid")
            if (seen.record.machine, seen.record.kind, seen.record.n) == (machine, kind, n)
        ]

    def readers(self, machine: bytes) -> frozenset[int]:
        """Who reads what a ticket asks for: the machine's readers and the maintainers that may serve it."""
        record = self._node.machines.get(machine).record
        key = ("accreditation", record.oem, record.machine_class)
        seen = self._node.records.find(Accreditation, key)
        accredited = frozenset[int]() if seen is None else frozenset(seen.record.maintainers)
        return self._node.machines.readers(machine) | (accredited & self._node.parties.active(Role.MAINTAINER))

    def open(
        self, machine: bytes, kind: TicketKind, selection: Selection, work: bytes, deadline: int, payer: int
    ) -> Submission:
        """Open the next ticket of a kind."""
        last = self._node.records.find(Ticket, ("ticket", machine, kind))
        n = 1 if last is None else last.record.n + 1
        return self._send(OpenTicket(machine, kind, n, selection, work, deadline, payer))

    def accept(self, machine: bytes, kind: TicketKind) -> Submission:
        """Take a ticket, first come, first served."""
        ticket = self.get(machine, kind).record
        return self._send(AcceptTicket(machine, kind, ticket.n, ticket.version))

    def bid(self, machine: bytes, kind: TicketKind, price: int, eta: int, distance: int, offer: bytes) -> Submission:
        """Bid openly."""
        return self._send(Bid(machine, kind, self.get(machine, kind).record.n, price, eta, distance, offer))

    def commit_bid(self, shown: RevealBid) -> Submission:
        """Bid under seal; keep `shown` and its salt, to be revealed in time."""
        deployment = self._node.parties.deployment().record.deployment
        sealed = commitment(deployment, self._me().party, shown)
        return self._send(CommitBid(shown.machine, shown.kind, shown.n, sealed))

    def reveal_bid(self, shown: RevealBid) -> Submission:
        """Open a sealed bid."""
        return self._send(shown)

    def award(self, machine: bytes, kind: TicketKind) -> Submission:
        """Have the ledger compute the winner."""
        ticket = self.get(machine, kind).record
        return self._send(AwardTicket(machine, kind, ticket.n, ticket.version))

    def release(self, machine: bytes, kind: TicketKind) -> Submission:
        """Give a ticket back, or take it from an assignee that is late."""
        ticket = self.get(machine, kind).record
        return self._send(ReleaseTicket(machine, kind, ticket.n, ticket.version))

    def complete(self, machine: bytes, kind: TicketKind, report: bytes) -> Submission:
        """Report that the work is done."""
        ticket = self.get(machine, kind).record
        return self._send(CompleteTicket(machine, kind, ticket.n, ticket.version, report))

    def reopen(self, machine: bytes, kind: TicketKind, reason: bytes) -> Submission:
        """Send completed work back."""
        ticket = self.get(machine, kind).record
        return self._send(ReopenTicket(machine, kind, ticket.n, ticket.version, reason))

    def close(self, machine: bytes, kind: TicketKind, rating: int) -> Submission:
        """Accept completed work; `rating` is 1 to 5, 0 for none."""
        ticket = self.get(machine, kind).record
        return self._send(CloseTicket(machine, kind, ticket.n, ticket.version, rating))

    def cancel(self, machine: bytes, kind: TicketKind) -> Submission:
        """Cancel an open ticket."""
        ticket = self.get(machine, kind).record
        return self._send(CancelTicket(machine, kind, ticket.n, ticket.version))
