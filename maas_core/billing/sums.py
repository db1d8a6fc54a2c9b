"""Exact sums of 64-bit integers by slice.

Where the sum of a part might not fit 63 bits, upper and lower halves of the values are summed apart and put together as
Python integers, which have no limit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from maas_core.billing.intervals import Times
from maas_core.ports.readings import Integers

SAFE = 2**62
HALF = 32
LOW = 2**HALF - 1


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A quantity for each reading: `values`, or their differences to `previous`."""

    values: Integers
    previous: Integers | None = None
    kept: NDArray[np.bool_] | None = None
    """Those that count; None: all."""
    extra: Mapping[int, int] = field(default_factory=dict)
    """What is added at some places."""

    def where(self, kept: NDArray[np.bool_] | None) -> "Steps":
        """Only some of them."""
        if kept is None:
            return self
        extra = {at: one for at, one in self.extra.items() if kept[at]}
        return replace(self, kept=kept if self.kept is None else self.kept & kept, extra=extra)

    def plus(self, extra: Mapping[int, int]) -> "Steps":
        """More at some places."""
        return replace(self, extra={**self.extra, **extra})


def booked(times: Integers, steps: Steps, edges: Integers) -> tuple[int, list[int]]:
    """The number of the first slice that anything falls into, and the sums from there on.

    `times` ascend (not strictly) and lie within `edges`.
    """
    if not len(times):
        return 0, []
    first, part = _around(edges, times[0], times[-1] + 1)
    bounds = np.searchsorted(times, part)

    def summed(values: Integers, previous: Integers | None) -> list[int]:
        each = values if previous is None else values - previous
        if steps.kept is not None:
            each = np.where(steps.kept, each, 0)
        total = np.concatenate([[0], np.cumsum(each, dtype=np.int64)])[bounds]
        return [int(one) for one in np.diff(total)]

    largest = _largest(steps.values) + (0 if steps.previous is None else _largest(steps.previous))
    if largest * len(times) < SAFE:
        sums = summed(steps.values, steps.previous)
    else:
        sums = _in_halves(summed, steps.values, steps.previous)
    for at, one in steps.extra.items():
        sums[int(np.searchsorted(part, times[at], "right")) - 1] += one
    return first, sums


def product_between(
    starts: Integers, ends: Integers, weights: Integers, edges: Integers, within: Times | None
) -> tuple[int, list[int]]:
    """Weight times seconds of spans, by slice, from the first slice that anything falls into.

    The spans ascend, do not overlap (empty ones are allowed) and lie within `edges`; only what lies `within` counts.
    """
    if not len(starts):
        return 0, []
    first, part = _around(edges, starts[0], max(ends[-1], starts[0] + 1))
    clock = _clock(within, int(starts[0]), int(ends[-1]))
    begun, seconds = clock(starts), clock(ends) - clock(starts)
    at = np.searchsorted(starts, part, "right") - 1
    inside = np.maximum(at, 0)
    partly = np.where(at < 0, 0, clock(np.minimum(part, ends[inside])) - begun[inside])

    def summed(values: Integers, _: Integers | None) -> list[int]:
        total = np.concatenate([[0], np.cumsum(values * seconds, dtype=np.int64)])[inside] + values[inside] * partly
        return [int(one) for one in np.diff(total)]

    if _largest(weights) * (int(ends[-1] - starts[0]) + 1) < SAFE:
        return first, summed(weights, None)
    return first, _in_halves(summed, weights, None)


def between(found: Times, edges: Integers) -> list[int]:
    """Seconds of some times in each slice."""
    return [int(one) for one in found.between(edges)]


def _around(edges: Integers, first: np.int64, end: np.int64) -> tuple[int, Integers]:
    """The edges of the slices that [first, end) touches, and the number of the first of these slices."""
    low = int(np.searchsorted(edges, first, "right")) - 1
    high = int(np.searchsorted(edges, end, "left"))
    return low, edges[low : high + 1]


def _clock(within: Times | None, first: int, end: int) -> Callable[[Integers], Integers]:
    """Counts the seconds that lie within some times."""
    if within is None:
        return lambda times: times
    near = within.near(first, end)
    if len(near) != 1:
        return near.covered
    start, stop = int(near.starts[0]), int(near.ends[0])
    if start <= first and end <= stop:
        return lambda times: times
    return lambda times: np.clip(times, start, stop)


def _largest(values: Integers) -> int:
    return max(abs(int(values.min())), abs(int(values.max())))


def _in_halves(
    summed: Callable[[Integers, Integers | None], list[int]], values: Integers, previous: Integers | None
) -> list[int]:
    upper = summed(values >> HALF, None if previous is None else previous >> HALF)
    lower = summed(values & LOW, None if previous is None else previous & LOW)
    return [(high << HALF) + low for high, low in zip(upper, lower, strict=True)]
