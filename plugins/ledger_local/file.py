"""The file of the log: how it is made and opened, and what can be wrong with it, in words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from maas_core.errors import ConfigError, IntegrityError, StoreError

APPLICATION_ID = 0x4D61614C
"""How SQLite files of this kind are told from others: "MaaL"."""
VERSION = 1
LOG_ID_SIZE = 32

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE log (id BLOB NOT NULL) STRICT;
CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    time INTEGER NOT NULL,
    sender BLOB NOT NULL,
    tx BLOB NOT NULL UNIQUE,
    payload BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TABLE hidden (due INTEGER PRIMARY KEY, first INTEGER NOT NULL) STRICT;
"""
"""`hidden` has a row for each block that is not shown yet: when it will be (ms), and its first entry."""

PROBES = (
    "SELECT position, digest, time, sender, tx, payload, signature FROM entry ORDER BY position DESC LIMIT 1",
    "SELECT position FROM entry WHERE tx = x'00'",
    "SELECT due, first FROM hidden ORDER BY first",
)
"""What the log will ask: a file that was cut off or whose tables are others fails here."""

DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def open_file(path: Path) -> tuple[sqlite3.Connection, bytes]:
    """A connection and the log's id; makes the file if there is none.

    Raises ConfigError for a file of another kind, StoreError for one that cannot be used, IntegrityError for damage.
    """
    with _explained(path):
        if not path.exists():
            _create(path)
        if path.stat().st_size == 0:
            raise IntegrityError(f"{path} is empty: a log never is; restore it, or remove it to begin a new one")
        return _connect(path)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the error says that the file's content is broken, as opposed to busy, full or not writable."""
    return error_name(error).startswith(DAMAGED)


def error_name(error: sqlite3.Error) -> str:
    """SQLite's name of an error, e.g. SQLITE_BUSY."""
    name: str = getattr(error, "sqlite_errorname", "")
    return name


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if error_name(error) == "SQLITE_NOTADB":
            raise ConfigError(f"{path} is not a log of this ledger: name another path") from error
        if is_damage(error):
            raise IntegrityError(f"{path} is damaged or cut off ({error}): restore it") from error
        raise StoreError(f"{path} cannot be opened: {error}") from error
    except UnicodeDecodeError as error:
        raise IntegrityError(f"{path} is damaged (its table of contents cannot be read): restore it") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}") from error


def _create(path: Path) -> None:
    """Make the file beside its place and link it there when complete: nobody ever sees half of one."""
    draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(SCHEMA)
            connection.execute("INSERT INTO log VALUES (?)", (os.urandom(LOG_ID_SIZE),))
        _link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first; its file is as good
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _connect(path: Path) -> tuple[sqlite3.Connection, bytes]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _check_format(path, connection)
        connection.execute("PRAGMA synchronous = FULL")
        log_id = _log_id(path, connection)
        for probe in PROBES:
            connection.execute(probe).fetchall()
    except BaseException:
        connection.close()
        raise
    return connection, log_id


def _log_id(path: Path, connection: sqlite3.Connection) -> bytes:
    rows = connection.execute("SELECT id FROM log").fetchall()
    if len(rows) != 1 or not isinstance(rows[0][0], bytes) or len(rows[0][0]) != LOG_ID_SIZE:
        raise IntegrityError(f"{path} is damaged (it has lost its name): restore it")
    return rows[0][0]


def _check_format(path: Path, connection: sqlite3.Connection) -> None:
    [(application,)] = connection.execute("PRAGMA application_id")
    [(version,)] = connection.execute("PRAGMA user_version")
    if application != APPLICATION_ID:
        raise ConfigError(f"{path} is a database, but not a log of this ledger: name another path")
    if version != VERSION:
        raise StoreError(f"{path} has format {version}, this version reads {VERSION}: use the version that wrote it")
