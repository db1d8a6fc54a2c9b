from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Lock

import pytest

from maas_core.objects.retry import Patience
from maas_core.objects.window import Window
from maas_core.ports.clock import Deadline
from maas_core.testing.sim_clock import SimClock


def starts(patience: Patience, clock: SimClock, seconds: float) -> list[float]:
    began = clock.monotonic()
    deadline = Deadline.after(clock, seconds)
    return [round(clock.monotonic() - began, 6) for _ in patience.attempts(deadline)]


def test_pauses_double_up_to_the_longest_and_end_at_the_deadline() -> None:
    clock = SimClock(0.0)
    patience = Patience(first_pause=1.0, longest_pause=4.0, pause=clock.pass_time, chance=lambda: 0.999999999)
    assert starts(patience, clock, 16.0) == pytest.approx([0, 1, 3, 7, 11, 15], abs=1e-5)
    assert clock.monotonic() == pytest.approx(16.0)


def test_pauses_are_random_below_their_bound() -> None:
    clock = SimClock(0.0)
    chances = iter([0.5, 0.0, 0.25, 0.5, 1.0])
    patience = Patience(first_pause=1.0, longest_pause=4.0, pause=clock.pass_time, chance=lambda: next(chances))
    assert [later - earlier for earlier, later in pairwise(starts(patience, clock, 4.0))] == [0.5, 0.0, 1.0, 2.0]


def test_nothing_is_tried_after_the_deadline() -> None:
    clock = SimClock()
    assert starts(Patience(pause=clock.pass_time), clock, 0.0) == []


def test_one_call_gets_only_part_of_the_time() -> None:
    clock = SimClock(0.0)
    patience = Patience(per_call=20.0, pause=clock.pass_time)
    assert patience.call_deadline(Deadline(clock, 60.0)).at == 20.0
    assert patience.call_deadline(Deadline(clock, 6.0)).at == 6.0


class Counter:
    """How many items were taken and not yet given back."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.taken = self.most = self.given = 0

    def items(self, count: int) -> Iterator[int]:
        for number in range(count):
            with self.lock:
                self.taken += 1
                self.most = max(self.most, self.taken - self.given)
            yield number


def test_results_come_in_order_and_few_items_are_taken_ahead() -> None:
    counter = Counter()
    results = []
    with ThreadPoolExecutor(8) as pool:
        for result in Window(pool, 3).map(lambda number: number * 2, counter.items(50)):
            counter.given += 1
            results.append(result)
    assert results == [number * 2 for number in range(50)]
    assert counter.most <= 4


def test_without_an_executor_one_item_is_taken_at_a_time() -> None:
    counter = Counter()
    for _ in Window().map(str, counter.items(10)):
        counter.given += 1
    assert counter.most == 1


def test_the_first_error_ends_it() -> None:
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        list(Window(pool, 2).map(lambda number: 1 // number, range(5)))
