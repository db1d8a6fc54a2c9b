"""Payments of accepted invoices, through the way that the config chooses."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from maas_core.errors import UnavailableError, UsageError
from maas_core.ledgerio.submission import Submission
from maas_core.node.service import Service
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.currency import by_number
from maas_core.ports.payments import Account, Payment, PaymentReport, Payments, PaymentState
from maas_core.ports.workflow import Unavailable
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import InvoiceState

CALL_SECONDS = 60.0
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Sides:
    """Who pays whom."""

    debtor: int
    creditor: int


def sides(invoice: Invoice) -> Sides:
    """A payout goes from the issuer to the payer, everything else the other way."""
    if invoice.payout:
        return Sides(invoice.issuer, invoice.payer)
    return Sides(invoice.payer, invoice.issuer)


class PaymentService(Service):
    """The debtor's node orders, the creditor's node looks up and settles; every call may be repeated."""

    @cached_property
    def backend(self) -> Payments:
        """The way of paying. Raises `UsageError` if the config chooses none."""
        section = self._node.config.payments
        if section is None:
            raise UsageError(f"{self._node.config.file} has no [payments]: settle by `maasctl invoice settle`")
        opened: Payments = section.backend.open(
            section.settings, Context(self._node.clock, self._node.signer, self._node.config.directory)
        )
        return opened

    def payment(self, invoice: bytes, due: int | None = None) -> Payment:
        """What is to be paid for an accepted invoice, `due` in seconds UTC.

        Raises `UsageError` if its acceptance is not final or nothing is owed.
        """
        record = self._accepted(invoice)
        between = sides(record)
        currency = by_number(record.currency).code
        if due is None:
            due = record.time + self._node.config.billing.pay_days * DAY
        return Payment(
            invoice, self._account(between.debtor), self._account(between.creditor), record.amount, currency, due
        )

    def order(self, invoice: bytes, due: int | None = None) -> PaymentReport:
        """Have an accepted invoice paid, as the debtor. Raises `UsageError`, `UnavailableError`."""
        payment = self.payment(invoice, due)
        me = self._me().party
        if me != sides(self._accepted(invoice)).debtor:
            raise UsageError(f"party {me} does not owe invoice {invoice.hex()}: the debtor orders payments")
        if payment.amount == 0:
            raise UsageError(f"nothing is owed for invoice {invoice.hex()}: its creditor settles it")
        return self._told(self.backend.order(payment, self._deadline()), "payment")

    def look_up(self, invoice: bytes) -> PaymentReport:
        """Where the payment of an accepted invoice stands; raises as `order`."""
        payment = self.payment(invoice)
        if payment.amount == 0:
            return PaymentReport(PaymentState.PAID, b"nothing owed", "its amount is 0")
        return self._told(self.backend.look_up(payment, self._deadline()), "payment")

    def settle(self, invoice: bytes) -> tuple[PaymentReport, Submission | None]:
        """Settle what is paid, as the creditor; None if it is not paid yet. Raises as `order`."""
        me = self._me().party
        if me != sides(self._accepted(invoice)).creditor:
            raise UsageError(f"party {me} does not get the money of invoice {invoice.hex()}: the creditor settles")
        report = self.look_up(invoice)
        if report.state is not PaymentState.PAID:
            return report, None
        return report, self._node.invoices.settle(invoice, sha256(report.reference).digest())

    def close(self) -> None:
        """Give back what the way of paying holds."""
        if "backend" in self.__dict__:
            self.backend.close()

    def _accepted(self, invoice: bytes) -> Invoice:
        seen = self._node.invoices.get(invoice)
        if seen.record.state != InvoiceState.ACCEPTED:
            state = InvoiceState(seen.record.state).name
            raise UsageError(f"invoice {invoice.hex()} is {state}: only what is ACCEPTED is paid and settled")
        if seen.provisional:
            raise UsageError(f"the acceptance of invoice {invoice.hex()} is not final yet: money cannot be undone")
        return seen.record

    def _account(self, party: int) -> Account:
        profile = self._node.parties.profile(party)
        return Account(profile.name or f"party {party}", profile.account)

    def _deadline(self) -> Deadline:
        return Deadline.after(self._node.clock, CALL_SECONDS)

    @staticmethod
    def _told(answer: PaymentReport | Unavailable, what: str) -> PaymentReport:
        if isinstance(answer, Unavailable):
            raise UnavailableError(f"the {what}'s backend does not answer: {answer.reason}")
        return answer
