"""When a machine ran and when it stood still, by business time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maas_core.maintenance.tickets import Entry
from maas_core.protocol import events as e
from maas_core.protocol.states import StopCause


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which a machine that had been started stood still."""

    time_from: int
    """Business time, seconds UTC."""
    time_to: int | None
    """None: it still does."""
    cause: StopCause
    evidence: bytes
    position: int
    """Of the stop on the ledger."""
    position_to: int | None
    """Of the start that ended it."""


def stops(entries: Iterable[Entry]) -> tuple[Stop, ...]:
    """All stops of one machine; a reset does not end one, the next start does."""
    found: list[Stop] = []
    open_stop: Stop | None = None
    for entry in entries:
        match entry.event:
            case e.MachineStopped(at=at, cause=cause, evidence=evidence):
                open_stop = Stop(at, None, StopCause(cause), evidence, entry.position, None)
            case e.MachineStarted(at=at) if open_stop is not None:
                was = open_stop
                found.append(Stop(was.time_from, at, was.cause, was.evidence, was.position, entry.position))
                open_stop = None
            case _:
                pass
    return (*found, open_stop) if open_stop is not None else tuple(found)


def runs(entries: Iterable[Entry], until: int) -> tuple[tuple[int, int], ...]:
    """The times [from, to) in which one machine was EXECUTED, the last one cut at `until`."""
    found: list[tuple[int, int]] = []
    started: int | None = None
    for entry in entries:
        match entry.event:
            case e.MachineStarted(at=at):
                started = at
            case e.MachineStopped(at=at) if started is not None:
                found.append((started, at))
                started = None
            case _:
                pass
    if started is not None and started < until:
        found.append((started, until))
    return tuple(found)


def first_start(entries: Iterable[Entry]) -> int | None:
    """When a machine was started for the first time."""
    return next((entry.event.at for entry in entries if isinstance(entry.event, e.MachineStarted)), None)


def running_seconds(intervals: Sequence[tuple[int, int]], time_from: int, time_to: int) -> int:
    """How long a machine ran in [time_from, time_to)."""
    return sum(max(0, min(end, time_to) - max(start, time_from)) for start, end in intervals)
