"""When operations are meant to begin: fixed by a seed before anything starts, so that a slow answer moves nothing."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Arrivals(StrEnum):
    """How operations of an open loop follow each other."""

    POISSON = "poisson"
    """Independently of each other, as many unconnected parties act."""
    UNIFORM = "uniform"
    """At even distances, each moved by a random part of one, so that nothing locks to a block's phase."""


def open_loop(rate: float, seconds: float, arrivals: Arrivals, seed: int) -> NDArray[np.float64]:
    """Ascending times in [0, seconds) at `rate` a second."""
    random = np.random.default_rng(seed)
    if arrivals is Arrivals.UNIFORM:
        count = round(rate * seconds)
        return np.sort((np.arange(count) + random.random(count)) / rate)
    enough = int(rate * seconds + 6 * np.sqrt(rate * seconds) + 10)
    times = np.cumsum(random.exponential(1 / rate, enough))
    while times[-1] < seconds:
        times = np.concatenate([times, times[-1] + np.cumsum(random.exponential(1 / rate, enough))])
    return times[times < seconds]


def think_times(mean: float, count: int, seed: int) -> NDArray[np.float64]:
    """Seconds between answer and next operation of a closed loop, exponentially distributed.

    A loop without them locks to the block's phase on ledgers with a fixed period.
    """
    return np.random.default_rng(seed).exponential(mean, count)
