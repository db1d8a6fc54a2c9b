"""What becomes of readings that come in: kept, a duplicate, or in conflict with one that is there. Pure.

A reading is named by (machine, signal, time). The first of a name is kept; a second one with the same value and quality
is a duplicate and only counted; with another value it is quarantined: listed, and used by nobody.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maas_core.ports.readings import Integers
from maas_core.telemetry.rows import LATEST, Rows, ascending, together


@dataclass(frozen=True, slots=True)
class Conflict:
    """A reading that says something else than the one that is kept."""

    signal: int
    time: int
    kept: tuple[int, int]
    """Value and quality."""
    refused: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """What became of some rows."""

    kept: Rows
    """By signal, then by time."""
    duplicates: int
    conflicts: tuple[Conflict, ...]


def outside(rows: Rows) -> NDArray[np.bool_]:
    """Which rows have times that cannot be: before 1970, or later than the ledger can name."""
    return (rows.time < 0) | (rows.time >= LATEST)


def admit(new: Rows, known: Rows) -> Admitted:
    """Rows in the order of arrival against what is there; `known` has every name once and is in order.

    All times must be below `LATEST`.
    """
    keys = new.keys()
    if not ascending(keys):
        order = np.argsort(keys, kind="stable")
        new, keys = new.take(order), keys[order]
    known_keys = known.keys()
    if len(known) and known_keys[-1] >= keys[0] and keys[-1] >= known_keys[0]:
        new, keys = together([known, new]), np.concatenate([known_keys, keys])
        order = np.argsort(keys, kind="stable")
        return _told_apart(new.take(order), keys[order], order < len(known))
    if ascending(keys):
        return Admitted(new, 0, ())
    return _told_apart(new, keys, np.zeros(len(new), np.bool_))


def _told_apart(rows: Rows, keys: Integers, is_known: NDArray[np.bool_]) -> Admitted:
    """Rows in order; of those with the same key the one that counts stands first."""
    first = np.empty(len(rows), np.bool_)
    first[0] = True
    first[1:] = keys[1:] != keys[:-1]
    leader = np.flatnonzero(first)[np.cumsum(first) - 1]
    same = (rows.value == rows.value[leader]) & (rows.quality == rows.quality[leader])
    conflicts = tuple(_conflict(rows, int(one), int(leader[one])) for one in np.flatnonzero(~same))
    return Admitted(rows.take(first & ~is_known), int(np.count_nonzero(same & ~first)), conflicts)


def _conflict(rows: Rows, refused: int, kept: int) -> Conflict:
    return Conflict(
        int(rows.signal[kept]),
        int(rows.time[kept]),
        (int(rows.value[kept]), int(rows.quality[kept])),
        (int(rows.value[refused]), int(rows.quality[refused])),
    )
