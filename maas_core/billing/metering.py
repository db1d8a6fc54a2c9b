"""All meters of the terms over all telemetry of a window, slice by slice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maas_core.billing.effectiveness import UNKNOWN, status_values
from maas_core.billing.facts import Chunk, Facts, Point, Span
from maas_core.billing.intervals import Times, merged, nothing, times
from maas_core.billing.meter_terms import Counter, Executed, Increments, Integral, Level
from maas_core.billing.meters import Accumulator, Setting, StatusTimes, accumulator
from maas_core.billing.sla_terms import Oee
from maas_core.billing.sums import between
from maas_core.billing.terms import Terms
from maas_core.errors import UsageError
from maas_core.ports.downtime import Downtime
from maas_core.ports.readings import Integers, Series
from maas_core.protocol.states import StopCause

STATUS = "oee.status"
"""Names the status signal among what is carried; no meter can be called so."""

ROWS = 1 << 19
"""Readings that are metered in one go: bounds the memory that intermediates take."""


@dataclass(frozen=True, slots=True, eq=False)
class Metered:
    """What all meters counted."""

    quantities: Mapping[str, list[int]]
    """By meter, by slice."""
    gaps: Mapping[str, int]
    status: Mapping[str, list[int]]
    """Seconds by status, by slice."""
    points: Mapping[str, tuple[Point, ...]]
    """For the next statement."""


def metered(terms: Terms, facts: Facts, edges: Integers, executed: Times) -> Metered:
    """Run all meters over the telemetry. Raises `UsageError` for telemetry that contradicts itself or the terms."""
    setting = Setting(edges, executed)
    quantities = {one.name: between(executed, edges) for one in terms.meters if isinstance(one, Executed)}
    working: dict[str, Accumulator] = {
        one.name: accumulator(one, setting, facts.carry.meters.get(one.name, ()))
        for one in terms.meters
        if not isinstance(one, Executed)
    }
    readers = [(one.signal, _decimals(one), working[one.name]) for one in terms.meters if not isinstance(one, Executed)]
    status = _status(terms.oee, facts.carry.meters.get(STATUS, ()))
    for chunk in _ascending(facts.telemetry):
        for signal, decimals, reader in readers:
            for part in _parts(chunk, signal, decimals, facts.window):
                reader.take(part)
        if status and terms.oee and terms.oee.signal:
            for part in _parts(chunk, terms.oee.signal, None, facts.window):
                status.take(part)
    points: dict[str, tuple[Point, ...]] = {}
    for name, reader in working.items():
        quantities[name], points[name] = reader.finish()
    found: dict[str, list[tuple[Integers, Integers]]] = {}
    if status:
        found, points[STATUS] = status.finish(facts.window.time_to)
    ordered = {meter.name: quantities[meter.name] for meter in terms.meters}
    seconds = _status_seconds(terms.oee, found, facts.downtimes, executed, edges)
    kept = {name: one for name, one in points.items() if one}
    return Metered(ordered, {name: one.gaps for name, one in working.items()}, seconds, kept)


def _ascending(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    reached: int | None = None
    for chunk in chunks:
        if chunk.time_from > chunk.time_to or (reached is not None and chunk.time_from < reached):
            raise UsageError(f"telemetry from {chunk.time_from} follows telemetry up to {reached}; chunks must ascend")
        reached = chunk.time_to
        yield chunk


def _parts(chunk: Chunk, signal: str, decimals: int | None, window: Span) -> Iterator[Series]:
    """A signal's readings in the window, a bounded number at a time."""
    found = chunk.series.get(signal)
    if found is None:
        return
    told = chunk.decimals.get(signal)
    if decimals is not None and told is not None and told != decimals:
        raise UsageError(f"signal {signal} has {told} decimals in the telemetry and {decimals} in the terms")
    if len(found) and (found.time[0] < chunk.time_from or found.time[-1] >= chunk.time_to):
        raise UsageError(f"signal {signal} has readings outside their chunk [{chunk.time_from}, {chunk.time_to})")
    if (found.time[1:] <= found.time[:-1]).any():
        raise UsageError(f"signal {signal} has readings whose times do not ascend")
    series = found.between(window.time_from, window.time_to)
    for at in range(0, len(series), ROWS):
        yield Series(series.time[at : at + ROWS], series.value[at : at + ROWS], series.quality[at : at + ROWS])


def _decimals(meter: object) -> int | None:
    return meter.decimals if isinstance(meter, Counter | Increments | Integral | Level) else None


def _status(oee: Oee | None, carried: Sequence[Point]) -> StatusTimes | None:
    if oee is None or oee.signal is None:
        return None
    return StatusTimes(status_values(oee.statuses), oee.gaps, carried)


def _status_seconds(
    oee: Oee | None,
    found: dict[str, list[tuple[Integers, Integers]]],
    downtimes: Iterable[Downtime],
    executed: Times,
    edges: Integers,
) -> dict[str, list[int]]:
    """Seconds of each status. While the machine is stopped the ledger tells it, while it is started the signal does."""
    if oee is None:
        return {}
    if oee.signal is None:
        seconds = {"production": between(executed, edges)}
    else:
        started = {name: _joined(spans).both(executed) for name, spans in found.items()}
        seconds = {name: between(one, edges) for name, one in started.items()}
        known = [sum(each) for each in zip(*seconds.values(), strict=True)]
        seconds[UNKNOWN] = [all_ - one for all_, one in zip(between(executed, edges), known, strict=True)]
    for name, stopped in _stopped(downtimes, executed).items():
        more = between(stopped, edges)
        seconds[name] = [a + b for a, b in zip(seconds.get(name, [0] * len(more)), more, strict=True)]
    return seconds


def _stopped(downtimes: Iterable[Downtime], executed: Times) -> dict[str, Times]:
    """Times without use by status; where records overlap the worse status counts."""
    by_status = {
        "down": (StopCause.FAILURE, StopCause.QUALITY),
        "planned": (StopCause.PLANNED,),
        "idle": (StopCause.OPERATOR,),
    }
    kept = list(downtimes)
    taken, found = executed, {}
    for name, causes in by_status.items():
        spans = times(Span(one.time_from, one.time_to) for one in kept if one.cause in causes)
        found[name] = spans.without(taken)
        taken = taken.union(spans)
    return found


def _joined(spans: list[tuple[Integers, Integers]]) -> Times:
    if not spans:
        return nothing()
    return merged(np.concatenate([one for one, _ in spans]), np.concatenate([one for _, one in spans]))
