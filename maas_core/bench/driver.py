"""Brings work to a target at the intended times, and stamps what becomes of it.

The unit of arrival is a session: its first step has its intended time from the schedule, whatever became of earlier
sessions (an open loop); a later step is intended for when the steps before it are included, and a think time has
passed. Latency counts from the intended time, so that a target or a driver that stalls cannot hide it (coordinated
omission; Tene, "How NOT to Measure Latency", 2015).
"""

import gc
import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf, isnan, nan

import numpy as np
from numpy.typing import NDArray

from maas_core.bench.operations import Change, Outcome, Request, Row, Session, Stage, Step
from maas_core.bench.target import RunClock, Target

IDLE_SECONDS = 0.001
"""How long the driver waits when nothing is due: the resolution of `begun`."""
MOST_AT_ONCE = 250
THINK_TIMES = 4096
NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be driven, and when."""

    session: Callable[[int], Session]
    """The so manieth session."""
    arrivals: NDArray[np.float64]
    """When each begins; in a closed loop, when each client does."""
    until: float
    """In a closed loop, no session begins after this many seconds."""
    drain: float
    """Seconds that all of it is given from the last arrival, or from `until`."""
    closed: bool = False
    sessions: int | None = None
    """In a closed loop, how many sessions there are at most."""
    think_seconds: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Driven:
    """What came of a plan."""

    rows: list[Row]
    seconds: float
    """From the beginning to the last change."""
    driver_cpu: float
    """Seconds of processor time that the driver itself took."""


@dataclass(slots=True)
class _Running:
    """A session on its way."""

    index: int
    steps: Session
    rows: list[Row]
    missing: list[set[int]]
    """For each step, the steps that it still waits for."""
    followers: list[list[int]]
    left: int
    """Steps that have neither ended nor been skipped."""
    height: int = -1
    """The highest block that it relies on."""


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    running: _Running | None = field(compare=False)
    """None: a client begins its next session."""
    step: int = field(compare=False, default=0)


class Driver:
    """One run. Single-threaded."""

    def __init__(self, plan: Plan, target: Target, clock: RunClock, now_utc: Callable[[], int]) -> None:
        self._plan = plan
        self._target = target
        self._clock = clock
        self._now_utc = now_utc
        self._rows: list[Row] = []
        self._owner: list[tuple[_Running, int]] = []
        self._due: list[_Due] = []
        self._order = 0
        self._begun_sessions = 0
        self._live = 0
        """Sessions that have begun and not ended."""
        self._thinking = np.random.default_rng(plan.seed).exponential(max(plan.think_seconds, 1e-9), THINK_TIMES)
        self._thought = 0

    def run(self) -> Driven:
        """Drive until all has ended, or its time is up. Raises what the target raises."""
        with _without_full_collections():
            return self._run()

    def _run(self) -> Driven:
        cpu = time.thread_time()
        for at in self._plan.arrivals.tolist():
            self._at(at, None)
        last = self._plan.until if self._plan.closed else float(max(self._plan.arrivals, default=0.0))
        give_up = last + self._plan.drain
        while (self._due or self._live) and (now := self._clock.now()) < give_up:
            handed = self._hand_over(now)
            seen = self._note()
            if not (handed or seen):
                self._clock.sleep(IDLE_SECONDS)
        self._note()
        for row in self._rows:
            if not isnan(row.begun) and isnan(row.ended):
                row.outcome = Outcome.UNFINISHED
        return Driven(self._rows, self._clock.now(), time.thread_time() - cpu)

    def _at(self, at: float, running: _Running | None, step: int = 0, order: int | None = None) -> None:
        self._order += 1
        heapq.heappush(self._due, _Due(at, self._order if order is None else order, running, step))

    def _hand_over(self, now: float) -> int:
        requests: list[Request] = []
        while self._due and self._due[0].at <= now and len(requests) < MOST_AT_ONCE:
            due = heapq.heappop(self._due)
            if due.running is None:
                self._begin(due)
            else:
                requests.append(self._request(due.running, due.step, due.at, now))
        if requests:
            self._target.submit(requests)
        return len(requests)

    def _begin(self, due: _Due) -> None:
        """A session begins: its first steps are due, before another session that is to begin at the same time."""
        index, at = self._begun_sessions, due.at
        if self._plan.closed and (at >= self._plan.until or index == (self._plan.sessions or inf)):
            return
        self._begun_sessions += 1
        steps = self._plan.session(index)
        missing = [_waits_for(step, place) for place, step in enumerate(steps)]
        followers: list[list[int]] = [[] for _ in steps]
        for place, others in enumerate(missing):
            for other in others:
                followers[other].append(place)
        running = _Running(index, steps, [], missing, followers, len(steps))
        for step in steps:
            row = Row(len(self._rows), index, step.operation, step.actor, step.measured)
            running.rows.append(row)
            self._owner.append((running, len(running.rows) - 1))
            self._rows.append(row)
        self._live += 1
        for place, others in enumerate(missing):
            if not others:
                self._at(at, running, place, due.order)

    def _request(self, running: _Running, place: int, at: float, now: float) -> Request:
        step, row = running.steps[place], running.rows[place]
        row.intended, row.begun, row.outcome = at, now, Outcome.UNFINISHED
        return Request(row.number, step.actor, step.work(self._now_utc()), running.height)

    def _note(self) -> int:
        changes = self._target.changes()
        for change in changes:
            self._apply(change)
        return len(changes)

    def _apply(self, change: Change) -> None:
        running, place = self._owner[change.number]
        row = running.rows[place]
        match change.stage:
            case Stage.SENT if isnan(row.sent):
                row.sent = change.at
            case Stage.UNDONE if isnan(row.ended):
                row.included, row.undone = nan, row.undone + 1
            case Stage.INCLUDED if isnan(row.included):
                row.included = change.at
                row.cost = change.cost if change.cost is not None else row.cost
                if change.outcome is Outcome.OK:
                    self._follow_up(running, place, change)
            case Stage.ENDED if isnan(row.ended):
                self._end(running, place, change)

    def _follow_up(self, running: _Running, place: int, change: Change) -> None:
        running.height = max(running.height, change.height)
        for follower in running.followers[place]:
            others = running.missing[follower]
            if place in others:
                others.remove(place)
                if not others:
                    self._at(change.at + self._think(), running, follower)

    def _end(self, running: _Running, place: int, change: Change) -> None:
        row = running.rows[place]
        row.ended, row.reason = change.at, change.reason
        row.cost = change.cost if change.cost is not None else row.cost
        row.outcome = change.outcome
        if change.outcome is Outcome.OK:
            row.final = change.at if change.final else nan
            if isnan(row.included):
                row.included = change.at
                self._follow_up(running, place, change)
        elif change.outcome is Outcome.REJECTED and running.steps[place].may_lose:
            row.outcome = Outcome.LOST
            self._follow_up(running, place, change)
        else:
            self._skip(running, place)
        self._left(running, 1)

    def _skip(self, running: _Running, place: int) -> None:
        """Steps that wait for one that failed are never begun."""
        for follower in running.followers[place]:
            if running.missing[follower] and running.rows[follower].outcome is Outcome.SKIPPED:
                running.missing[follower] = {-1}
                if not running.rows[follower].reason:
                    running.rows[follower].reason = f"{running.rows[place].operation} did not take effect"
                    self._left(running, 1)
                    self._skip(running, follower)

    def _left(self, running: _Running, ended: int) -> None:
        running.left -= ended
        if running.left == 0:
            self._live -= 1
            if self._plan.closed:
                self._at(self._clock.now() + self._think(), None)

    def _think(self) -> float:
        if not self._plan.think_seconds:
            return 0.0
        self._thought += 1
        return float(self._thinking[self._thought % THINK_TIMES])


def _waits_for(step: Step, place: int) -> set[int]:
    if step.after is None:
        return {place - 1} if place else set()
    return set(step.after)


@contextmanager
def _without_full_collections() -> Iterator[None]:
    """Full garbage collections walk all rows of the run and hold up everybody, for up to 0.2 s: they wait."""
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)
