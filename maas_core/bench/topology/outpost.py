"""A participant's process in its region, as this process sees it."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Lock
from typing import IO

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
from maas_core.bench.worker import Inbox, Notes
from maas_core.errors import UnavailableError

START_SECONDS = 120.0
END_SECONDS = 10.0
IDLE_SECONDS = 0.1
LAST_LINES = 12


class Outpost:
    """One participant's process. Ends with `close`, and with this process however that ends."""

    def __init__(self, name: str, prefix: Sequence[str], log: Path) -> None:
        self.name = name
        self._log = log
        self._lock = Lock()
        self._connection: Connection[Message, Answer]
        self._connection, far_end = Pipe()
        try:
            with log.open("ab") as printed:
                self._process = self._start([*prefix], far_end, printed)
        finally:
            far_end.close()

    @staticmethod
    def _start(prefix: list[str], far_end: "Connection[Answer, Message]", log: IO[bytes]) -> "subprocess.Popen[bytes]":
        command = [*prefix, sys.executable, "-m", "maas_core.bench.topology.participant", str(far_end.fileno())]
        return subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(far_end.fileno(),),
            start_new_session=True,  # Ctrl-C is for this process, which then ends it
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, message: Message) -> None:
        """Say something; that it has ended is told by `receive`."""
        with self._lock, suppress(OSError):
            self._connection.send(message)

    def receive(self) -> Answer:
        """What it says next. Raises `UnavailableError` if it has ended."""
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            raise UnavailableError(f"the process of participant {self.name} ended; {self._last_words()}") from None

    def ask_trip(self, config: Path) -> float:
        """Median seconds of reading the deployment's record, from there. Raises `UnavailableError`."""
        self.send(AskTrip(config))
        if not self._connection.poll(START_SECONDS):
            raise UnavailableError(f"participant {self.name} does not answer; {self._last_words()}")
        match self.receive():
            case Trip(seconds):
                return seconds
            case Ended(failure):
                raise UnavailableError(f"participant {self.name}: {failure}")
            case other:
                raise UnavailableError(f"participant {self.name} says {type(other).__name__} when asked how far it is")

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").splitlines()[-LAST_LINES:]
        return "\n".join(["it said:", *lines])

    def close(self) -> None:
        """End it."""
        self._connection.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class FarWorker:
    """A `Worker` whose work is done in its participant's process."""

    def __init__(self, outpost: Outpost, begin: Begin, notes: Notes, clock: RunClock) -> None:
        self.inbox = Inbox()
        self.ready = Event()
        self.stop = Event()
        self.has_core = begin.has_core
        self._outpost = outpost
        self._begin = begin
        self._notes = notes
        self._clock = clock

    def restart(self, seconds: float) -> None:
        """End the node without warning, and open it again after a while."""
        self._outpost.send(Restart(seconds))

    def run(self) -> None:
        """Pass requests on until told to stop, with a second thread that listens. Raises `UnavailableError`."""
        self._outpost.send(self._begin)
        with ThreadPoolExecutor(1, thread_name_prefix="bench-far") as pool:
            listening = pool.submit(self._listen)
            try:
                while not (self.stop.is_set() or listening.done()):
                    if requests := self.inbox.take():
                        self._outpost.send(Work(requests))
                    self.inbox.wait(IDLE_SECONDS)
            finally:
                self._outpost.send(Stop())
        listening.result()

    def _listen(self) -> None:
        while True:
            match self._outpost.receive():
                case Ready():
                    self.ready.set()
                case Told(change):
                    self._notes.add(replace(change, at=change.at - self._clock.began))
                case Ended(failure):
                    if failure:
                        raise UnavailableError(f"participant {self._outpost.name}: {failure}")
                    return
