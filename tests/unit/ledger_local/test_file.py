"""Files that cannot be used, and clocks that cannot be trusted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
from maas_ledger_local.log import LocalLog, Settings, open_log

from maas_core.errors import ConfigError, IntegrityError, SignerError, StoreError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.ordered_log import LogEntry
from maas_core.ports.signer import Scheme
from maas_core.ports.workflow import Broadcast, BroadcastStatus, Unavailable
from tests.support.keys import Ed25519Signer

NAME = "ledger.db"


@dataclass
class TestClock:
    """Stands still until it is set."""

    __test__ = False
    calendar: int = 1_770_000_000
    uptime: float = 1_000.0

    def now(self) -> int:
        return self.calendar

    def monotonic(self) -> float:
        return self.uptime


def soon() -> Deadline:
    return Deadline.after(SystemClock(), 5)


def opened(folder: Path, clock: Clock | None = None, **settings: int) -> LocalLog:
    return open_log(Settings(**settings), Context(clock or SystemClock(), Ed25519Signer(), folder))  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LocalLog]:
    log = opened(tmp_path)
    yield log
    log.close()


def appended(log: LocalLog, payload: bytes) -> Broadcast:
    [outcome] = log.append([log.seal(payload)], soon())
    return outcome


def entries_of(log: LocalLog) -> list[LogEntry]:
    entries = log.read(0, 100, soon())
    assert isinstance(entries, list)
    return entries


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / NAME)) as connection, connection:
        connection.execute("CREATE TABLE recipe (name)")
    with pytest.raises(ConfigError, match="not a log of this ledger"):
        opened(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("a recipe" * 100)
    with pytest.raises(ConfigError, match="not a log of this ledger"):
        opened(tmp_path)


def test_a_log_of_a_later_version_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(StoreError, match="format 2"):
        opened(tmp_path)


@pytest.mark.parametrize("size", [0, 1, 99, 100, 4096, 5000, 8192])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, size: int) -> None:
    log = opened(tmp_path)
    for n in range(30):
        appended(log, b"payload %d" % n * 50)
    log.close()
    content = (tmp_path / NAME).read_bytes()
    assert len(content) > size
    (tmp_path / NAME).write_bytes(content[:size])
    with pytest.raises((ConfigError, IntegrityError), match=NAME):
        opened(tmp_path)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        opened(tmp_path / "nowhere")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        opened(tmp_path)


def test_a_key_of_another_scheme_is_refused(tmp_path: Path) -> None:
    signer = Ed25519Signer()
    signer.scheme = Scheme.P256
    with pytest.raises(SignerError, match="ed25519"):
        open_log(Settings(), Context(SystemClock(), signer, tmp_path))


def test_who_has_no_key_can_read_and_not_sign(tmp_path: Path, log: LocalLog) -> None:
    appended(log, b"payload")
    reader = open_log(Settings(), Context(SystemClock(), None, tmp_path))
    assert entries_of(reader) == entries_of(log)
    with pytest.raises(SignerError, match="only reads"):
        reader.seal(b"payload")
    with pytest.raises(SignerError, match="only reads"):
        reader.identity()
    reader.close()


def test_a_full_disk_is_unavailable_and_loses_nothing(log: LocalLog) -> None:
    appended(log, b"before")
    [(pages,)] = log._connection.execute("PRAGMA page_count")
    log._connection.execute(f"PRAGMA max_page_count = {pages}")
    attempt = log.seal(bytes(100_000))
    [outcome] = log.append([attempt], soon())
    assert (outcome.status, "full" in outcome.reason) == (BroadcastStatus.UNAVAILABLE, True)
    log._connection.execute("PRAGMA max_page_count = 1000000")
    assert log.append([attempt], soon())[0].status is BroadcastStatus.ACCEPTED
    assert [entry.payload for entry in entries_of(log)] == [b"before", bytes(100_000)]


def test_a_file_that_may_not_be_written_is_unavailable_for_appends_and_can_be_read(log: LocalLog) -> None:
    appended(log, b"before")
    log._connection.execute("PRAGMA query_only = ON")
    outcome = appended(log, b"payload")
    assert (outcome.status, "readonly" in outcome.reason) == (BroadcastStatus.UNAVAILABLE, True)
    assert [entry.payload for entry in entries_of(log)] == [b"before"]


def test_a_locked_file_is_unavailable_when_the_deadline_is_over_and_no_later(tmp_path: Path, log: LocalLog) -> None:
    with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = monotonic()
        [outcome] = log.append([log.seal(b"payload")], Deadline.after(SystemClock(), 0.2))
        assert 0.1 < monotonic() - begun < 2
        assert (outcome.status, "locked" in outcome.reason) == (BroadcastStatus.UNAVAILABLE, True)
        assert entries_of(log) == []
        other.execute("ROLLBACK")
    assert appended(log, b"payload").status is BroadcastStatus.ACCEPTED


def test_damage_that_comes_later_is_an_error_that_says_so(tmp_path: Path, log: LocalLog) -> None:
    for n in range(30):
        appended(log, b"payload %d" % n * 50)
    log._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((tmp_path / NAME).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (tmp_path / NAME).write_bytes(content)
    reader = None
    with pytest.raises(IntegrityError, match="damaged"):
        reader = opened(tmp_path)
    assert reader is None


def test_time_stands_still_while_the_clock_is_behind(tmp_path: Path) -> None:
    clock = TestClock()
    log = opened(tmp_path, clock)
    begin = clock.calendar
    appended(log, b"first")
    clock.calendar -= 3_600
    appended(log, b"second")
    clock.calendar += 3_700
    appended(log, b"third")
    assert [entry.time - begin for entry in entries_of(log)] == [0, 0, 100]
    assert len(list(log.audit())) == 3
    log.close()


def test_entries_of_a_block_appear_together_and_share_their_time(tmp_path: Path) -> None:
    clock = TestClock()
    log = opened(tmp_path, clock, block_interval_ms=2_000)
    begin = clock.calendar
    first = log.seal(b"first")
    log.append([first], soon())
    clock.calendar, clock.uptime = begin + 1, clock.uptime + 1
    appended(log, b"second")
    assert entries_of(log) == []
    assert log.find([first.transaction], soon()) == [1]
    clock.calendar, clock.uptime = begin + 2, clock.uptime + 1
    appended(log, b"third")
    assert [(entry.payload, entry.time - begin) for entry in entries_of(log)] == [(b"first", 0), (b"second", 0)]
    clock.uptime += 2
    assert [entry.time - begin for entry in entries_of(log)] == [0, 0, 2]
    log.close()


def test_what_was_shown_stays_shown_when_the_machine_starts_anew(tmp_path: Path) -> None:
    clock = TestClock()
    log = opened(tmp_path, clock, block_interval_ms=2_000)
    appended(log, b"first")
    clock.uptime += 2
    assert len(entries_of(log)) == 1
    appended(log, b"second")
    clock.uptime = 5.0
    assert len(entries_of(log)) == 2
    log.close()


def test_a_handle_that_shows_at_once_does_not_overtake_a_block(tmp_path: Path) -> None:
    clock = TestClock()
    slow, quick = opened(tmp_path, clock, block_interval_ms=1_000), opened(tmp_path, clock)
    appended(slow, b"first")
    appended(quick, b"second")
    assert entries_of(slow) == entries_of(quick) == []
    clock.uptime += 1
    assert [entry.payload for entry in entries_of(quick)] == [b"first", b"second"]
    slow.close()
    quick.close()


def test_a_reader_shows_what_is_due_even_if_it_cannot_write_that_down(tmp_path: Path) -> None:
    clock = TestClock()
    log = opened(tmp_path, clock, block_interval_ms=1_000)
    appended(log, b"first")
    clock.uptime += 1
    log._connection.execute("PRAGMA query_only = ON")
    assert len(entries_of(log)) == 1
    log.close()


def test_a_closed_log_is_unavailable(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.close()
    assert isinstance(log.read(0, 1, soon()), Unavailable)
