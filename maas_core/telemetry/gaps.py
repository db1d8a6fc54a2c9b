"""Where readings are missing. Pure."""

from dataclasses import dataclass

import numpy as np

from maas_core.ports.readings import Series


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without readings, between two of them or at an end of the window that was looked at."""

    signal: str
    time_from: int
    """The moment at which the first missing reading was due, seconds UTC."""
    time_to: int
    """The moment of the next reading, or the end of the window."""
    missing: int
    """How many readings are missing at the expected interval."""


def gaps(signal: str, series: Series, interval: int, window: tuple[int, int] | None = None) -> list[Gap]:
    """The gaps of a series that should have a reading every `interval` seconds (above 0).

    A reading that comes late by less than half an interval leaves no gap: nothing is missing. With a `window`
    [from, to) silence at its ends counts as well; without one only what lies between the first and the last reading.
    """
    times = series.time if window is None else series.between(*window).time
    if window is not None:
        times = np.concatenate([[window[0] - interval], times, [window[1]]])
    steps = np.diff(times)
    missing = (steps + interval // 2) // interval - 1
    return [
        Gap(signal, int(times[one]) + interval, int(times[one + 1]), int(missing[one]))
        for one in np.flatnonzero(missing > 0)
    ]
