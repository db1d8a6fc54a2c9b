"""One writer for each node's database: a lock that dies with its process, and an epoch that shuts out a late one.

The lock needs no clock: SQLite's writer holds a lock on a file beside the database, PostgreSQL's an advisory lock on
its session; `kill -9` or a lost connection gives either back at once. Should two processes believe to be the writer
all the same, the one that took over last has the higher epoch, and `SqlJournal.commit` refuses the other.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from maas_core.errors import BusyError, StoreError
from maas_core.ledgerio.sql.journal import take_over
from maas_core.store.database import Database

ADVISORY_LOCK = 0x6D616173
"""The number of the writer's lock within one PostgreSQL database."""

GRACE_MILLISECONDS = 500
"""How long PostgreSQL is given to let go of a lock whose holder is gone."""

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was not to be had in time."""


class WriterLease:
    """Held while this process may write. A context manager; `epoch` is for `SqlJournal`."""

    def __init__(self, database: Database) -> None:
        """Raises `BusyError` if another process is the writer."""
        self._file: int | None = None
        self._session: Connection | None = None
        if database.file is not None:
            self._file = _lock_file(database.file.with_name(database.file.name + ".writer"))
        elif not database.is_sqlite:
            self._session = _lock_session(database)
        try:
            self.epoch = take_over(database)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let another process write."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._session is not None:
            with suppress(DBAPIError):  # a lost connection has given the lock back already
                self._session.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": ADVISORY_LOCK})
                self._session.commit()
            self._session.invalidate()
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _lock_file(file: Path) -> int:
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{file} cannot be written ({error.strerror}): correct the permissions") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise BusyError(
            f"process {holder} is sending this node's submissions; it will send new ones too, or can be stopped"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
    return descriptor


def _lock_session(database: Database) -> Connection:
    session = database.connect()
    try:
        with database.explained():
            session.execute(text(f"SET LOCAL lock_timeout = {GRACE_MILLISECONDS}"))
            if _is_taken(session):
                return session
    except BaseException:
        session.close()
        raise
    session.close()
    raise BusyError("another process is sending this node's submissions; it will send new ones too, or can be stopped")


def _is_taken(session: Connection) -> bool:
    """Whether the lock is ours now; the server may need a moment to notice that its last holder was killed."""
    try:
        session.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        session.rollback()
        return False
    session.commit()
    return True
