"""Rules over telemetry, chunk by chunk: any split of the same readings gives the same alarms.

A reading stands until the next one, at most for the rule's `valid` seconds. So a signal is at every moment GOOD, BAD or
UNKNOWN, and a watch is the run of one of them that is open at the end of what was seen. A BAD run of `hold` seconds
raises the alarm, a GOOD run of `recover` seconds clears it; both happen at a moment that the readings alone decide.
"""

from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maas_core.maintenance.rules import Above, Among, Below, Rule, Silent
from maas_core.ports.readings import Integers, Series

Sides = NDArray[np.int8]
KEEP = -1
"""Neither beyond the limit nor back: whatever was the case before."""
NEVER = -1


class Side(IntEnum):
    """How things stand."""

    GOOD = 0
    BAD = 1
    UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule on one machine, between two chunks."""

    seen_to: int
    """Up to here everything was looked at, seconds UTC, exclusive."""
    side: Side = Side.UNKNOWN
    """Of the run that is open at `seen_to`."""
    since: int = 0
    """When that run began."""
    value: int | None = None
    """Of the reading that began it."""
    latched: Side = Side.GOOD
    """What the last reading that decided said."""
    expires: int = NEVER
    """When the last reading stops standing."""
    raised: bool = False

    def as_json(self) -> dict[str, Any]:
        """For keeping."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Watch":
        """The inverse of `as_json`."""
        return cls(**{**value, "side": Side(value["side"]), "latched": Side(value["latched"])})


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm was raised or is over."""

    raised: bool
    since: int
    """When the signal became bad (good), seconds UTC."""
    at: int
    """When it had been so for as long as the rule wants."""
    value: int | None
    """Of the reading that began it; None for silence."""


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Moments at which the side may change, strictly ascending."""

    time: Integers
    side: Sides
    value: Integers
    known: NDArray[np.bool_]
    """Whether `value` is a reading's."""


def begin(rule: Rule, at: int) -> Watch:
    """A watch that knows nothing before `at`. Silence counts from there."""
    expires = at + rule.valid if isinstance(rule.test, Silent) else NEVER
    return Watch(seen_to=at, since=at, expires=expires)


def advance(rule: Rule, watch: Watch, series: Series, to: int) -> tuple[Watch, tuple[Change, ...]]:
    """Look at the readings in [watch.seen_to, to), which are all that there are; what lies outside is left out."""
    if to <= watch.seen_to:
        return watch, ()
    usable = _usable(rule, series.between(watch.seen_to, to))
    sides, latched = _sides(rule, usable.value, watch.latched)
    points = _points(rule, watch, usable, sides, to)
    changed = np.flatnonzero(np.diff(points.side, prepend=np.int8(watch.side)))
    starts = np.concatenate(([watch.since], points.time[changed]))
    run_sides = np.concatenate(([np.int8(watch.side)], points.side[changed]))
    values: list[int | None] = [watch.value]
    values += [int(points.value[index]) if points.known[index] else None for index in changed]
    changes, raised = _changes(rule, watch.raised, (starts, run_sides, values), to)
    seen = Watch(
        seen_to=to,
        side=Side(int(run_sides[-1])),
        since=int(starts[-1]),
        value=values[-1],
        latched=latched,
        expires=int(usable.time[-1]) + rule.valid if len(usable) else watch.expires,
        raised=raised,
    )
    return seen, changes


def _usable(rule: Rule, series: Series) -> Series:
    fit = series.quality <= rule.worst
    return series if fit.all() else Series(series.time[fit], series.value[fit], series.quality[fit])


def _sides(rule: Rule, value: Integers, latched: Side) -> tuple[Sides, Side]:
    """Which side each reading is on, and what the last one that decided said."""
    sides = _decided(rule, value)
    index = np.where(sides == KEEP, NEVER, np.arange(len(sides)))
    last = np.maximum.accumulate(index) if len(index) else index
    filled = np.where(last == NEVER, np.int8(latched), sides[last]).astype(np.int8)
    return filled, Side(int(filled[-1])) if len(filled) else latched


def _decided(rule: Rule, value: Integers) -> Sides:
    match rule.test:
        case Above(limit, clear):
            return np.where(value > limit, Side.BAD, np.where(value <= clear, Side.GOOD, KEEP)).astype(np.int8)
        case Below(limit, clear):
            return np.where(value < limit, Side.BAD, np.where(value >= clear, Side.GOOD, KEEP)).astype(np.int8)
        case Among(values):
            return np.isin(value, values).astype(np.int8)
        case Silent():
            return np.zeros(len(value), np.int8)


def _points(rule: Rule, watch: Watch, usable: Series, sides: Sides, to: int) -> _Points:
    """The readings, and where one stops standing before the next."""
    ends = np.concatenate(([watch.expires], usable.time + rule.valid))
    following = np.concatenate((usable.time, [to]))
    lapsed = (ends < following) & (ends >= watch.seen_to)
    time = np.concatenate((usable.time, ends[lapsed]))
    order = np.argsort(time, kind="stable")
    lapse = np.int8(Side.BAD if isinstance(rule.test, Silent) else Side.UNKNOWN)
    count = int(lapsed.sum())
    return _Points(
        time[order],
        np.concatenate((sides, np.full(count, lapse, np.int8)))[order],
        np.concatenate((usable.value, np.zeros(count, np.int64)))[order],
        np.concatenate((np.ones(len(usable), np.bool_), np.zeros(count, np.bool_)))[order],
    )


def _changes(
    rule: Rule, raised: bool, runs: tuple[Integers, Sides, list[int | None]], to: int
) -> tuple[tuple[Change, ...], bool]:
    """The runs that are long enough, as far as each changes what the one before said."""
    starts, sides, values = runs
    length = np.append(starts[1:], to) - starts
    long = ((sides == Side.BAD) & (length >= rule.hold)) | ((sides == Side.GOOD) & (length >= rule.recover))
    changes: list[Change] = []
    for index in np.flatnonzero(long):
        now = bool(sides[index] == Side.BAD)
        if now != raised:
            since = int(starts[index])
            changes.append(Change(now, since, since + (rule.hold if now else rule.recover), values[index]))
            raised = now
    return tuple(changes), raised
