"""A database that cannot be used says what to do; nothing is lost, and it is usable again afterwards."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text

from maas_core.errors import StoreError
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.store.database import Database
from tests.support.databases import PostgresServer, sqlite_file
from tests.support.ledgerio import register

ROOT = os.geteuid() == 0


def intents(first: int, count: int) -> list[NewSubmission]:
    return [
        NewSubmission(n.to_bytes(16, "big"), register(n.to_bytes(16, "big")), 5) for n in range(first, first + count)
    ]


def fill(journal: SqlJournal) -> int:
    """Store until there is no space left; returns how many were reported as stored."""
    for number in range(1, 100_000):
        try:
            journal.submit(intents(1 + number * 10, 10))
        except StoreError as error:
            assert "has no space left: free some and start again" in str(error)  # noqa: PT017
            return (number - 1) * 10
    raise AssertionError("the disk was never full")


def mount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    mount(tmp_path, "size=1m")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.skipif(not ROOT, reason="only root can mount a small disk; the next test fills a database without one")
def test_a_full_disk_loses_nothing_and_is_usable_again_with_space(small_disk: Path) -> None:
    database = sqlite_file(small_disk)
    stored = fill(SqlJournal(database))
    assert len(SqlJournal(database).since(0)) == stored > 0

    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    SqlJournal(database).submit(intents(1, 5))
    database.close()

    again = Database(f"sqlite:///{small_disk / 'node.sqlite'}")
    assert len(SqlJournal(again).since(0)) == stored + 5
    again.close()


def test_a_database_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    database = sqlite_file(tmp_path)

    @event.listens_for(database._engine, "begin")
    def limit(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 60")  # type: ignore[attr-defined]

    stored = fill(SqlJournal(database))

    assert len(SqlJournal(database).since(0)) == stored > 0
    database.close()


@pytest.mark.skipif(not ROOT, reason="only root can mount a disk read-only")
def test_a_read_only_disk_is_named_and_usable_again_when_it_is_not(small_disk: Path) -> None:
    database = sqlite_file(small_disk)
    SqlJournal(database).submit(intents(1, 2))
    database.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    with pytest.raises(StoreError, match=r"is read-only: correct the permissions|cannot be opened: check"):
        SqlJournal(database).submit(intents(3, 1))
    database.close()

    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    SqlJournal(database).submit(intents(3, 1))
    assert len(SqlJournal(database).since(0)) == 3
    database.close()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "node.sqlite"
    file.write_bytes(b"these are not the bytes of a database" * 100)
    database = Database(f"sqlite:///{file}")

    with pytest.raises(StoreError, match="is not a database: restore it from a copy, or rebuild it from the ledger"):
        database.migrate()

    assert file.read_bytes().startswith(b"these are not")
    database.close()


def test_a_file_that_was_cut_off_is_named_as_damaged(tmp_path: Path) -> None:
    database = sqlite_file(tmp_path)
    SqlJournal(database).submit(intents(1, 500))
    database.close()
    file = tmp_path / "node.sqlite"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    with pytest.raises(StoreError, match="is damaged: restore it from a copy"):
        SqlJournal(database).since(0)
    database.close()


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'node.sqlite'}")

    with pytest.raises(StoreError, match="cannot be opened: check that its folder exists and may be written"):
        database.migrate()

    (tmp_path / "missing").mkdir()
    database.migrate()
    database.check()
    database.close()


def test_a_database_without_tables_says_how_to_get_them(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'node.sqlite'}")

    with pytest.raises(StoreError, match="has not been set up: run `maasctl init` or `maasctl node migrate`"):
        SqlJournal(database).load()
    database.close()


def test_a_database_that_somebody_else_holds_for_too_long_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maas_core.store.database.BUSY_MILLISECONDS", 1)
    database, holder = sqlite_file(tmp_path), Database(f"sqlite:///{tmp_path / 'node.sqlite'}")

    with holder.writing(), pytest.raises(StoreError, match="is held by another process for too long"):
        SqlJournal(database).submit(intents(1, 1))

    SqlJournal(database).submit(intents(1, 1))
    database.close()
    holder.close()


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite+nothing:///x", "oracle9://x"], ids="abcd")
def test_an_address_that_cannot_be_used_is_refused_when_it_is_opened(url: str) -> None:
    with pytest.raises(StoreError, match="the database address cannot be used"):
        Database(url)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    database = Database("postgresql+psycopg://user:secret@127.0.0.1:1/node")

    with pytest.raises(StoreError, match="cannot be reached") as caught:
        SqlJournal(database).load()

    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError):
        database.connect()
    database.close()


def test_a_connection_that_the_server_ended_is_replaced(postgres: PostgresServer, migrated: str) -> None:
    name = postgres.create(migrated)
    database = Database(postgres.url(name))
    journal = SqlJournal(database)
    journal.submit(intents(1, 1))
    engine = create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(ended, {"name": name})
    engine.dispose()

    journal.submit(intents(2, 1))

    assert len(journal.since(0)) == 2
    database.close()
    postgres.drop(name)


def test_a_database_in_memory_has_no_file_and_one_on_disk_has(tmp_path: Path) -> None:
    on_disk = Database(f"sqlite:///{tmp_path / 'node.sqlite'}")

    assert (Database("sqlite://").file, Database("sqlite:///:memory:").file) == (None, None)
    assert (on_disk.file, on_disk.is_sqlite) == (tmp_path / "node.sqlite", True)
    assert Database("postgresql+psycopg://localhost/node").file is None
    assert not Database("postgresql+psycopg://localhost/node").is_sqlite
