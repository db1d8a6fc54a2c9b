"""Put and get through the object core and the embedded storage, beside plain files in the same run.

A plain put is a new file, written and fsynced; a plain get reads it from memory, once without and once with its
SHA-256, which is what a get that checks cannot go below. The core also hashes, checks, renames and syncs the folder,
and cuts 64 MiB into parts. Rounds of both alternate, and the median counts.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from maas_storage_local.settings import Settings
from maas_storage_local.storage import open_storage

from benchmarks.figures import Figure
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.window import Window
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock

MEBIBYTE = 2**20
ROUNDS = 7
CASES = (("1 KiB", 2**10, 200), ("64 KiB", 2**16, 100), ("1 MiB", MEBIBYTE, 32), ("64 MiB", 64 * MEBIBYTE, 1))
"""Name, bytes, and how many in each round."""


def run() -> list[Figure]:
    """Measure all sizes."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(4) as pool:
        clock = SystemClock()
        storage = open_storage(Settings(), Context(clock, None, Path(folder)))
        blobs = Blobs(ObjectAccess([storage]), window=Window(pool, 4))
        figures: list[Figure] = []
        for case in CASES:
            figures += measure(case, blobs, Deadline.after(clock, 600), Path(folder))
    return figures


def measure(case: tuple[str, int, int], blobs: Blobs, deadline: Deadline, folder: Path) -> list[Figure]:
    """One size: MiB/s of put and get, and each as a share of plain files."""
    name, size, count = case
    puts: list[float] = []
    gets: list[float] = []
    writes: list[float] = []
    reads: list[float] = []
    checked: list[float] = []
    for _ in range(ROUNDS):
        data = [os.urandom(size) for _ in range(count)]
        put, get = through_core(data, blobs, deadline)
        write, read, check = through_files(data, folder)
        for results, seconds in ((puts, put), (gets, get), (writes, write), (reads, read), (checked, check)):
            results.append(size * count / MEBIBYTE / seconds)
    return [
        Figure(f"objects put {name}", median(puts), "MiB/s"),
        Figure(f"objects put {name}, share of write + fsync", median(puts) / median(writes), ""),
        Figure(f"objects get {name}", median(gets), "MiB/s"),
        Figure(f"objects get {name}, share of read", median(gets) / median(reads), ""),
        Figure(f"objects get {name}, share of read + SHA-256", median(gets) / median(checked), ""),
    ]


def through_core(data: Sequence[bytes], blobs: Blobs, deadline: Deadline) -> tuple[float, float]:
    """Seconds to put and to get."""
    started = time.perf_counter()
    references = [blobs.put(one, deadline).reference for one in data]
    stored = time.perf_counter()
    for reference in references:
        blobs.get(reference, deadline)
    done = time.perf_counter()
    for reference in references:
        blobs.release(reference, deadline)
    return stored - started, done - stored


def through_files(data: Sequence[bytes], folder: Path) -> tuple[float, float, float]:
    """Seconds to write, to read, and to read and hash."""
    paths = [folder / f"plain-{number}" for number in range(len(data))]
    started = time.perf_counter()
    for path, one in zip(paths, data, strict=True):
        with path.open("wb", buffering=0) as file:
            file.write(one)
            os.fsync(file.fileno())
    stored = time.perf_counter()
    for path in paths:
        path.read_bytes()
    read = time.perf_counter()
    for path in paths:
        hashlib.sha256(path.read_bytes()).digest()
    checked = time.perf_counter()
    for path in paths:
        path.unlink()
    return stored - started, read - stored, checked - read
