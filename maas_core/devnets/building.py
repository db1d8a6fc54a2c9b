"""Commands written in Go: built once for each version and kept outside any work tree, or found on this machine."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from maas_core.errors import UnavailableError, UsageError

Progress = Callable[[str], None]
LAST_LINES = 15
"""How much of a failed build's output an error message shows."""
SOURCE_FILES = ("*.go", "go.mod", "go.sum")
VERSION_SECONDS = 20


def go_tool(
    name: str,
    source: Path | str,
    packages: Sequence[str],
    toolchain: str = "",
    *,
    mod: str = "readonly",
    progress: Progress = lambda _: None,
) -> Path:
    """The folder that holds the commands `packages` (import paths; each is called like its last element).

    `source` is a folder with go.mod, go.sum and Go files that import the commands, or "module@version". `toolchain`
    (e.g. "go1.22.12") is what Go fetches if it is another one. They are built when this is asked for the first time;
    processes that ask meanwhile wait. Raises `UsageError` without Go, `UnavailableError` if the build fails.
    """
    place = cache_folder() / f"{name}-{_digest(source, packages, toolchain, mod)}"
    with _locked(place.with_name(f"{place.name}.lock")):
        if place.is_dir():
            return place
        go = shutil.which("go")
        if go is None:
            raise UsageError(f"{name} is built from source, and there is no `go` on the PATH: install Go, or {name}")
        progress(f"building {name}, once (minutes)")
        with TemporaryDirectory(prefix=f"{name}-", dir=place.parent) as scratch:
            built = Path(scratch, "bin")
            built.mkdir()
            environment = {**os.environ, "GOFLAGS": "", "GOBIN": str(built), "GOWORK": "off"}
            if toolchain:
                environment["GOTOOLCHAIN"] = toolchain
            for command, folder in _commands(go, source, packages, mod, Path(scratch), built):
                _run(name, command, folder, environment)
            built.rename(place)
    return place


def fitting_binary(
    name: str, named: Path | None, version: Sequence[str], fits: Callable[[str], bool], wanted: str
) -> Path | None:
    """The command that the settings name, else one of this name from the PATH; None if that is missing or unfit.

    `version` are the arguments that make it print its version, `fits` judges what it prints, `wanted` says in words
    what fits. Raises `UsageError` if the one that the settings name is missing or unfit.
    """
    found = named or (Path(path) if (path := shutil.which(name)) else None)
    if found is None:
        return None
    printed = _printed(found, version)
    if printed is not None and fits(printed):
        return found
    if named is None:
        return None
    raise UsageError(f"{named} cannot be used: wanted is {wanted}, it is {_one_line(printed) or 'no such command'}")


def cache_folder() -> Path:
    """Where built commands are kept: $XDG_CACHE_HOME/maas, else ~/.cache/maas."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maas"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error.strerror}): name another by XDG_CACHE_HOME") from None
    return folder


def _digest(source: Path | str, packages: Sequence[str], toolchain: str, mod: str) -> str:
    """Names what is built, and for what machine."""
    told = [*packages, toolchain, mod, platform.system(), platform.machine()]
    hashed = hashlib.sha256("\n".join(told).encode())
    if isinstance(source, str):
        hashed.update(source.encode())
    else:
        for file in _files(source):
            hashed.update(f"\n{file.relative_to(source)}\n".encode() + file.read_bytes())
    return hashed.hexdigest()[:16]


def _files(folder: Path) -> list[Path]:
    return sorted(file for pattern in SOURCE_FILES for file in folder.rglob(pattern))


def _commands(
    go: str, source: Path | str, packages: Sequence[str], mod: str, scratch: Path, built: Path
) -> Iterator[tuple[list[str], Path]]:
    """What to run, and where. A folder is copied first, so that a build never changes it."""
    if isinstance(source, str):
        _, _, version = source.partition("@")
        yield from (([go, "install", "-trimpath", f"{package}@{version}"], scratch) for package in packages)
        return
    copy = scratch / "source"
    copy.mkdir()
    for file in _files(source):
        target = copy / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    yield [go, "build", "-trimpath", f"-mod={mod}", "-o", f"{built}{os.sep}", *packages], copy


def _run(name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-LAST_LINES:])
        raise UnavailableError(f"{name} cannot be built, `{' '.join(command[1:])}` says:\n{last}")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock that dies with its process."""
    with file.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _printed(command: Path, arguments: Sequence[str]) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - a command that the user named, or has on the PATH
            [command, *arguments], capture_output=True, text=True, check=False, timeout=VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout + done.stderr if done.returncode == 0 else None


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())[:200]
