"""A storage: objects as rows of one SQLite file."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from maas_core.errors import UsageError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import MAX_OBJECT, Missing, ObjectStat, PutStatus, ReleaseStatus, StorageProfile, Stored
from maas_core.ports.workflow import Unavailable


@dataclass(frozen=True)
class Settings:
    """Table [storage.NAME.settings]."""

    file: Path = field(metadata={"help": "The file; it is made when it is first needed."})


class Drawer:
    """Every call opens the file for itself, so threads and processes may use it at once."""

    profile = StorageProfile("drawer")

    def __init__(self, settings: Settings, _context: Context) -> None:
        self._file = settings.file
        self._file.parent.mkdir(parents=True, exist_ok=True)

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        if retain_until is not None:
            raise UsageError("this storage retains nothing")
        if len(data) > MAX_OBJECT:
            raise UsageError(f"an object has at most {MAX_OBJECT} bytes")
        done = self._do("INSERT OR REPLACE INTO object VALUES (?, ?)", (digest, data), deadline)
        return done if isinstance(done, Unavailable) else Stored(PutStatus.DURABLE)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        rows = self._do("SELECT data FROM object WHERE digest = ?", (digest,), deadline)
        if isinstance(rows, Unavailable):
            return rows
        return bytes(rows[0][0]) if rows else Missing.ABSENT

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        data = self.get(digest, deadline)
        if not isinstance(data, bytes):
            return data
        return ObjectStat(len(data), replicas=1) if sha256(data).digest() == digest else Missing.ABSENT

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        raise UsageError("this storage has one place only")

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        rows = self._do("DELETE FROM object WHERE digest = ? RETURNING 1", (digest,), deadline)
        if isinstance(rows, Unavailable):
            return rows
        return ReleaseStatus.RELEASED if rows else ReleaseStatus.ABSENT

    def close(self) -> None:
        """Nothing is kept open."""

    def _do(self, statement: str, values: tuple[bytes, ...], deadline: Deadline) -> list[Any] | Unavailable:
        if deadline.passed():
            return Unavailable("no time left")
        try:
            with closing(sqlite3.connect(self._file, timeout=deadline.remaining())) as connection, connection:
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("CREATE TABLE IF NOT EXISTS object (digest BLOB PRIMARY KEY, data BLOB)")
                return connection.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            return Unavailable(str(error))
