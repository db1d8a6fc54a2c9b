"""The same memory for a blob of a few mebibytes and for a large one; `make bench` does it for 5 GiB."""

import subprocess
import sys
from pathlib import Path

import pytest

MEBIBYTE = 2**20


def peak_kib(kind: str, folder: Path, size: int) -> int:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.blob", kind, str(folder), str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout.split()[0])


@pytest.mark.parametrize("kind", ["s3", "ipfs"])
def test_memory_does_not_grow_with_the_blob(kind: str, tmp_path: Path) -> None:
    small, large = (peak_kib(kind, tmp_path / str(size), size * MEBIBYTE) for size in (16, 256))
    assert large < small + 24 * 1024
