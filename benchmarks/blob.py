"""Put and get one blob on a devnet of its own, and print peak memory in MiB and seconds: `python -m benchmarks.blob`.

A process of its own, for `bench_storage`: `KIND FOLDER BYTES`.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import RawIOBase
from pathlib import Path

from benchmarks import bench_storage
from maas_core.node.storages import AHEAD, AT_ONCE
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.window import Window
from maas_core.ports.clock import Deadline, SystemClock
from tests.support.memory import peak_mib


class Source(RawIOBase):
    """Bytes that are made as they are read; no mebibyte is like another."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.hash = sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        size = min(size, self._left)
        block = sha256(self._left.to_bytes(8, "big")).digest()
        data = (block * (size // len(block) + 1))[:size]
        self._left -= size
        self.hash.update(data)
        return data


class Sink(RawIOBase):
    """Takes bytes and only hashes them."""

    def __init__(self) -> None:
        self.hash = sha256()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """All of them."""
        self.hash.update(data)
        return len(data)


def main(kind: str, folder: Path, size: int) -> None:
    """Put, get, compare."""
    folder.mkdir(parents=True, exist_ok=True)
    soon = Deadline.after(SystemClock(), 3600)
    opened = {"s3": bench_storage.s3, "ipfs": bench_storage.ipfs}[kind]
    with opened(folder) as subject, ThreadPoolExecutor(AT_ONCE) as pool:
        blobs = Blobs(ObjectAccess([subject.storage]), window=Window(pool, AHEAD))
        source, sink = Source(size), Sink()
        started = time.perf_counter()
        reference = blobs.put_stream(source, soon).reference  # type: ignore[arg-type]
        stored = time.perf_counter()
        if blobs.fetch(reference, sink, soon) is not None:  # type: ignore[arg-type]
            raise SystemExit("the blob is not there")
        done = time.perf_counter()
    if source.hash.digest() != sink.hash.digest():
        raise SystemExit("the blob came back changed")
    print(peak_mib(), stored - started, done - stored)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
