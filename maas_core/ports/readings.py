"""Readings in columns: what sources give, batches hold and tariffs count."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Indices = NDArray[np.int32]
Qualities = NDArray[np.uint8]


class Quality(IntEnum):
    """How far a value can be trusted; what a tariff does with each is a matter of the terms."""

    GOOD = 0
    UNCERTAIN = 1
    """There is a value, and a reason to doubt it."""
    BAD = 2
    """There is a value, and it is known to be wrong."""
    UNAVAILABLE = 3
    """The machine said that it has no value; `value` is 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Any number of readings, one row each; all columns have the same length.

    (machine, signal, time) names a reading; a second one of the same name is a duplicate.
    """

    machines: tuple[str, ...]
    """The machines as the source names them; the node's config maps them to registered machines."""
    signals: tuple[str, ...]
    machine: Indices
    """Into `machines`."""
    signal: Indices
    """Into `signals`."""
    time: Integers
    """When it was measured, seconds UTC."""
    value: Integers
    """In units of 10 to the power of minus the signal's `decimals`."""
    quality: Qualities

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One signal of one machine: strictly ascending times."""

    time: Integers
    value: Integers
    quality: Qualities

    def __len__(self) -> int:
        return len(self.time)

    def between(self, time_from: int, time_to: int) -> "Series":
        """The part in [time_from, time_to), without copying."""
        low, high = np.searchsorted(self.time, (time_from, time_to))
        return Series(self.time[low:high], self.value[low:high], self.quality[low:high])


def empty_series() -> Series:
    """A series without readings."""
    return Series(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))


def joined(parts: Sequence[Series]) -> Series:
    """Series of times that follow each other as one."""
    if not parts:
        return empty_series()
    return Series(
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.quality for part in parts]),
    )
