"""All bills of a machine, recomputed."""

from dataclasses import dataclass

from maas_core.node.billing.checks import Check
from maas_core.node.billing.timeline import Issued
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import InvoiceKind, InvoiceState


@dataclass(frozen=True, slots=True)
class Audited:
    """One bill. Amounts are minor units, below 0 for a payout."""

    invoice: bytes
    kind: str
    state: str
    window_from: int
    window_to: int
    currency: int
    claimed: int
    """By the issuer, last."""
    recomputed: int
    stands: int
    """On the ledger now: as accepted, revised or ruled."""
    statement_right: bool
    """Whether the issuer's last statement is what was recomputed, to the byte."""
    amount_right: bool
    """Whether what stands is what was recomputed."""
    fault: str
    slice: int | None
    text: str


def audited(issued: Issued, record: Invoice, check: Check) -> Audited:
    """What an audit says of a bill."""
    difference = check.difference
    stands = -record.amount if record.payout else record.amount
    return Audited(
        invoice=issued.invoice,
        kind=InvoiceKind(record.kind).name,
        state=InvoiceState(record.state).name,
        window_from=issued.event.window_from,
        window_to=issued.event.window_to,
        currency=record.currency,
        claimed=issued.amount,
        recomputed=check.ours,
        stands=stands,
        statement_right=check.ok,
        amount_right=stands == check.ours,
        fault="" if difference is None else difference.fault.value,
        slice=None if difference is None else difference.slice,
        text="" if difference is None else difference.text,
    )
