"""Databases of both kinds."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from maas_core.store.database import Database
from tests.support.databases import PostgresServer, postgres_server, sqlite_file


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server())
        except ImportError:
            pytest.skip("PostgreSQL is not tested: pip install 'maas-core[dev]' brings a server")
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """The name of a PostgreSQL database with all tables, to be copied."""
    name = postgres.create()
    database = Database(postgres.url(name))
    database.migrate()
    database.close()
    return name


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty database."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'node.sqlite'}"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An SQLite file with all tables."""
    opened = sqlite_file(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def postgres_database(postgres: PostgresServer, migrated: str) -> Iterator[Database]:
    """A PostgreSQL database with all tables."""
    name = postgres.create(migrated)
    opened = Database(postgres.url(name))
    yield opened
    opened.close()
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database of either kind with all tables."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened
