"""A participant in its region: a process that works as a thread of `bench run` does, and tells the driver by a socket.

Started by `Outpost`; the argument is the socket's descriptor. It ends with the other end of that.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from threading import Lock

from maas_core.bench.core import CoreWorker
from maas_core.bench.opening import open_ledger, read_seconds
from maas_core.bench.operations import Change
from maas_core.bench.raw import RawWorker
from maas_core.bench.target import RunClock
from maas_core.bench.topology.messages import (
    Answer,
    AskTrip,
    Begin,
    Ended,
    Message,
    Ready,
    Restart,
    Stop,
    Told,
    Trip,
    Work,
)
from maas_core.bench.worker import Notes
from maas_core.config import load_config
from maas_core.errors import MaasError
from maas_core.node.node import Node
from maas_core.plugins import Plugins, build_plugin_manager

SOON, LATER = 0.005, 0.1
"""Seconds between two looks at what has become of the worker."""
BY_THE_MACHINE = 0.0


class SentNotes(Notes):
    """Changes go straight to the other process; several threads may tell."""

    def __init__(self, send: Callable[[Answer], None]) -> None:
        super().__init__()
        self._send = send

    def add(self, change: Change) -> None:
        """Tell the driver."""
        self._send(Told(change))


class Participant:
    """One process's work."""

    def __init__(self, connection: "Connection[Answer, Message]", plugins: Plugins) -> None:
        self._connection = connection
        self._plugins = plugins
        self._lock = Lock()

    def _send(self, answer: Answer) -> None:
        with self._lock:
            self._connection.send(answer)

    def serve(self) -> None:
        """Until the other end closes."""
        while True:
            try:
                message = self._connection.recv()
            except EOFError:
                return
            match message:
                case AskTrip():
                    self._tell_trip(message)
                case Begin():
                    self._work(message)
                case _:  # for a worker that has ended by itself
                    pass

    def _tell_trip(self, message: AskTrip) -> None:
        try:
            opened = open_ledger(load_config(message.config, self._plugins, {}))
            seconds = read_seconds(opened)
        except MaasError as error:
            self._send(Ended(str(error)))
        else:
            self._send(Trip(seconds))

    def _work(self, begin: Begin) -> None:
        worker = self._worker(begin)
        with ThreadPoolExecutor(1, thread_name_prefix="bench-work") as pool:
            running = pool.submit(worker.run)
            try:
                self._pass_on(worker, running)
            finally:
                worker.stop.set()
        error = running.exception()
        if error is not None and not isinstance(error, MaasError):
            raise error
        self._send(Ended("" if error is None else str(error) or type(error).__name__))

    def _worker(self, begin: Begin) -> CoreWorker | RawWorker:
        config = load_config(begin.config, self._plugins, {})
        notes, clock = SentNotes(self._send), RunClock(BY_THE_MACHINE)
        if begin.has_core:
            return CoreWorker(lambda: Node(config), notes, clock, lambda ledger: ledger, to_final=begin.to_final)
        return RawWorker(lambda: open_ledger(config), notes, clock, config.finality if begin.to_final else None)

    def _pass_on(self, worker: CoreWorker | RawWorker, running: "Future[None]") -> None:
        is_ready = False
        while not running.done():
            if worker.ready.is_set() and not is_ready:
                is_ready = True
                self._send(Ready())
            if not self._connection.poll(LATER if is_ready else SOON):
                continue
            match self._connection.recv():
                case Work(requests):
                    for request in requests:
                        worker.inbox.put(request)
                case Restart(seconds) if isinstance(worker, CoreWorker):
                    worker.restart(seconds)
                case Stop():
                    return


if __name__ == "__main__":
    Participant(Connection(int(sys.argv[1])), build_plugin_manager()).serve()
