"""What participants do: sessions of steps for each kind of workload, and what makes a fleet ready for them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from secrets import token_bytes

import numpy as np

from maas_core.bench.operations import Content, Get, Put, Session, Step
from maas_core.bench.scenario import Kind, Workload
from maas_core.protocol import commands as c
from maas_core.protocol.states import AnchorKind, InvoiceKind, Role, SelectionPolicy, StopCause, TicketKind
from maas_core.protocol.types import ZERO_DIGEST

ROLES: dict[str, Role] = {
    "board": Role.BOARD,
    "oem": Role.OEM,
    "customer": Role.CUSTOMER,
    "maintainer": Role.MAINTAINER,
    "rival": Role.MAINTAINER,
    "auditor": Role.AUDITOR,
}
PARTY = {name: number for number, name in enumerate(ROLES, start=1)}
"""The board founds, so it is party 1."""
MACHINE_CLASS = 1
HOUR, DAY = 3_600, 86_400
PAST = 3_650 * DAY
"""How long ago the first window of a fleet begins: there is room for many."""
EURO = 978
FIRST_COME = c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
REACTIVE, PREVENTIVE = TicketKind.REACTIVE, TicketKind.PREVENTIVE


@dataclass(slots=True)
class Workloads:
    """Makes sessions; everything random about them comes from `random`."""

    workload: Workload
    random: np.random.Generator
    base: int
    """Seconds UTC: now, when the run begins."""
    machines: list[bytes] = field(init=False)
    contested: list[bytes] = field(default_factory=list)
    """Machines whose tickets several wanted."""
    _body: memoryview = field(init=False)
    _kinds: list[Kind] = field(init=False)
    _made: dict[Kind, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = self.workload.machines if _needs_fleet(self.workload) else 0
        self.machines = sorted(token_bytes(16) for _ in range(count))
        self._body = memoryview(self.random.bytes(max(0, self.workload.object_bytes - 16)))
        self._kinds = [Kind(name) for name in self.workload.mix] or [self.workload.kind]

    def preparation(self) -> list[Session]:
        """What makes the fleet ready; not measured."""
        return [self._agreed(machine) for machine in self.machines]

    def _agreed(self, machine: bytes) -> list[Step]:
        return [
            Step("register_machine", "oem", lambda _: self._registration(machine)),
            Step("accept_machine", "customer", lambda _: c.AcceptMachine(machine, 1, TERMS)),
        ]

    def session(self, _: int) -> Session:
        """The next session; with a mix, of a kind drawn by weight."""
        kind = self._kinds[0]
        if len(self._kinds) > 1:
            weights = np.array([self.workload.mix[str(one)] for one in self._kinds])
            kind = self._kinds[int(self.random.choice(len(self._kinds), p=weights / weights.sum()))]
        index = self._made.get(kind, 0)
        self._made[kind] = index + 1
        make: dict[Kind, Callable[[int], Session]] = {
            Kind.PROVISIONING: lambda _: self._provisioning(token_bytes(16)),
            Kind.MAINTENANCE: lambda _: self._cycles(measure_first=False),
            Kind.CYCLES: lambda _: self._cycles(measure_first=True),
            Kind.ANCHORING: self._anchoring,
            Kind.INVOICING: self._invoicing,
            Kind.BIDDING: lambda _: self._bidding(),
            Kind.STORAGE: lambda _: self._storing(),
        }
        return make[kind](index)

    @property
    def actors(self) -> tuple[str, ...]:
        """Whose nodes it needs."""
        kinds = set(self._kinds)
        if kinds == {Kind.STORAGE}:
            return ()
        if kinds & {Kind.MAINTENANCE, Kind.CYCLES}:
            return ("oem", "customer", "maintainer") + (("rival",) if Kind.BIDDING in kinds else ())
        if Kind.BIDDING in kinds:
            return ("oem", "customer", "maintainer", "rival")
        return ("customer",) if kinds == {Kind.ANCHORING} else ("oem", "customer")

    # The paper's two cycles

    def _provisioning(self, machine: bytes) -> list[Step]:
        return [
            *self._stored("store_terms", "oem"),
            Step("register_machine", "oem", lambda _: self._registration(machine)),
            Step("accept_machine", "customer", lambda _: c.AcceptMachine(machine, 1, TERMS)),
            Step("start_machine", "customer", lambda now: c.StartMachine(machine, 2, now)),
            Step("issue_invoice", "oem", lambda now: _period_invoice(token_bytes(16), machine, now - HOUR, now)),
        ]

    def _cycles(self, *, measure_first: bool) -> list[Step]:
        machine = token_bytes(16)
        first = self._provisioning(machine)
        cause = StopCause.FAILURE
        second = [
            Step("stop_machine", "customer", lambda now: c.StopMachine(machine, 3, now, cause, ZERO_DIGEST)),
            Step("open_ticket", "customer", lambda now: _ticket(machine, REACTIVE, FIRST_COME, now)),
            Step("accept_ticket", "maintainer", lambda _: c.AcceptTicket(machine, REACTIVE, 1, 1)),
            *self._stored("store_report", "maintainer"),
            Step("complete_ticket", "maintainer", lambda _: c.CompleteTicket(machine, REACTIVE, 1, 2, TERMS)),
            Step("close_ticket", "customer", lambda _: c.CloseTicket(machine, REACTIVE, 1, 3, 4)),
            Step("reset_machine", "customer", lambda now: c.ResetMachine(machine, 4, now)),
        ]
        return [replace(one, measured=measure_first) for one in first] + second

    # Fleets

    def _anchoring(self, index: int) -> list[Step]:
        """Groups of machines take turns; a group's anchors follow each other."""
        size = self.workload.items
        groups = len(self.machines) // size
        place, seq = index % groups, index // groups + 1
        machines = self.machines[place * size : (place + 1) * size]
        begin = self.base - PAST + (seq - 1) * HOUR
        items = tuple(
            c.AnchorItem(
                one, seq, AnchorKind.REGULAR, 0, begin, begin + HOUR, self.workload.readings, token_bytes(32),
                token_bytes(96),
            )
            for one in machines
        )  # fmt: skip
        return [
            *self._stored("store_batch", "customer"),
            Step("anchor_telemetry", "customer", lambda _: c.AnchorTelemetry(items)),
        ]

    def _invoicing(self, index: int) -> list[Step]:
        machine = self.machines[index % len(self.machines)]
        begin = self.base - PAST + index // len(self.machines) * DAY
        invoice = token_bytes(16)
        return [
            *self._stored("store_statement", "oem"),
            Step("issue_invoice", "oem", lambda now: _period_invoice(invoice, machine, begin, begin + DAY, now)),
            Step("accept_invoice", "customer", lambda _: c.AcceptInvoice(invoice, 1)),
            Step("settle_invoice", "oem", lambda _: c.SettleInvoice(invoice, 2, TERMS)),
        ]

    def _bidding(self) -> list[Step]:
        machine = token_bytes(16)
        self.contested.append(machine)
        ready = [replace(one, measured=False) for one in self._agreed(machine)]
        wanting = ["maintainer", "rival"]
        self.random.shuffle(wanting)
        if self.workload.selection == "first-come":
            return [
                *ready,
                Step("open_ticket", "customer", lambda now: _ticket(machine, PREVENTIVE, FIRST_COME, now)),
                *(Step("accept_ticket", one, lambda _: c.AcceptTicket(machine, PREVENTIVE, 1, 1), (2,), may_lose=True)
                  for one in wanting),
            ]  # fmt: skip
        return [
            *ready,
            Step("open_ticket", "customer", lambda now: _ticket(machine, PREVENTIVE, _scored(now), now)),
            *(Step("bid", one, lambda _: c.Bid(machine, PREVENTIVE, 1, 10_000, HOUR, 1_000, TERMS), (2,))
              for one in wanting),
            Step("award_ticket", "customer", lambda _: c.AwardTicket(machine, PREVENTIVE, 1, 1), (3, 4)),
        ]  # fmt: skip

    # Objects

    def _storing(self) -> list[Step]:
        content = self._content()
        return [Step("put", "customer", lambda _: Put(content)), Step("get", "customer", lambda _: Get(content))]

    def _stored(self, operation: str, actor: str) -> list[Step]:
        """The document that goes with a command, if this scenario stores any."""
        if not self.workload.object_bytes:
            return []
        content = self._content()
        return [Step(operation, actor, lambda _: Put(content))]

    def _content(self) -> Content:
        return Content(token_bytes(min(16, self.workload.object_bytes)), self._body)

    @staticmethod
    def _registration(machine: bytes) -> c.RegisterMachine:
        sides = (PARTY["oem"], PARTY["customer"])
        return c.RegisterMachine(machine, *sides, MACHINE_CLASS, token_bytes(32), TERMS, 60, 30 * DAY)


TERMS = b"\x5a" * 32
"""A digest where any will do."""


def _needs_fleet(workload: Workload) -> bool:
    kinds = {workload.kind, *workload.mix}
    return bool(kinds & {Kind.ANCHORING, Kind.INVOICING})


def _period_invoice(invoice: bytes, machine: bytes, begin: int, end: int, now: int | None = None) -> c.IssueInvoice:
    respond_by = (end if now is None else now) + 30 * DAY
    place = (invoice, PARTY["customer"], machine, InvoiceKind.PERIOD, 0)
    return c.IssueInvoice(*place, begin, end, 1, 1, 125_000, EURO, token_bytes(32), respond_by)


def _ticket(machine: bytes, kind: TicketKind, selection: c.Selection, now: int) -> c.OpenTicket:
    return c.OpenTicket(machine, kind, 1, selection, token_bytes(32), now + 30 * DAY, PARTY["customer"])


def _scored(now: int) -> c.Selection:
    """Two bids are enough for an award."""
    return c.Selection(SelectionPolicy.SCORED, now + DAY, 2, 0, 0, 4_000, 3_000, 2_000, 1_000)
