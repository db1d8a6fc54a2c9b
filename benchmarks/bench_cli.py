"""How long `maasctl` takes to start, as a user at a prompt sees it."""

import statistics
import subprocess
import sys
import time

from benchmarks.figures import Figure

ROUNDS = 21
TARGET_SECONDS = 0.35


def run() -> list[Figure]:
    """The median of `maasctl --help`, a new process each time; the first one, which fills caches, is left out."""
    command = [sys.executable, "-m", "maas_core.cli", "--help"]
    seconds = [_seconds(command) for _ in range(ROUNDS + 1)][1:]
    return [Figure("maasctl --help, median", statistics.median(seconds), "s", TARGET_SECONDS, "lower")]


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return time.perf_counter() - begun
