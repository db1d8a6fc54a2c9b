"""The commands in the documentation do what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE = 300
LEFT_OUT = shutil.ignore_patterns(".*", "build", "node_modules", "*.egg-info", "mutants", "vectors", "__pycache__")


def run_commands_of(page: str, folder: Path) -> str:
    """Run all commands of a page in their order in a folder; returns what they printed."""
    commands = "set -euo pipefail\n" + "\n".join(BLOCK.findall((ROOT / page).read_text(encoding="utf-8")))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-x", "-c", commands],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_tutorial_takes_a_machine_from_registration_to_termination(tmp_path: Path) -> None:
    assert "TERMINATED" in run_commands_of("docs/tutorial.md", tmp_path)


def test_the_readme_works_in_a_fresh_environment(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=LEFT_OUT)
    printed = run_commands_of("README.md", checkout)
    assert printed.count("ACTIVE") >= 2
    assert "ledger_local" in printed
