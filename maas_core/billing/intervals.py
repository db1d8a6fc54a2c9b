"""Sets of time: sorted, disjoint, half-open spans in two arrays, and how much of each slice they cover."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maas_core.billing.facts import Span
from maas_core.ports.readings import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """Spans that ascend and do not touch each other."""

    starts: Integers
    ends: Integers

    def __len__(self) -> int:
        return len(self.starts)

    def near(self, first: int, end: int) -> "Times":
        """The spans that touch [first, end)."""
        low, high = np.searchsorted(self.ends, first, "right"), np.searchsorted(self.starts, end, "left")
        return Times(self.starts[low:high], self.ends[low:high])

    def holds(self, times: Integers) -> NDArray[np.bool_]:
        """Which of some times lie in it."""
        if len(self) == 1:
            inside: NDArray[np.bool_] = (times >= self.starts[0]) & (times < self.ends[0])
            return inside
        at = np.searchsorted(self.starts, times, "right") - 1
        return (at >= 0) & (times < self.ends[at]) if len(self) else np.zeros(len(times), np.bool_)

    def covered(self, times: Integers) -> Integers:
        """How many seconds of it lie before each of some times."""
        if not len(self):
            return np.zeros(len(times), np.int64)
        before = np.concatenate([[0], np.cumsum(self.ends - self.starts)])
        at = np.searchsorted(self.starts, times, "right")
        beyond = np.where(at > 0, self.ends[at - 1] - times, 0)
        covered: Integers = before[at] - np.maximum(beyond, 0)
        return covered

    def between(self, edges: Integers) -> Integers:
        """Seconds of it between each two neighbours of `edges`."""
        covered: Integers = np.diff(self.covered(edges))
        return covered

    def union(self, other: "Times") -> "Times":
        """What is in either."""
        return merged(np.concatenate([self.starts, other.starts]), np.concatenate([self.ends, other.ends]))

    def without(self, other: "Times") -> "Times":
        """What is in this and not in the other."""
        cuts = np.unique(np.concatenate([self.starts, self.ends, other.starts, other.ends]))
        return self._pieces(cuts, self.holds(cuts[:-1]) & ~other.holds(cuts[:-1]))

    def both(self, other: "Times") -> "Times":
        """What is in both."""
        cuts = np.unique(np.concatenate([self.starts, self.ends, other.starts, other.ends]))
        return self._pieces(cuts, self.holds(cuts[:-1]) & other.holds(cuts[:-1]))

    @staticmethod
    def _pieces(cuts: Integers, kept: NDArray[np.bool_]) -> "Times":
        return merged(cuts[:-1][kept], cuts[1:][kept])


def merged(starts: Integers, ends: Integers) -> Times:
    """Spans in any order, overlapping or not, as `Times`; what is empty is left out."""
    full = starts < ends
    starts, ends = starts[full], ends[full]
    if not len(starts):
        return Times(starts, ends)
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    fresh = np.concatenate([[True], starts[1:] > reach[:-1]])
    last = np.concatenate([fresh[1:], [True]])
    return Times(starts[fresh], reach[last])


def times(spans: Iterable[Span]) -> Times:
    """Spans in any order as `Times`."""
    pairs = np.array([(one.time_from, one.time_to) for one in spans], np.int64).reshape(-1, 2)
    return merged(pairs[:, 0], pairs[:, 1])


def nothing() -> Times:
    """No time at all."""
    return Times(np.empty(0, np.int64), np.empty(0, np.int64))
