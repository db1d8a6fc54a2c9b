"""What `[billing]` has done by itself: answering, paying, settling. Every step may be repeated."""

from typing import TYPE_CHECKING

from maas_core.errors import UnavailableError, UsageError
from maas_core.node.payments import sides
from maas_core.ports.payments import PaymentState
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import InvoiceKind, InvoiceState

if TYPE_CHECKING:
    from maas_core.node.node import Node

DAY = 86_400


class BillingAgent:
    """One look at all invoices."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._policy = node.config.billing

    def step(self) -> list[str]:
        """Do what can be done now; what one invoice does not allow is told and does not stop the others."""
        me = self._node.parties.me().party
        underway = {getattr(one.command, "invoice", None) for one in self._node.submissions.unfinished()}
        told: list[str] = []
        for seen in self._node.invoices.all():
            record = seen.record
            if seen.provisional or record.invoice in underway or me not in (record.issuer, record.payer):
                continue
            try:
                told += self._one(record, me)
            except (UsageError, UnavailableError) as error:
                told.append(f"{record.invoice.hex()[:8]}: {error}")
        return told

    def _one(self, record: Invoice, me: int) -> list[str]:
        if record.state == InvoiceState.ISSUED:
            return self._answered(record) if me == record.payer else self._overdue(record)
        if record.state == InvoiceState.ACCEPTED and self._node.config.payments is not None:
            return self._paid(record) if me == sides(record).debtor else self._settled(record)
        return []

    def _answered(self, record: Invoice) -> list[str]:
        if record.kind == InvoiceKind.SERVICE or not (self._policy.respond or self._policy.accept_up_to):
            return []
        check = self._node.billing.check(record.invoice)
        wanted = record.amount <= self._policy.accept_up_to if check.ok else self._policy.respond
        if not wanted:
            return []
        self._node.billing.respond(record.invoice)
        if check.difference is None:
            return [f"accepts {record.invoice.hex()[:8]}: it recomputes"]
        return [f"disputes {record.invoice.hex()[:8]}: {check.difference.text}"]

    def _overdue(self, record: Invoice) -> list[str]:
        now = self._node.clock.now()
        close_after = self._node.parties.deployment().record.rules.close_after
        if not self._policy.accept_overdue or now < max(record.respond_by, record.time + close_after):
            return []
        self._node.invoices.accept(record.invoice)
        return [f"accepts {record.invoice.hex()[:8]} as the issuer: nobody answered"]

    def _paid(self, record: Invoice) -> list[str]:
        if not 0 < record.amount <= self._policy.pay_up_to:
            return []
        if self._node.payments.look_up(record.invoice).state in (PaymentState.ORDERED, PaymentState.PAID):
            return []
        report = self._node.payments.order(record.invoice, self._due(record))
        return [f"orders payment of {record.invoice.hex()[:8]}: {report.detail or report.state}"]

    def _due(self, record: Invoice) -> int:
        """When it is to be paid: by the terms, for a service by the config."""
        if record.kind == InvoiceKind.SERVICE:
            return record.time + self._policy.pay_days * DAY
        billing = self._node.billing
        terms = billing.results(record.machine).source.terms(billing.statement(record.invoice).terms)
        return record.time + terms.payment.due_days * DAY

    def _settled(self, record: Invoice) -> list[str]:
        if not self._policy.settle:
            return []
        report, submission = self._node.payments.settle(record.invoice)
        if submission is None:
            return []
        return [f"settles {record.invoice.hex()[:8]}: {report.reference.decode(errors='replace')}"]
