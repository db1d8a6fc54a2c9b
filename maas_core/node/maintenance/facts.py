"""What final events and the documents that they name say about tickets and machines."""

from typing import TYPE_CHECKING

from maas_core.errors import IntegrityError, NoAccessError
from maas_core.maintenance.documents import Report, Work, read_report, read_work
from maas_core.maintenance.downtime import downtimes
from maas_core.maintenance.tickets import Entry, Key, Story, stories
from maas_core.maintenance.times import stops
from maas_core.node.records import HistoryEntry
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.protocol.events import MisbehaviourCounted
from maas_core.protocol.records import Machine, Ticket
from maas_core.protocol.states import PartyState, Role, TicketKind
from maas_core.protocol.types import ZERO_DIGEST

if TYPE_CHECKING:
    from maas_core.node.node import Node

WORK, REPORT, OFFER, REASON, EVIDENCE, STATEMENT = "work", "report", "offer", "reason", "evidence", "service statement"
"""Kinds of documents."""


class Facts:
    """Reads; sends nothing."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def machine(self, machine: bytes) -> Machine | None:
        """A machine's final record; None while something about it is not final."""
        seen = self._node.machines.get(machine)
        return None if seen.provisional else seen.record

    def machines(self) -> list[Machine]:
        """All machines of which nothing is provisional."""
        return [seen.record for seen in self._node.machines.all() if not seen.provisional]

    def ticket(self, machine: bytes, kind: TicketKind) -> Ticket | None:
        """A machine's last ticket; None if there is none, or while something about it is not final."""
        seen = self._node.records.find(Ticket, ("ticket", machine, kind))
        return None if seen is None or seen.provisional else seen.record

    def tickets(self) -> list[Ticket]:
        """All last tickets of which nothing is provisional."""
        return [seen.record for seen in self._node.tickets.all() if not seen.provisional]

    def entries(self, machine: bytes) -> list[Entry]:
        """A machine's final events, and the parties' misbehaviour, in the ledger's order."""
        history = self._node.machines.history(machine)
        return _sorted([*history, *self._misbehaviour()])

    def all_entries(self) -> list[Entry]:
        """The same of all machines."""
        histories = [self._node.machines.history(one.record.machine) for one in self._node.machines.all()]
        return _sorted([*(entry for history in histories for entry in history), *self._misbehaviour()])

    def _misbehaviour(self) -> list[HistoryEntry]:
        parties = [seen.record.party for seen in self._node.parties.all()]
        histories = [self._node.records.history(f"party:{number}") for number in parties]
        return [entry for history in histories for entry in history if isinstance(entry.event, MisbehaviourCounted)]

    def stories(self, machine: bytes) -> dict[Key, Story]:
        """The stories of a machine's tickets, in their order."""
        return stories(self.entries(machine))

    def downtime(self, machine: bytes, time_from: int, time_to: int) -> tuple[Downtime, ...]:
        """A machine's downtime in [from, to), business time."""
        entries = self.entries(machine)
        return downtimes(stops(entries), stories(entries), self.attribution, (time_from, time_to))

    def attribution(self, story: Story) -> Attribution | None:
        """Whose matter a ticket's report says it was; None without a report that its assignee wrote and we can read."""
        report = self.report(story)
        return None if report is None else report.attribution

    def report(self, story: Story) -> Report | None:
        """A ticket's last report; None if there is none, or if it cannot be read or is not its assignee's."""
        if story.report is None:
            return None
        try:
            opened = self._node.documents.opened(story.report, REPORT)
            return read_report(opened.content) if opened.author_party == story.assignee else None
        except (IntegrityError, NoAccessError):
            return None

    def work(self, digest: bytes) -> Work | None:
        """A work document; None if it cannot be read."""
        if digest == ZERO_DIGEST:
            return None
        try:
            return read_work(self._node.documents.read(digest, WORK))
        except (IntegrityError, NoAccessError):
            return None

    def accredited(self, oem: int, machine_class: int) -> tuple[int, ...]:
        """Who may serve an OEM's machines of a class, finally."""
        for seen in self._node.parties.accreditations():
            one = seen.record
            if (one.oem, one.machine_class) == (oem, machine_class) and not seen.provisional:
                return one.maintainers
        return ()

    def auditors(self) -> tuple[int, ...]:
        """All active auditors."""
        parties = [seen.record for seen in self._node.parties.all()]
        return tuple(one.party for one in parties if one.roles & Role.AUDITOR and one.state == PartyState.ACTIVE)

    def readers(self, machine: Machine, *others: int) -> list[int]:
        """Both sides of an agreement, the auditors and `others`, as far as they have joined."""
        wanted = {machine.oem, machine.customer, *self.auditors(), *others}
        parties = {seen.record.party: seen.record for seen in self._node.parties.all()}
        return sorted(one for one in wanted if one in parties and parties[one].profile != ZERO_DIGEST)


def _sorted(entries: list[HistoryEntry]) -> list[Entry]:
    kept = [Entry(one.position, one.block, one.transaction, one.event) for one in entries if not one.aside]
    return sorted(kept, key=lambda one: one.position)
