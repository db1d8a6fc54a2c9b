"""Objects: through the core (hashed, checked, asked for again), and by the backend's own put and get."""

from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from maas_core.bench.operations import Change, Content, Get, Outcome, Put, Request, Stage
from maas_core.bench.target import RunClock
from maas_core.bench.worker import Notes
from maas_core.errors import MaasError, UnavailableError
from maas_core.objects.access import ObjectAccess
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import ObjectStorage, PutStatus
from maas_core.ports.workflow import Unavailable

OBJECT_SECONDS = 30.0
AT_ONCE = 16


class Store(Protocol):
    """Two calls; both raise `MaasError`, and return whether all is well."""

    def put(self, content: Content) -> bool:
        """Store; whether it is durable."""

    def get(self, content: Content) -> bool:
        """Fetch; whether it is what was stored."""


class CoreStore:
    """As a node stores and fetches, without its cache."""

    def __init__(self, access: ObjectAccess) -> None:
        self._access = access.uncached()

    def put(self, content: Content) -> bool:
        """Hash and store."""
        return self._access.put(content.whole(), _soon()).status is PutStatus.DURABLE

    def get(self, content: Content) -> bool:
        """Fetch and check."""
        return isinstance(self._access.get(content.digest(), _soon()), bytes)


class RawStore:
    """The backend's put and get, and nothing else."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage

    def put(self, content: Content) -> bool:
        """Store. The digest is the name of an object in the port, so it is computed here too."""
        done = self._storage.put(content.digest(), content.whole(), None, _soon())
        if isinstance(done, Unavailable):
            raise UnavailableError(done.reason)
        return done.status is PutStatus.DURABLE

    def get(self, content: Content) -> bool:
        """Fetch, unchecked."""
        return isinstance(self._storage.get(content.digest(), _soon()), bytes)


class ObjectTeam:
    """Threads that store and fetch."""

    def __init__(self, store: Store, notes: Notes, clock: RunClock) -> None:
        self._store = store
        self._notes = notes
        self._clock = clock
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="bench-object")

    def submit(self, request: Request) -> None:
        """Take one over."""
        self._pool.submit(self._do, request)

    def _do(self, request: Request) -> None:
        work = request.work
        assert isinstance(work, Put | Get)
        self._notes.add(Change(request.number, Stage.SENT, self._clock.now()))
        size = len(work.content.head) + len(work.content.body)
        try:
            whole = self._store.put(work.content) if isinstance(work, Put) else self._store.get(work.content)
        except MaasError as error:
            self._notes.add(Change(request.number, Stage.ENDED, self._clock.now(), Outcome.FAILED, reason=str(error)))
            return
        now = self._clock.now()
        if not whole and isinstance(work, Get):
            self._notes.add(Change(request.number, Stage.ENDED, now, Outcome.FAILED, reason="not what was stored"))
            return
        self._notes.add(Change(request.number, Stage.ENDED, now, final=whole, cost=size))

    def close(self) -> None:
        """End the threads; what was not begun is dropped."""
        self._pool.shutdown(cancel_futures=True)


def _soon() -> Deadline:
    return Deadline.after(SystemClock(), OBJECT_SECONDS)
