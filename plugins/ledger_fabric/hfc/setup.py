"""The environment of fabric-sdk-py: made by `maasctl fabric hfc-setup`, kept outside any work tree."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from maas_core.devnets.building import cache_folder
from maas_core.errors import ConfigError, UnavailableError

REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"
WORKER = Path(__file__).resolve().parent / "worker.py"
LAST_LINES = 8


def environment_folder() -> Path:
    """Where it is kept; named after what is in it and for which Python."""
    told = REQUIREMENTS.read_bytes() + sys.version.encode()
    return cache_folder() / f"hfc-{hashlib.sha256(told).hexdigest()[:16]}"


def find_python(named: Path | None) -> Path:
    """The Python that has fabric-sdk-py. Raises `ConfigError` if there is none."""
    if named is not None:
        if not os.access(named, os.X_OK):
            raise ConfigError(f"hfc_python: {named} is no executable; accepted: a Python that has fabric-sdk-py 1.0.0")
        return named
    python = environment_folder() / "bin" / "python"
    if not python.exists():
        raise ConfigError('client = "hfc" needs an environment of its own: run `maasctl fabric hfc-setup` once')
    return python


def make_environment(progress: Callable[[str], None]) -> Path:
    """Make it, if it is not there; returns its Python. Raises `UnavailableError` if something cannot be installed."""
    place = environment_folder()
    with place.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            progress("installing fabric-sdk-py into an environment of its own (a minute)")
            try:
                _run([sys.executable, "-m", "venv", place])
                pip = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
                _run([*pip, "--no-deps", "--requirement", REQUIREMENTS])
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
    return place / "bin" / "python"


def _run(command: list[object]) -> None:
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - Python and pip
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        raise UnavailableError(f"the environment of fabric-sdk-py cannot be made:\n{last}")
