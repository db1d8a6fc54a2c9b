"""A device, an adapter on a real socket, and what a source makes of it."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

from maas_source_mtconnect.settings import Settings

from maas_core.config.problems import Problems
from maas_core.config.reading import FAILED, Reader
from maas_core.ports.clock import SystemClock
from maas_core.ports.readings import Readings

CLOCK = SystemClock()
DEVICES = """<?xml version="1.0"?>
<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:2.0"><Devices>
<Device id="d1" uuid="M-1" name="mill"><DataItems>
  <DataItem id="a1" name="avail" category="EVENT" type="AVAILABILITY"/>
  <DataItem id="x1" name="exec" category="EVENT" type="EXECUTION"/>
  <DataItem id="m1" name="mode" category="EVENT" type="x:OWN"><Constraints><Value>EASY</Value></Constraints></DataItem>
  <DataItem id="c1" name="sys" category="CONDITION" type="SYSTEM"/>
  <DataItem id="p1" name="pos" category="SAMPLE" type="POSITION" units="MILLIMETER"/>
  <DataItem id="v1" name="path" category="SAMPLE" type="PATH_POSITION" units="MILLIMETER_3D"/>
  <DataItem id="f1" name="feed" category="SAMPLE" type="PATH_FEEDRATE" units="MILLIMETER/SECOND"
            nativeUnits="MILLIMETER/MINUTE"/>
  <DataItem id="s1" name="tenth" category="SAMPLE" type="LOAD" units="PERCENT" nativeScale="10"/>
  <DataItem id="n1" name="parts" category="EVENT" type="PART_COUNT"/>
  <DataItem id="b1" name="block" category="EVENT" type="BLOCK"/>
  <DataItem id="g1" name="msg" category="EVENT" type="MESSAGE"/>
  <DataItem id="t1" name="series" category="SAMPLE" type="POSITION" units="MILLIMETER" representation="TIME_SERIES"/>
  <DataItem id="w1" category="SAMPLE" type="WATTAGE" units="WATT"><Source>power_in</Source></DataItem>
</DataItems></Device>
<Device id="d2" uuid="M-2" name="lathe"><DataItems/></Device>
</Devices></MTConnectDevices>
"""


def settings(folder: Path, **given: Any) -> Settings:
    """Settings as a config gives them, for the device above."""
    (folder / "Devices.xml").write_text(given.pop("xml", DEVICES))
    table = {"devices": "Devices.xml", "device": "mill", **given}
    table.setdefault("path", "lines.txt")
    if "host" in table:
        del table["path"]
    problems = Problems("maas.toml")
    made = Reader(folder, {}, problems).table(Settings, table, ())
    assert made is not FAILED, problems.lines
    assert isinstance(made, Settings)
    return made


def listed(pages: Sequence[Readings]) -> list[tuple[str, int, int, int]]:
    """(signal, time, value, quality) of all pages, in order."""
    found = []
    for one in pages:
        columns = (one.signal.tolist(), one.time.tolist(), one.value.tolist(), one.quality.tolist())
        found += [(one.signals[signal], *rest) for signal, *rest in zip(*columns, strict=True)]
    return sorted(found)


class Adapter:
    """Listens on a port of this machine, takes one connection at a time, and says what a test tells it to."""

    def __init__(self, heartbeat: int = 10_000) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._heartbeat = heartbeat
        self.heard: list[str] = []
        self._connection: socket.socket | None = None
        self._all: list[socket.socket] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def accept(self, *lines: str) -> None:
        """Take the next connection, answer its first ping, and say the lines."""
        self._connection, _ = self._listener.accept()
        self._all.append(self._connection)
        Thread(target=self._answer, args=(self._connection,), daemon=True).start()
        self.say(*lines)

    def say(self, *lines: str) -> None:
        """Send lines."""
        assert self._connection is not None
        for line in lines:
            self._connection.sendall(f"{line}\n".encode())

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(OSError):  # the other side may have hung up first
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()
            self._connection = None

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                self.heard.append(line.strip())
                if line.startswith("* PING") and self._heartbeat:
                    connection.sendall(f"* PONG {self._heartbeat}\n".encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._all:
            one.close()
        self._listener.close()
