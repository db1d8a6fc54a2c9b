from collections.abc import Sequence

import numpy as np
import pytest

from maas_core.bench.driver import Driver, Plan
from maas_core.bench.fake import Behaviour, FakeTarget
from maas_core.bench.operations import Change, Content, Outcome, Put, Request, Session, Stage, Step
from tests.unit.bench.conftest import Bench, VirtualTime

FAST = Behaviour(lambda _: 0.01)
CONTENT = Content(b"x", memoryview(b"yz"))


def step(name: str, after: tuple[int, ...] | None = None, *, may_lose: bool = False) -> Step:
    return Step(name, "oem", lambda _: Put(CONTENT), after, may_lose)


class Scripted:
    """Answers each operation as told, a second after it was handed over."""

    def __init__(self, time: VirtualTime, rejected: set[int]) -> None:
        self.time = time
        self.rejected = rejected
        self.coming: list[Change] = []
        self.requests: list[Request] = []

    def submit(self, requests: Sequence[Request]) -> None:
        for one in requests:
            self.requests.append(one)
            outcome = Outcome.REJECTED if one.number in self.rejected else Outcome.OK
            self.coming.append(Change(one.number, Stage.INCLUDED, self.time.at + 1, outcome, height=7))
            self.coming.append(Change(one.number, Stage.ENDED, self.time.at + 1, outcome))

    def changes(self) -> list[Change]:
        due = [one for one in self.coming if one.at <= self.time.at]
        self.coming = [one for one in self.coming if one.at > self.time.at]
        return due


def drive(session: Session, rejected: set[int] | None = None) -> tuple[list[tuple[str, str, float]], Scripted]:
    time = VirtualTime()
    target = Scripted(time, rejected or set())
    driven = Driver(Plan(lambda _: session, np.zeros(1), 0.0, 60.0), target, time.clock(), lambda: 0).run()
    return [(row.operation, str(row.outcome), round(row.intended, 1)) for row in driven.rows], target


def test_a_step_is_intended_for_when_the_one_before_is_included() -> None:
    rows, target = drive([step("a"), step("b"), step("c")])
    assert rows == [("a", "ok", 0.0), ("b", "ok", 1.0), ("c", "ok", 2.0)]
    assert [one.sees for one in target.requests] == [-1, 7, 7]


def test_steps_that_wait_for_the_same_begin_together_and_a_later_one_waits_for_both() -> None:
    rows, _ = drive([step("open"), step("bid", (0,)), step("bid", (0,)), step("award", (1, 2))])
    assert [when for _, _, when in rows] == [0.0, 1.0, 1.0, 2.0]


def test_what_follows_a_failure_is_never_begun_and_counts_as_skipped() -> None:
    rows, target = drive([step("a"), step("b"), step("c")], rejected={1})
    assert [outcome for _, outcome, _ in rows] == ["ok", "rejected", "skipped"]
    assert len(target.requests) == 2


def test_a_lost_race_is_no_failure_and_the_session_goes_on() -> None:
    racing = [step("open"), step("take", (0,), may_lose=True), step("take", (0,), may_lose=True), step("end", (1, 2))]
    rows, _ = drive(racing, rejected={2})
    assert [outcome for _, outcome, _ in rows] == ["ok", "ok", "lost", "ok"]


class Hasty(Scripted):
    """One thread tells of the block before the other tells that it has sent."""

    def submit(self, requests: Sequence[Request]) -> None:
        [one] = requests
        self.coming += [
            Change(one.number, Stage.INCLUDED, 1.0),
            Change(one.number, Stage.ENDED, 1.0),
            Change(one.number, Stage.SENT, 1.0),
        ]


def test_a_stamp_that_comes_late_takes_nothing_away() -> None:
    time = VirtualTime()
    steps = [step("a"), step("b")]
    [first, _] = (
        Driver(Plan(lambda _: steps, np.zeros(1), 0.0, 60.0), Hasty(time, set()), time.clock(), lambda: 0).run().rows
    )
    assert (first.sent, first.included, first.outcome, first.undone) == (1.0, 1.0, "ok", 0)


class Undoing(Scripted):
    """Included, then out of the chain, then included again and final."""

    def submit(self, requests: Sequence[Request]) -> None:
        [one] = requests
        self.coming = [
            Change(one.number, Stage.INCLUDED, 1.0),
            Change(one.number, Stage.UNDONE, 1.5),
            Change(one.number, Stage.INCLUDED, 3.0),
            Change(one.number, Stage.ENDED, 4.0, final=True),
        ]


def test_a_block_that_leaves_the_chain_takes_its_stamp_with_it() -> None:
    time = VirtualTime()
    plan = Plan(lambda _: [step("a")], np.zeros(1), 0.0, 60.0)
    [row] = Driver(plan, Undoing(time, set()), time.clock(), lambda: 0).run().rows
    assert (row.undone, row.included, row.final) == (1, 3.0, 4.0)


def test_an_open_loop_begins_at_its_times_whatever_becomes_of_earlier_work(bench: Bench) -> None:
    quick, slow = bench.drive(Behaviour(lambda _: 0.01)).rows, bench.drive(Behaviour(lambda _: 30.0)).rows
    assert [row.intended for row in quick] == [row.intended for row in slow]
    assert max(row.begun - row.intended for row in slow) < 0.002


def test_a_closed_loop_waits_for_its_answer_and_thinks() -> None:
    time = VirtualTime()
    plan = Plan(lambda _: [step("a")], np.zeros(3), 30.0, 10.0, closed=True, think_seconds=0.2, seed=4)
    clock = time.clock()
    rows = Driver(plan, FakeTarget(Behaviour(lambda _: 0.3), clock, 1), clock, lambda: 0).run().rows
    assert len(rows) == pytest.approx(3 * 30 / 0.5, rel=0.15)
    assert max(row.intended for row in rows) < 30.0


def test_a_closed_loop_ends_after_its_number_of_sessions() -> None:
    time = VirtualTime()
    plan = Plan(lambda _: [step("a"), step("b")], np.zeros(2), 1000.0, 10.0, closed=True, sessions=7, think_seconds=0.1)
    clock = time.clock()
    driven = Driver(plan, FakeTarget(FAST, clock, 1), clock, lambda: 0).run()
    assert (len(driven.rows), {row.outcome for row in driven.rows}) == (14, {Outcome.OK})
    assert driven.seconds < 10


def test_what_has_not_ended_in_time_is_unfinished_and_never_dropped() -> None:
    time = VirtualTime()
    clock = time.clock()
    plan = Plan(lambda _: [step("a")], np.array([0.0, 1.0]), 1.0, 5.0)
    rows = Driver(plan, FakeTarget(Behaviour(lambda _: 100.0), clock, 1), clock, lambda: 0).run().rows
    assert [row.outcome for row in rows] == ["unfinished", "unfinished"]


def test_what_ends_the_target_ends_the_run() -> None:
    class Broken(Scripted):
        def changes(self) -> list[Change]:
            raise ConnectionError("gone")

    time = VirtualTime()
    plan = Plan(lambda _: [step("a")], np.zeros(1), 0.0, 5.0)
    with pytest.raises(ConnectionError, match="gone"):
        Driver(plan, Broken(time, set()), time.clock(), lambda: 0).run()
