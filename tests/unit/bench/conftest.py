"""Runs against the fake, in time that only the test moves."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from maas_core.bench.driver import Driven, Driver, Plan
from maas_core.bench.fake import Behaviour, FakeTarget
from maas_core.bench.measured import Measured
from maas_core.bench.operations import Content, Put, Session, Step
from maas_core.bench.record import RoundTrips, RunRecord
from maas_core.bench.rows import read_rows, write_rows
from maas_core.bench.scenario import Kind as WorkloadKind
from maas_core.bench.scenario import Load, LoadKind, Scenario, Workload
from maas_core.bench.schedule import Arrivals, open_loop
from maas_core.bench.target import RunClock
from maas_core.bench.validity import judge


@dataclass
class VirtualTime:
    """Goes on only while somebody sleeps."""

    at: float = 0.0

    def reading(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def clock(self) -> RunClock:
        return RunClock(self.at, self.reading, self.sleep)


def one_step(operation: str = "put") -> Session:
    content = Content(b"", memoryview(b""))
    return [Step(operation, "customer", lambda _: Put(content))]


SCENARIO = Scenario(
    "fake", "What does the fake do?", Workload(WorkloadKind.ANCHORING), Load(LoadKind.OPEN, rate=50.0), warm_up=2.0,
    duration=20.0,
)  # fmt: skip


@dataclass
class Bench:
    """Drives the fake and keeps what came of it, as `bench run` does."""

    folder: Path
    measured: list[Measured] = field(default_factory=list)

    def drive(self, behaviour: Behaviour, rate: float = 50.0, seconds: float = 22.0, seed: int = 1) -> Driven:
        clock = VirtualTime().clock()
        plan = Plan(
            lambda _: one_step("anchor_telemetry"), open_loop(rate, seconds, Arrivals.POISSON, seed), seconds, 60
        )
        return Driver(plan, FakeTarget(behaviour, clock, seed), clock, lambda: 0).run()

    def run(self, behaviour: Behaviour, repetition: int = 0, rate: float = 50.0, **changed: object) -> Measured:
        driven = self.drive(behaviour, rate, seed=repetition + 1)
        file = self.folder / f"{len(self.measured)}.parquet"
        write_rows(file, driven.rows)
        sessions = len({row.session for row in driven.rows})
        trips = RoundTrips({"customer": 0.001}, 0.002)
        record = RunRecord(
            file.name, "fake", "fake", "core", repetition, len(self.measured), 1, 1_700_000_000, 2.0, 22.0,
            driven.seconds, sessions, sessions, rate, True, 1.0, driven.driver_cpu, None, 0.0, "gas", trips, trips,
        )  # fmt: skip
        record = replace(record, **changed)  # type: ignore[arg-type]
        rows = read_rows(file, record.begin, record.end)
        self.measured.append(Measured(record, rows, judge(record, rows)))
        return self.measured[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
