"""An adapter as a source of readings: connects to it, keeps its heart beating, and comes back when it was lost."""

import json
import select
import socket
from collections.abc import Sequence

from maas_source_mtconnect.devices import read_device
from maas_source_mtconnect.fold import Fold, State
from maas_source_mtconnect.settings import Settings

from maas_core.errors import UsageError
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.telemetry_source import ReadingPage, Signal
from maas_core.ports.workflow import Unavailable

PING = b"* PING\n"
PONG = "* PONG"
AT_ONCE = 2**16
LONGEST_LINE = 2**24
LINE_FIELDS = 4
"""How many observations a line is thought to have."""


class ShdrStream:
    """Lines from a connection. What it keeps between calls is the connection and the line that has not ended."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._device = read_device(settings)
        self._socket: socket.socket | None = None
        self._rest = b""
        self._heard = self._pinged = 0.0
        self._beat = settings.heartbeat_seconds
        self._fresh = False

    def signals(self) -> Sequence[Signal]:
        """As `Devices.xml` describes them."""
        return self._device.signals()

    def read(self, after: str, limit: int, deadline: Deadline) -> ReadingPage | Unavailable:
        """What comes until the deadline. `Unavailable` if the adapter cannot be reached before it."""
        line, state = _place(after)
        fold = Fold(self._device, self._settings.rounding, State.read(state))
        began, failure = line, ""
        while not deadline.passed() and (line - began) * LINE_FIELDS < limit:
            if self._socket is None and (failure := self._connect(deadline)):
                break
            lines = self._lines(deadline)
            if self._fresh and lines:
                fold.silence()
                self._fresh = False
            for text in lines:
                line += 1
                self._line(fold, text, line)
        if failure and line == began:
            return Unavailable(failure)
        fold.settle()
        readings, dropped = fold.taken()
        through = after if line == began else json.dumps([line, fold.state.text()])
        return ReadingPage(readings, dropped, through, ended=False)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _line(self, fold: Fold, text: str, number: int) -> None:
        if text.startswith(PONG):
            interval = text[len(PONG) :].strip()
            self._beat = int(interval) / 1000 if interval.isdecimal() and int(interval) else self._beat
        fold.line(text, f"{self._settings.host}:{self._settings.port} line {number}")

    def _connect(self, deadline: Deadline) -> str:
        """Connect, or say why that was not possible; waits for an adapter that refuses until the deadline."""
        address = (self._settings.host, self._settings.port)
        while True:
            seconds = max(0.01, min(self._settings.connect_seconds, deadline.remaining()))
            try:
                self._socket = socket.create_connection(address, seconds)
            except OSError as error:
                why = error.strerror or type(error).__name__
                failure = f"adapter {address[0]}:{address[1]} cannot be reached: {why}"
                if deadline.remaining() <= seconds / 2:
                    return failure
                select.select([], [], [], min(0.2, deadline.remaining()))
                continue
            self._socket.setblocking(False)
            self._rest, self._fresh = b"", True
            self._heard = self._clock.monotonic()
            self._ping()
            return ""

    def _ping(self) -> None:
        assert self._socket is not None
        self._pinged = self._clock.monotonic()
        try:
            self._socket.sendall(PING)
        except OSError:
            self.close()

    def _lines(self, deadline: Deadline) -> list[str]:
        """The lines that are there, after waiting for some until the deadline or the next heartbeat."""
        if self._socket is None:
            return []
        now = self._clock.monotonic()
        if now - self._heard > 2 * self._beat:
            self.close()
            return []
        if now - self._pinged >= self._beat:
            self._ping()
            return []
        wait = min(deadline.remaining(), self._pinged + self._beat - now)
        if not select.select([self._socket], [], [], wait)[0]:
            return []
        try:
            content = self._socket.recv(AT_ONCE)
        except OSError:
            content = b""
        if not content:
            self.close()
            return []
        self._heard = self._clock.monotonic()
        *whole, self._rest = (self._rest + content).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise UsageError(f"adapter {self._settings.host} sends a line of more than {LONGEST_LINE} bytes")
        return [one.decode("utf-8", "replace").rstrip("\r") for one in whole]


def _place(after: str) -> tuple[int, str]:
    """How many lines were read, and the state after them."""
    if not after:
        return 0, ""
    try:
        line, state = json.loads(after)
        return int(line), str(state)
    except (ValueError, TypeError):
        raise UsageError("the last import was from another kind of source; `--again` begins anew") from None
