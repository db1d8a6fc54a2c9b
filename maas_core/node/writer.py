"""The process that sends: holds the lease and runs the engine."""

from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import Self

from maas_core.errors import BusyError
from maas_core.ledgerio.engine import Engine, EngineSettings, Progress
from maas_core.ledgerio.policy import FinalityPolicies
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Clock
from maas_core.store.database import Database

IDLE_SECONDS = 0.05
"""How long the outermost loop waits when a step found nothing to do."""


class Writer:
    """An engine and the right to run it. A context manager."""

    def __init__(
        self,
        database: Database,
        ledger: OpenLedger,
        policies: FinalityPolicies,
        clock: Clock,
        settings: EngineSettings,
    ) -> None:
        """Raises `BusyError` if another process is the writer."""
        self._database = database
        self._make_engine: Callable[[SqlJournal], Engine] = lambda journal: Engine(
            ledger, journal, policies, clock, settings
        )
        self._take_over()

    def _take_over(self) -> None:
        self._lease = WriterLease(self._database)
        try:
            self.engine = self._make_engine(SqlJournal(self._database, self._lease.epoch))
        except BaseException:
            self._lease.release()
            raise

    def step(self) -> Progress:
        """One step of the engine. Raises `BusyError` if another process has become the writer."""
        try:
            return self.engine.step()
        except BusyError:
            # A repair by another process shuts out who does not know of it: load anew, if the lock is still ours.
            self._lease.release()
            self._take_over()
            return self.engine.step()

    def run(self, stop: Event) -> None:
        """Run until `stop` is set."""
        while not stop.is_set():
            if self.step().moved == 0:
                stop.wait(IDLE_SECONDS)

    def catch_up(self) -> Progress:
        """Run until there is nothing to do but wait."""
        while (progress := self.step()).moved:
            pass
        return progress

    def close(self) -> None:
        """Let another process write."""
        self._lease.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
