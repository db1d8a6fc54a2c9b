"""Calls that return by their deadline, whatever the library below them does.

Client libraries bound single reads and writes of a socket at best; a server that sends a byte now and then holds them
up for ever. Here a call runs on a thread of its own pool, and who asked stops waiting when the deadline has passed. The
thread is a daemon: what still hangs does not keep the process from ending.
"""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NotInTime
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from maas_core.ports.clock import Deadline

T = TypeVar("T")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class TooLateError(Exception):
    """The deadline has passed; the call may still have its effect."""


class BoundedCalls:
    """At most `most` calls at once; further ones wait for a thread, as long as their deadline lets them."""

    def __init__(self, name: str, most: int = 32) -> None:
        self._name = name
        self._most = most
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._unfinished = 0

    def call(self, function: Callable[[], T], deadline: Deadline) -> T:
        """What `function` returns or raises. Raises `TooLateError` when the deadline passes first."""
        remaining = deadline.remaining()
        if remaining <= 0:
            raise TooLateError
        future: Future[T] = Future()
        self._have_a_thread()
        self._jobs.put((function, future))
        try:
            return future.result(remaining)
        except NotInTime:
            if future.done() and not future.cancelled():
                return future.result()  # it ended just then, or raised a TimeoutError of its own
            future.cancel()
            raise TooLateError from None

    def close(self) -> None:
        """Let idle threads end; busy ones end after their call."""
        with self._lock:
            for _ in range(self._threads):
                self._jobs.put(None)

    def _have_a_thread(self) -> None:
        with self._lock:
            self._unfinished += 1
            if self._unfinished <= self._threads or self._threads >= self._most:
                return
            self._threads += 1
            number = self._threads
        Thread(target=self._work, name=f"{self._name}-{number}", daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            _run(*job)
            del job  # neither bytes nor answers are kept while it waits for the next
            with self._lock:
                self._unfinished -= 1


def _run(function: Callable[[], T], future: "Future[T]") -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        _settle(future.set_result, function())
    except BaseException as error:  # noqa: BLE001 - handed to the caller, as the pools of the standard library do
        _settle(future.set_exception, error)


def _settle(setter: Callable[[Any], None], value: Any) -> None:
    try:
        setter(value)
    except InvalidStateError:  # nobody waits any more
        return
