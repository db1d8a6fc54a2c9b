"""Maintenance as an application and the command line call it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from maas_core.errors import UsageError
from maas_core.maintenance.documents import Report, report_document
from maas_core.maintenance.performance import REPEAT_DAYS, Performance, performance, repeat_of
from maas_core.maintenance.tickets import Story, stories
from maas_core.node.maintenance.actions import Action, Actions, ActionState, Subject
from maas_core.node.maintenance.bills import Bills, ServiceCheck
from maas_core.node.maintenance.facts import REPORT, Facts
from maas_core.node.maintenance.feed import Feed
from maas_core.node.maintenance.maintainer import MaintainerAgent
from maas_core.node.maintenance.owner import OwnerAgent
from maas_core.node.maintenance.watching import Seen, Watchdog
from maas_core.node.service import Service
from maas_core.ports.downtime import Downtime
from maas_core.protocol.commands import CompleteTicket
from maas_core.protocol.records import BidRecord
from maas_core.protocol.selection import Best, award, score
from maas_core.protocol.states import BidState, PartyState, Role, SelectionPolicy, TicketKind, TicketState

if TYPE_CHECKING:
    from maas_core.node.node import Node

COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Preview:
    """A bid and how it would fare if the ticket were awarded now."""

    maintainer: int
    price: int
    eta: int
    distance: int
    reputation: int
    score: int
    """0 to 10^8."""
    wins: bool


class Maintenance(Service):
    """The watchdog, the agents and the figures of maintenance."""

    def __init__(self, node: "Node") -> None:
        super().__init__(node)
        self.facts = Facts(node)
        self.actions = Actions(node)
        self.bills = Bills(node, self.facts, self.actions)

    @cached_property
    def watchdog(self) -> Watchdog:
        """The config's rules over telemetry."""
        return Watchdog(self._node, self.facts, Feed(self._node))

    @cached_property
    def _owner(self) -> OwnerAgent:
        return OwnerAgent(self._node, self.facts, self.actions, self.watchdog)

    @cached_property
    def _maintainer(self) -> MaintainerAgent:
        return MaintainerAgent(self._node, self.facts, self.actions)

    def watch(self) -> list[Seen]:
        """Look at the telemetry that has come since the last time; returns the alarms that were raised or ended."""
        return self.watchdog.run()

    def step(self) -> list[str]:
        """Let the agents decide from what is final, and send what they decided; returns what they did, for people.

        Sends nothing by itself: `node.sync()`, or a running writer, does. Call it again when something has become
        final.
        """
        self.actions.pump()
        told = [*self._owner.step(), *self._maintainer.step(), *self.bills.step()]
        self.actions.pump()
        return told

    def settled(self) -> bool:
        """Whether nothing that was decided is still on its way."""
        return not self.actions.planned()

    def catch_up(self) -> list[str]:
        """Watch, decide, send and follow the ledger until there is nothing to do but wait; returns what was done."""
        told: list[str] = []
        self._node.sync()
        self.watch()
        while True:
            ended = self.actions.pump()
            decided = self.step()
            told += [*_refusals(ended), *decided]
            self._node.sync()
            if not (ended or decided or self._ended()):
                return told

    def _ended(self) -> bool:
        """Whether something that is on its way has come to its end."""
        sent = [self._node.journal.find(one.submission) for one in self.actions.planned()]
        return any(one is not None and one.finished for one in sent)

    @property
    def passed(self) -> dict[str, str]:
        """Open tickets that the strategy leaves to others, and why; as of the last step."""
        return dict(self._maintainer.passed)

    def jobs(self) -> list[Action]:
        """Work of this maintainer that may be done and is not, each with the final block in which it was decided."""
        return self._maintainer.jobs()

    def complete(self, machine: bytes, kind: TicketKind, report: Report) -> Action:
        """Report that the work on our ticket is done. Raises `UsageError` if the ticket is not ours."""
        ticket = self.facts.ticket(machine, kind)
        me = self._me().party
        if ticket is None or ticket.state != TicketState.ASSIGNED or ticket.assignee != me:
            raise UsageError(
                f"no {kind.name.lower()} ticket of machine {machine.hex()} is finally assigned to this party"
            )
        key = f"{COMPLETE}/{machine.hex()}/{kind}/{ticket.n}/{ticket.version}"
        known = self.actions.find(key)
        if known is not None and not self.actions.may_plan(key):
            return known
        readers = self.facts.readers(self._node.machines.get(machine).record, *self._earlier(machine, kind, ticket.n))
        digest = self._node.documents.publish(REPORT, report_document(report), readers, machine)
        command = CompleteTicket(machine, kind, ticket.n, ticket.version, digest)
        return self.actions.plan(Action(key, COMPLETE, Subject(machine, kind, ticket.n), command))

    def _earlier(self, machine: bytes, kind: TicketKind, n: int) -> list[int]:
        """Whose repair this failure may be a repeat of: they may read what was found."""
        told = self.facts.stories(machine)
        this = told[machine, kind, n]
        before = [one for one in told.values() if one.position < this.position and one.assignee is not None]
        return [one.assignee for one in before if one.assignee is not None and repeat_of(one, [this], REPEAT_DAYS)]

    def performance(self, days: int = REPEAT_DAYS, machine: bytes | None = None) -> list[Performance]:
        """The maintainers' record, on one machine or on all."""
        entries = self.facts.all_entries() if machine is None else self.facts.entries(machine)
        return performance(list(stories(entries).values()), entries, days, machine)

    def stories(self, machine: bytes) -> list[Story]:
        """All that happened to a machine's tickets, in their order."""
        return list(self.facts.stories(machine).values())

    def downtime(self, machine: bytes, time_from: int, time_to: int) -> tuple[Downtime, ...]:
        """A machine's downtime in [from, to) by business time, with cause, ticket and attribution."""
        return self.facts.downtime(machine, time_from, time_to)

    def check(self, invoice: bytes) -> ServiceCheck:
        """Recompute a service invoice on a ticket."""
        return self.bills.check(invoice)

    def preview(self, machine: bytes, kind: TicketKind) -> list[Preview]:
        """How the bids on a ticket would fare now, the best first; as the ledger would compute it.

        Raises `UsageError` if the ticket takes no bids.
        """
        ticket = self._node.tickets.get(machine, kind).record
        if ticket.selection.policy == SelectionPolicy.FCFS:
            raise UsageError(f"{kind.name.lower()} ticket {ticket.n} goes to the first who comes: there are no bids")
        accredited = self.facts.accredited(ticket.oem, ticket.machine_class)
        bids = [
            seen.record
            for seen in self._node.tickets.bids(machine, kind)
            if seen.record.state == BidState.PLACED
            and seen.record.maintainer in accredited
            and self._counts(seen.record)
        ]
        if not bids:
            return []
        best = Best(
            price=min(one.price for one in bids),
            eta=min(one.eta for one in bids),
            distance=min(one.distance for one in bids),
            reputation=max(one.reputation for one in bids),
        )
        winner = award(bids, ticket.selection, self._node.parties.deployment().record.deployment).maintainer
        shown = [
            Preview(
                one.maintainer, one.price, one.eta, one.distance, one.reputation,
                score(one, best, ticket.selection), wins=one.maintainer == winner,
            )
            for one in bids
        ]  # fmt: skip
        return sorted(shown, key=lambda one: (not one.wins, -one.score, one.maintainer))

    def _counts(self, bid: BidRecord) -> bool:
        party = self._node.parties.get(bid.maintainer).record
        return party.state == PartyState.ACTIVE and bool(party.roles & Role.MAINTAINER)


def _refusals(ended: list[Action]) -> list[str]:
    refused = [one for one in ended if one.state is ActionState.REFUSED]
    return [f"{one.name} on machine {one.subject.machine.hex()[:8]} was refused: {one.reason}" for one in refused]
