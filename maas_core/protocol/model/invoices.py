"""Invoices: issued, accepted or disputed, revised or ruled on, settled. Money itself never moves on the ledger."""

from dataclasses import replace

from maas_core.protocol.commands import (
    AcceptInvoice,
    DisputeInvoice,
    IssueInvoice,
    ReviseInvoice,
    RuleOnInvoice,
    SettleInvoice,
)
from maas_core.protocol.events import (
    Event,
    InvoiceAccepted,
    InvoiceDisputed,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceRuled,
    InvoiceSettled,
    MachineTerminated,
    MisbehaviourCounted,
)
from maas_core.protocol.model.state import (
    State,
    active_party,
    engaged_party,
    existing,
    is_active_as,
    is_engaged,
    require_not_ahead,
    require_room,
    rules,
)
from maas_core.protocol.records import BillingHead, Invoice, Machine, Party
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.states import InvoiceKind, InvoiceState, MachineState, Misbehaviour, Role
from maas_core.protocol.types import ZERO_ID

BILLABLE = (
    MachineState.ACCEPTED,
    MachineState.EXECUTED,
    MachineState.STOPPED,
    MachineState.TERMINATING,
)


def issue_invoice(state: State, command: IssueInvoice, sender: bytes, time: int) -> tuple[InvoiceIssued]:
    require(_is_consistent(command), Code.INVALID_ARGUMENT)
    issuer = active_party(state, sender)
    if command.kind == InvoiceKind.SERVICE:
        _require_service(state, command, issuer)
    else:
        _require_period(state, command, issuer, time)
    require(command.respond_by > time, Code.INVALID_ARGUMENT)
    return (
        InvoiceIssued(
            command.invoice,
            issuer.party,
            command.payer,
            command.machine,
            command.kind,
            command.payout,
            command.window_from,
            command.window_to,
            command.seq_from,
            command.seq_to,
            command.amount,
            command.currency,
            command.statement,
            command.respond_by,
            time,
        ),
    )


def _is_consistent(command: IssueInvoice) -> bool:
    if command.kind == InvoiceKind.SERVICE:
        unused = (
            command.payout,
            command.window_from,
            command.window_to,
            command.seq_from,
            command.seq_to,
        )
        return command.machine == ZERO_ID and not any(unused)
    if command.kind == InvoiceKind.PERIOD and (command.payout or command.window_from == command.window_to):
        return False
    return command.window_from <= command.window_to and 1 <= command.seq_from <= command.seq_to


def _require_service(state: State, command: IssueInvoice, issuer: Party) -> None:
    require(("invoice", command.invoice) not in state, Code.ALREADY_EXISTS)
    require(command.payer != issuer.party, Code.NOT_AUTHORISED)
    payer = existing(state, Party, ("party", command.payer))
    require(is_engaged(payer), Code.NOT_ACTIVE)


def _require_period(state: State, command: IssueInvoice, issuer: Party, time: int) -> None:
    billing = existing(state, BillingHead, ("billing_head", command.machine))
    machine: Machine = state["machine", command.machine]
    require(("invoice", command.invoice) not in state, Code.ALREADY_EXISTS)
    require(issuer.party == machine.oem and command.payer == machine.customer, Code.NOT_AUTHORISED)
    if command.kind == InvoiceKind.FINAL:
        require(machine.state == MachineState.TERMINATING, Code.WRONG_STATE)
    require(machine.state in BILLABLE and not billing.final, Code.WRONG_STATE)
    anchored = state["anchor_head", command.machine].seq
    require(billing.billed_to in (0, command.window_from), Code.PERIOD_MISMATCH)
    require(command.seq_from == billing.billed_seq + 1, Code.PERIOD_MISMATCH)
    require(command.seq_to <= anchored + 1, Code.PERIOD_MISMATCH)
    require_not_ahead(state, command.window_to, time)


def accept_invoice(state: State, command: AcceptInvoice, sender: bytes, time: int) -> tuple[InvoiceAccepted]:
    party = engaged_party(state, sender)
    invoice = existing(state, Invoice, ("invoice", command.invoice))
    now = max(time, invoice.time)
    require(party.party in (invoice.payer, invoice.issuer), Code.NOT_AUTHORISED)
    require(invoice.state == InvoiceState.ISSUED, Code.WRONG_STATE)
    require(command.version == invoice.version, Code.STALE_VERSION)
    require(party.party == invoice.payer or now >= _undisputed_from(state, invoice), Code.NOT_AUTHORISED)
    return (InvoiceAccepted(command.invoice, invoice.version + 1, party.party, now),)


def _undisputed_from(state: State, invoice: Invoice) -> int:
    """When silence counts as consent: after `respond_by`, but never so soon that there was no time to answer."""
    return max(invoice.respond_by, invoice.time + rules(state).close_after)


def dispute_invoice(state: State, command: DisputeInvoice, sender: bytes, time: int) -> tuple[InvoiceDisputed]:
    party = engaged_party(state, sender)
    invoice = existing(state, Invoice, ("invoice", command.invoice))
    require(party.party == invoice.payer, Code.NOT_AUTHORISED)
    require(invoice.state == InvoiceState.ISSUED, Code.WRONG_STATE)
    require(command.version == invoice.version, Code.STALE_VERSION)
    return (
        InvoiceDisputed(
            command.invoice,
            invoice.version + 1,
            command.claim,
            command.statement,
            command.slice,
            command.evidence,
            max(time, invoice.time),
        ),
    )


def revise_invoice(state: State, command: ReviseInvoice, sender: bytes, time: int) -> tuple[InvoiceRevised]:
    party = engaged_party(state, sender)
    invoice = existing(state, Invoice, ("invoice", command.invoice))
    now = max(time, invoice.time)
    require(party.party == invoice.issuer, Code.NOT_AUTHORISED)
    require(invoice.state == InvoiceState.DISPUTED, Code.WRONG_STATE)
    require(command.version == invoice.version, Code.STALE_VERSION)
    require(command.respond_by > now, Code.INVALID_ARGUMENT)
    require_room(invoice.version)
    return (
        InvoiceRevised(
            command.invoice,
            invoice.version + 1,
            command.amount,
            command.statement,
            command.respond_by,
            now,
        ),
    )


def rule_on_invoice(state: State, command: RuleOnInvoice, sender: bytes, time: int) -> tuple[Event, ...]:
    auditor = active_party(state, sender)
    invoice = existing(state, Invoice, ("invoice", command.invoice))
    require(_is_neutral_auditor(auditor, invoice), Code.NOT_AUTHORISED)
    require(invoice.state == InvoiceState.DISPUTED, Code.WRONG_STATE)
    require(command.version == invoice.version, Code.STALE_VERSION)
    now = max(time, invoice.time)
    ruled = InvoiceRuled(command.invoice, invoice.version + 1, auditor.party, command.amount, command.ruling, now)
    loser = _loser(invoice, command.amount)
    return (ruled, MisbehaviourCounted(loser, Misbehaviour.LOST_RULING)) if loser else (ruled,)


def _is_neutral_auditor(party: Party, invoice: Invoice) -> bool:
    neutral = party.party not in (invoice.issuer, invoice.payer)
    return neutral and is_active_as(party, Role.AUDITOR)


def _loser(invoice: Invoice, ruled: int) -> int:
    """The side whose figure is further from the ruled one; 0 if both are equally far."""
    from_amount = abs(ruled - invoice.amount)
    from_claim = abs(ruled - invoice.claim)
    if from_amount == from_claim:
        return 0
    return invoice.issuer if from_amount > from_claim else invoice.payer


def settle_invoice(state: State, command: SettleInvoice, sender: bytes, time: int) -> tuple[Event, ...]:
    party = engaged_party(state, sender)
    invoice = existing(state, Invoice, ("invoice", command.invoice))
    now = max(time, invoice.time)
    is_payee = party.party == (invoice.payer if invoice.payout else invoice.issuer)
    require(is_payee or _is_neutral_auditor(party, invoice), Code.NOT_AUTHORISED)
    require(invoice.state == InvoiceState.ACCEPTED, Code.WRONG_STATE)
    require(command.version == invoice.version, Code.STALE_VERSION)
    require(is_payee or now >= invoice.time + rules(state).close_after, Code.NOT_AUTHORISED)
    settled = InvoiceSettled(command.invoice, invoice.version + 1, party.party, command.payment, now)
    machine: Machine | None = state.get(("machine", invoice.closes))
    if machine is None or machine.state == MachineState.TERMINATED:
        return (settled,)
    return (settled, MachineTerminated(invoice.closes, machine.version + 1))


# Folds


def invoice_issued(state: State, event: InvoiceIssued) -> State:
    invoice = Invoice(
        invoice=event.invoice,
        issuer=event.issuer,
        payer=event.payer,
        kind=event.kind,
        payout=event.payout,
        state=InvoiceState.ISSUED,
        version=1,
        amount=event.amount,
        claim=0,
        respond_by=event.respond_by,
        time=event.time,
        closes=event.machine if event.kind == InvoiceKind.FINAL else ZERO_ID,
        machine=event.machine,
        window_from=event.window_from,
        window_to=event.window_to,
        seq_from=event.seq_from,
        seq_to=event.seq_to,
        currency=event.currency,
        statement=event.statement,
    )
    changed = state.set(("invoice", event.invoice), invoice)
    if event.kind == InvoiceKind.SERVICE:
        return changed
    final = 1 if event.kind == InvoiceKind.FINAL else 0
    billing = BillingHead(event.machine, event.window_to, event.seq_to - 1, final)
    return changed.set(("billing_head", event.machine), billing)


def invoice_accepted(state: State, event: InvoiceAccepted) -> State:
    invoice = state["invoice", event.invoice]
    accepted = replace(invoice, state=InvoiceState.ACCEPTED, version=event.version, time=event.time)
    return state.set(("invoice", event.invoice), accepted)


def invoice_disputed(state: State, event: InvoiceDisputed) -> State:
    invoice = state["invoice", event.invoice]
    disputed = replace(
        invoice,
        state=InvoiceState.DISPUTED,
        version=event.version,
        claim=event.claim,
        time=event.time,
    )
    return state.set(("invoice", event.invoice), disputed)


def invoice_revised(state: State, event: InvoiceRevised) -> State:
    revised = replace(
        state["invoice", event.invoice],
        state=InvoiceState.ISSUED,
        version=event.version,
        amount=event.amount,
        claim=0,
        respond_by=event.respond_by,
        time=event.time,
        statement=event.statement,
    )
    return state.set(("invoice", event.invoice), revised)


def invoice_ruled(state: State, event: InvoiceRuled) -> State:
    ruled = replace(
        state["invoice", event.invoice],
        state=InvoiceState.ACCEPTED,
        version=event.version,
        amount=event.amount,
        claim=0,
        time=event.time,
    )
    return state.set(("invoice", event.invoice), ruled)


def invoice_settled(state: State, event: InvoiceSettled) -> State:
    invoice = state["invoice", event.invoice]
    settled = replace(invoice, state=InvoiceState.SETTLED, version=event.version, time=event.time)
    return state.set(("invoice", event.invoice), settled)
