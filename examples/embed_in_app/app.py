"""A workshop's own application with a MaaS node inside: takes in its counter file and prints the running bill.

    python app.py CUSTOMER.toml MACHINE COUNTER.csv

The file has a line for each full hour: time (ISO 8601, UTC) and parts made since the line before.
"""

import csv
import sys
from datetime import datetime
from pathlib import Path

import numpy as np

from maas_core.billing.statement import Statement
from maas_core.config import load_config
from maas_core.errors import MaasError
from maas_core.node import Node
from maas_core.plugins import build_plugin_manager
from maas_core.ports.readings import Quality, Readings
from maas_core.ports.telemetry_source import Signal

PARTS = Signal("parts", unit="{part}", decimals=0, interval=3600)


def read_counter(file: Path, machine: str) -> Readings:
    """The application's own format as columns."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    count = len(rows)
    return Readings(
        machines=(machine,),
        signals=(PARTS.name,),
        machine=np.zeros(count, np.int32),
        signal=np.zeros(count, np.int32),
        time=np.array([int(datetime.fromisoformat(row["time"]).timestamp()) for row in rows], np.int64),
        value=np.array([int(row["parts"]) for row in rows], np.int64),
        quality=np.full(count, Quality.GOOD, np.uint8),
    )


def running_bill(node: Node, machine: str, counter: Path) -> Statement:
    """Take the file in, anchor what is new, and compute what the time since the last invoice comes to."""
    node.sync()
    machine_id = node.aliases.resolve("machine", machine)
    readings = read_counter(counter, machine)
    node.readings.add("counter", readings, [PARTS])
    node.telemetry.cut(machine_id, until=int(readings.time.max()) + PARTS.interval)
    node.telemetry.anchor([machine_id])
    return node.billing.running(machine_id).statement


def show(statement: Statement) -> None:
    """Print the bill."""
    scale = 10**statement.digits
    for line in statement.lines:
        print(f"{line.name:<24}{float(line.amount) / scale:>12.2f} {statement.currency}")
    print(f"{'so far':<24}{statement.amount / scale:>12.2f} {statement.currency}")


def main(config: str, machine: str, counter: str) -> int:
    """Run; the exit code is that of `maasctl`."""
    try:
        with Node.open(load_config(Path(config), build_plugin_manager())) as node:
            show(running_bill(node, machine, Path(counter)))
    except MaasError as error:
        print(f"{config}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
