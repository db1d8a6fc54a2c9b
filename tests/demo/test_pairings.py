"""The demo on every pairing of real ledgers and real storages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 1500
"""Seconds; a ledger with blocks of a second takes minutes, and other stages may run beside."""


@pytest.mark.parametrize("storage", ["ipfs", "s3"])
@pytest.mark.parametrize("ledger", ["eth", "fabric"])
def test_the_demo_comes_to_the_same_on_any_ledger_and_storage(tmp_path: Path, ledger: str, storage: str) -> None:
    options = ["--ledger", ledger, "--storage", storage, "--short", "--json", "figures.json", "--report", "report.html"]
    done = subprocess.run(
        [sys.executable, "-m", "maas_core.cli", "demo", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures.pop("seconds") > 0
    assert figures.pop("tickets") >= 3
    assert figures.pop("invoices") >= 10
    assert figures == {
        "ledger": ledger,
        "storage": storage,
        "readings": 31 * 96 * 7 + 28 * 96 * 7 + 31 * 96 * 7 + 22_683,
        "batches": 12,
        "anchors": 12,
        "disputes": 1,
        "rulings": 1,
        "all_recomputed": True,
        "verified": True,
    }
    assert "settled" in done.stdout
