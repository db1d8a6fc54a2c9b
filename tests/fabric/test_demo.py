"""The whole demo on real peers, from its own devnet to the verified records."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_demo_runs_on_fabric_and_is_verified(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    command = [sys.executable, "-m", "maas_core.cli", "demo", "--ledger", "fabric", "--short"]
    done = subprocess.run(
        [*command, "--report", tmp_path / "report.html", "--json", result],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(result.read_text("utf-8"))
    facts = [line.split() for line in done.stdout.splitlines()]
    assert [words for words in facts if "ledger" in words and "fabric" in words]
    assert [words for words in facts if "verified" in words and "yes" in words]
