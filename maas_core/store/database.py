"""Opening a node's database, and turning its faults into errors that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from maas_core.errors import StoreError
from maas_core.store.tables import REVISION

BUSY_MILLISECONDS = 10_000
"""How long a transaction waits for another process's."""


class Database:
    """One database: SQLite for a single machine, PostgreSQL in production."""

    def __init__(self, url: str) -> None:
        """Raises `StoreError` for an address that cannot be used; connects only when asked something."""
        self._engine = _engine(url)
        snapshot = {"begin": "BEGIN"} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = self._engine.execution_options(**snapshot)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file (or memory) of this machine."""
        return self._engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL and for a database in memory."""
        name = self._engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at its end, or leaves nothing behind. Raises `StoreError`."""
        with self.explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading. Raises `StoreError`."""
        with self.explained(), self._readers.begin() as connection:
            yield connection

    def connect(self) -> Connection:
        """A connection of one's own, e.g. to hold a lock on it. Raises `StoreError`."""
        with self.explained():
            return self._engine.connect()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what goes wrong with the database into a `StoreError` that says what to do."""
        with _explained(self._engine.url.render_as_string(hide_password=True)):
            yield

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to a revision, from nothing or from any earlier one. Raises `StoreError`."""
        from maas_core.store.upgrade import upgrade  # noqa: PLC0415 - only who migrates pays for the tool

        with self.writing() as connection:
            upgrade(connection, revision)

    def check(self) -> None:
        """Whether the tables are of this version. Raises `StoreError`."""
        with self.reading() as connection:
            versioned = inspect(connection).has_table("alembic_version")
            current = (
                connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if versioned else None
            )
        if current != REVISION:
            raise StoreError(
                f"the database has revision {current or 'none'}, this version needs {REVISION}: "
                "run `maasctl node migrate`"
            )

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(url, in_memory=not parsed.database or parsed.database == ":memory:")
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, SQLAlchemyError, ImportError) as error:
        raise StoreError(f"the database address cannot be used ({type(error).__name__}: {error})") from error


def _sqlite_engine(url: str, *, in_memory: bool) -> Engine:
    if in_memory:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not in_memory:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))

    return engine


@contextmanager
def _explained(address: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        told = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        raise StoreError(f"the database {address} {_explanation(told)} ({told})") from error


def _explanation(text: str) -> str:
    known = {
        "disk is full": "has no space left: free some and start again; nothing that was reported as stored is lost",
        "readonly": "is read-only: correct the permissions of the file and of its folder",
        "unable to open": "cannot be opened: check that its folder exists and may be written",
        "not a database": "is not a database: restore it from a copy, or rebuild it from the ledger",
        "malformed": "is damaged: restore it from a copy, or rebuild it from the ledger",
        "database is locked": "is held by another process for too long",
        "connection": "cannot be reached",
        "no such table": "has not been set up: run `maasctl init` or `maasctl node migrate`",
    }
    lower = text.lower()
    return next((advice for mark, advice in known.items() if mark in lower), "failed")
