"""What a keeper remembers: which objects it keeps for whom, and which requests it has seen.

One SQLite file, used by the keeper and by the node's own storage: one daemon has one pin for an object, whoever wants
it, so the last who wants it takes the pin away.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from maas_core.errors import StoreError

BUSY_SECONDS = 10.0
_TABLES = """
create table if not exists kept (
    digest blob not null, key text not null, size integer not null, pinned integer not null,
    primary key (digest, key)
) without rowid;
create table if not exists own (digest blob primary key) without rowid;
create table if not exists seen (key text not null, nonce blob not null, at integer not null, primary key (key, nonce));
create index if not exists seen_at on seen (at);
"""


class Kept:
    """The memory. Safe to use from any number of threads and processes. Raises `StoreError`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with self._writing() as connection:
            connection.executescript(_TABLES)

    def is_new(self, key: str, nonce: bytes, now: int, window: int) -> bool:
        """Whether a request was not seen before; it is from now on, for twice `window` seconds."""
        with self._writing() as connection:
            connection.execute("delete from seen where at < ?", (now - 2 * window,))
            cursor = connection.execute("insert or ignore into seen values (?, ?, ?)", (key, nonce, now))
            return cursor.rowcount == 1

    def reserve(self, digest: bytes, key: str, size: int, quota: int, *, own: bool) -> bool:
        """Count an object against a quota, both in bytes; False: there is no room. Reserved already: True.

        `own`: the daemon had it pinned for somebody who is not counted here: the node itself.
        """
        with self._writing() as connection:
            known = connection.execute("select 1 from kept where digest = ? and key = ?", (digest, key)).fetchone()
            if known is None:
                if _used(connection, key) + size > quota:
                    return False
                others = connection.execute("select 1 from kept where digest = ?", (digest,)).fetchone()
                if own and others is None:
                    connection.execute("insert or ignore into own values (?)", (digest,))
                connection.execute("insert into kept values (?, ?, ?, 0)", (digest, key, size))
            return True

    def confirm(self, digest: bytes, key: str, size: int, quota: int) -> bool:
        """The object is pinned, and this is how large it is; False: so large that the quota is exceeded."""
        with self._writing() as connection:
            update = "update kept set pinned = 1, size = ? where digest = ? and key = ?"
            connection.execute(update, (size, digest, key))
            return _used(connection, key) <= quota

    def forget(self, digest: bytes, key: str) -> bool:
        """No longer keep an object for a key; whether it was kept."""
        with self._writing() as connection:
            cursor = connection.execute("delete from kept where digest = ? and key = ?", (digest, key))
            return cursor.rowcount == 1

    def is_kept(self, digest: bytes, key: str) -> bool:
        """Whether an object is kept for a key."""
        with self._writing() as connection:
            select = "select 1 from kept where digest = ? and key = ?"
            return connection.execute(select, (digest, key)).fetchone() is not None

    def is_wanted(self, digest: bytes) -> bool:
        """Whether anybody still wants the pin, the node itself included as far as it is known here."""
        with self._writing() as connection:
            select = "select 1 from kept where digest = ?1 union select 1 from own where digest = ?1"
            return connection.execute(select, (digest,)).fetchone() is not None

    def set_own(self, digest: bytes, *, wanted: bool) -> bool:
        """The node itself wants an object, or no longer; returns whether it is kept for others."""
        with self._writing() as connection:
            others = connection.execute("select 1 from kept where digest = ?", (digest,)).fetchone() is not None
            if wanted and others:
                connection.execute("insert or ignore into own values (?)", (digest,))
            if not wanted:
                connection.execute("delete from own where digest = ?", (digest,))
            return others

    def used(self, key: str) -> int:
        """Bytes that are kept for a key."""
        with self._writing() as connection:
            return _used(connection, key)

    def unfinished(self) -> list[tuple[bytes, str]]:
        """Objects that were reserved by a keeper that was killed before they were pinned."""
        with self._writing() as connection:
            return [(bytes(digest), str(key)) for digest, key in connection.execute(
                "select digest, key from kept where pinned = 0"
            )]  # fmt: skip

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._file, timeout=BUSY_SECONDS)) as connection:
                connection.execute("begin immediate")
                yield connection
                connection.commit()
        except sqlite3.Error as error:
            raise StoreError(f"{self._file}: {error}") from None


def _used(connection: sqlite3.Connection, key: str) -> int:
    return int(connection.execute("select coalesce(sum(size), 0) from kept where key = ?", (key,)).fetchone()[0])
