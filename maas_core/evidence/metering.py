"""A slice's figures, metered anew from readings that devices signed and the ledger anchored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maas_core.billing.chunks import ordered
from maas_core.billing.engine import compute
from maas_core.billing.facts import Carry, Chunk, Facts, Point, Span
from maas_core.billing.meter_terms import Executed, Level
from maas_core.billing.meters import WORST
from maas_core.billing.slices import Slice
from maas_core.billing.statement import Statement
from maas_core.billing.terms import Terms
from maas_core.errors import IntegrityError
from maas_core.ports.downtime import Downtime
from maas_core.telemetry.anchors import Anchor
from maas_core.telemetry.proof import Proven


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known beside the readings."""

    terms: Terms
    statement: Statement
    executed: tuple[Span, ...]
    downtimes: tuple[Downtime, ...]


def check_coverage(anchors: Iterable[Anchor], proven: Mapping[int, Sequence[Proven]], span: Span) -> None:
    """Whether the readings of every anchored batch are here for a whole span. Raises `IntegrityError`."""
    for anchor in anchors:
        low, high = max(anchor.time_from, span.time_from), min(anchor.time_to, span.time_to)
        at = low
        for begin, end in sorted(one.span for one in proven.get(anchor.seq, ())):
            if begin > at:
                break
            at = max(at, end)
        if low < high and at < high:
            raise IntegrityError(f"the file lacks readings of anchor {anchor.seq} from {at} on")


def remetered(basis: Basis, target: Slice, proven: Sequence[Proven], warm_from: int) -> Slice:
    """The slice as the readings give it: figures only, its charges mean nothing.

    Meters go on from what the statement begins with if readings are here from the window's beginning; else from the
    readings before the slice.
    """
    window = basis.statement.window
    whole = warm_from == window.time_from
    carry = Carry(meters=basis.statement.carry_in.meters) if whole else Carry(meters=_nothing())
    facts = Facts(
        machine=basis.statement.machine,
        window=Span(warm_from, target.time_to),
        executed=basis.executed,
        telemetry=ordered(_chunks(proven)),
        downtimes=basis.downtimes,
        carry=carry,
    )
    slices = compute(basis.terms, facts).slices
    return Slice.read(slices.leaf(slices.size - 1))


def _nothing() -> dict[str, tuple[Point, ...]]:
    return {}


def _chunks(proven: Sequence[Proven]) -> list[Chunk]:
    return [
        Chunk(*one.span, one.series, {signal.name: signal.decimals for signal in one.manifest.signals})
        for one in proven
    ]


def settled_meters(basis: Basis, proven: Sequence[Proven], warm_from: int, until: int) -> frozenset[str]:
    """The meters whose count after `until` no reading before `warm_from` can change."""
    if warm_from == basis.statement.window.time_from:
        return frozenset(one.name for one in basis.terms.meters)
    settled = {one.name for one in basis.terms.meters if isinstance(one, Executed)}
    for meter in basis.terms.meters:
        if isinstance(meter, Executed | Level):
            continue  # a level compares with a reading that may lie far back
        for one in proven:
            series = one.series.get(meter.signal)
            if series is not None and bool(
                ((series.time < until) & (series.time >= warm_from) & (series.quality <= WORST[meter.quality])).any()
            ):
                settled.add(meter.name)
    return frozenset(settled)


def differences(told: Slice, found: Slice, settled: frozenset[str]) -> list[str]:
    """In which figures a slice is not what was metered; empty if in none that this can be told of."""
    lines = []
    if told.executed != found.executed:
        lines.append(f"the machine was started for {found.executed} s of it, and it says {told.executed} s")
    for name in sorted(settled):
        ours, theirs = found.quantities.get(name, 0), told.quantities.get(name, 0)
        if ours != theirs:
            lines.append(f"meter {name} counts {ours} in the readings, and it says {theirs}")
    if dict(told.downtime) != dict(found.downtime):
        lines.append(f"downtime is {dict(found.downtime)} s (counted, left out), and it says {dict(told.downtime)}")
    return lines
