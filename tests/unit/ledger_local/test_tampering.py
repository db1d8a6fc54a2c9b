"""What an audit finds when somebody edits the file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_ledger_local.log import LocalLog, Settings, open_log

from maas_core.errors import ConfigError, IntegrityError, StoreError
from maas_core.ledgerio.log_check import LogReport, check_log
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.ordered_log import LogEntry
from tests.support.keys import Ed25519Signer

CLOCK = SystemClock()
COUNT = 5
SIGNATURE_SIZE = 64


def opened(folder: Path) -> LocalLog:
    return open_log(Settings(), Context(CLOCK, Ed25519Signer(), folder))


def entries_of(log: LocalLog) -> list[LogEntry]:
    return list(log.read(0, 100, Deadline.after(CLOCK, 10)))  # type: ignore[arg-type]


@cache
def sample() -> tuple[bytes, tuple[LogEntry, ...]]:
    """A closed file's bytes and its entries."""
    with TemporaryDirectory() as folder:
        log = opened(Path(folder))
        log.append([log.seal(b"payload number %d" % n) for n in range(COUNT)], Deadline.after(CLOCK, 10))
        entries = tuple(entries_of(log))
        log.close()
        return (Path(folder) / "ledger.db").read_bytes(), entries


def check(content: bytes) -> tuple[LogReport, list[LogEntry]]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "ledger.db").write_bytes(content)
        log = opened(Path(folder))
        try:
            report = check_log(log, CLOCK)
            return report, [] if report.fault else entries_of(log)
        finally:
            log.close()


def changed(content: bytes, place: int, mask: int) -> bytes:
    return content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :]


def place_of(entry: LogEntry) -> range:
    """Where the fields of an entry lie in the file: digest, time, sender, transaction, payload, signature."""
    content = sample()[0]
    begin = content.index(entry.digest)
    return range(begin, content.index(entry.payload, begin) + len(entry.payload) + SIGNATURE_SIZE)


def test_an_untouched_log_passes() -> None:
    report, entries = check(sample()[0])
    assert report.fault is None
    assert report.audited
    assert (report.malformed, report.accepted, report.rejected) == (COUNT, 0, 0)
    assert tuple(entries) == sample()[1]


@given(number=st.integers(0, COUNT - 1), place=st.integers(0, 1_000), mask=st.integers(1, 255))
def test_a_change_of_any_byte_of_an_entry_is_found_there(number: int, place: int, mask: int) -> None:
    content, entries = sample()
    where = place_of(entries[number])
    report, _ = check(changed(content, where[place % len(where)], mask))
    assert report.fault
    assert report.fault.position == number + 1
    assert report.head.height == number


@given(place=st.integers(0, 1_000_000), mask=st.integers(1, 255))
def test_no_change_of_a_byte_of_the_file_makes_it_tell_another_story(place: int, mask: int) -> None:
    content, entries = sample()
    try:
        report, told = check(changed(content, place % len(content), mask))
    except (ConfigError, StoreError, IntegrityError):
        return
    assert report.fault or tuple(told) == entries


def rows_changed(statement: str) -> Iterator[LogReport]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        path.write_bytes(sample()[0])
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)
        log = opened(Path(folder))
        yield check_log(log, CLOCK)
        log.close()


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("DELETE FROM entry WHERE position = 3", 3),
        ("DELETE FROM entry WHERE position = 1", 1),
        ("UPDATE entry SET position = 100 WHERE position = 5", 5),
        ("UPDATE entry SET time = 0 WHERE position = 2", 2),
        ("UPDATE entry SET time = -1 WHERE position = 1", 1),
        ("UPDATE entry SET signature = x'00' WHERE position = 4", 4),
        ("UPDATE entry SET sender = x'00' WHERE position = 4", 4),
        ("UPDATE log SET id = zeroblob(32)", 1),
    ],
)
def test_a_change_of_rows_is_found(statement: str, position: int) -> None:
    [report] = rows_changed(statement)
    assert report.fault
    assert report.fault.position == position
