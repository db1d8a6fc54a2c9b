"""Figures with their uncertainty. Pure; random numbers come from a generator that the caller seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

SAMPLES_FOR = {50: 2, 95: 20, 99: 1000}
"""A percentile of fewer samples is not told."""

RESAMPLES = 1000
LEVEL = 0.95
EVEN = 0.5
MSER_BATCH = 5


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the interval that holds it with probability `LEVEL`, as far as the repetitions can tell."""

    value: float
    low: float
    high: float

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two could be the same."""
        return self.low <= other.high and other.low <= self.high


def percentile(values: Values, rank: int) -> float | None:
    """The percentile, linearly between order statistics; None for too few values (`SAMPLES_FOR`)."""
    return float(np.percentile(values, rank)) if len(values) >= SAMPLES_FOR[rank] else None


def percentile_interval(runs: Sequence[Values], rank: int, random: np.random.Generator) -> Interval | None:
    """One percentile; see `percentile_intervals`."""
    return percentile_intervals(runs, (rank,), random)[rank]


def percentile_intervals(
    runs: Sequence[Values], ranks: Sequence[int], random: np.random.Generator
) -> dict[int, Interval | None]:
    """Percentiles over all repetitions, with bootstrap intervals; None for too few values.

    Operations of one repetition are not independent, so whole repetitions are drawn first, and operations within each
    (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). With one repetition only
    operations are drawn, and the interval does not know how repetitions differ.
    """
    filled = [run for run in runs if len(run)]
    together = np.concatenate(filled) if filled else np.empty(0)
    told = [rank for rank in ranks if len(together) >= SAMPLES_FOR[rank]]
    found: dict[int, Interval | None] = dict.fromkeys(ranks)
    if told:
        wanted = np.array(told)
        drawn = np.array([_percentiles(_resampled(filled, random), wanted) for _ in range(RESAMPLES)])
        for place, value in enumerate(_percentiles(together, wanted)):
            found[told[place]] = _around(float(value), drawn[:, place])
    return found


def _percentiles(values: Values, ranks: NDArray[np.int64]) -> Values:
    """As np.percentile, linearly between order statistics, without its overhead for small samples."""
    places = ranks / 100 * (len(values) - 1)
    below = places.astype(np.int64)
    above = np.minimum(below + 1, len(values) - 1)
    ordered = np.partition(values, np.union1d(below, above))
    return np.asarray(ordered[below] + (places - below) * (ordered[above] - ordered[below]))


def _resampled(runs: Sequence[Values], random: np.random.Generator) -> Values:
    chosen = random.integers(len(runs), size=len(runs))
    return np.concatenate([random.choice(runs[index], size=len(runs[index])) for index in chosen])


def _around(value: float, drawn: Values) -> Interval:
    low, high = np.percentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(value, min(value, float(low)), max(value, float(high)))


def mean_interval(values: Values, random: np.random.Generator) -> Interval:
    """The mean of one figure for each repetition, with a bootstrap interval. Raises ValueError for no values."""
    drawn = random.choice(values, size=(RESAMPLES, len(values))).mean(axis=1)
    return _around(float(values.mean()), drawn)


@dataclass(frozen=True, slots=True)
class Difference:
    """How one pairing differs from another in one operation's latency."""

    ratio: Interval
    """The median of the first by that of the second."""
    delta: Interval
    """Cliff's delta: how much more often an operation of the first takes longer than one of the second than the other
    way round, from -1 to 1 (Cliff, Psychological Bulletin 114, 1993)."""

    @property
    def told_apart(self) -> bool:
        """Whether the intervals say that there is a difference at all."""
        return not (self.ratio.low <= 1 <= self.ratio.high) and not (self.delta.low <= 0 <= self.delta.high)


def difference(first: Sequence[Values], second: Sequence[Values], random: np.random.Generator) -> Difference | None:
    """Two pairings compared; None for too few values."""
    ours, theirs = ([run for run in runs if len(run)] for runs in (first, second))
    if sum(map(len, ours)) < SAMPLES_FOR[50] or sum(map(len, theirs)) < SAMPLES_FOR[50]:
        return None
    drawn = [_compared(_resampled(ours, random), _resampled(theirs, random)) for _ in range(RESAMPLES // 2)]
    ratio, delta = _compared(np.concatenate(ours), np.concatenate(theirs))
    ratios, deltas = np.array(drawn).T
    return Difference(_around(ratio, ratios), _around(delta, deltas))


def _compared(ours: Values, theirs: Values) -> tuple[float, float]:
    return float(np.median(ours) / np.median(theirs)), cliffs_delta(ours, theirs)


def cliffs_delta(ours: Values, theirs: Values) -> float:
    """P(ours > theirs) - P(ours < theirs), by ranks."""
    ordered = np.sort(theirs)
    below = np.searchsorted(ordered, ours, side="left").sum(dtype=np.int64)
    not_above = np.searchsorted(ordered, ours, side="right").sum(dtype=np.int64)
    pairs = len(ours) * len(theirs)
    return float((below - (pairs - not_above)) / pairs)


def steady_from(values: Values) -> int | None:
    """Index at which values in their order of time have become steady; None if they never do.

    MSER-5 (White, Simulation 69, 1997): means of five, cut where the standard error of what is left is least. A cut in
    the second half means that the run was too short.
    """
    batches = values[: len(values) // MSER_BATCH * MSER_BATCH].reshape(-1, MSER_BATCH).mean(axis=1)
    count = len(batches)
    if count < 2 * MSER_BATCH:
        return None
    left = np.arange(count, 0, -1)
    sums, squares = batches[::-1].cumsum()[::-1], np.square(batches)[::-1].cumsum()[::-1]
    error = (squares - np.square(sums) / left) / np.square(left)
    cut = int(np.argmin(error[: count - MSER_BATCH]))
    return cut * MSER_BATCH if cut <= count // 2 else None


@dataclass(frozen=True, slots=True)
class Share:
    """How often one group won of the times it could have."""

    won: int
    possible: int

    @property
    def interval(self) -> Interval:
        """Wilson's score interval (Wilson, JASA 22, 1927)."""
        if not self.possible:
            return Interval(0.0, 0.0, 1.0)
        z, n, share = 1.959964, self.possible, self.won / self.possible
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return Interval(share, max(0.0, float(middle - half)), min(1.0, float(middle + half)))

    @property
    def p_even(self) -> float:
        """The probability of a share at least as far from one half if it were one half: exact, two-sided."""
        far = max(self.won, self.possible - self.won)
        tail = sum(comb(self.possible, count) for count in range(far, self.possible + 1))
        return float(min(1.0, 2 * tail / 2**self.possible))
