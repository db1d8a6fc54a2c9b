"""Metering: from series of readings to a quantity for each slice. Vectorised, streaming, exact.

Each rule is causal: what a reading counts as depends on readings before it only. So a window may be split anywhere and
gives the same sum. Sums are exact whatever the values: where 64 bits might not do, values are summed in two halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from maas_core.billing.facts import Point
from maas_core.billing.intervals import Times
from maas_core.billing.meter_terms import (
    Counter,
    Decrease,
    Gap,
    Gaps,
    Increments,
    Integral,
    Level,
    Metered,
    Parts,
    Quality,
    Running,
    Stamp,
    When,
)
from maas_core.billing.sums import Steps, booked, product_between
from maas_core.ports.readings import Integers, Series
from maas_core.ports.readings import Quality as Grade

NEVER = 2**62
"""Later than any reading."""

WORST = {Quality.GOOD: Grade.GOOD, Quality.UNCERTAIN: Grade.UNCERTAIN}


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What all meters of a statement have in common."""

    edges: Integers
    """Slices are between neighbours; the first and the last are the window's ends."""
    executed: Times

    @property
    def time_to(self) -> int:
        """The window's end."""
        return int(self.edges[-1])


class Accumulator(Protocol):
    """A meter at work: takes the parts of a series in their order."""

    gaps: int

    def take(self, series: Series) -> None:
        """Count readings in the window, later than all before."""

    def finish(self) -> tuple[list[int], tuple[Point, ...]]:
        """The quantity of each slice, and what the next statement goes on from."""
        ...


def accumulator(meter: Metered, setting: Setting, carried: Sequence[Point]) -> Accumulator:
    """A meter that goes on from what the last statement left."""
    match meter:
        case Integral() | Running():
            return Held(meter, setting, carried)
        case Level():
            return LevelSteps(meter, setting, carried)
    return Stepped(meter, setting, carried)


class Held:
    """Values that hold until the next one: integrals, and the time that a status lasts.

    A reading of too low a quality ends the value before it and holds nothing. A value without successor ends `after`
    seconds later, unless gaps are bridged.
    """

    def __init__(self, meter: Integral | Running, setting: Setting, carried: Sequence[Point]) -> None:
        self.gaps = 0
        self._meter, self._edges = meter, setting.edges
        self._executed = setting.executed if meter.when is When.EXECUTED else None
        self._longest = _longest(meter.gaps)
        self._after = _longest(meter.gaps, bridged=False)
        self._totals = [0] * (len(setting.edges) - 1)
        self._pending: Point | None = carried[0] if carried else None

    def take(self, series: Series) -> None:  # noqa: D102 - as in Accumulator
        if not len(series):
            return
        good = series.quality <= WORST[self._meter.quality]
        values = self._weights(series.value)
        values = values if good.all() else np.where(good, values, 0)
        times = series.time
        if self._pending is not None:
            self._count(np.array([self._pending.time]), np.array([self._pending.value]), times[:1])
        self._count(times, values, times[1:])
        self._pending = Point(int(times[-1]), int(values[-1]))

    def finish(self) -> tuple[list[int], tuple[Point, ...]]:  # noqa: D102 - as in Accumulator
        if self._pending is None:
            return self._totals, ()
        end = int(self._edges[-1])
        self._count(np.array([self._pending.time]), np.array([self._pending.value]), np.array([end]))
        return self._totals, (self._pending,)

    def _weights(self, values: Integers) -> Integers:
        """What a second with each value counts."""
        if isinstance(self._meter, Running):
            return np.isin(values, self._meter.values).astype(np.int64)
        return values

    def _count(self, times: Integers, values: Integers, following: Integers) -> None:
        count = len(following)
        starts, limits = times[:count], times[:count] + self._longest
        silent = times[:count] + self._after
        self.gaps += int(np.count_nonzero((following > silent) & (silent >= self._edges[0])))
        ends = np.minimum(following, limits)
        starts = np.maximum(starts, self._edges[0])
        ends = np.maximum(ends, starts)
        first, sums = product_between(starts, ends, values[:count], self._edges, self._executed)
        for number, one in enumerate(sums, first):
            self._totals[number] += one


class Stepped:
    """Quantities that each reading brings: counters, increments, parts."""

    def __init__(self, meter: Counter | Increments | Parts, setting: Setting, carried: Sequence[Point]) -> None:
        self.gaps = 0
        self._meter, self._edges = meter, setting.edges
        self._executed = setting.executed if meter.when is When.EXECUTED else None
        self._longest = _longest(meter.gaps, bridged=False)
        self._bridge = meter.gaps is not None and meter.gaps.then is Gap.BRIDGE
        self._totals = [0] * (len(setting.edges) - 1)
        self._last: Point | None = carried[0] if carried else None

    def take(self, series: Series) -> None:  # noqa: D102 - as in Accumulator
        good = series.quality <= WORST[self._meter.quality]
        times, values = (series.time, series.value) if good.all() else (series.time[good], series.value[good])
        if not len(times):
            return
        before = self._last or Point(int(times[0]), int(values[0]))
        since = np.concatenate([[before.time], times[:-1]])
        previous = np.concatenate([[before.value], values[:-1]])
        gap = times - since > self._longest
        self.gaps += int(np.count_nonzero(gap))
        steps = self._steps(times, values, previous, since, gap)
        if self._executed is not None:
            near = self._executed.near(int(times[0]) - 1, int(times[-1]) + 1)
            steps = steps.where(near.holds(times if self._at_start() else times - 1))
        first, sums = booked(times, steps, self._edges)
        for number, one in enumerate(sums, first):
            self._totals[number] += one
        self._last = Point(int(times[-1]), int(values[-1]))

    def finish(self) -> tuple[list[int], tuple[Point, ...]]:  # noqa: D102 - as in Accumulator
        return self._totals, (self._last,) if self._last else ()

    def _at_start(self) -> bool:
        return isinstance(self._meter, Increments) and self._meter.stamp is Stamp.START

    def _steps(
        self, times: Integers, values: Integers, previous: Integers, since: Integers, gap: NDArray[np.bool_]
    ) -> Steps:
        kept = None if self._bridge or not gap.any() else ~gap
        match self._meter:
            case Counter():
                return self._differences(self._meter, values, previous, kept)
            case Parts():
                inside, before = np.isin(values, self._meter.values), np.isin(previous, self._meter.values)
                return Steps((inside & ~before).astype(np.int64)).where(kept)
        steps = Steps(values)
        if not self._bridge or not gap.any():
            return steps
        # Rare: each interval that is missing counts as the one before it.
        extra = {
            int(at): int(previous[at]) * _missing(int(times[at] - since[at]), self._longest)
            for at in np.flatnonzero(gap)
        }
        return steps.plus(extra)

    @staticmethod
    def _differences(meter: Counter, values: Integers, previous: Integers, kept: NDArray[np.bool_] | None) -> Steps:
        fell = values < previous
        if not fell.any():
            return Steps(values, previous).where(kept)
        if meter.decrease is Decrease.RESET:
            return Steps(values, np.where(fell, 0, previous)).where(kept)
        if meter.decrease is Decrease.REBASE or meter.modulus is None:
            return Steps(values, previous).where(~fell if kept is None else kept & ~fell)
        modulus = int(meter.modulus * 10**meter.decimals)
        return Steps(values, previous).where(kept).plus(dict.fromkeys(_kept_indices(fell, kept), modulus))


class LevelSteps:
    """Falls of a level, compared at the last reading of every so many seconds; rises of `refill` and more are refills.

    A comparison is booked in the last second of its stretch, when nothing later can change it.
    """

    def __init__(self, meter: Level, setting: Setting, carried: Sequence[Point]) -> None:
        self.gaps = 0
        self._meter, self._edges = meter, setting.edges
        self._executed = setting.executed if meter.when is When.EXECUTED else None
        self._longest = _longest(meter.gaps, bridged=False)
        self._bridge = meter.gaps is not None and meter.gaps.then is Gap.BRIDGE
        self._refill = int(meter.refill * 10**meter.decimals)
        self._totals = [0] * (len(setting.edges) - 1)
        self._compared: Point | None = carried[0] if len(carried) == 2 else None
        self._latest: Point | None = carried[-1] if carried else None

    def take(self, series: Series) -> None:  # noqa: D102 - as in Accumulator
        good = series.quality <= WORST[self._meter.quality]
        times, values = series.time[good], series.value[good]
        if not len(times):
            return
        if self._latest is not None:
            times = np.concatenate([[self._latest.time], times])
            values = np.concatenate([[self._latest.value], values])
        stretch = times // self._meter.every
        last = np.flatnonzero(stretch[1:] != stretch[:-1])
        self._compare(times[last], values[last])
        self._latest = Point(int(times[-1]), int(values[-1]))

    def finish(self) -> tuple[list[int], tuple[Point, ...]]:  # noqa: D102 - as in Accumulator
        if self._latest is None:
            return self._totals, ()
        if self._over(self._latest.time) <= int(self._edges[-1]) and self._latest != self._compared:
            self._compare(np.array([self._latest.time]), np.array([self._latest.value]))
        return self._totals, (self._compared, self._latest) if self._compared else (self._latest,)

    def _over(self, time: int) -> int:
        return (time // self._meter.every + 1) * self._meter.every

    def _compare(self, times: Integers, values: Integers) -> None:
        if len(times) and self._compared is not None and int(times[0]) == self._compared.time:
            times, values = times[1:], values[1:]
        if not len(times):
            return
        before = self._compared or Point(int(times[0]), int(values[0]))
        since = np.concatenate([[before.time], times[:-1]])
        previous = np.concatenate([[before.value], values[:-1]])
        gap = times - since > self._longest
        self.gaps += int(np.count_nonzero(gap))
        # A rise of 2**63 and more wraps round, and is no level that any sensor shows.
        refilled = (values > previous) & ((values - previous).view(np.uint64) >= np.uint64(self._refill))
        kept = ~refilled if self._bridge else ~refilled & ~gap
        at = (times // self._meter.every + 1) * self._meter.every - 1
        if self._executed is not None:
            kept &= self._executed.holds(at)
        first, sums = booked(at, Steps(previous, values).where(kept), self._edges)
        for number, one in enumerate(sums, first):
            self._totals[number] += one
        self._compared = Point(int(times[-1]), int(values[-1]))


class StatusTimes:
    """When a status signal had which value, as times for each status."""

    def __init__(self, statuses: dict[str, tuple[int, ...]], gaps: Gaps | None, carried: Sequence[Point]) -> None:
        self._statuses, self._longest = statuses, _longest(gaps)
        self._pending: Point | None = carried[0] if carried else None
        self._found: dict[str, list[tuple[Integers, Integers]]] = {name: [] for name in statuses}

    def take(self, series: Series) -> None:
        """Note the readings of a part of the window, later than all before."""
        if not len(series):
            return
        codes = np.where(series.quality <= Grade.GOOD, self._codes(series.value), -1)
        times = series.time
        if self._pending is not None:
            times = np.concatenate([[self._pending.time], times])
            codes = np.concatenate([[self._pending.value], codes])
        self._note(times, codes, times[1:])
        self._pending = Point(int(times[-1]), int(codes[-1]))

    def finish(self, time_to: int) -> tuple[dict[str, list[tuple[Integers, Integers]]], tuple[Point, ...]]:
        """Starts and ends of each status, and what the next statement goes on from."""
        if self._pending is None:
            return self._found, ()
        self._note(np.array([self._pending.time]), np.array([self._pending.value]), np.array([time_to]))
        return self._found, (self._pending,)

    def _codes(self, values: Integers) -> Integers:
        codes = np.full(len(values), -1, np.int64)
        for code, wanted in enumerate(self._statuses.values()):
            codes[np.isin(values, wanted)] = code
        return codes

    def _note(self, times: Integers, codes: Integers, following: Integers) -> None:
        starts = times[: len(following)]
        ends = np.minimum(following, starts + self._longest)
        codes = codes[: len(following)]
        fresh = np.concatenate([[True], (codes[1:] != codes[:-1]) | (starts[1:] != ends[:-1])])[: len(starts)]
        last = np.concatenate([fresh[1:], [True]])[: len(starts)]
        starts, ends, codes = starts[fresh], ends[last], codes[fresh]
        for code, name in enumerate(self._statuses):
            chosen = codes == code
            if chosen.any():
                self._found[name].append((starts[chosen], ends[chosen]))


def _longest(gaps: Gaps | None, *, bridged: bool = True) -> int:
    """Seconds that a value lasts without a successor."""
    if gaps is None or (bridged and gaps.then is Gap.BRIDGE):
        return NEVER
    return gaps.after


def _missing(seconds: int, interval: int) -> int:
    """How many intervals are missing between two readings; jitter of half an interval is none."""
    return (seconds + interval // 2) // interval - 1


def _kept_indices(fell: NDArray[np.bool_], kept: NDArray[np.bool_] | None) -> list[int]:
    chosen = fell if kept is None else fell & kept
    return [int(at) for at in np.flatnonzero(chosen)]
