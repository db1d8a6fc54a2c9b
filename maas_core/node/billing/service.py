"""Billing as an application and the command line call it: quote, bill, check, respond, rule, revise.

All figures follow from the ledger's final events and from storage. What is sent goes through `Intents`, so that a
process that ends anywhere in between is followed by one that goes on, and nothing is billed or answered twice.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maas_core.billing.bill import Bill
from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import Carry, Span
from maas_core.billing.slices import SliceTree
from maas_core.billing.statement import Statement
from maas_core.billing.terms import Terms
from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.evidence.checking import Verdict
from maas_core.evidence.file import Evidence, Fault
from maas_core.ledgerio.submission import Submission
from maas_core.node.billing.agent import BillingAgent
from maas_core.node.billing.audit import Audited, audited
from maas_core.node.billing.checks import NO_SLICE, Check, Difference, compared, owed
from maas_core.node.billing.facts import FactSource
from maas_core.node.billing.intents import Intents
from maas_core.node.billing.papers import EVIDENCE, RULING, Papers, ruling_document
from maas_core.node.billing.proving import Case, Proving
from maas_core.node.billing.results import Results
from maas_core.node.billing.timeline import NOW, Issued
from maas_core.node.service import Service, new_id
from maas_core.ports.currency import by_code
from maas_core.proofs import canonical
from maas_core.protocol.commands import (
    AcceptInvoice,
    Command,
    DisputeInvoice,
    IssueInvoice,
    ReviseInvoice,
    RuleOnInvoice,
)
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import InvoiceKind, InvoiceState

if TYPE_CHECKING:
    from maas_core.node.node import Node

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Sent:
    """A command about an invoice that is on its way or final."""

    invoice: bytes
    submission: Submission
    amount: int
    """Minor units, below 0 for a payout."""
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class _Compared:
    """One invoice, recomputed."""

    results: Results
    index: int
    ours: Result
    bill: Bill | None
    check: Check

    @property
    def issued(self) -> Issued:
        return self.results.source.timeline.invoices[self.index]


class Billing(Service):
    """Bills for machines' time. Bills for services are `node.maintenance.bills`."""

    def __init__(self, node: "Node") -> None:
        super().__init__(node)
        self._papers = Papers(node)
        self._intents = Intents(node)
        self._proving = Proving(node)

    # Computing

    def results(self, machine: bytes, *, remember: bool = True) -> Results:
        """The bills of a machine as the ledger's final events give them now."""
        return Results(self._node, FactSource(self._node, machine), remember=remember)

    def quote(self, machine: bytes, terms: Terms, window: tuple[int, int]) -> Result:
        """What a recorded time would have cost under other terms, as the first statement under them."""
        results = self.results(machine)
        facts = results.source.recorded(Span(*window))
        return compute(terms, results.facts(facts, Carry()))

    def running(self, machine: bytes, to: int | None = None) -> Result:
        """What the time since the last bill comes to so far, up to `to` or as far as telemetry is anchored."""
        results = self.results(machine)
        begin, seq_from = self._begin(results, None)
        reached = max([begin, *(one.time_to for one in results.source.anchors)])
        end = reached if to is None else to
        if end < begin:
            raise UsageError(f"the time up to {end} is billed already; the next bill begins at {begin}")
        return results.next(Span(begin, end), results.source.next_seq(end, seq_from), NOW)

    def _begin(self, results: Results, begin: int | None) -> tuple[int, int]:
        """Where the next bill begins: time, and number of the first anchor."""
        invoices = results.source.timeline.invoices
        if invoices:
            last = invoices[-1].event
            if begin not in (None, last.window_to):
                raise UsageError(f"the next bill begins where the last one ended, at {last.window_to}")
            return last.window_to, last.seq_to
        if begin is None:
            begin = results.source.timeline.first_start()
        if begin is None:
            raise UsageError("the machine was never started: say from when the first bill is")
        return begin, 1

    # Issuing

    def issue(
        self, machine: bytes, to: int, *, begin: int | None = None, final: bool = False, respond_by: int | None = None
    ) -> Sent:
        """Bill a machine's time up to `to`, as its OEM; `begin` is for the first bill only.

        Again after a crash it goes on with what was decided. Raises `UsageError` if other terms begin within the time,
        or another bill is on its way; else as `results` and `documents.publish`.
        """
        results = self.results(machine)
        time_from, seq_from = self._begin(results, begin)
        invoices = results.source.timeline.invoices
        if invoices and to == time_from and not final:
            # Asked for again after it became final: the same answer as before.
            time_from = invoices[-1].event.window_from
        elif to < time_from or (to == time_from and not final):
            raise UsageError(f"a bill from {time_from} ends after that, not at {to}")
        name = f"issue:{machine.hex()}:{time_from}"
        decided = self._intents.pending(name)
        if decided is None:
            if invoices and time_from < invoices[-1].event.window_to:
                raise UsageError(f"the time up to {to} is billed already")
            self._refuse_if_underway(machine, results)
            command = self._bill(results, Span(time_from, to), seq_from, respond_by, final=final)
            decided = self._intents.decide(name, command)
        sent, submission = decided
        assert isinstance(sent, IssueInvoice)
        if (sent.window_to, sent.kind == InvoiceKind.FINAL) != (to, final):
            raise UsageError(f"a bill up to {sent.window_to} is on its way: wait for it, then bill what follows")
        return Sent(sent.invoice, submission, -sent.amount if sent.payout else sent.amount)

    def _refuse_if_underway(self, machine: bytes, results: Results) -> None:
        billing = self._node.machines.heads(machine)[1]
        known = results.source.timeline.invoices
        if billing is not None and billing.billed_to and (not known or known[-1].event.window_to != billing.billed_to):
            raise UsageError("the last bill is not final yet: wait for it")

    def _bill(
        self, results: Results, window: Span, seq_from: int, respond_by: int | None, *, final: bool
    ) -> IssueInvoice:
        source = results.source
        agreement = self._node.machines.get(source.machine).record
        seq_to = source.next_seq(window.time_to, seq_from)
        result = results.next(window, seq_to, NOW, final=final)
        statement = result.statement
        invoice = new_id()
        digest = self._papers.publish(
            invoice, result, self._papers.readers(agreement.oem, agreement.customer), source.machine
        )
        days = source.terms(statement.terms).payment.respond_days
        return IssueInvoice(
            invoice=invoice,
            payer=agreement.customer,
            machine=source.machine,
            kind=InvoiceKind.FINAL if final else InvoiceKind.PERIOD,
            payout=int(statement.amount < 0),
            window_from=window.time_from,
            window_to=window.time_to,
            seq_from=seq_from,
            seq_to=seq_to,
            amount=abs(statement.amount),
            currency=by_code(statement.currency).number,
            statement=digest,
            respond_by=self._node.clock.now() + days * DAY if respond_by is None else respond_by,
        )

    def revise(self, invoice: bytes, respond_by: int | None = None) -> Sent:
        """Replace a disputed claim by what this node computes, as the issuer."""
        record, name, decided = self._decided("revise", invoice, InvoiceState.DISPUTED)
        found = self._compared(invoice)
        amount = owed(record, found.ours.statement)
        if decided is None:
            readers = self._papers.readers(record.issuer, record.payer)
            digest = self._papers.publish(invoice, found.ours, readers, record.machine)
            days = found.results.source.terms(found.ours.statement.terms).payment.respond_days
            until = self._node.clock.now() + days * DAY if respond_by is None else respond_by
            decided = self._intents.decide(name, ReviseInvoice(invoice, record.version, amount, digest, until))
        return Sent(invoice, decided[1], found.ours.statement.amount)

    # Checking

    def check(self, invoice: bytes) -> Check:
        """Recompute an invoice and find the first difference. Raises `UnavailableError` if storage does not answer."""
        if self._node.invoices.get(invoice).record.kind == InvoiceKind.SERVICE:
            service = self._node.maintenance.bills.check(invoice)
            difference = None if service.ok else Difference(Fault.RECOMPUTED, service.why)
            return Check(invoice, service.ok, service.ours, service.amount, difference)
        return self._compared(invoice).check

    def _compared(self, invoice: bytes, results: Results | None = None) -> _Compared:
        record = self._node.invoices.get(invoice).record
        if record.kind == InvoiceKind.SERVICE:
            raise UsageError(f"invoice {invoice.hex()} is for a service, not for a machine's time")
        results = results or self.results(record.machine)
        index = results.source.timeline.invoice(invoice)
        issued = results.source.timeline.invoices[index]
        ours = results.of(index)
        bill: Bill | None = None
        try:
            bill = self._papers.bill(issued.statement, issued.event.issuer)
            difference = compared(issued, bill, self._papers.slices(bill), ours)
        except (IntegrityError, NoAccessError) as error:
            difference = Difference(Fault.RECOMPUTED, f"its statement cannot be used: {error}")
        check = Check(invoice, difference is None, ours.statement.amount, issued.amount, difference)
        return _Compared(results, index, ours, bill, check)

    def audit(self, machine: bytes) -> list[Audited]:
        """Recompute all bills of a machine from ledger and storage, without what was computed here before."""
        results = self.results(machine, remember=False)
        return [
            audited(one, self._node.invoices.get(one.invoice).record, self._compared(one.invoice, results).check)
            for one in results.source.timeline.invoices
        ]

    def statement(self, invoice: bytes) -> Statement:
        """The statement that an invoice for a machine's time names now. Raises as `documents.opened`."""
        return self._bill_of(invoice).statement

    def paper(self, invoice: bytes) -> tuple[Statement, SliceTree]:
        """The statement and all its slices, e.g. to be shown. Raises as `statement`."""
        bill = self._bill_of(invoice)
        return bill.statement, SliceTree(self._papers.slices(bill).leaves())

    def _bill_of(self, invoice: bytes) -> Bill:
        machine = self._node.invoices.get(invoice).record.machine
        timeline = FactSource(self._node, machine).timeline
        issued = timeline.invoices[timeline.invoice(invoice)]
        return self._papers.bill(issued.statement, issued.event.issuer)

    def step(self) -> list[str]:
        """Answer, pay and settle as the config says; returns what was done, for people."""
        return BillingAgent(self._node).step()

    def evidence(self, invoice: bytes) -> tuple[Evidence, Verdict]:
        """The proof that an invoice's statement is false. Raises `UsageError` if it is right, else as `Proving`."""
        return self._evidence(self._compared(invoice), b"")

    def _evidence(self, found: _Compared, own: bytes) -> tuple[Evidence, Verdict]:
        difference = found.check.difference
        if difference is None:
            raise UsageError(f"invoice {found.check.invoice.hex()} is right: there is nothing to prove")
        if found.bill is None:
            raise UsageError(f"nothing can be proven: {difference.text}")
        if not own:
            record = self._node.invoices.get(found.check.invoice).record
            own = self._papers.publish(
                found.check.invoice, found.ours, self._papers.readers(record.issuer, record.payer), record.machine
            )
        slices = self._papers.slices(found.bill)
        case = Case(
            found.results, found.index, found.bill, slices, difference.fault, difference.slice, difference.text, own
        )
        return self._proving.evidence(case)

    # Answering

    def respond(self, invoice: bytes) -> Sent:
        """Accept an invoice that recomputes, else dispute it with one's own statement and evidence, as the payer."""
        if self._node.invoices.get(invoice).record.kind == InvoiceKind.SERVICE:
            action = self._node.maintenance.bills.respond(invoice)
            submission = self._node.submissions.find(action.submission)
            check = self.check(invoice)
            return Sent(invoice, submission, check.ours, check)
        record, name, decided = self._decided("respond", invoice, InvoiceState.ISSUED)
        found = self._compared(invoice)
        if decided is None:
            command = AcceptInvoice(invoice, record.version) if found.check.ok else self._dispute(record, found)
            decided = self._intents.decide(name, command)
        return Sent(invoice, decided[1], found.check.ours, found.check)

    def _dispute(self, record: Invoice, found: _Compared) -> DisputeInvoice:
        assert found.check.difference is not None
        readers = self._papers.readers(record.issuer, record.payer)
        own = self._papers.publish(record.invoice, found.ours, readers, record.machine)
        content = self._proof(found, own)
        evidence = self._node.documents.publish(EVIDENCE, content, readers, record.machine)
        where = found.check.difference.slice
        claim = owed(record, found.ours.statement)
        return DisputeInvoice(
            record.invoice, record.version, claim, own, NO_SLICE if where is None else where, evidence
        )

    def _proof(self, found: _Compared, own: bytes) -> bytes:
        """The evidence file; where none can be made, e.g. of a statement that nobody can read, the reason."""
        assert found.check.difference is not None
        try:
            return self._evidence(found, own)[0].dumps()
        except (UsageError, IntegrityError) as error:
            return canonical.dumps({"format": "maas-claim/1", "why": found.check.difference.text, "note": str(error)})

    def rule(self, invoice: bytes) -> Sent:
        """Decide a dispute by an independent recomputation, as a neutral auditor."""
        record, name, decided = self._decided("rule", invoice, InvoiceState.DISPUTED)
        check, amount, ours = self._judged(record)
        if decided is None:
            readers = self._papers.readers(record.issuer, record.payer)
            own = bytes(32) if ours is None else self._papers.publish(invoice, ours, readers, record.machine)
            content = ruling_document(record, check, amount, own)
            ruling = self._node.documents.publish(RULING, content, readers, record.machine)
            decided = self._intents.decide(name, RuleOnInvoice(invoice, record.version, amount, ruling))
        return Sent(invoice, decided[1], amount, check)

    def _judged(self, record: Invoice) -> tuple[Check, int, Result | None]:
        if record.kind == InvoiceKind.SERVICE:
            check = self.check(record.invoice)
            return check, max(0, check.ours), None
        found = self._compared(record.invoice)
        return found.check, owed(record, found.ours.statement), found.ours

    def _decided(
        self, what: str, invoice: bytes, state: InvoiceState
    ) -> tuple[Invoice, str, tuple[Command, Submission] | None]:
        """The invoice, and what was decided on it before, be it on its way or final.

        Raises `UsageError` if it is in another state for another reason.
        """
        record = self._node.invoices.get(invoice).record
        for version in (record.version, record.version - 1):
            name = f"{what}:{invoice.hex()}:{version}"
            decided = self._intents.pending(name)
            if decided is not None:
                return record, name, decided
        if record.state != state:
            now = InvoiceState(record.state).name
            raise UsageError(f"invoice {invoice.hex()} is {now}: this can be done while it is {state.name}")
        return record, f"{what}:{invoice.hex()}:{record.version}", None
