"""Calls that return by their deadline."""

import threading
import time
from collections.abc import Iterator

import pytest

from maas_core.objects.bounded import BoundedCalls, TooLateError
from maas_core.ports.clock import Deadline, SystemClock


@pytest.fixture
def calls() -> Iterator[BoundedCalls]:
    calls = BoundedCalls("test", 4)
    yield calls
    calls.close()


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


def test_what_the_call_returns_is_returned(calls: BoundedCalls) -> None:
    assert calls.call(lambda: 7, soon()) == 7


def test_what_the_call_raises_is_raised(calls: BoundedCalls) -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        calls.call(fail, soon())


def test_a_timeout_that_the_call_raises_is_not_taken_for_its_own(calls: BoundedCalls) -> None:
    def fail() -> None:
        raise TimeoutError("of the socket")

    with pytest.raises(TimeoutError, match="of the socket"):
        calls.call(fail, soon())


def test_a_call_that_hangs_is_given_up_at_the_deadline(calls: BoundedCalls) -> None:
    release = threading.Event()
    started = time.monotonic()
    with pytest.raises(TooLateError):
        calls.call(release.wait, soon(0.1))
    assert time.monotonic() - started < 10
    release.set()


def test_a_call_that_hangs_does_not_hold_up_others_while_threads_are_left(calls: BoundedCalls) -> None:
    release = threading.Event()
    for _ in range(3):
        with pytest.raises(TooLateError):
            calls.call(release.wait, soon(0.02))
    assert calls.call(lambda: 7, soon()) == 7
    release.set()


def test_with_all_threads_hanging_further_calls_are_late_and_never_run(calls: BoundedCalls) -> None:
    release, ran = threading.Event(), []
    for _ in range(4):
        with pytest.raises(TooLateError):
            calls.call(release.wait, soon(0.02))
    with pytest.raises(TooLateError):
        calls.call(lambda: ran.append(1), soon(0.02))
    release.set()
    assert calls.call(lambda: 7, soon()) == 7
    assert ran == []


def test_nothing_is_called_after_the_deadline(calls: BoundedCalls) -> None:
    ran: list[int] = []
    with pytest.raises(TooLateError):
        calls.call(lambda: ran.append(1), soon(0))
    assert calls.call(lambda: list(ran), soon()) == []


def test_threads_end_when_it_is_closed() -> None:
    calls = BoundedCalls("closing", 4)
    calls.call(lambda: None, soon())
    calls.close()
    for thread in threading.enumerate():
        if thread.name.startswith("closing"):
            thread.join(10)
            assert not thread.is_alive()
