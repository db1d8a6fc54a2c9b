"""Mutation testing of one package: `python -m tools.mutants [FOLDER]`, maas_core/protocol by default.

Survivors go to build/mutants.txt; `mutmut show NAME` prints one. Exit status 1 if too few mutants were killed.
Only mutants of changed functions are run again; `rm -r mutants` starts afresh.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tools.toolchain import ROOT

LEAST_KILLED = {"maas_core/protocol": 0.90, "maas_core/ledgerio": 0.85}
REPORT = ROOT / "build" / "mutants.txt"
CAUGHT = {"killed", "timeout", "caught by type check", "segfault"}


def _mutmut(*arguments: str) -> str:
    program = str(Path(sys.executable).parent / "mutmut")
    environment = os.environ | {"HYPOTHESIS_PROFILE": "quick"}
    output = subprocess.PIPE if arguments[0] == "results" else None
    done = subprocess.run([program, *arguments], cwd=ROOT, env=environment, stdout=output, text=True, check=True)
    return done.stdout or ""


def _results(package: str) -> list[tuple[str, str]]:
    lines = _mutmut("results", "--all", "true").splitlines()
    pairs = [line.strip().rsplit(": ", 1) for line in lines if ": " in line]
    return [(name, status) for name, status in pairs if name.startswith(f"{package}.")]


def main(folder: str) -> int:
    """Run, report and return the exit status."""
    package = folder.strip("/").replace("/", ".")
    _mutmut("run", "--max-children", str(os.cpu_count() or 1), f"{package}.*")
    results = _results(package)
    counts = Counter(status for _, status in results)
    killed = sum(counts[status] for status in CAUGHT)
    rate = killed / len(results) if results else 0.0
    REPORT.parent.mkdir(exist_ok=True)
    survivors = [f"{name}: {status}\n" for name, status in results if status not in CAUGHT]
    REPORT.write_text("".join(survivors), encoding="utf-8")
    least = LEAST_KILLED.get(folder.strip("/"), 0.0)
    print(f"\n{dict(counts)}\n{killed} of {len(results)} mutants killed, {rate:.1%} (at least {least:.0%} wanted)")
    return 0 if rate >= least else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "maas_core/protocol"))
