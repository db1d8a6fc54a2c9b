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


def test_an_application_with_a_node_inside_prints_the_bill_that_the_other_side_computes(tmp_path: Path) -> None:
    for file in (ROOT / "examples" / "embed_in_app").iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    printed = run_commands_of("examples/embed_in_app/README.md", tmp_path)
    assert "parts                         121.12 EUR" in printed  # 1,425 parts at 0.085
    assert "rent                            8.00 EUR" in printed  # 8 hours of 744 in March
    assert "To be billed: 129.13 EUR" in printed  # as the OEM's node says


def test_the_embedding_application_has_under_a_hundred_lines() -> None:
    assert len((ROOT / "examples/embed_in_app/app.py").read_text(encoding="utf-8").splitlines()) < 100
