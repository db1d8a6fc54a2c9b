"""Readings into anchored encrypted batches and back, between two real nodes on the embedded ledger and storage.

Writing is measured on one core: a CSV file of 1 Hz readings is imported, cut into daily batches (Parquet, encrypted,
wrapped, Merkle tree, signed manifest, all durable) and anchored until final. Reading back is done by the other party
in a process of its own with an empty cache: a year at 1 Hz, everything checked.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from maas_core.config.writing import as_toml
from maas_core.ports.readings import Readings
from maas_core.ports.telemetry_source import Signal
from tests.support.telemetry import Consortium, make_consortium, opened

DAY = 86_400
YEAR = 365
CSV_DAYS = 30
BEGIN = 1_704_067_200
"""2024-01-01."""
SIGNAL = Signal("power", "W", 1, (), 1)

READ = """
import json, sys, time
from pathlib import Path
from tests.support.memory import peak_mib
from tests.support.telemetry import opened
with opened(Path(sys.argv[1])) as node:
    begun = time.perf_counter()
    readings = sum(batch.manifest.readings for batch in node.telemetry.batches(bytes.fromhex(sys.argv[2])))
    took = time.perf_counter() - begun
print(json.dumps([readings, took, peak_mib()]))
"""


def run() -> list[Figure]:
    """Measure writing, then reading."""
    with tempfile.TemporaryDirectory() as folder:
        return [*writing(Path(folder) / "csv"), *reading(Path(folder) / "year")]


def writing(folder: Path) -> list[Figure]:
    """CSV to anchored batches, on one core."""
    parts = make_consortium(folder)
    file = folder / "meter.csv"
    _write_csv(file)
    config = parts.customer.config.file
    parts.customer.close()
    mapping = {
        "telemetry": {
            "meter": {
                "backend": "csv",
                "machines": {"meter": parts.machine.hex()},
                "settings": {
                    "path": str(file),
                    "machine": "meter",
                    "time": {"columns": ["time"], "formats": ["unix"]},
                    "signals": {"power": {"column": "power", "unit": "W", "decimals": 1, "interval": 1}},
                },
            }
        }
    }
    config.write_text(config.read_text(encoding="utf-8") + as_toml(mapping, {}), encoding="utf-8")
    parts.customer = opened(config)
    with _one_core():
        begun = time.perf_counter()
        parts.customer.readings.take("meter")
        imported = time.perf_counter()
        cut, anchored = _anchor(parts)
    parts.close()
    count = CSV_DAYS * DAY
    return [
        Figure("batches CSV taken in, one core", count / (imported - begun), "readings/s"),
        Figure("batches cut, sealed and stored, one core", count / cut, "readings/s"),
        Figure("batches anchored, one core", CSV_DAYS / anchored, "batches/s"),
        Figure("batches CSV to anchored, one core", count / (imported - begun + cut + anchored), "readings/s", 200_000),
    ]


def reading(folder: Path) -> list[Figure]:
    """A year at 1 Hz read back by the other party."""
    parts = make_consortium(folder)
    for day in range(0, YEAR, 30):
        time_ = np.arange(BEGIN + day * DAY, BEGIN + min(day + 30, YEAR) * DAY)
        parts.customer.readings.add("meter", _readings(parts.machine, time_), [SIGNAL])
    _anchor(parts)
    parts.sync()
    parts.close()
    command = [sys.executable, "-c", READ, str(parts.oem.config.file), parts.machine.hex()]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    readings, seconds, memory = json.loads(done.stdout)
    assert readings == YEAR * DAY
    return [
        Figure("batches year at 1 Hz read and checked", seconds, "s", 10, "lower"),
        Figure("batches year at 1 Hz, most memory", memory, "MiB", 1024, "lower"),
    ]


def _anchor(parts: Consortium) -> tuple[float, float]:
    """Seconds to cut and to anchor all."""
    begun = time.perf_counter()
    parts.customer.telemetry.cut(parts.machine)
    cut = time.perf_counter()
    parts.customer.telemetry.anchor()
    return cut - begun, time.perf_counter() - cut


def _values(count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.cumsum(np.random.default_rng(1).integers(-5, 6, count)) + 10_000


def _readings(machine: bytes, times: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Readings:
    zeros = np.zeros(len(times), np.int32)
    return Readings((machine.hex(),), ("power",), zeros, zeros, times, _values(len(times)), zeros.astype(np.uint8))


def _write_csv(file: Path) -> None:
    times = np.arange(BEGIN, BEGIN + CSV_DAYS * DAY)
    lines = (f"{at},{value // 10}.{value % 10}\n" for at, value in zip(times, _values(len(times)), strict=True))
    with file.open("w", encoding="utf-8") as target:
        target.write("time,power\n")
        target.writelines(lines)


class _one_core:  # noqa: N801 - reads like a statement
    """Keeps this process on one core."""

    def __enter__(self) -> None:
        self._before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(self._before)})

    def __exit__(self, *_: object) -> None:
        os.sched_setaffinity(0, self._before)
