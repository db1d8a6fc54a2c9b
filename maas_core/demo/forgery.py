"""The OEM's false invoice: a statement that is right in itself, computed from telemetry in which one hour is inflated.

Only the readings are false. Everything that can be made honest for the lie is: slices, roots, lines and sums fit each
other, so nothing short of recomputing from the anchored batches shows it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import Chunk, Span
from maas_core.ledgerio.submission import Submission
from maas_core.node import Node
from maas_core.node.billing.papers import Papers
from maas_core.node.billing.timeline import NOW
from maas_core.node.invoices import Claim
from maas_core.node.service import new_id
from maas_core.ports.currency import by_code
from maas_core.ports.readings import Series

FACTOR = 10
"""By how much the hour is inflated."""
HOUR = 3600
RESPOND_SECONDS = 14 * 86_400


def forge(oem: Node, machine: bytes, window: tuple[int, int], hour: int, signal: str) -> tuple[Submission, int]:
    """Issue a false invoice for a window, with `signal` inflated in the hour that begins at `hour`; also the amount."""
    result, seq_to = _false_result(oem, machine, Span(*window), hour, signal)
    agreement = oem.machines.get(machine).record
    papers = Papers(oem)
    invoice = new_id()
    claim = Claim(
        amount=result.statement.amount,
        currency=by_code(result.statement.currency).number,
        statement=papers.publish(invoice, result, papers.readers(agreement.oem, agreement.customer), machine),
        respond_by=oem.clock.now() + RESPOND_SECONDS,
    )
    return oem.invoices.issue_period(machine, window, seq_to, claim, invoice=invoice)[1], claim.amount


def _false_result(oem: Node, machine: bytes, window: Span, hour: int, signal: str) -> tuple[Result, int]:
    results = oem.billing.results(machine)
    billed = len(results.source.timeline.invoices)
    seq_from = results.source.timeline.invoices[-1].event.seq_to if billed else 1
    seq_to = results.source.next_seq(window.time_to, seq_from)
    found = results.source.window(window, NOW, seq_to, final=False)
    facts = results.facts(found, results.carried(billed))
    false = replace(facts, telemetry=_inflated(facts.telemetry, hour, signal))
    return compute(results.source.terms(found.terms), false), seq_to


def _inflated(chunks: Iterable[Chunk], hour: int, signal: str) -> Iterator[Chunk]:
    for chunk in chunks:
        series = chunk.series.get(signal)
        if series is None:
            yield chunk
            continue
        inside = (series.time >= hour) & (series.time < hour + HOUR)
        value = series.value.copy()
        value[inside] *= FACTOR
        yield replace(chunk, series={**chunk.series, signal: Series(series.time, value, series.quality)})
