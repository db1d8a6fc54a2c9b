"""The relay's loop, with sockets that keep packets apart in the place of devices."""

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from maas_core.bench.topology.relay import Direction, carry
from maas_core.bench.topology.wire import Wire

DELAY = 0.03


class Line:
    """Two places, the relay between them, and what ends it."""

    def __init__(self, loss: float = 0.0) -> None:
        self.here, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.there, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._far = (ours, theirs)
        ours.setblocking(False)
        theirs.setblocking(False)
        self._reading, self._end = os.pipe()
        self.ways = [
            Direction(ours.fileno(), theirs.fileno(), Wire(DELAY, 0.0, loss, Random(1))),  # noqa: S311
            Direction(theirs.fileno(), ours.fileno(), Wire(DELAY, 0.0, loss, Random(2))),  # noqa: S311
        ]
        self._thread = threading.Thread(target=carry, args=(self.ways, self._reading))

    @contextmanager
    def running(self) -> Iterator["Line"]:
        self._thread.start()
        try:
            yield self
        finally:
            os.close(self._end)
            self._thread.join()
            os.close(self._reading)
            for one in (self.here, self.there, *self._far):
                one.close()


def test_packets_arrive_in_order_late_and_in_both_directions() -> None:
    with Line().running() as line:
        sent = [bytes([number]) * 100 for number in range(50)]
        begun = time.monotonic()
        for packet in sent:
            line.here.send(packet)
        line.there.send(b"the other way")
        assert [line.there.recv(1000) for _ in sent] == sent
        assert line.here.recv(1000) == b"the other way"
        assert time.monotonic() - begun >= DELAY
    assert [one.wire.carried for one in line.ways] == [50, 1]


def test_what_is_lost_does_not_arrive() -> None:
    with Line(loss=1.0).running() as line:
        line.here.send(b"lost")
        assert not select.select([line.there], [], [], 4 * DELAY)[0]
    assert [one.wire.lost for one in line.ways] == [1, 0]
