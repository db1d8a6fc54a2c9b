"""Makes things go wrong at their times, in a thread of its own, and writes down when that was."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from types import TracebackType
from typing import Self

from maas_core.bench.network import Network
from maas_core.bench.record import HappenedFault
from maas_core.bench.scenario import Fault, FaultKind
from maas_core.bench.target import RunClock
from maas_core.errors import UsageError

Restart = Callable[[str, float], bool]
"""Makes a participant's node end and come back; whether there is such a node in this run."""


class FaultMaker:
    """A context manager: whatever still stands still at its end goes on."""

    def __init__(self, faults: Sequence[Fault], network: Network, restart: Restart, clock: RunClock) -> None:
        self._faults = faults
        self._network = network
        self._restart = restart
        self._clock = clock
        self._stop = Event()
        self._pool = ThreadPoolExecutor(max(1, len(faults)), thread_name_prefix="bench-fault")
        self._running: list[Future[HappenedFault | None]] = []
        self.happened: list[HappenedFault] = []

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(self._make, one) for one in self._faults]
        return self

    def _make(self, fault: Fault) -> HappenedFault | None:
        self._stop.wait(max(0.0, fault.at - self._clock.now()))
        if self._stop.is_set():
            return None
        begun, target = self._clock.now(), fault.target
        match fault.kind:
            case FaultKind.RESTART:
                if not self._restart(fault.target, fault.seconds):
                    return None
                self._stop.wait(fault.seconds)
            case FaultKind.PAUSE:
                target, process = self._find(fault.target)
                os.kill(process, signal.SIGSTOP)
                try:
                    self._stop.wait(fault.seconds)
                finally:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGCONT)
            case FaultKind.KILL:
                target, process = self._find(fault.target)
                os.kill(process, signal.SIGKILL)
                self._stop.wait(fault.seconds)
                self._network.revive()
        return HappenedFault(str(fault.kind), target, begun, self._clock.now())

    def _find(self, name: str) -> tuple[str, int]:
        processes = self._network.processes()
        for one in processes:
            if one.name.startswith(name) and one.pid is not None:
                return one.name, one.pid
        told = ", ".join(one.name for one in processes) or "none"
        raise UsageError(f"there is no running process {name!r} to disturb; this network has: {told}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._pool.shutdown()
        if error is None:
            self.happened = [done for one in self._running if (done := one.result()) is not None]
