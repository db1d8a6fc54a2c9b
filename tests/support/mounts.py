"""A real small disk, to be filled or made read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system; `disk / name` is a path on it."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def fill(self) -> Path:
        """A file that takes all space that is left."""
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (2**16, 2**12, 1):
                _write_until_full(file.fileno(), bytes(size))
        return filler

    def read_only(self) -> None:
        """Refuse writing from now on."""
        self._remount("ro")

    def writable(self) -> None:
        """Take writing again."""
        self._remount("rw")

    def _remount(self, mode: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{mode}", str(self.folder)], check=True)


def _write_until_full(descriptor: int, block: bytes) -> None:
    try:
        while os.write(descriptor, block) == len(block):
            pass
    except OSError:
        return


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A file system of that size, unmounted at the end; skips without root."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
