"""One writer, whole transactions, and consistent reading."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from maas_core.errors import BusyError, StoreError
from maas_core.ledgerio.journal import Changes, Folded, NewSubmission
from maas_core.ledgerio.sql import journal as sql_journal
from maas_core.ledgerio.sql.journal import SqlJournal, retract, take_over
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import SubmissionState
from maas_core.store.database import Database
from tests.support.ledgerio import NEW, Bench, block, entry, register

HOLDER = """
import sys
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.store.database import Database
lease = WriterLease(Database(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def address(database: Database) -> str:
    return database._engine.url.render_as_string(hide_password=False)


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """The same database, opened by somebody else."""
    opened = Database(address(database))
    yield opened
    opened.close()


def test_a_second_writer_is_refused_until_the_first_lets_go(database: Database, other: Database) -> None:
    with WriterLease(database) as first:
        with pytest.raises(BusyError, match="sending this node's submissions"):
            WriterLease(other)
        assert first.epoch == 1

    with WriterLease(database) as second:
        assert second.epoch == 2


def test_letting_go_twice_does_no_harm(database: Database) -> None:
    lease = WriterLease(database)
    lease.release()
    lease.release()

    WriterLease(database).release()


def test_the_lease_of_a_killed_process_is_free_at_once(database: Database) -> None:
    command = [sys.executable, "-c", HOLDER, address(database)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(BusyError):
        WriterLease(database)

    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    WriterLease(database).release()


def test_the_refusal_names_the_process_that_writes(sqlite_database: Database) -> None:
    with WriterLease(sqlite_database), pytest.raises(BusyError, match=f"^process {os.getpid()} is sending"):
        WriterLease(sqlite_database)


def test_a_lease_that_could_not_be_completed_holds_nothing(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE chain RENAME TO elsewhere"))
    with pytest.raises(StoreError):
        WriterLease(database)
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO chain"))

    WriterLease(database).release()


def test_a_database_in_memory_needs_no_lock() -> None:
    database = Database("sqlite://")
    database.migrate()

    with WriterLease(database) as one, WriterLease(database) as other:
        assert (one.epoch, other.epoch) == (1, 2)
    database.close()


def test_a_lock_file_that_cannot_be_written_says_so(sqlite_database: Database) -> None:
    assert sqlite_database.file is not None
    sqlite_database.file.with_name("node.sqlite.writer").mkdir()

    with pytest.raises(StoreError, match=r"cannot be written .*: correct the permissions"):
        WriterLease(sqlite_database)


def test_a_writer_that_was_replaced_can_commit_no_more(database: Database) -> None:
    late = SqlJournal(database, take_over(database))
    current = SqlJournal(database, take_over(database))

    with pytest.raises(BusyError, match="taken over"):
        late.commit(Changes(pinned=block(1)))

    current.commit(Changes(pinned=block(2)))
    assert current.load().chain.pinned == block(2)


def test_a_reader_cannot_commit_and_may_submit(database: Database) -> None:
    reader = SqlJournal(database)

    with pytest.raises(BusyError):
        reader.commit(Changes(pinned=block(1)))
    [one] = reader.submit([NewSubmission(b"x" * 16, register(), 5)])

    assert reader.find(b"x" * 16) == one
    assert reader.find(b"y" * 16) is None


def test_a_commit_that_fails_half_way_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = SqlJournal(database, take_over(database))
    [one] = kept.submit([NewSubmission(b"x" * 16, register(), 5)])
    kept.commit(Changes(blocks=[entry(block(1))]))
    before = kept.load()

    def fails(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(sql_journal, "_store_chain", fails)
    changes = Changes([one], [entry(block(2))], folded=Folded(block(1), (entry(block(1)),), []), pinned=block(2))
    with pytest.raises(RuntimeError):
        kept.commit(changes)

    assert kept.load() == before


def test_what_is_read_in_one_view_does_not_change_within_it(database: Database, other: Database) -> None:
    kept = SqlJournal(database)
    kept.submit([NewSubmission(b"x" * 16, register(), 5)])

    with database.reading() as connection:
        count = text("SELECT count(*) FROM submissions")
        before = connection.execute(count).scalar()
        SqlJournal(other).submit([NewSubmission(b"y" * 16, register(), 5)])
        assert connection.execute(count).scalar() == before == 1

    assert len(kept.since(0)) == 2


def test_only_what_nothing_was_signed_of_can_be_taken_back(database: Database) -> None:
    kept = SqlJournal(database, take_over(database))
    fresh, signed = kept.submit([NewSubmission(bytes([n]) * 16, register(bytes([n]) * 16), 5) for n in (1, 2)])
    bench = Bench()
    bench.journal.submit([NewSubmission(signed.id, signed.command, 5)])
    bench.step()
    attempts = bench.one().attempts
    kept.commit(Changes(submissions=[_dead(signed, attempts)]))

    assert [retract(database, one.id) for one in (fresh, fresh, signed)] == [True, False, False]
    found = kept.find(fresh.id)
    assert found is not None
    assert found.state == SubmissionState.RETRACTED
    assert kept.load().submissions[0].id == signed.id


def _dead(one: Any, attempts: Any) -> Any:
    return type(one)(one.seq, one.id, one.command, one.created, one.state, attempts)


def test_an_engine_over_sql_ends_where_one_in_memory_ends(database: Database) -> None:
    benches = [Bench(), Bench()]
    kept = SqlJournal(database, take_over(database))
    benches[1].journal = kept  # type: ignore[assignment]
    for bench in benches:
        bench.restart()
        bench.submit(register())
        bench.step()
        bench.mine()
        bench.step()
        bench.replace_blocks(1)
        bench.step()
        bench.mine(4)
        bench.step()
        bench.restart()
    memory = benches[0].journal

    [stored] = kept.since(0)
    assert (stored, stored.state) == (memory.submissions[1], SubmissionState.FINAL)
    assert kept.load() == memory.load()
    assert {key: kept.read(key) for key in memory.records} == memory.records
    assert benches[1].engine.records()["machine", NEW] == memory.records["machine", NEW]


def test_the_lock_file_lies_beside_the_database(sqlite_database: Database, tmp_path: Path) -> None:
    with WriterLease(sqlite_database):
        assert (tmp_path / "node.sqlite.writer").read_text() == str(os.getpid())
