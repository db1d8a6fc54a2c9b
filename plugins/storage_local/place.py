"""One directory of objects.

maas-storage        says that this is one, and of which layout
objects/ab/abcd...  an object under the hex digits of its SHA-256; the first two name the folder
objects/ab/abcd....retain   until when it must not be released, seconds UTC in decimal
locks/ab            held while the retention of an object in that folder is looked at or changed
temporary/          files on their way in
"""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maas_core.errors import StoreError
from maas_core.objects.atomic_file import clean_leftovers, sync_folder, write_whole
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import ReleaseStatus

_LAYOUT = b"maas storage, layout 1\n"
_MARKER = "maas-storage"
_LOCK_POLL = 0.002
_FOLDERS = tuple(f"{number:02x}" for number in range(256))


class Place:
    """One directory of objects. Every call may raise OSError."""

    def __init__(self, directory: Path) -> None:
        self.name = str(directory)
        self._directory = directory
        self._objects = directory / "objects"
        self._temporary = directory / "temporary"
        self._locks = directory / "locks"

    def prepare(self) -> None:
        """Make the directory one of objects if it is empty; clean what killed writers left.

        Raises `StoreError` if it holds something else.
        """
        marker = self._directory / _MARKER
        if not marker.exists():
            self._lay_out(marker)
        if marker.read_bytes() != _LAYOUT:
            raise StoreError(f"{marker} is of another layout; open it with the version that made it")
        if os.access(self._temporary, os.W_OK):
            clean_leftovers(self._temporary)

    def read(self, digest: bytes) -> bytes | None:
        """The bytes as they are on disk; None if there are none."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            self._check_mounted()
            return None

    def holds(self, digest: bytes) -> int | None:
        """The size of an object that is here undamaged."""
        try:
            data = self.read(digest)
        except OSError as error:
            if error.errno == errno.EIO:
                return None
            raise
        return len(data) if data is not None and hashlib.sha256(data).digest() == digest else None

    def write(self, digest: bytes, data: bytes) -> None:
        """Make an object durable; a damaged one is replaced."""
        path = self._path(digest)
        if _holds(path, digest, data):
            sync_folder(path.parent)  # whoever wrote it may not have come this far
        else:
            write_whole(self._temporary, path, data, durable=True)

    def retained_until(self, digest: bytes) -> int | None:
        """Until when the object is retained, seconds UTC."""
        path = self._retention(digest)
        try:
            text = path.read_text("ascii")
        except FileNotFoundError:
            return None
        if not text.strip().isdigit():
            raise StoreError(f"{path} must hold seconds UTC in decimal; the object counts as retained until it does")
        return int(text)

    def retain(self, digest: bytes, until: int, deadline: Deadline) -> None:
        """Retain an object that is here or about to be; an earlier date than before changes nothing."""
        with self._locked(digest, deadline):
            if until > (self.retained_until(digest) or 0):
                write_whole(self._temporary, self._retention(digest), b"%d\n" % until, durable=True)

    def remove(self, digest: bytes, now: int, deadline: Deadline) -> ReleaseStatus:
        """Delete an object unless it is retained."""
        path = self._path(digest)
        with self._locked(digest, deadline):
            if not path.exists():
                self._check_mounted()
                return ReleaseStatus.ABSENT
            if (self.retained_until(digest) or 0) > now:
                return ReleaseStatus.RETAINED
            self._retention(digest).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        return ReleaseStatus.RELEASED

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._objects / name[:2] / name

    def _retention(self, digest: bytes) -> Path:
        return self._path(digest).with_suffix(".retain")

    def _check_mounted(self) -> None:
        """What is absent from an unmounted disk is not absent."""
        (self._directory / _MARKER).stat()

    def _lay_out(self, marker: Path) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        known = {"objects", "temporary", "locks", "lost+found", _MARKER}
        if strange := sorted({entry.name for entry in self._directory.iterdir()} - known):
            raise StoreError(f"{self._directory} holds {strange[0]}; a storage needs an empty directory or its own")
        for folder in (self._temporary, self._locks, *(self._objects / name for name in _FOLDERS)):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self._objects, self._directory, self._directory.parent):
            sync_folder(folder)
        write_whole(self._temporary, marker, _LAYOUT, durable=True)

    @contextmanager
    def _locked(self, digest: bytes, deadline: Deadline) -> Iterator[None]:
        path = self._locks / digest.hex()[:2]
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            while not _try_lock(descriptor):
                if deadline.passed():
                    raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock", str(path))
                time.sleep(_LOCK_POLL)
            yield
        finally:
            os.close(descriptor)


def _holds(path: Path, digest: bytes, data: bytes) -> bool:
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno == errno.EIO:
            return False
        raise
    return there == data or hashlib.sha256(there).digest() == digest


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
