"""Looking up the facts that an evidence file relies on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select

from maas_core.evidence.facts import LedgerFact, invoice_of
from maas_core.evidence.file import ON_PAPER_ALONE, Evidence
from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.sql.journal import EVENTS
from maas_core.node.billing.facts import FactSource
from maas_core.node.records import HistoryEntry
from maas_core.protocol import events as e

if TYPE_CHECKING:
    from maas_core.node.node import Node


def missing_facts(node: "Node", facts: Iterable[LedgerFact]) -> list[LedgerFact]:
    """The facts that are not among the final events that this node knows."""
    return [one for one in facts if not _known(node, one)]


def left_out(node: "Node", evidence: Evidence) -> HistoryEntry | None:
    """The first event that this node knows, that counts for the invoice, and that the file does not quote."""
    if evidence.fault in ON_PAPER_ALONE:
        return None
    issued, _, _ = invoice_of(evidence.facts, evidence.invoice)
    timeline = FactSource(node, issued.machine).timeline
    known = timeline.known(timeline.invoices[timeline.invoice(evidence.invoice)].position)
    quoted = {one.transaction for one in evidence.facts}
    return next((one for one in known if one.transaction not in quoted and _counts(one, issued)), None)


def _counts(entry: HistoryEntry, issued: e.InvoiceIssued) -> bool:
    event = entry.event
    if not isinstance(event, e.TelemetryAnchored):
        return not isinstance(event, e.ChangeOffered | e.ChangeWithdrawn)
    inside = event.window_from < issued.window_to and event.window_to > issued.window_from
    return inside and event.seq < issued.seq_to


def _known(node: "Node", fact: LedgerFact) -> bool:
    query = select(EVENTS).where(EVENTS.c.transaction == fact.transaction)
    with node.database.reading() as connection:
        found = connection.execute(query).all()
    return any(
        (row.height, bytes(row.digest), row.time, rows.event_from(row.event))
        == (fact.height, fact.block, fact.time, fact.event)
        for row in found
    )
