"""Folders in which runs keep their networks, and what is left in those of runs that were killed."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from maas_core.bench.network import Place
from maas_core.errors import MaasError

PREFIX, LOCK, DEVNET = "maas-bench-", "run.lock", "devnet-"


@contextmanager
def run_folder() -> Iterator[Path]:
    """A folder for one network, locked while it is in use, removed at the end."""
    folder = Path(mkdtemp(prefix=PREFIX))
    try:
        with (folder / LOCK).open("w") as lock:  # not inherited by processes that are started
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(place: Place, progress: Callable[[str], None]) -> None:
    """End the devnets of this user's runs that were killed, and remove their folders."""
    for folder in sorted(Path(gettempdir()).glob(f"{PREFIX}*")):
        with suppress(OSError), _abandoned(folder):
            progress(f"ending what a run that was killed left in {folder}")
            for left in sorted(folder.glob(f"{DEVNET}*")):
                _end(place, left)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _abandoned(folder: Path) -> Iterator[None]:
    """Hold a folder's lock. Raises `OSError` if it is in use, has no lock, or is somebody else's."""
    found = folder.lstat()
    if found.st_uid != os.getuid() or folder.is_symlink():
        raise PermissionError(f"{folder} is somebody else's")
    with (folder / LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _end(place: Place, folder: Path) -> None:
    name = folder.name.removeprefix(DEVNET)
    if name in place.plugins.devnets.names():
        with suppress(MaasError):
            place.plugins.devnets.get(name).open(place.devnet_settings(name), folder).down()
