"""How long `maasctl` takes to start, as a user at a prompt sees it."""

import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.figures import Figure

ROUNDS = 11
MAASCTL = [sys.executable, "-m", "maas_core.cli"]


def run() -> list[Figure]:
    """Medians over new processes; the first one, which fills caches, is left out."""
    with tempfile.TemporaryDirectory() as folder:
        _seconds([*MAASCTL, "init", folder, "--name", "bench"])
        status = [*MAASCTL, "--config", f"{folder}/maas.toml", "node", "status"]
        return [
            Figure("maasctl --help, median", _median([*MAASCTL, "--help"]), "s", 0.35, "lower"),
            Figure("maasctl node status, median", _median(status), "s", 0.6, "lower"),
        ]


def _median(command: list[str]) -> float:
    return statistics.median([_seconds(command) for _ in range(ROUNDS + 1)][1:])


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return time.perf_counter() - begun
