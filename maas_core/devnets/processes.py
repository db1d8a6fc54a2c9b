"""Processes of a devnet: started apart from the terminal, known by a file, ended by whoever finds that file.

`NAME.pid` holds process id and start time, so that an id which the system has given to another process since is never
touched; `NAME.log` holds what the process printed.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maas_core.errors import UnavailableError, UsageError
from maas_core.ports.devnet import DevnetProcess

POLL = 0.05
"""Seconds between two looks."""
LAST_LINES = 15
"""How much of a log an error message shows."""


@dataclass(frozen=True, slots=True)
class Supervised:
    """One process by its name in a folder; it need not run, and need not have been started by this process."""

    folder: Path
    name: str

    @property
    def log(self) -> Path:
        """What it printed, over all its runs."""
        return self.folder / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Which process it is."""
        return self.folder / f"{self.name}.pid"

    def start(
        self,
        command: Sequence[str | Path],
        address: str = "",
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> int:
        """Start it in a session of its own; returns the process id. Running already: nothing happens.

        `address` is what `describe` tells; `environment` is added to this process's. Raises `UsageError` if the
        command cannot be run.
        """
        if (running := self.pid()) is not None:
            return running
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log, _deferred():
            try:
                process = subprocess.Popen(  # noqa: S603 - a devnet's own command
                    [os.fspath(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})},
                    cwd=directory,
                    start_new_session=True,
                )
            except OSError as error:
                raise UsageError(f"{self.name}: {command[0]} cannot be run: {error.strerror}") from None
            try:
                self._remember(process.pid, address)
            except BaseException:
                process.kill()
                process.wait()
                raise
            process.returncode = 0  # it outlives this object, which would warn of that
        return process.pid

    def pid(self) -> int | None:
        """Its process id; None if it does not run."""
        known = self._known()
        if known is None:
            return None
        pid: int = known["pid"]
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # one of our own that has ended would else look alive
        started = _start_time(pid)
        return pid if started is not None and started == known.get("started") else None

    def wait_ready(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` says so. Raises `UnavailableError` with the end of the log if it ends or never is."""
        until = time.monotonic() + seconds
        while not ready():
            if self.pid() is None:
                raise UnavailableError(f"{self.name} ended at once; {self.last_words()}")
            if time.monotonic() > until:
                raise UnavailableError(f"{self.name} does not answer after {seconds:g} s; {self.last_words()}")
            time.sleep(POLL)

    def stop(self, patience: float = 10.0, *, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and all of its session: with a signal, after `patience` seconds by force. Not running: nothing."""
        pid = self.pid()
        if pid is not None:
            _signal_session(pid, number)
            if not self._ended(patience):
                _signal_session(pid, signal.SIGKILL)
                self._ended(patience)
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it by force, at once, as a crash would."""
        self.stop(number=signal.SIGKILL)

    def describe(self) -> DevnetProcess:
        """For `Devnet.status`."""
        known = self._known() or {}
        return DevnetProcess(self.name, self.pid(), str(known.get("address", "")), self.log)

    def last_words(self) -> str:
        """Where its log is, and the end of it."""
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()[-LAST_LINES:]
        except OSError:
            lines = []
        return "\n".join([f"its log is {self.log}", *lines])

    def _ended(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > until:
                return False
            time.sleep(POLL)
        return True

    def _known(self) -> dict[str, Any] | None:
        try:
            content = json.loads(self.pid_file.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) and isinstance(content.get("pid"), int) else None

    def _remember(self, pid: int, address: str) -> None:
        draft = self.pid_file.with_suffix(".new")
        draft.write_text(json.dumps({"pid": pid, "started": _start_time(pid), "address": address}), "utf-8")
        draft.replace(self.pid_file)


def stop_all(processes: Sequence[Supervised], patience: float = 10.0) -> None:
    """End several at once: all are told before any is waited for; last started, first told."""
    for one in reversed(processes):
        if (pid := one.pid()) is not None:
            _signal_session(pid, signal.SIGTERM)
    for one in reversed(processes):
        one.stop(patience)


@contextmanager
def all_or_none(down: Callable[[], None]) -> Iterator[None]:
    """What a devnet's `up` runs in: whatever ends it early, an error, Ctrl-C or SIGTERM, `down` is called first."""
    with as_interrupts(signal.SIGTERM, signal.SIGHUP):
        try:
            yield
        except BaseException:
            with _ignored(signal.SIGINT):
                down()
            raise


@contextmanager
def as_interrupts(*numbers: signal.Signals) -> Iterator[None]:
    """Treat signals like Ctrl-C; only the main thread of a process may say so, elsewhere they are left alone."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with _handled(interrupt, numbers):
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """A signal that comes meanwhile takes effect afterwards: a process that was just started must be remembered."""
    came: list[int] = []
    with _handled(lambda number, _: came.append(number), (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
        yield
    for number in came:
        signal.raise_signal(number)


@contextmanager
def _ignored(*numbers: signal.Signals) -> Iterator[None]:
    with _handled(signal.SIG_IGN, numbers):
        yield


@contextmanager
def _handled(handler: Callable[..., None] | signal.Handlers, numbers: Sequence[signal.Signals]) -> Iterator[None]:
    before = {}
    try:
        for number in numbers:
            with suppress(ValueError):  # not the main thread
                before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _signal_session(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _start_time(pid: int) -> str | None:
    """When a process was started, in words that only have to be compared; None if it is gone or a zombie."""
    try:
        content = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _start_time_by_ps(pid)
    except OSError:
        return None
    state, *rest = content.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def _start_time_by_ps(pid: int) -> str | None:
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    state, _, started = answer.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None
