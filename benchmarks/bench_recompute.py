"""A year at 1 Hz billed, and recomputed by the other party from encrypted batches, in a process with an empty database.

Also how many answers it takes to find the first false hour of that year.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from maas_core.billing.bisection import Local, first_difference
from maas_core.billing.slices import Slice, SliceTree
from maas_core.config import load_config
from maas_core.node import Node
from maas_core.plugins import build_plugin_manager
from maas_core.ports.readings import Readings
from tests.support.billing import AUDITOR, CUSTOMER, DAY, HOUR, JANUARY, TERMS, Trade, trade

DAYS = 366
"""2024 was a leap year."""
MONTH = 30

AUDIT = """
import json, sys, time
from pathlib import Path
from maas_core.config import load_config
from maas_core.node import Node
from maas_core.plugins import build_plugin_manager
from tests.support.memory import peak_mib
with Node.open(load_config(Path(sys.argv[1]), build_plugin_manager(), {})) as node:
    node.sync()
    begun = time.perf_counter()
    [bill] = node.billing.audit(bytes.fromhex(sys.argv[2]))
    took = time.perf_counter() - begun
print(json.dumps([bill.statement_right, took, peak_mib()]))
"""


def run() -> list[Figure]:
    """Bill the year, then audit it."""
    return [*bisection(), *recomputation(DAYS)]


def recomputation(days: int) -> list[Figure]:
    """Seconds and memory of an auditor's process for so many days at 1 Hz."""
    with tempfile.TemporaryDirectory() as folder, trade(Path(folder) / "trade", terms=_terms()) as made:
        for first in range(0, days, MONTH):
            made.take(_readings(made, first, min(first + MONTH, days)))
            made.nodes[CUSTOMER].telemetry.cut(made.machine)
        made.nodes[CUSTOMER].telemetry.anchor()
        made.sync()
        made.issue(JANUARY + days * DAY)
        right, seconds, memory = _audited(made)
    assert right
    count = f"{days * DAY / 1e6:.1f} M readings"
    return [
        Figure(f"recompute an invoice over {count}", seconds, "s", 15, "lower"),
        Figure(f"recompute an invoice over {count}, most memory", memory, "MiB", 1536, "lower"),
    ]


def bisection() -> list[Figure]:
    """The most answers that it takes to find one false hour of a year."""
    hours = [Slice(n, n * HOUR, (n + 1) * HOUR, HOUR, {"energy": n}, {}, {}, {}) for n in range(8760)]
    ours = SliceTree.of(hours)
    most = 0
    for index in range(0, 8760, 97):
        false = list(hours)
        false[index] = Slice(index, index * HOUR, (index + 1) * HOUR, HOUR, {"energy": -1}, {}, {}, {})
        theirs = SliceTree.of(false)
        found = first_difference(ours, theirs.root, theirs.size, Local(theirs))
        assert found is not None
        assert found.index == index
        most = max(most, found.exchanges)
    return [Figure("answers to find one false hour of a year", most, "answers", 14, "lower")]


def _terms() -> dict[str, object]:
    """Energy once a second instead of each quarter of an hour."""
    return {**TERMS, "tariffs": TERMS["tariffs"][:1], "meters": [TERMS["meters"][0]], "sla": []}


def _readings(made: Trade, first: int, last: int) -> Readings:
    time = np.arange(JANUARY + first * DAY, JANUARY + last * DAY, dtype=np.int64)
    zeros = np.zeros(len(time), np.int32)
    return Readings((made.machine.hex(),), ("energy",), zeros, zeros, time, time % 977, np.zeros(len(time), np.uint8))


def _audited(made: Trade) -> tuple[bool, float, float]:
    """By the auditor, whose database and cache are new."""
    machine = made.machine.hex()
    config = made.config(AUDITOR)
    made.close()
    made.nodes = {}
    for file in config.parent.glob("node.db*"):
        file.unlink()
    shutil.rmtree(config.parent / "cache", ignore_errors=True)
    Node.create(load_config(config, build_plugin_manager(), {})).close()
    command = [sys.executable, "-c", AUDIT, str(config), machine]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    right, seconds, memory = json.loads(done.stdout)
    return bool(right), float(seconds), float(memory)
