"""Files that are there whole or not at all, whenever the writer is killed, and however many write the same one.

A file is written under a temporary name and renamed when it is complete. The writer holds a lock on it until then, so
that `clean_leftovers` can tell the files of killed writers from those of living ones.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX = ".maas-"
"""Temporary files are named so; anything else in a folder is left alone."""


@contextmanager
def new_file(temporary: Path, target: Path, *, durable: bool) -> Iterator[BinaryIO]:
    """A file to write to, which becomes `target` at the end of the block, replacing what was there.

    `temporary` is a folder of the same file system. With `durable`, both bytes and name survive a power cut once the
    block has ended. Raises OSError; then, or if the block raises, `target` is as it was.
    """
    descriptor, path = _create_locked(temporary)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield file
            if durable:
                os.fsync(descriptor)
            path.rename(target)
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(target.parent)


def write_whole(temporary: Path, target: Path, data: bytes, *, durable: bool) -> None:
    """Write all of a file at once; see `new_file`."""
    with new_file(temporary, target, durable=durable) as file:
        write_all(file, data)


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write all bytes to an unbuffered file, which may take fewer at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clean_leftovers(temporary: Path) -> int:
    """Delete the temporary files of writers that are dead; returns how many."""
    return sum(_delete_if_abandoned(path) for path in temporary.glob(f"{PREFIX}*"))


def _create_locked(temporary: Path) -> tuple[int, Path]:
    while True:
        path = temporary / f"{PREFIX}{os.getpid()}-{secrets.token_hex(8)}"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        # Between creation and lock a cleaner may take the file for a leftover; then it holds or has held the lock.
        if _lock(descriptor) and os.fstat(descriptor).st_nlink:
            return descriptor, path
        os.close(descriptor)


def _delete_if_abandoned(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        abandoned = _lock(descriptor)
        if abandoned:
            path.unlink(missing_ok=True)
        return abandoned
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
