"""A target whose latencies and failures are known: what the driver and the report are judged by."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from maas_core.bench.operations import Change, Outcome, Request, Stage
from maas_core.bench.target import RunClock


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the fake is. Times in seconds."""

    latency: Callable[[np.random.Generator], float]
    """From handed over to included."""
    final_after: float = 0.0
    """From included to final."""
    failures: float = 0.0
    """The share that is rejected."""
    stall: tuple[float, float] | None = None
    """From when to when nothing is answered."""
    capacity: float | None = None
    """How many it answers a second at most, one after the other."""
    busy: float = 0.0
    """How long `submit` keeps its caller, as nothing may."""


class FakeTarget:
    """Answers by its behaviour; stamps are exact."""

    def __init__(self, behaviour: Behaviour, clock: RunClock, seed: int) -> None:
        self._behaviour = behaviour
        self._clock = clock
        self._random = np.random.default_rng(seed)
        self._coming: list[tuple[float, int, Change]] = []
        self._order = 0
        self._free_at = 0.0

    def submit(self, requests: Sequence[Request]) -> None:
        """Decide at once what will become of each."""
        for request in requests:
            now = self._clock.now()
            included = self._stalled(self._served(now) + self._behaviour.latency(self._random))
            rejected = self._random.random() < self._behaviour.failures
            outcome = Outcome.REJECTED if rejected else Outcome.OK
            final = included + (0.0 if rejected else self._behaviour.final_after)
            self._push(Change(request.number, Stage.SENT, now))
            self._push(Change(request.number, Stage.INCLUDED, included, outcome, cost=100))
            self._push(Change(request.number, Stage.ENDED, final, outcome, final=True))
            if self._behaviour.busy:
                self._clock.sleep(self._behaviour.busy)

    def _served(self, now: float) -> float:
        if self._behaviour.capacity is None:
            return now
        self._free_at = max(self._free_at, now) + 1 / self._behaviour.capacity
        return self._free_at

    def _stalled(self, at: float) -> float:
        stall = self._behaviour.stall
        return stall[1] if stall and stall[0] <= at < stall[1] else at

    def _push(self, change: Change) -> None:
        self._order += 1
        heapq.heappush(self._coming, (change.at, self._order, change))

    def changes(self) -> Sequence[Change]:
        """What is due by now."""
        now, found = self._clock.now(), []
        while self._coming and self._coming[0][0] <= now:
            found.append(heapq.heappop(self._coming)[2])
        return found
