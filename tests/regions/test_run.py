"""`maasctl bench regions` on real networks whose members are in three regions, with the paper's placement."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from maas_core.bench.topology import namespaces

TABLE = Path(__file__).parents[2] / "examples" / "regions" / "paper.toml"
SECONDS = 240
SLOWER = 0.08
"""Seconds that a round trip may take longer than intended, on a machine that does other things too."""
SCENARIO = """
name = "small"
question = "Does the whole way work between regions?"
repetitions = 1
warm_up = 0
duration = 5
drain = 60
baseline = false
network_region = "nowhere"
participants.oem = { region = "moon" }
links = [{ between = ["moon", "nowhere"], delay_ms = 9000 }]
[workload]
kind = "maintenance"
machines = 1
object_bytes = 500
[load]
kind = "closed"
clients = 1
sessions = 1
think_seconds = 0.05
"""


def run(folder: Path, ledger: str) -> int:
    """Measure in a process of its own; returns its id."""
    scenario = folder / "scenario.toml"
    scenario.write_text(SCENARIO)
    command = [sys.executable, "-m", "maas_core.cli", "bench", "regions", str(scenario), "--table", str(TABLE)]
    command += ["--ledger", ledger, "--out", str(folder / "out")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        _, said = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
        return process.pid


@pytest.mark.parametrize(("ledger", "near_maintainer"), [("eth", "signer3"), ("fabric", "peer-maintainer")])
def test_a_scenario_runs_in_three_regions_and_leaves_nothing(tmp_path: Path, ledger: str, near_maintainer: str) -> None:
    pid = run(tmp_path, ledger)
    assert namespaces.existing(f"{namespaces.PREFIX}{pid}-") == []
    [rows] = [pq.read_table(file).to_pylist() for file in (tmp_path / "out").glob("*.parquet")]
    assert {row["outcome"] for row in rows} == {"ok"}
    told: dict[str, Any] = json.loads((tmp_path / "out" / "provenance.json").read_text())["regions"]
    [measured] = told["measured"]
    for one, others in told["intended"].items():
        for other, intended in others.items():
            for when in ("before", "after"):
                assert intended - 0.005 <= measured["between_regions"][one][other][when] < intended + SLOWER
    assert measured["to_processes"]["maintainer"][near_maintainer]["before"] < SLOWER
    assert (
        measured["to_processes"]["oem"][near_maintainer]["before"] > told["intended"]["westeurope"]["japaneast"] - 0.01
    )
    assert told["relay"]["carried"] > 100
    page = (tmp_path / "out" / "report.html").read_text()
    assert "userspace relay over TUN devices" in page
    assert "from japaneast" in page
