"""The driver of `maasctl bench` alone: how many operations a second it hands over without falling behind.

Against the fake target, whose answers cost next to nothing; Poisson arrivals, so that often many come at once.
"""

import time

import numpy as np

from benchmarks.figures import Figure
from maas_core.bench.driver import Driver, Plan
from maas_core.bench.fake import Behaviour, FakeTarget
from maas_core.bench.operations import Content, Put, Session, Step
from maas_core.bench.schedule import Arrivals, open_loop
from maas_core.bench.target import RunClock

RATE = 5_000.0
SECONDS = 10.0
CONTENT = Content(b"", memoryview(b""))


def _session(_: int) -> Session:
    return [Step("put", "customer", lambda _: Put(CONTENT))]


def run() -> list[Figure]:
    """Measure."""
    clock = RunClock.start()
    target = FakeTarget(Behaviour(lambda random: float(random.exponential(0.05))), clock, 1)
    plan = Plan(_session, open_loop(RATE, SECONDS, Arrivals.POISSON, 1), SECONDS, 10.0)
    clock.restart()
    driven = Driver(plan, target, clock, lambda: int(time.time())).run()
    begun = np.array([row.begun for row in driven.rows])
    late = begun - np.array([row.intended for row in driven.rows])
    return [
        Figure("driver: handed over", len(begun) / float(begun.max()), "operations/s", target=0.98 * RATE),
        Figure("driver: behind, 99th percentile", float(np.percentile(late, 99)) * 1000, "ms", 100, "lower"),
        Figure("driver: own CPU", driven.driver_cpu / len(begun) * 1e6, "us/operation"),
    ]
