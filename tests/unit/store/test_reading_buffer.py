"""Readings between their arrival and their batch, on both kinds of databases."""

from collections.abc import Iterator, Sequence
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import UsageError
from maas_core.ports.telemetry_source import Signal
from maas_core.store.database import Database
from maas_core.telemetry import book, buffer
from maas_core.telemetry.book import Counts, Refused
from maas_core.telemetry.buffer import BatchWindow
from tests.support.readings import Entry, entries, rows

MACHINE = b"m" * 16
EVER = (0, 2**34)


def take(database: Database, given: Sequence[Entry], machine: bytes = MACHINE) -> buffer.Taken:
    with database.writing() as connection:
        book.lock(connection, machine)
        return buffer.take_in(connection, machine, rows(given))


def steady(time_from: int, time_to: int, signal: int = 0) -> list[Entry]:
    """A reading each second, whose value is its time."""
    return [(signal, time, time, 0) for time in range(time_from, time_to)]


def pending(database: Database, time_from: int = 0, time_to: int = EVER[1], *, late: bool = False) -> list[Entry]:
    with database.reading() as connection:
        return sorted(entries(buffer.snapshot(connection, MACHINE, time_from, time_to, late=late).rows))


def put_into_batch(database: Database, seq: int, time_from: int, time_to: int, corrects: int = 0) -> int:
    with database.writing() as connection:
        through = buffer.snapshot(connection, MACHINE, time_from, time_to, late=corrects != 0).through
        return buffer.mark(connection, MACHINE, BatchWindow(seq, corrects, time_from, time_to, False), through)


def in_batch(database: Database, seq: int) -> list[Entry]:
    with database.reading() as connection:
        return sorted(entries(buffer.batch(connection, MACHINE, seq)))


def test_readings_of_a_window_are_those_that_came_in(database: Database) -> None:
    take(database, steady(0, 10))
    take(database, steady(10, 20))

    assert pending(database, 5, 15) == steady(5, 15)


def test_a_reading_that_comes_again_is_a_duplicate_in_whatever_chunk_it_was(database: Database) -> None:
    take(database, steady(0, 10))
    take(database, steady(10, 20))

    taken = take(database, [*steady(5, 25), (0, 7, 8, 0)])

    assert (taken.kept, taken.duplicates) == (5, 15)
    assert [(one.time, one.kept[0], one.refused[0]) for one in taken.conflicts] == [(7, 7, 8)]
    assert pending(database) == steady(0, 25)


def test_the_same_times_of_another_signal_are_other_readings(database: Database) -> None:
    take(database, steady(0, 10))

    assert take(database, steady(0, 10, signal=1)).kept == 10


def test_times_that_cannot_be_are_refused(database: Database) -> None:
    taken = take(database, [(0, -1, 1, 0), (0, 5, 5, 0), (0, 2**34, 1, 0)])

    assert taken.kept == 1
    assert taken.impossible.time.tolist() == [-1, 2**34]


def test_a_batch_takes_its_window_and_leaves_the_rest(database: Database) -> None:
    take(database, steady(0, 20))

    assert put_into_batch(database, 1, 0, 8) == 8
    assert in_batch(database, 1) == steady(0, 8)
    assert pending(database) == steady(8, 20)


def test_a_large_chunk_goes_into_its_batch_as_it_is(database: Database) -> None:
    count = buffer.WORTH_KEEPING
    take(database, steady(0, count))
    take(database, steady(count, 2 * count))

    assert put_into_batch(database, 1, 0, count + 5) == count + 5
    assert in_batch(database, 1) == steady(0, count + 5)
    assert pending(database) == steady(count + 5, 2 * count)


def test_what_came_after_the_snapshot_is_not_in_the_batch_but_late(database: Database) -> None:
    take(database, steady(0, 5))
    with database.reading() as connection:
        through = buffer.snapshot(connection, MACHINE, 0, 10).through
    take(database, steady(5, 15))

    with database.writing() as connection:
        count = buffer.mark(connection, MACHINE, BatchWindow(1, 0, 0, 10, False), through)

    assert count == 5
    assert in_batch(database, 1) == steady(0, 5)
    assert pending(database, late=True) == steady(5, 10)
    assert pending(database) == steady(10, 15)


def test_a_reading_behind_the_last_batch_is_late_and_goes_into_a_correction(database: Database) -> None:
    take(database, [one for one in steady(0, 10) if one[1] != 4])
    put_into_batch(database, 1, 0, 8)

    taken = take(database, [(0, 4, 4, 0), (0, 8, 8, 0), (0, 12, 12, 0)])

    assert (taken.kept, taken.late, taken.duplicates) == (2, 1, 1)
    assert pending(database, late=True) == [(0, 4, 4, 0)]
    assert put_into_batch(database, 2, 0, 8, corrects=1) == 1
    assert in_batch(database, 2) == [(0, 4, 4, 0)]
    assert pending(database, late=True) == []


def test_readings_that_were_put_into_a_batch_are_known_when_they_come_again(database: Database) -> None:
    take(database, steady(0, 10))
    put_into_batch(database, 1, 0, 10)

    taken = take(database, steady(0, 10))

    assert (taken.kept, taken.duplicates) == (0, 10)
    assert pending(database, late=True) == []


def test_a_batch_that_is_taken_back_leaves_its_readings_waiting(database: Database) -> None:
    take(database, steady(0, 10))
    put_into_batch(database, 1, 0, 8)
    take(database, [(1, 3, 3, 0)])

    with database.writing() as connection:
        buffer.unmark(connection, MACHINE, 1)

    assert pending(database) == sorted([*steady(0, 10), (1, 3, 3, 0)])
    assert pending(database, late=True) == []


def test_a_correction_that_is_taken_back_leaves_its_readings_late(database: Database) -> None:
    take(database, steady(0, 5))
    put_into_batch(database, 1, 0, 10)
    take(database, steady(5, 10))
    put_into_batch(database, 2, 0, 10, corrects=1)

    with database.writing() as connection:
        buffer.unmark(connection, MACHINE, 2)

    assert pending(database, late=True) == steady(5, 10)


def test_what_was_erased_does_not_come_back(database: Database) -> None:
    take(database, steady(0, 20))
    put_into_batch(database, 1, 0, 10)

    with database.writing() as connection:
        assert buffer.forget(connection, MACHINE, 1) == 10

    taken = take(database, steady(5, 25))
    assert taken.erased.time.tolist() == [5, 6, 7, 8, 9]
    assert (taken.kept, taken.duplicates) == (5, 10)
    with database.reading() as connection:
        assert sorted(entries(buffer.everything(connection, MACHINE, *EVER))) == steady(10, 25)


def test_a_signal_keeps_its_meaning(database: Database) -> None:
    energy = Signal("energy", "kW.h", 2)
    with database.writing() as connection:
        assert book.learn(connection, MACHINE, [energy, Signal("state", "", 0, ("idle",))]) == {"energy": 0, "state": 1}
    with database.writing() as connection, pytest.raises(UsageError, match=r"'energy' was taken in with unit 'kW\.h'"):
        book.learn(connection, MACHINE, [Signal("energy", "W.h", 2)])
    with database.writing() as connection:
        book.learn(connection, MACHINE, [Signal("state", "", 0, ("idle", "running"), 60)])
        assert book.signals(connection, MACHINE)[1] == Signal("state", "", 0, ("idle", "running"), 60)
    with database.writing() as connection, pytest.raises(UsageError, match="states may be added at the end"):
        book.learn(connection, MACHINE, [Signal("state", "", 0, ("running", "idle"))])


@pytest.mark.parametrize(
    "signal",
    [
        Signal("", "", 0),
        Signal("a\nb", "", 0),
        Signal("a", "", 19),
        Signal("a", "", 1, ("x",)),
        Signal("a", "", 0, (), -1),
    ],
)
def test_a_signal_that_means_nothing_is_refused(database: Database, signal: Signal) -> None:
    with database.writing() as connection, pytest.raises(UsageError):
        book.learn(connection, MACHINE, [signal])


def test_what_was_refused_is_listed_once(database: Database) -> None:
    some = [Refused(None, False, f"line {number}", "is no number", 1) for number in range(3000)]
    with database.writing() as connection:
        assert len(book.refuse(connection, 1, "meter", some)) == 3000
    with database.writing() as connection:
        more = [*some, Refused(MACHINE, True, "line 1", "is another one", 2)]
        assert book.refuse(connection, 2, "meter", more) == (more[-1],)
    with database.reading() as connection:
        assert len(book.refused(connection, None, 10_000)) == 3001
        assert book.refused(connection, 2, 10) == [more[-1]]
        assert book.refused(connection, None, 10, MACHINE) == [more[-1]]


def test_the_same_place_of_another_source_is_another_place(database: Database) -> None:
    one = [Refused(None, False, "line 1", "is no number", 1)]
    with database.writing() as connection:
        assert book.refuse(connection, 1, "meter", one)
        assert book.refuse(connection, 1, "scale", one)


def test_processes_that_take_in_the_same_readings_at_once_keep_them_once(database: Database) -> None:
    def often() -> None:
        for start in range(0, 100, 10):
            with database.writing() as connection:
                book.lock(connection, MACHINE)
                taken = buffer.take_in(connection, MACHINE, rows(steady(start, start + 15)))
                book.add_counts(connection, MACHINE, Counts(taken.kept, 0, taken.duplicates))

    threads = [Thread(target=often) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert pending(database) == steady(0, 105)
    with database.reading() as connection:
        assert book.counts(connection, MACHINE) == Counts(105, 0, 4 * 150 - 105)


@pytest.fixture(scope="module")
def shared() -> Iterator[Database]:
    """A database in memory, for many examples with a machine each."""
    opened = Database("sqlite://")
    opened.migrate()
    yield opened
    opened.close()


@given(data=st.data())
def test_order_duplication_and_pages_of_the_input_never_matter(shared: Database, data: st.DataObject) -> None:
    machine = data.draw(st.binary(min_size=16, max_size=16))
    named = data.draw(
        st.dictionaries(
            st.tuples(st.integers(0, 2), st.integers(0, 30)),
            st.tuples(st.integers(-9, 9), st.integers(0, 3)),
            min_size=1,
        )
    )
    once = [(*name, *value) for name, value in named.items()]
    given = data.draw(st.permutations(once + data.draw(st.lists(st.sampled_from(once), max_size=20))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(given)), max_size=6)) | {len(given)})
    batches = data.draw(st.lists(st.integers(0, 30), max_size=2, unique=True).map(sorted))
    with shared.writing() as connection:
        before = entries(buffer.everything(connection, machine, *EVER))
        kept = duplicates = start = 0
        for number, cut in enumerate(cuts):
            taken = buffer.take_in(connection, machine, rows(given[start:cut]))
            kept, duplicates, start = kept + taken.kept, duplicates + taken.duplicates, cut
            assert taken.conflicts == ()
            if number < len(batches) and not before:
                through = buffer.snapshot(connection, machine, 0, batches[number] + 1).through
                begin = batches[number - 1] + 1 if number else 0
                buffer.mark(connection, machine, BatchWindow(number + 1, 0, begin, batches[number] + 1, False), through)
        found = entries(buffer.everything(connection, machine, *EVER))
        connection.rollback()

    assert sorted(found) == sorted(once)
    assert (kept, duplicates) == (len(once), len(given) - len(once))
