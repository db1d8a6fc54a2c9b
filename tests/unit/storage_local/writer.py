"""A process that is to be killed: puts random objects and says which of them are durable."""

import os
import sys
from pathlib import Path

from maas_storage_local.settings import Settings
from maas_storage_local.storage import open_storage

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import PutStatus, Stored
from maas_core.testing.storage_suite import digest_of

SAME = 20


def main(folder: Path) -> None:
    clock = SystemClock()
    storage = open_storage(Settings(), Context(clock, None, folder))
    while True:
        data = os.urandom(500_000)
        answer = storage.put(digest_of(data), data, None, Deadline.after(clock, 10))
        assert answer == Stored(PutStatus.DURABLE)
        os.write(1, digest_of(data).hex().encode() + b"\n")


def put_same(folder: Path) -> None:
    """Put the objects that every such process puts."""
    clock = SystemClock()
    storage = open_storage(Settings(), Context(clock, None, folder))
    for number in range(SAME):
        data = bytes([number]) * 100_000
        answer = storage.put(digest_of(data), data, clock.now() + number, Deadline.after(clock, 10))
        assert answer == Stored(PutStatus.DURABLE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
