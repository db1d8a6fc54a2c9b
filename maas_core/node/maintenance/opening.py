"""The tickets that a node opens by itself: selection, deadline and work document as its config says."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from maas_core.config.maintenance import SelectionName, Side, SiteTable
from maas_core.errors import UsageError
from maas_core.maintenance.documents import MOST_DEGREES, Site, work_document
from maas_core.node.maintenance.facts import WORK, Facts
from maas_core.protocol.commands import OpenTicket, Selection
from maas_core.protocol.model.maintenance import FIRST_COME
from maas_core.protocol.records import Machine
from maas_core.protocol.states import SelectionPolicy, TicketKind

if TYPE_CHECKING:
    from maas_core.node.node import Node

MICRO = 10**6


class Opening:
    """Makes `open_ticket` commands."""

    def __init__(self, node: "Node", facts: Facts) -> None:
        self._node = node
        self._facts = facts
        self._section = node.config.maintenance

    def command(
        self,
        machine: Machine,
        kind: TicketKind,
        what: str,
        *,
        alarm: Mapping[str, Any] | None = None,
        first_come: bool = False,
    ) -> OpenTicket:
        """The command that opens the machine's next ticket; its work document is published before this returns.

        Raises `UsageError` if the config's service terms or sites are not accepted.
        """
        policy = self._section.tickets
        last = self._facts.ticket(machine.machine, kind)
        content = work_document(what, alarm=alarm, service=self._service(), site=self._site(machine.machine))
        maintainers = self._facts.accredited(machine.oem, machine.machine_class)
        now = self._node.clock.now()
        return OpenTicket(
            machine=machine.machine,
            kind=kind,
            n=1 if last is None else last.n + 1,
            selection=FIRST_COME if first_come else self._selection(now),
            work=self._node.documents.publish(
                WORK, content, self._facts.readers(machine, *maintainers), machine.machine
            ),
            deadline=now + policy.deadline_seconds,
            payer=machine.oem if policy.payer is Side.OEM else machine.customer,
        )

    def _selection(self, now: int) -> Selection:
        policy = self._section.tickets
        match policy.selection:
            case SelectionName.FCFS:
                return FIRST_COME
            case SelectionName.SCORED:
                times = (now + policy.award_seconds, policy.award_from, 0, 0)
                return Selection(SelectionPolicy.SCORED, *times, *policy.weights)
            case SelectionName.SEALED:
                commit_until = now + policy.commit_seconds
                times = (0, 0, commit_until, commit_until + policy.reveal_seconds)
                return Selection(SelectionPolicy.SEALED, *times, *policy.weights)

    def _service(self) -> Any:
        file = self._section.tickets.service
        if file is None:
            return None
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            told = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(f"{file}: maintenance.tickets.service cannot be read: {told}") from None

    def _site(self, machine: bytes) -> Site | None:
        for name, site in self._section.sites.items():
            if self._node.aliases.resolve("machine", name) == machine:
                return _site(name, site)
        return None


def _site(name: str, table: SiteTable) -> Site:
    return Site(_degrees(name, "latitude", table.latitude), _degrees(name, "longitude", table.longitude))


def _degrees(name: str, key: str, text: str) -> int:
    try:
        micro = Decimal(text) * MICRO
    except InvalidOperation:
        micro = Decimal("NaN")
    most = MOST_DEGREES // (2 if key == "latitude" else 1)
    if not micro.is_finite() or abs(micro) > most:
        raise UsageError(f"maintenance.sites.{name}.{key}: {text!r} is not accepted; accepted: degrees, e.g. '48.137'")
    return int(micro)
