"""Readings from a CSV file into the node's database: reading alone, all of it, and once more.

The file has a row each second with four values, as a machine that is read once a second gives; times have a zone with
daylight saving, values have two digits. One process, one core: nothing here is parallel.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from click.testing import CliRunner

from benchmarks.figures import Figure
from maas_core.cli.app import root
from maas_core.config import load_config
from maas_core.node import Node
from maas_core.node.readings import open_source
from maas_core.plugins import build_plugin_manager
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.telemetry_source import ReadingPage

ROWS = 500_000
ROUNDS = 3
MACHINE = "ab" * 16
PAGE = 1_000_000
CONFIG = f"""
[telemetry.bench]
backend = "csv"

[telemetry.bench.settings]
path = "bench.csv"
machine = "{MACHINE}"
time = {{ columns = ["time"], formats = ["%d.%m.%Y %H:%M:%S"], zone = "Europe/Berlin", ambiguous = "earlier" }}

[telemetry.bench.settings.signals]
power = {{ column = "power", unit = "kW", decimals = 2, interval = 1 }}
level = {{ column = "level", unit = "kg", decimals = 2, interval = 1 }}
temperature = {{ column = "temperature", unit = "Cel", decimals = 1, rounding = "half even", interval = 1 }}
state = {{ column = "state", states = {{ "0" = "idle", "1" = "running", "2" = "fault" }}, interval = 1 }}
"""


def run() -> list[Figure]:
    """Measure on a new node."""
    with tempfile.TemporaryDirectory() as folder:
        made = CliRunner().invoke(root, ["init", folder])
        assert made.exit_code == 0, made.output
        file = Path(folder) / "maas.toml"
        file.write_text(file.read_text() + CONFIG)
        write(Path(folder) / "bench.csv")
        with Node.open(load_config(file, build_plugin_manager(), {})) as node:
            readings = ROWS * 4
            reading = median(timed(lambda: read_all(node)) for _ in range(ROUNDS))
            taking = timed(lambda: node.readings.take("bench", page=PAGE))
            again = timed(lambda: node.readings.take("bench", page=PAGE, again=True))
            pending = timed(lambda: node.readings.pending(bytes.fromhex(MACHINE), 0, 2**34))
            assert node.readings.counter(bytes.fromhex(MACHINE)) == readings
        return [
            Figure("intake: CSV to columns", readings / reading, "readings/s", 1_000_000),
            Figure("intake: CSV to buffer", readings / taking, "readings/s", 400_000),
            Figure("intake: the same file again", readings / again, "readings/s", 300_000),
            Figure("intake: buffer to series", readings / pending, "readings/s"),
        ]


def write(file: Path) -> None:
    """A file of `ROWS` seconds from 1 March 2024 on."""
    with file.open("w") as target:
        target.write("time;power;level;temperature;state\n".replace(";", ","))
        for row in range(ROWS):
            moment = time.gmtime(1_709_247_600 + row)
            stamp = time.strftime("%d.%m.%Y %H:%M:%S", moment)
            target.write(
                f"{stamp},{row % 977}.{row % 100:02d},{9000 - row % 8000}.5,{row % 80}.{row % 1000:03d},{row % 3}\n"
            )


def read_all(node: Node) -> None:
    """All pages of the source, without storing them."""
    clock = SystemClock()
    source = open_source(node.config, "bench", clock)
    after, ended = "", False
    while not ended:
        page = source.read(after, PAGE, Deadline.after(clock, 60))
        assert isinstance(page, ReadingPage)
        after, ended = page.through, page.ended


def timed(call: Callable[[], Any]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
