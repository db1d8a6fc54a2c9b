"""The relay: a process that carries packets between the TUN devices of regions, late as the table wants them.

It gets its wires as JSON on the first line of standard input, and ends with the end of that: the run has ended, or was
killed. Then it clears up all of the run's namespaces, and what runs in them, and prints what it has carried as JSON.
"""

import json
import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from maas_core.bench.topology.namespaces import remove
from maas_core.bench.topology.wire import Wire

MOST_BYTES = 65_535
AT_ONCE = 64
"""Packets that are read from one device before others get their turn."""


@dataclass(frozen=True, slots=True)
class Direction:
    """From one device to another."""

    source: int
    target: int
    wire: Wire


@dataclass(frozen=True, slots=True)
class Carried:
    """What a relay has done, in packets."""

    carried: int
    lost: int
    """By chance, as the table wants it."""
    dropped: int
    """Because there were too many."""
    cpu_seconds: float


def directions(told: Sequence[Mapping[str, Any]], seed: int) -> list[Direction]:
    """As the first line of standard input tells them."""
    ways = []
    for number, one in enumerate(told):
        random = Random(f"{seed} {number}")  # noqa: S311 - chance that can be repeated
        ways.append(Direction(one["source"], one["target"], Wire(one["delay"], one["jitter"], one["loss"], random)))
    return ways


def carry(ways: Sequence[Direction], ended: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Carry packets until the descriptor `ended` is at its end."""
    by_source = {one.source: one for one in ways}
    while True:
        dues = [due for one in ways if (due := one.wire.due()) is not None]
        wait = max(0.0, min(dues) - clock()) if dues else None
        ready, _, _ = select.select([ended, *by_source], [], [], wait)
        for source in ready:
            if source == ended:
                if not os.read(ended, MOST_BYTES):
                    return
            else:
                _read(by_source[source], clock)
        now = clock()
        for one in ways:
            for packet in one.wire.take(now):
                _write(one, packet)


def _read(way: Direction, clock: Callable[[], float]) -> None:
    for _ in range(AT_ONCE):
        try:
            packet = os.read(way.source, MOST_BYTES)
        except OSError:  # nothing more, or its namespace is gone
            return
        way.wire.put(packet, clock())


def _write(way: Direction, packet: bytes) -> None:
    with suppress(OSError):  # the device takes no more: lost, as on a real network
        os.write(way.target, packet)
        return
    way.wire.carried -= 1
    way.wire.dropped += 1


def main() -> None:
    """See the module."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of standard input ends it, after all others
    with os.fdopen(os.dup(0), "rb", buffering=0) as told:
        plan = json.loads(_line(told.fileno()))
    ways = directions(plan["ways"], plan["seed"])
    try:
        carry(ways, 0)
    finally:
        for way in ways:
            with suppress(OSError):
                os.close(way.source)
        remove(plan["owner"])
    wires = [one.wire for one in ways]
    done = Carried(
        sum(one.carried for one in wires),
        sum(one.lost for one in wires),
        sum(one.dropped for one in wires),
        time.process_time(),
    )
    with suppress(BrokenPipeError):  # whoever started it was killed
        os.write(1, json.dumps(asdict(done)).encode() + b"\n")


def _line(file: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(file, 1)
        if not more:
            break
        line += more
    return line


if __name__ == "__main__":
    main()
