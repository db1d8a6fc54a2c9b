"""When preventive work is due."""

from collections.abc import Sequence
from dataclasses import dataclass

from maas_core.maintenance.times import running_seconds

HOUR = 3600
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Plan:
    """Work that comes round; 0 means "does not count". The one that comes first decides."""

    name: str
    every_days: int = 0
    every_running_hours: int = 0


def due(plan: Plan, last: int, runs: Sequence[tuple[int, int]], now: int) -> str:
    """Why the work is due at `now`, for people; empty if it is not.

    `last` is when it was done the last time, or when the machine was started first; `runs` are the times in which it
    ran. All in seconds UTC.
    """
    if plan.every_days and now - last >= plan.every_days * DAY:
        return f"{plan.name}: {plan.every_days} days since the last time"
    if plan.every_running_hours and running_seconds(runs, last, now) >= plan.every_running_hours * HOUR:
        return f"{plan.name}: {plan.every_running_hours} running hours since the last time"
    return ""
