"""What a source would bring, without storing anything. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maas_core.ports.readings import Integers, Qualities, Quality, Readings, Series
from maas_core.ports.telemetry_source import Dropped, ReadingPage, Signal
from maas_core.telemetry.gaps import Gap, gaps
from maas_core.telemetry.values import moment, shown


@dataclass(frozen=True, slots=True)
class SignalPreview:
    """One signal of one machine."""

    machine: str
    signal: str
    unit: str
    decimals: int
    states: tuple[str, ...]
    readings: int
    repeated: int
    """Readings whose time was there before."""
    not_good: int
    """Readings of a quality other than good."""
    first: str
    last: str
    lowest: str
    highest: str
    interval: int
    gaps: int
    missing: int
    """Readings that are missing in the gaps."""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One of the first readings."""

    machine: str
    signal: str
    time: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some input did not become readings."""

    reason: str
    values: int
    first: str
    """The first place."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would bring."""

    readings: int
    dropped: int
    complete: bool
    """All of it was read."""
    signals: tuple[SignalPreview, ...]
    unused: tuple[str, ...]
    """Signals without a reading."""
    first: tuple[SampleRow, ...]
    reasons: tuple[Reason, ...]
    gaps: tuple[Gap, ...]
    """The first ones."""


def preview(pages: Sequence[ReadingPage], signals: Sequence[Signal], rows: int) -> Preview:
    """Sum up the pages of a source; `rows` limits the samples and the gaps that are listed."""
    told = {one.name: one for one in signals}
    series = _by_signal(pages)
    found: list[Gap] = []
    seen: list[SignalPreview] = []
    for (machine, name), (times, values, quality) in series.items():
        order = np.unique(times, return_index=True)[1]
        holes: list[Gap] = []
        if told[name].interval:
            holes = gaps(name, Series(times[order], values[order], quality[order]), told[name].interval)
        found += holes
        seen.append(_signal(machine, told[name], (times, values, quality), len(order), holes))
    dropped = [one for page in pages for one in page.dropped]
    return Preview(
        readings=sum(len(page.readings) for page in pages),
        dropped=sum(one.values for one in dropped),
        complete=bool(pages) and pages[-1].ended,
        signals=tuple(seen),
        unused=tuple(name for name in told if all(name != used for _, used in series)),
        first=_first(pages, told, rows),
        reasons=_reasons(dropped),
        gaps=tuple(found[:rows]),
    )


Columns = tuple[Integers, Integers, Qualities]


def _by_signal(pages: Sequence[ReadingPage]) -> dict[tuple[str, str], Columns]:
    """Times, values and qualities in the order of arrival."""
    parts: dict[tuple[str, str], list[Columns]] = {}
    for page in pages:
        one = page.readings
        pairs = one.machine.astype(np.int64) * max(1, len(one.signals)) + one.signal
        for pair in np.unique(pairs).tolist():
            rows = np.flatnonzero(pairs == pair)
            name = one.machines[pair // len(one.signals)], one.signals[pair % len(one.signals)]
            parts.setdefault(name, []).append((one.time[rows], one.value[rows], one.quality[rows]))
    return {name: _joined(some) for name, some in sorted(parts.items())}


def _joined(some: Sequence[Columns]) -> Columns:
    times, values, qualities = zip(*some, strict=True)
    return np.concatenate(times), np.concatenate(values), np.concatenate(qualities)


def _signal(machine: str, signal: Signal, columns: Columns, different: int, holes: Sequence[Gap]) -> SignalPreview:
    times, values, quality = columns
    there = values[quality != Quality.UNAVAILABLE]
    low, high = (shown(signal, int(each)) for each in (there.min(), there.max())) if len(there) else ("", "")
    return SignalPreview(
        machine=machine,
        signal=signal.name,
        unit=signal.unit,
        decimals=signal.decimals,
        states=signal.states,
        readings=len(times),
        repeated=len(times) - different,
        not_good=int(np.count_nonzero(quality)),
        first=moment(int(times.min())),
        last=moment(int(times.max())),
        lowest="" if signal.states else low,
        highest="" if signal.states else high,
        interval=signal.interval,
        gaps=len(holes),
        missing=sum(one.missing for one in holes),
    )


def _first(pages: Sequence[ReadingPage], told: dict[str, Signal], rows: int) -> tuple[SampleRow, ...]:
    """The first readings of each machine by time, so that a whole row of a table stands together."""
    page = next((page.readings for page in pages if len(page.readings)), None)
    if page is None:
        return ()
    count = max(1, rows) * len(page.signals)
    order = np.lexsort((page.signal, page.time, page.machine))[:count]
    return tuple(_sample(page, told, int(row)) for row in order[: max(rows, 0)])


def _sample(page: Readings, told: dict[str, Signal], row: int) -> SampleRow:
    signal = told[page.signals[page.signal[row]]]
    value = shown(signal, int(page.value[row]), int(page.quality[row]))
    return SampleRow(page.machines[page.machine[row]], signal.name, moment(int(page.time[row])), value, signal.unit)


def _reasons(dropped: Sequence[Dropped]) -> tuple[Reason, ...]:
    """The most frequent first."""
    values: Counter[str] = Counter()
    first: dict[str, str] = {}
    for one in dropped:
        values[one.reason] += one.values
        first.setdefault(one.reason, f"{one.place}: {one.text!r}" if one.text else one.place)
    return tuple(Reason(reason, count, first[reason]) for reason, count in values.most_common())
