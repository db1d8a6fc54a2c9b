"""Plans for invoices."""

from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.records import AnchorHead, BillingHead, Invoice, Machine, Party
from maas_core.protocol.states import InvoiceKind, InvoiceState, MachineState, Role
from maas_core.protocol.types import ZERO_ID
from maas_core.protocol.vectors.cast import DAY
from maas_core.protocol.vectors.guided.choices import Choices
from maas_core.protocol.vectors.guided.consortium import fresh, some_digest
from maas_core.protocol.vectors.guided.machines import every_machine
from maas_core.protocol.vectors.guided.plan import Plan
from maas_core.protocol.vectors.guided.world import GHOST_INVOICE, GHOST_PARTY, World

BILLABLE = (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED, MachineState.TERMINATING)
AMOUNTS = (125_000, 0, 1, 100_000, 112_500)


def _billable(*states: MachineState) -> Any:
    def ready(world: World) -> list[Machine]:
        return [one for one in world.machines if one.state in states and not _head(world, one).final]

    return ready


def _head(world: World, machine: Machine) -> BillingHead:
    none = BillingHead(machine.machine, 0, 0, 0)
    found: BillingHead = world.state.get(("billing_head", machine.machine), none)
    return found


def _id(world: World, choose: Choices) -> bytes:
    if world.invoices and choose.chance(5):
        taken: bytes = choose.pick(world.invoices).invoice
        return taken
    return fresh(world, "invoice", len(world.invoices))


def _period(kind: InvoiceKind) -> Any:
    def make(world: World, subject: Machine, _sender: int, choose: Choices) -> c.IssueInvoice:
        head = _head(world, subject)
        begin = head.billed_to + choose.pick((0, 0, 0, 1)) if head.billed_to else world.now - DAY
        ends = (max(begin + 1, world.now), begin + 1, world.now + world.rules.clock_bound)
        anchored = world.state.get(("anchor_head", subject.machine), AnchorHead(subject.machine, 0, 0, 0, 0)).seq
        final = kind == InvoiceKind.FINAL
        return c.IssueInvoice(
            invoice=_id(world, choose),
            payer=subject.customer,
            machine=subject.machine,
            kind=kind,
            payout=choose.below(2) if final else 0,
            window_from=begin,
            window_to=choose.pick((*ends, begin) if final else ends),
            seq_from=head.billed_seq + choose.pick((1, 1, 1, 1, 2)),
            seq_to=choose.pick((anchored + 1, head.billed_seq + 2)),
            amount=choose.pick(AMOUNTS),
            currency=978,
            statement=some_digest(choose),
            respond_by=world.now + choose.pick((DAY, 1, 3_600)),
        )

    return make


def _service(world: World, subject: Party, _sender: int, choose: Choices) -> c.IssueInvoice:
    return c.IssueInvoice(
        invoice=_id(world, choose),
        payer=subject.party,
        machine=ZERO_ID,
        kind=InvoiceKind.SERVICE,
        payout=0,
        window_from=0,
        window_to=0,
        seq_from=0,
        seq_to=0,
        amount=choose.pick(AMOUNTS),
        currency=choose.pick((978, 1, 999)),
        statement=some_digest(choose),
        respond_by=world.now + choose.pick((DAY, 1, 3_600)),
    )


def _payers(world: World) -> list[Party]:
    return [party for party in world.parties if world.is_engaged(party.party)]


def _claimants(world: World, subject: Party) -> list[int]:
    return [one.party for one in world.parties if world.is_active(one.party) and one.party != subject.party]


def _in_state(*states: InvoiceState) -> Any:
    return lambda world: [invoice for invoice in world.invoices if invoice.state in states]


def _every(world: World) -> list[Invoice]:
    return [*world.invoices, GHOST_INVOICE]


def _accepters(world: World, subject: Invoice) -> list[int]:
    late = world.now >= subject.respond_by
    return world.engaged(subject.payer, *([subject.issuer] if late else []))


def _auditors(world: World, subject: Invoice) -> list[int]:
    sides = (subject.issuer, subject.payer)
    return [party for party in world.active(Role.AUDITOR) if party not in sides]


def _settlers(world: World, subject: Invoice) -> list[int]:
    late = world.now >= subject.time + world.rules.close_after
    payee = subject.payer if subject.payout else subject.issuer
    return [*world.engaged(payee), *(_auditors(world, subject) if late else [])]


def _dispute(_world: World, subject: Invoice, _sender: int, choose: Choices) -> c.DisputeInvoice:
    claim, part = choose.pick((*AMOUNTS, subject.amount)), choose.pick((0, 17, 2**32 - 1))
    return c.DisputeInvoice(subject.invoice, subject.version, claim, some_digest(choose), part, some_digest(choose))


def _revise(world: World, subject: Invoice, _sender: int, choose: Choices) -> c.ReviseInvoice:
    respond_by = max(world.now, subject.time) + choose.pick((DAY, 1))
    amount = choose.pick(AMOUNTS)
    return c.ReviseInvoice(subject.invoice, subject.version, amount, some_digest(choose), respond_by)


def _rule(_world: World, subject: Invoice, _sender: int, choose: Choices) -> c.RuleOnInvoice:
    middle = (subject.amount + subject.claim) // 2
    amount = choose.pick((subject.amount, subject.claim, middle, middle + 1, 0))
    return c.RuleOnInvoice(subject.invoice, subject.version, amount, some_digest(choose))


def _settle(_world: World, subject: Invoice, _sender: int, choose: Choices) -> c.SettleInvoice:
    return c.SettleInvoice(subject.invoice, subject.version, some_digest(choose))


def _issuers(world: World, subject: Machine) -> list[int]:
    return [subject.oem] if world.is_active(subject.oem) else []


PLANS = (
    Plan(c.IssueInvoice, 4, _billable(*BILLABLE), every_machine, _issuers, _period(InvoiceKind.PERIOD)),
    Plan(
        c.IssueInvoice,
        8,
        _billable(MachineState.TERMINATING),
        every_machine,
        _issuers,
        _period(InvoiceKind.FINAL),
    ),
    Plan(c.IssueInvoice, 2, _payers, lambda world: [*world.parties, GHOST_PARTY], _claimants, _service),
    Plan(
        c.AcceptInvoice,
        4,
        _in_state(InvoiceState.ISSUED),
        _every,
        _accepters,
        lambda _world, subject, _sender, _choose: c.AcceptInvoice(subject.invoice, subject.version),
    ),
    Plan(
        c.DisputeInvoice,
        3,
        _in_state(InvoiceState.ISSUED),
        _every,
        lambda world, subject: world.engaged(subject.payer),
        _dispute,
    ),
    Plan(
        c.ReviseInvoice,
        3,
        _in_state(InvoiceState.DISPUTED),
        _every,
        lambda world, subject: world.engaged(subject.issuer),
        _revise,
    ),
    Plan(c.RuleOnInvoice, 3, _in_state(InvoiceState.DISPUTED), _every, _auditors, _rule),
    Plan(c.SettleInvoice, 5, _in_state(InvoiceState.ACCEPTED), _every, _settlers, _settle),
)
