"""Fourth scene: a machine's time is billed, recomputed by the customer, paid, settled; one invoice is false."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from maas_core.demo.cast import Name
from maas_core.demo.consortium import Consortium
from maas_core.demo.forgery import forge
from maas_core.demo.repair import service_bills
from maas_core.demo.result import BillRow
from maas_core.errors import IntegrityError
from maas_core.evidence.checking import check
from maas_core.evidence.file import Evidence
from maas_core.node.billing.timeline import Issued
from maas_core.node.payments import sides
from maas_core.protocol.states import InvoiceState

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rented:
    """A machine whose time is billed."""

    alias: str
    machine: bytes
    meter: str
    """Whose quantity the table of bills shows."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """What came of the false invoice."""

    bill: BillRow
    exchanges: int
    proven: str
    size: int
    """Bytes of the evidence file."""


def month_starts(first: datetime, count: int) -> list[int]:
    """The begins of `count` months and the end of the last, seconds UTC."""
    months = [first.year * 12 + first.month - 1 + offset for offset in range(count + 1)]
    return [int(datetime(one // 12, one % 12 + 1, 1, tzinfo=UTC).timestamp()) for one in months]


def bill(consortium: Consortium, rented: Rented, to: int, *, final: bool = False) -> BillRow:
    """One honest invoice up to `to`, from issue to settlement."""
    oem = consortium[Name.OEM]
    sent = oem.billing.issue(rented.machine, to, final=final)
    consortium.done(Name.OEM, sent.submission)
    answered = consortium[Name.CUSTOMER].billing.respond(sent.invoice)
    consortium.done(Name.CUSTOMER, answered.submission)
    settle(consortium, sent.invoice)
    return row(consortium, rented, sent.invoice, sent.amount)


def settle(consortium: Consortium, invoice: bytes) -> None:
    """The debtor's node writes the transfer for its bank; the creditor sees the money and says so on the ledger."""
    consortium.level()
    record = consortium[Name.BOARD].invoices.get(invoice).record
    between = sides(record)
    if record.amount:
        consortium.of(between.debtor).payments.order(invoice)
    creditor = consortium.of(between.creditor)
    reference = sha256(b"transfer " + invoice).digest()
    consortium.final(creditor, creditor.invoices.settle(invoice, reference))
    consortium.sync()


def settle_services(consortium: Consortium, alias: str) -> list[BillRow]:
    """Pay what maintainers billed, and what was claimed from them; each payer's node has recomputed it."""
    for one in service_bills(consortium[Name.BOARD]):
        settle(consortium, one.invoice)
    return [
        BillRow(
            alias, f"service, {one.issuer} to {one.payer}", "", one.amount, one.amount,
            InvoiceState(one.state).name.lower(),
        )
        for one in sorted(service_bills(consortium[Name.BOARD]), key=lambda one: one.time)
    ]  # fmt: skip


def forged(
    consortium: Consortium, rented: Rented, window: tuple[int, int], hour: int, signal: str, say: Say
) -> Forgery:
    """A false invoice: disputed with a proof, which is checked without any node, and ruled on by the auditor."""
    oem, customer, auditor = (consortium[name] for name in (Name.OEM, Name.CUSTOMER, Name.AUDITOR))
    submission, claimed = forge(oem, rented.machine, window, hour, signal)
    consortium.done(Name.OEM, submission)
    invoice = customer.billing.results(rented.machine).source.timeline.invoices[-1].invoice
    answered = customer.billing.respond(invoice)
    assert answered.check is not None
    if answered.check.difference is None:
        raise IntegrityError("the customer's node did not notice the false invoice")
    say(f"the customer disputes an invoice: {answered.check.difference.text}")
    consortium.done(Name.CUSTOMER, answered.submission)
    evidence = customer.billing.evidence(invoice)[0].dumps()
    verdict = check(Evidence.loads(evidence))
    ruling = auditor.billing.rule(invoice)
    consortium.done(Name.AUDITOR, ruling.submission)
    say(f"the auditor rules: {ruling.amount} minor units instead of {claimed}")
    settle(consortium, invoice)
    told = row(consortium, rented, invoice, claimed)
    return Forgery(told, answered.check.difference.exchanges, verdict.text, len(evidence))


def row(consortium: Consortium, rented: Rented, invoice: bytes, claimed: int) -> BillRow:
    """A settled invoice for the table, as the customer's node knows it."""
    results = consortium[Name.CUSTOMER].billing.results(rented.machine)
    index = results.source.timeline.invoice(invoice)
    issued: Issued = results.source.timeline.invoices[index]
    statement = results.of(index).statement
    record = consortium[Name.CUSTOMER].invoices.get(invoice).record
    quantity = next((f"{float(one.exact):,.0f} {one.unit}" for one in statement.meters if one.name == rented.meter), "")
    amount = -record.amount if record.payout else record.amount
    state = InvoiceState(record.state).name.lower()
    bill_row = BillRow(rented.alias, _period(*issued.window), quantity, amount, claimed, state)
    return replace(bill_row, state="ruled, settled") if claimed != amount else bill_row


def _period(begin: int, end: int) -> str:
    told = datetime.fromtimestamp(begin, UTC)
    return f"{told:%Y-%m}" if end > begin else f"{told:%Y-%m-%d} (final)"
