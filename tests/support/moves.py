"""Commands that somebody might send now: mostly possible ones, now and then a wrong sender, version, number or time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from maas_core.protocol import commands as c
from maas_core.protocol.digests import commitment
from maas_core.protocol.model.governance import USED_FIELDS
from maas_core.protocol.records import Machine, Ticket
from maas_core.protocol.states import (
    ActionKind,
    AnchorKind,
    ChangeKind,
    InvoiceKind,
    ProposalState,
    Role,
    Rule,
    SelectionPolicy,
)
from maas_core.protocol.types import ZERO_DIGEST, ZERO_ID
from maas_core.protocol.vectors.cast import DAY, digest, identity, name
from tests.support.world import CLASS, FCFS, World, consortium
from tests.support.world import register as register_machine

T = TypeVar("T")
Move = tuple[bytes, c.Command]
STRANGER = identity("stranger")
MACHINES = [name(f"machine {number}") for number in range(3)]
NEW_PARTIES = range(30, 38)
ACTIONS = [*list(ActionKind)[:8], ActionKind.REINSTATE, ActionKind.INVITE, ActionKind.SET_RULE]
"""All but RETIRE, after which nothing more happens."""


@dataclass
class View:
    """A situation, and who decides between possibilities: `number(low, high)`, where low is the plainest."""

    state: Any
    time: int
    number: Callable[[int, int], int]
    step: int

    def one(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[self.number(0, len(options) - 1)]

    def seldom(self) -> bool:
        """True now and then."""
        return self.number(0, 15) == 15

    def of(self, kind: str) -> list[Any]:
        """All records of a kind, in an order that does not depend on the process."""
        found = [(key, record) for key, record in self.state.items() if key[0] == kind]
        return [record for _, record in sorted(found, key=lambda entry: repr(entry[0]))]

    def sender(self, *parties: int) -> bytes:
        """The identity of one of these parties, seldom of any other."""
        if self.seldom() or not parties:
            others: list[bytes] = [*(party.identity for party in self.of("party")), STRANGER]
            return self.one(others)
        known: bytes = self.state["party", self.one(list(parties))].identity
        return known

    def with_role(self, role: Role) -> list[int]:
        """The parties that hold a role, the most of them active."""
        return [party.party for party in self.of("party") if party.roles & role]

    def version(self, record: Any) -> int:
        """The version of a record, seldom another one."""
        version: int = record.version
        return version + self.number(-1, 1) if self.seldom() else version

    def later(self, seconds: int) -> int:
        """Usually that long from now, seldom the past."""
        return self.time + (-1 if self.seldom() else seconds)


def populated() -> World:
    """A consortium with a second of each role, one party that holds them all, and a first machine in use."""
    world = consortium()
    for number, roles in ((10, Role.BOARD), (11, Role.OEM), (12, Role.CUSTOMER), (13, 31), (14, Role.BOARD)):
        world.invites(f"p{number}", number, roles)
    world.does("oem", c.Accredit(13, CLASS, 2))
    world.does("oem", register_machine(MACHINES[0]))
    world.does("customer", c.AcceptMachine(MACHINES[0], 1, digest("terms")))
    return world


def board(view: View) -> Move:
    """A proposal of any kind, about any party."""
    kind = view.one(ACTIONS)
    parties = [party.party for party in view.of("party")]
    values: dict[str, Any] = {
        "party": view.one(NEW_PARTIES if kind == ActionKind.INVITE else parties),
        "identity": identity(f"p{view.number(30, 44)}"),
        "roles": view.one([Role.MAINTAINER, Role.OEM | Role.CUSTOMER, Role.AUDITOR, Role.BOARD, 31]),
        "rule": Rule.QUORUM if view.number(0, 1) else Rule.CLOSE_AFTER,
        "data": view.one(MACHINES) + bytes(16),
    }
    used = {field: value for field, value in values.items() if field in USED_FIELDS[kind]}
    if kind == ActionKind.SET_RULE:
        used["value"] = view.number(1, 3) if used["rule"] == Rule.QUORUM else DAY
    action = replace(c.Action(kind, 0, ZERO_DIGEST, 0, 0, 0, ZERO_DIGEST), **used)
    return view.sender(*view.with_role(Role.BOARD)), c.Propose(name(f"proposal {view.step}"), action)


def vote(view: View) -> Move | None:
    """A vote on any proposal."""
    proposals = [one for one in view.of("proposal") if one.state == ProposalState.OPEN or view.seldom()]
    return (view.sender(*view.with_role(Role.BOARD)), c.Approve(view.one(proposals).proposal)) if proposals else None


def profile(view: View) -> Move:
    """Joining, or a new profile."""
    party = view.one(view.of("party"))
    joins = party.state == 1 or view.seldom()
    return party.identity, c.Join(digest("p")) if joins else c.UpdateProfile(view.version(party), digest("p"))


def accreditation(view: View) -> Move:
    """A maintainer is put on an OEM's list or taken off it."""
    oem, maintainer = view.one(view.with_role(Role.OEM)), view.one(view.with_role(Role.MAINTAINER))
    record = view.state.get(("accreditation", oem, CLASS))
    listed = record is not None and maintainer in record.maintainers
    command = c.WithdrawAccreditation if listed and view.number(0, 2) == 2 else c.Accredit
    return view.sender(oem), command(maintainer, CLASS, view.version(record) if record else 0)


def attest(view: View) -> Move:
    """An auditor vouches for something."""
    auditor = view.sender(*view.with_role(Role.AUDITOR))
    return auditor, c.Attest(name(f"attestation {view.step}"), view.one(MACHINES), 1, digest("s"))


def register(view: View) -> Move:
    """One of few machines."""
    oem, customer = view.one(view.with_role(Role.OEM)), view.one(view.with_role(Role.CUSTOMER))
    machine = view.one(MACHINES)
    command = c.RegisterMachine(machine, oem, customer, CLASS, digest("spec"), digest("terms"), 60, DAY)
    return view.sender(oem, customer), command


def _machine(view: View) -> Machine | None:
    machines = view.of("machine")
    return view.one(machines) if machines else None


def answer(view: View) -> Move | None:
    """A machine is accepted or declined."""
    machine = _machine(view)
    if machine is None:
        return None
    if view.number(0, 4) == 4:
        return view.sender(machine.oem, machine.customer), c.DeclineMachine(machine.machine, view.version(machine))
    terms = digest("wrong") if view.seldom() else machine.terms
    sender = view.sender(machine.customer, machine.oem)
    return sender, c.AcceptMachine(machine.machine, view.version(machine), terms)


def use(view: View) -> Move | None:
    """A machine is started, stopped or reset, now or some time ago."""
    machine = _machine(view)
    if machine is None:
        return None
    version, at = view.version(machine), max(machine.last_at, view.time) - view.number(0, 60)
    stop = c.StopMachine(machine.machine, version, at, 1, ZERO_DIGEST)
    commands = [c.StartMachine(machine.machine, version, at), stop, c.ResetMachine(machine.machine, version, at)]
    usual = {2: 0, 4: 1, 5: 2 if view.number(0, 1) else 0}.get(machine.state, 0)
    return view.sender(machine.customer), commands[view.number(0, 2) if view.seldom() else usual]


def change(view: View) -> Move | None:
    """A change is offered, accepted or withdrawn."""
    machine, offers = _machine(view), view.of("offer")
    if machine is None:
        return None
    sides = (machine.oem, machine.customer)
    if offers and view.number(0, 2):
        offer = view.one(offers)
        command = c.AcceptChange if view.number(0, 3) else c.WithdrawChange
        party = view.state["machine", offer.machine]
        return view.sender(party.oem, party.customer), command(offer.machine, offer.n)
    kind = ChangeKind.TERMINATE if view.number(0, 5) == 5 else ChangeKind.AMEND
    terms = digest(f"terms {view.step}") if kind == ChangeKind.AMEND else ZERO_DIGEST
    return view.sender(*sides), c.OfferChange(machine.machine, view.step, kind, terms, view.later(0))


def anchor(view: View) -> Move | None:
    """The next anchors of some machines of one customer."""
    heads = [head for head in view.of("anchor_head") if view.number(0, 3)]
    if not heads:
        return None
    items = [_anchor(view, head) for head in heads if head.customer == heads[0].customer or view.seldom()]
    return view.sender(heads[0].customer), c.AnchorTelemetry(tuple(sorted(items, key=lambda item: item.machine)))


def _anchor(view: View, head: Any) -> c.AnchorItem:
    seq = head.seq + (view.number(0, 2) if view.seldom() else 1)
    begin = max(head.window_to, 1) + (view.number(-5, 5) if view.seldom() else 0)
    if head.seq and view.number(0, 3) == 3:
        earlier = view.number(1, head.seq)
        return c.AnchorItem(
            head.machine, seq, AnchorKind.CORRECTION, earlier, max(begin - 9, 0), begin, 1, digest("m"), b""
        )
    return c.AnchorItem(
        head.machine, seq, AnchorKind.REGULAR, 0, begin, begin + view.number(1, 900), 1, digest("m"), b"l"
    )


def invoice(view: View) -> Move | None:
    """A claim of any kind."""
    machine = _machine(view)
    number, respond_by = name(f"invoice {view.step}"), view.later(DAY)
    if machine is None or view.number(0, 3) == 3:
        issuer, payer = view.one(view.of("party")).party, view.one(view.of("party")).party
        command = c.IssueInvoice(
            number, payer, ZERO_ID, InvoiceKind.SERVICE, 0, 0, 0, 0, 0, view.step, 978, digest("s"), respond_by
        )
        return view.sender(issuer), command
    billing = view.state.get(("billing_head", machine.machine))
    head = view.state.get(("anchor_head", machine.machine))
    begin, seq = (billing.billed_to or view.time - DAY, billing.billed_seq + 1) if billing else (1, 1)
    end = begin + view.number(1, 9_000) + (begin - 1 if view.seldom() else 0)
    upto = head.seq + 1 if head and view.number(0, 2) else seq
    kind = InvoiceKind.FINAL if machine.state == 6 and view.number(0, 2) else InvoiceKind.PERIOD
    payout = int(kind == InvoiceKind.FINAL and view.number(0, 1) == 1)
    begin += view.number(-1, 1) if view.seldom() else 0
    amount = view.number(0, 9_999)
    usual = c.IssueInvoice(
        number, 0, ZERO_ID, kind, payout, begin, end, seq, upto, amount, 978, digest("s"), respond_by
    )
    command = replace(usual, payer=machine.customer, machine=machine.machine)
    return view.sender(machine.oem), command


def claim(view: View) -> Move | None:
    """An answer to an invoice."""
    invoices = [one for one in view.of("invoice") if one.state != 4 or view.seldom()]
    if not invoices:
        return None
    one = view.one(invoices)
    version, auditors = view.version(one), view.with_role(Role.AUDITOR)
    accepted = c.AcceptInvoice(one.invoice, version)
    disputed = c.DisputeInvoice(one.invoice, version, view.number(0, 9_999), digest("s"), 0, ZERO_DIGEST)
    revised = c.ReviseInvoice(one.invoice, version, view.number(0, 9_999), digest("t"), view.later(DAY))
    ruled = c.RuleOnInvoice(one.invoice, version, view.number(0, 9_999), digest("r"))
    settled = c.SettleInvoice(one.invoice, version, digest("paid"))
    usual: dict[int, list[Move]] = {
        1: [(view.sender(one.payer, one.issuer), accepted), (view.sender(one.payer), disputed)],
        2: [(view.sender(one.issuer, one.payer), settled), (view.sender(*auditors), settled)],
        3: [(view.sender(one.issuer), revised), (view.sender(*auditors), ruled)],
        4: [(view.sender(one.issuer), settled), (view.sender(one.payer), accepted)],
    }
    return view.one(usual[one.state])


def open_ticket(view: View) -> Move | None:
    """A ticket of either kind with any policy."""
    machine = _machine(view)
    if machine is None:
        return None
    kind = 1 if machine.state == 5 else 2
    last = view.state.get(("ticket", machine.machine, kind))
    n = (last.n if last else 0) + (view.number(0, 2) if view.seldom() else 1)
    cuts = sorted(view.number(0, 10_000) for _ in range(3))
    weights = (cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 10_000 - cuts[2])
    selections = [
        FCFS,
        c.Selection(SelectionPolicy.SCORED, view.later(DAY), view.number(0, 2), 0, 0, *weights),
        c.Selection(SelectionPolicy.SEALED, 0, 0, view.later(DAY), view.later(2 * DAY), *weights),
    ]
    payer = view.one([machine.oem, machine.customer])
    command = c.OpenTicket(machine.machine, kind, n, view.one(selections), digest("work"), view.later(10 * DAY), payer)
    return view.sender(machine.customer, machine.oem), command


def _ticket(view: View) -> Ticket | None:
    tickets = [ticket for ticket in view.of("ticket") if ticket.state <= 3 or view.seldom()]
    return view.one(tickets) if tickets else None


def _maintainers(view: View, ticket: Ticket) -> list[int]:
    """Those accredited for a ticket, seldom any other."""
    accreditation = view.state.get(("accreditation", ticket.oem, ticket.machine_class))
    if accreditation is None or not accreditation.maintainers or view.seldom():
        return view.with_role(Role.MAINTAINER)
    return list(accreditation.maintainers)


def bid(view: View) -> Move | None:
    """A bid, a commitment to one, or what was committed to."""
    ticket = _ticket(view)
    if ticket is None:
        return None
    maintainer = view.one(_maintainers(view, ticket))
    of = (ticket.machine, ticket.kind, ticket.n)
    price = maintainer * 10 + ticket.n
    shown = c.RevealBid(*of, price, maintainer, maintainer, ZERO_DIGEST, digest("salt"))
    sender = view.sender(maintainer)
    if ticket.selection.policy == SelectionPolicy.SCORED:
        return sender, c.Bid(*of, view.number(0, 500), view.number(0, 500), view.number(0, 500), ZERO_DIGEST)
    if view.time >= ticket.selection.commit_until:
        return sender, replace(shown, price=1) if view.seldom() else shown
    return sender, c.CommitBid(*of, commitment(digest("deployment"), maintainer, shown))


def repair(view: View) -> Move | None:
    """What moves a ticket on."""
    ticket = _ticket(view)
    if ticket is None:
        return None
    machine = view.state["machine", ticket.machine]
    of = (ticket.machine, ticket.kind, ticket.n, view.version(ticket))
    sides, opener, assignee = (machine.oem, machine.customer), ticket.opener, ticket.assignee or ticket.opener
    usual: dict[int, list[Move]] = {
        1: [
            (view.sender(*_maintainers(view, ticket)), c.AcceptTicket(*of)),
            (view.sender(*sides), c.AwardTicket(*of)),
            (view.sender(opener), c.CancelTicket(*of) if view.seldom() else c.AwardTicket(*of)),
        ],
        2: [
            (view.sender(assignee), c.CompleteTicket(*of, digest("report"))),
            (view.sender(assignee, opener), c.ReleaseTicket(*of)),
        ],
        3: [
            (view.sender(opener, assignee), c.CloseTicket(*of, 0 if view.number(0, 1) else view.number(0, 5))),
            (view.sender(opener), c.ReopenTicket(*of, digest("reason"))),
        ],
    }
    return view.one(usual.get(ticket.state, usual[1]))


ROOMS: dict[str, list[Callable[[View], Move | None]]] = {
    "consortium": [board, vote, profile, accreditation, attest],
    "machines": [register, answer, use, use, change],
    "telemetry": [anchor],
    "invoices": [invoice, claim, claim],
    "maintenance": [open_ticket, bid, bid, bid, repair, repair],
}
