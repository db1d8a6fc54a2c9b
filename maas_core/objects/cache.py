"""Objects on disk that were fetched before: least recently used go first when a size limit is reached.

The folder may be shared by several processes and deleted at any time. Bytes are checked against their digest on every
read, so nothing here needs to survive a power cut. A cache that cannot be used (a full disk) is a slow one, never an
error.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from maas_core.objects.atomic_file import clean_leftovers, write_whole

_log = logging.getLogger(__name__)
_BLOCK = 4096
"""Small files take at least this much of a disk."""
_KEPT_SHARE = 0.9
"""How full the cache is after an eviction, so that not every write evicts."""
_WRITES_PER_SCAN = 16
"""The folder is measured again after this share of the limit was written: other processes write too."""


@dataclass(frozen=True, slots=True)
class _Entry:
    used_at: int
    size: int
    path: Path


class ObjectCache:
    """A folder with at most about `limit` bytes of objects; each further process may add a sixteenth in between."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._lock = Lock()
        self._unmeasured = 0
        """Bytes written by this process since it last measured the folder."""
        with _harmless("open"):
            folder.mkdir(parents=True, exist_ok=True)
            clean_leftovers(folder)
            self._evict()

    def get(self, digest: bytes) -> bytes | None:
        """The bytes, checked; None if they are not here."""
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).digest() != digest:
            self.drop(digest)
            return None
        with suppress(OSError):
            os.utime(path)
        return data

    def put(self, digest: bytes, data: bytes) -> None:
        """Keep bytes that were checked, unless they alone would take more than a sixteenth of the cache."""
        if len(data) * _WRITES_PER_SCAN > self._limit:
            return
        path = self._path(digest)
        with _harmless("write to"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder, path, data, durable=False)
            self._count(_on_disk(len(data)))

    def drop(self, digest: bytes) -> None:
        """Forget an object."""
        with suppress(OSError):
            self._path(digest).unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes that the cache takes now."""
        return sum(entry.size for entry in self._entries())

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name

    def _count(self, size: int) -> None:
        with self._lock:
            self._unmeasured += size
            due = self._unmeasured * _WRITES_PER_SCAN > self._limit
            if due:
                self._unmeasured = 0
        if due:
            self._evict()

    def _evict(self) -> None:
        with self._eviction_lock() as mine:
            if not mine:
                return
            entries = sorted(self._entries(), key=lambda entry: entry.used_at)
            excess = sum(entry.size for entry in entries) - self._limit
            if excess > 0:
                _delete(entries, excess + int(self._limit * (1 - _KEPT_SHARE)))

    def _entries(self) -> Iterator[_Entry]:
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                status = path.stat()
                yield _Entry(status.st_mtime_ns, _on_disk(status.st_size), path)

    @contextmanager
    def _eviction_lock(self) -> Iterator[bool]:
        """Whether this is the only process and thread that evicts now."""
        descriptor = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)


def _on_disk(size: int) -> int:
    return max(1, -(-size // _BLOCK)) * _BLOCK


def _delete(oldest_first: list[_Entry], size: int) -> None:
    for entry in oldest_first:
        if size <= 0:
            return
        with suppress(OSError):
            entry.path.unlink(missing_ok=True)
        size -= entry.size


@contextmanager
def _harmless(action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _log.warning("cannot %s the object cache: %s", action, error)
