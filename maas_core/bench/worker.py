"""A participant's thread: takes requests from the driver, works on them, tells what becomes of them."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Protocol, Self

from maas_core.bench.operations import Change, Get, Put, Request
from maas_core.errors import UnavailableError

READY_SECONDS = 120.0


class Inbox:
    """Requests on their way from the driver's thread to a worker's."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()
        self._something = Event()

    def put(self, request: Request) -> None:
        """Hand a request over."""
        self._waiting.append(request)
        self._something.set()

    def take(self) -> list[Request]:
        """All that wait."""
        self._something.clear()
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def wait(self, seconds: float) -> None:
        """Until there is something, or the time has passed."""
        self._something.wait(seconds)


class Notes:
    """Changes on their way from workers to the driver."""

    def __init__(self) -> None:
        self._waiting: deque[Change] = deque()

    def add(self, change: Change) -> None:
        """Tell the driver."""
        self._waiting.append(change)

    def take(self) -> list[Change]:
        """All that wait."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


class Worker(Protocol):
    """What runs in a thread of its own until it is told to stop."""

    inbox: Inbox
    ready: Event
    stop: Event

    def run(self) -> None:
        """Work; `ready` is set once the first request can be taken."""


class ObjectWork(Protocol):
    """Stores and fetches objects in threads of its own."""

    def submit(self, request: Request) -> None:
        """Take one over."""

    def close(self) -> None:
        """End the threads."""


class Team:
    """The workers of one run, each for one actor, and one for objects: a `Target`. A context manager."""

    def __init__(self, workers: dict[str, Worker], objects: ObjectWork, notes: Notes) -> None:
        self.workers = workers
        self._objects = objects
        self._notes = notes
        self._pool = ThreadPoolExecutor(max(1, len(workers)), thread_name_prefix="bench")
        self._running: list[Future[None]] = []

    def __enter__(self) -> Self:
        try:
            self._running = [self._pool.submit(one.run) for one in self.workers.values()]
            for worker in self.workers.values():
                self._wait_ready(worker)
        except BaseException:
            self.close()
            raise
        return self

    def _wait_ready(self, worker: Worker) -> None:
        for _ in range(int(READY_SECONDS / 0.1)):
            if worker.ready.wait(0.1):
                return
            self._raise_what_ended()
        raise UnavailableError(f"a participant's node did not catch up with the ledger in {READY_SECONDS:.0f} s")

    def submit(self, requests: Sequence[Request]) -> None:
        """Hand each to its actor's thread."""
        for request in requests:
            if isinstance(request.work, Put | Get):
                self._objects.submit(request)
            else:
                self.workers[request.actor].inbox.put(request)

    def changes(self) -> Sequence[Change]:
        """What the threads have told. Raises what ended one of them."""
        self._raise_what_ended()
        return self._notes.take()

    def _raise_what_ended(self) -> None:
        for future in self._running:
            if future.done():
                future.result()

    def close(self) -> None:
        """Stop all threads and wait for them."""
        for worker in self.workers.values():
            worker.stop.set()
        self._pool.shutdown()
        self._objects.close()

    def __exit__(self, *_: object) -> None:
        self.close()


Pause = Callable[[float], None]
"""Makes a worker end and come back after so many seconds."""
