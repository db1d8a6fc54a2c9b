"""Times of alarm, and from when on a machine counts as recovered."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule's alarm on a machine."""

    rule: str
    since: int
    """When the signal became bad, seconds UTC."""
    at: int
    """When the alarm was raised."""
    value: int | None
    """Of the reading that began it; None for silence."""
    over: int | None = None
    """When it was over; None: it is not."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How far a rule has looked."""

    seen_to: int
    recover: int


def recovered_at(alarms: Iterable[Alarm], sights: Iterable[Sight], finished: int) -> int | None:
    """The first moment at which all rules of a machine had been quiet for their time of recovery since `finished`.

    `finished` is when the repair was done, `sights` are all rules of the machine. None: not yet, or there is no rule.
    """
    rules = tuple(sights)
    if not rules:
        return None
    moment = finished + max(one.recover for one in rules)
    for alarm in sorted(alarms, key=lambda one: one.at):
        if alarm.at > moment:
            break
        if alarm.over is None:
            return None
        moment = max(moment, alarm.over)
    return moment if moment <= min(one.seen_to for one in rules) else None
