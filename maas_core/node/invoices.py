"""Invoices: claims for money, and what becomes of them."""

from dataclasses import dataclass

from maas_core.ledgerio.submission import Submission
from maas_core.node.records import HistoryEntry, Seen
from maas_core.node.service import Service, new_id
from maas_core.protocol.commands import (
    AcceptInvoice,
    DisputeInvoice,
    IssueInvoice,
    ReviseInvoice,
    RuleOnInvoice,
    SettleInvoice,
)
from maas_core.protocol.records import Invoice, Machine
from maas_core.protocol.states import InvoiceKind
from maas_core.protocol.types import ZERO_ID


@dataclass(frozen=True, slots=True)
class Claim:
    """How much, in which currency, for what, and until when to answer."""

    amount: int
    """Minor units."""
    currency: int
    """ISO 4217 numeric code."""
    statement: bytes
    """The statement's digest."""
    respond_by: int
    """Seconds UTC."""


class Invoices(Service):
    """Invoices by their 16-byte ids."""

    def all(self) -> list[Seen[Invoice]]:
        """All invoices that this node knows."""
        return self._node.records.all("invoice")

    def get(self, invoice: bytes) -> Seen[Invoice]:
        """One invoice."""
        return self._get(Invoice, ("invoice", invoice))

    def history(self, invoice: bytes) -> list[HistoryEntry]:
        """Its final events."""
        return self._node.records.history(f"invoice:{invoice.hex()}")

    def issue_period(
        self, machine: bytes, window: tuple[int, int], seq_to: int, claim: Claim, *, final: bool = False,
        payout: bool = False, invoice: bytes | None = None,
    ) -> tuple[bytes, Submission]:  # fmt: skip
        """Bill a machine's time [from, to) and its anchors before `seq_to`; returns the invoice's id too."""
        agreement = self._get(Machine, ("machine", machine)).record
        billing = self._node.machines.heads(machine)[1]
        seq_from = 1 if billing is None else billing.billed_seq + 1
        invoice = invoice or new_id()
        command = IssueInvoice(
            invoice=invoice,
            payer=agreement.customer,
            machine=machine,
            kind=InvoiceKind.FINAL if final else InvoiceKind.PERIOD,
            payout=int(payout),
            window_from=window[0],
            window_to=window[1],
            seq_from=seq_from,
            seq_to=seq_to,
            amount=claim.amount,
            currency=claim.currency,
            statement=claim.statement,
            respond_by=claim.respond_by,
        )
        return invoice, self._send(command)

    def issue_service(self, payer: int, claim: Claim) -> tuple[bytes, Submission]:
        """Bill a service; returns the invoice's id too."""
        invoice = new_id()
        return invoice, self._send(service_invoice(invoice, payer, claim))

    def accept(self, invoice: bytes) -> Submission:
        """Accept an invoice."""
        return self._send(AcceptInvoice(invoice, self._version(invoice)))

    def dispute(
        self, invoice: bytes, claim: int, statement: bytes, first_differing_slice: int, evidence: bytes
    ) -> Submission:
        """Dispute an invoice: claim another amount, with another statement."""
        version = self._version(invoice)
        return self._send(DisputeInvoice(invoice, version, claim, statement, first_differing_slice, evidence))

    def revise(self, invoice: bytes, amount: int, statement: bytes, respond_by: int) -> Submission:
        """Replace a disputed amount."""
        return self._send(ReviseInvoice(invoice, self._version(invoice), amount, statement, respond_by))

    def rule_on(self, invoice: bytes, amount: int, ruling: bytes) -> Submission:
        """Decide a dispute, as an auditor."""
        return self._send(RuleOnInvoice(invoice, self._version(invoice), amount, ruling))

    def settle(self, invoice: bytes, payment: bytes) -> Submission:
        """Confirm that the money came; `payment` is the digest of its reference."""
        return self._send(SettleInvoice(invoice, self._version(invoice), payment))

    def _version(self, invoice: bytes) -> int:
        return self.get(invoice).record.version


def service_invoice(invoice: bytes, payer: int, claim: Claim) -> IssueInvoice:
    """The command that bills a service."""
    return IssueInvoice(
        invoice=invoice,
        payer=payer,
        machine=ZERO_ID,
        kind=InvoiceKind.SERVICE,
        payout=0,
        window_from=0,
        window_to=0,
        seq_from=0,
        seq_to=0,
        amount=claim.amount,
        currency=claim.currency,
        statement=claim.statement,
        respond_by=claim.respond_by,
    )
