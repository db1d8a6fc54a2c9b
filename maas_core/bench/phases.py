"""What is run on one network: the scenario's own load, and bursts and shares of capacity besides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maas_core.bench.driver import Driven, Plan
from maas_core.bench.record import Mode
from maas_core.bench.scenario import Capacity, Fault, Kind, Load, LoadKind, Scenario, Workload
from maas_core.bench.schedule import Arrivals, open_loop
from maas_core.bench.workloads import Workloads
from maas_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Phase:
    """One run to be."""

    mode: Mode
    load: Load
    rate: float = 0.0
    """Sessions a second in an open loop."""
    warm_up: float = 0.0
    """Seconds that do not count."""
    duration: float = 0.0
    """Seconds that count."""
    drain: float = 60.0
    faults: Sequence[Fault] = ()

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.mode}, {self.rate:.4g}/s" if self.rate else str(self.mode)

    def arrivals(self, seed: int) -> NDArray[np.float64]:
        """When sessions begin; in a closed loop, when each client does."""
        if self.load.kind is LoadKind.OPEN:
            return open_loop(self.rate, self.warm_up + self.duration, self.load.arrivals, seed)
        if self.load.kind is LoadKind.BURST:
            return np.zeros(self.load.sessions or 1)
        return np.random.default_rng(seed).uniform(0, self.load.think_seconds, self.load.clients)

    def plan(self, workloads: Workloads, seed: int) -> Plan:
        """What the driver is to do."""
        is_closed = self.load.kind is LoadKind.CLOSED
        return Plan(
            workloads.session,
            self.arrivals(seed),
            self.warm_up + self.duration,
            self.drain,
            is_closed,
            self.load.sessions if is_closed else None,
            self.load.think_seconds,
            seed,
        )

    def window(self, driven: Driven) -> tuple[float, float]:
        """What counts. In a burst, and of a counted number of sessions, all of it does."""
        kind = self.load.kind
        if kind is LoadKind.BURST or (kind is LoadKind.CLOSED and self.load.sessions is not None):
            return 0.0, max(driven.seconds, 1e-9)
        return self.warm_up, self.warm_up + self.duration


def main_phase(scenario: Scenario, mode: Mode, rate: float, ledger: str) -> Phase:
    """The scenario's own load, at its rate or one that was measured, with the faults that are meant for a ledger."""
    faults = [one for one in scenario.faults if one.ledger in ("", ledger)]
    return Phase(mode, scenario.load, rate, scenario.warm_up, scenario.duration, scenario.drain, faults)


def burst_phase(scenario: Scenario, mode: Mode, sessions: int) -> Phase:
    """All at once."""
    return Phase(mode, Load(LoadKind.BURST, sessions=sessions), drain=max(scenario.drain, sessions / 10))


def share_phase(scenario: Scenario, capacity: Capacity, mode: Mode, reached: float) -> Phase:
    """A share of what was reached."""
    rate = capacity.share * reached
    load = Load(LoadKind.OPEN, rate=rate, arrivals=Arrivals.UNIFORM)
    return Phase(mode, load, rate, capacity.warm_up, capacity.duration, scenario.drain)


def capacity_workload(scenario: Scenario, capacity: Capacity) -> Workload:
    """Anchors, each of one machine, with nothing stored beside, so that the ledger is what is measured."""
    return replace(scenario.workload, kind=Kind.ANCHORING, machines=capacity.machines, items=1, object_bytes=0, mix={})


def sessions_a_second(driven: Driven) -> float:
    """From the beginning to the last included. Raises `UsageError` if there is none."""
    ended = [row.included for row in driven.rows if row.outcome == "ok"]
    if not ended:
        raise UsageError("nothing took effect in the burst that measures the raw capacity: see its rows")
    sessions = len({row.session for row in driven.rows})
    return sessions / max(ended)
