"""Run the project's checks: `python -m tools.testrun check|test|equivalence`.

Each stage writes build/logs/<stage>.log. At the end a table says what passed, what failed and what was skipped and
why. With MAAS_FORBID_SKIP=1 whatever is skipped, a stage or a single test, is a failure.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from tools.counts import Counts, count_tests
from tools.stages import GROUPS, Phase, Stage

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "logs"
FORBID_SKIP = os.environ.get("MAAS_FORBID_SKIP") == "1"
TAIL_LINES = 80

_printing = Lock()


@dataclass(frozen=True)
class Result:
    """What became of one stage; `note` is the reason of a skip or the counts of its tests."""

    stage: Stage
    status: str
    seconds: float = 0.0
    note: str = ""
    counts: Counts = field(default_factory=Counts)


def missing(need: str) -> str | None:
    """Return why a need is not met: it is a program, or a glob pattern (it has a slash) below the root."""
    if "/" in need:
        return None if any(ROOT.glob(need)) else f"no {need}"
    return None if shutil.which(need) else f"{need} is not installed"


def run(stage: Stage) -> Result:
    """Run one stage, log it and print what a reader wants to see of it."""
    reasons = [reason for need in stage.needs if (reason := missing(need))]
    if reasons:
        return Result(stage, "skipped", note=", ".join(reasons), counts=Counts(skipped=1))
    started = time.monotonic()
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        stage.command,
        cwd=ROOT / stage.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    seconds = time.monotonic() - started
    (LOGS / f"{stage.name}.log").write_text(done.stdout, encoding="utf-8")
    counts = count_tests(done.stdout, ok=done.returncode == 0)
    result = Result(stage, _status(done.returncode, counts), seconds, str(counts), counts)
    _show(result, done.stdout)
    return result


def _status(code: int, counts: Counts) -> str:
    if code == 0 and counts.skipped and FORBID_SKIP:
        return "failed"
    return "passed" if code == 0 else "failed"


def _show(result: Result, output: str) -> None:
    lines = output.rstrip().splitlines()
    shown = lines if result.stage.show else lines[-TAIL_LINES:] if result.status == "failed" else []
    with _printing:
        print(f"== {result.stage.name}: {result.status} in {result.seconds:.1f} s", flush=True)
        for line in shown:
            print(f"   {line}")


def run_all(stages: Iterable[Stage]) -> list[Result]:
    """Run set-up stages in turn, then the light ones in pairs, then those that use all cores."""
    stages = list(stages)
    by_phase = {phase: [stage for stage in stages if stage.phase is phase] for phase in Phase}
    results = [run(stage) for stage in by_phase[Phase.SETUP]]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results += pool.map(run, by_phase[Phase.LIGHT])
    results += [run(stage) for stage in by_phase[Phase.ALL_CORES]]
    return results


def report(results: list[Result]) -> bool:
    """Print the table and the closing line; return whether all is well."""
    width = max(len(result.stage.name) for result in results)
    print("\nstage".ljust(width + 1), " status   seconds  note")
    for result in results:
        print(f"{result.stage.name:<{width}}  {result.status:<8}{result.seconds:>7.1f}  {result.note}")
    skipped = sum(result.counts.skipped for result in results)
    if FORBID_SKIP and skipped:
        print("skipping is forbidden here (MAAS_FORBID_SKIP=1)")
    total = sum((result.counts for result in results), Counts())
    print(total, flush=True)
    failed = any(result.status == "failed" for result in results)
    return not failed and not (FORBID_SKIP and skipped)


def main(arguments: list[str]) -> int:
    """Run the named group of stages; exit status 1 if anything failed, 2 if there is no such group."""
    if len(arguments) != 1 or arguments[0] not in GROUPS:
        print(f"usage: testrun.py {'|'.join(GROUPS)}", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    return 0 if report(run_all(GROUPS[arguments[0]])) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
