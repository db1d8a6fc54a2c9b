"""The same memory for a blob that just fills the window and for a large one; `make bench` does it for 5 GiB."""

import subprocess
import sys
from pathlib import Path

import pytest

MEBIBYTE = 2**20


def peak_mib(kind: str, folder: Path, size: int) -> float:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.blob", kind, str(folder), str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[0])


@pytest.mark.parametrize("kind", ["s3", "ipfs"])
def test_memory_does_not_grow_with_the_blob(kind: str, tmp_path: Path) -> None:
    small, large = (peak_mib(kind, tmp_path / str(size), size * MEBIBYTE) for size in (64, 512))
    assert large < small + 24
