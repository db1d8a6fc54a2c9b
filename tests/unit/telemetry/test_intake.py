"""What becomes of readings that come in, and where some are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import StoreError
from maas_core.ports.readings import Quality
from maas_core.ports.telemetry_source import Signal
from maas_core.telemetry.gaps import Gap, gaps
from maas_core.telemetry.intake import Conflict, admit
from maas_core.telemetry.rows import LATEST, as_series, in_order, no_rows, packed, unpacked
from maas_core.telemetry.values import moment, shown
from tests.support.readings import Entry, entries, rows

NAMES = st.tuples(st.integers(0, 3), st.integers(0, 20))
VALUES = st.tuples(st.integers(-3, 3), st.sampled_from([int(one) for one in Quality]))
ARRIVALS = st.lists(st.tuples(NAMES, VALUES).map(lambda pair: (*pair[0], *pair[1])), max_size=40)


def first_of_each(arrived: list[Entry]) -> dict[tuple[int, int], tuple[int, int]]:
    """The rule in its plainest form."""
    kept: dict[tuple[int, int], tuple[int, int]] = {}
    for signal, time, value, quality in arrived:
        kept.setdefault((signal, time), (value, quality))
    return kept


@given(ARRIVALS, st.integers(0, 40))
def test_the_first_of_a_name_is_kept_and_every_other_one_is_counted(arrived: list[Entry], cut: int) -> None:
    known = admit(rows(arrived[:cut]), no_rows()).kept if arrived[:cut] else no_rows()
    new = arrived[cut:]
    if not new:
        return
    found = admit(rows(new), known)

    kept = first_of_each(arrived)
    assert entries(in_order(rows([*entries(known), *entries(found.kept)]))) == [
        (*name, *kept[name]) for name in sorted(kept)
    ]
    assert len(found.kept) + found.duplicates + len(found.conflicts) == len(new)
    refused = [one for one in new if kept[one[:2]] != one[2:]]
    assert sorted((one.signal, one.time, *one.refused) for one in found.conflicts) == sorted(refused)


def test_a_conflict_tells_both_values() -> None:
    found = admit(rows([(0, 10, 5, 0), (0, 10, 7, 1)]), no_rows())

    assert entries(found.kept) == [(0, 10, 5, 0)]
    assert found.conflicts == (Conflict(0, 10, (5, 0), (7, 1)),)


def test_the_same_value_of_another_quality_is_a_conflict() -> None:
    found = admit(rows([(0, 10, 5, int(Quality.BAD))]), rows([(0, 10, 5, int(Quality.GOOD))]))

    assert len(found.kept) == 0
    assert len(found.conflicts) == 1


@given(ARRIVALS)
def test_rows_survive_packing(arrived: list[Entry]) -> None:
    assert entries(unpacked(packed(rows(arrived)))) == arrived


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", packed(rows([(0, 1, 2, 0)]))[:-60]])
def test_damaged_rows_are_told(content: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        unpacked(content)


def test_a_series_holds_the_readings_of_one_signal_by_time() -> None:
    series = as_series(rows([(1, 5, 50, 0), (0, 9, 90, 0), (1, 3, 30, 2)]), ["a", "b", "unused"])

    assert set(series) == {"a", "b"}
    assert series["b"].time.tolist() == [3, 5]
    assert series["b"].value.tolist() == [30, 50]
    assert series["b"].quality.tolist() == [2, 0]


def held(*times: int) -> list[tuple[int, int, int]]:
    """The gaps of a signal that is due every 10 s: (from, to, missing)."""
    series = as_series(rows([(0, time, 1, 0) for time in times]), ["a"])["a"]
    return [(one.time_from, one.time_to, one.missing) for one in gaps("a", series, 10)]


def test_a_gap_begins_when_a_reading_was_due_and_ends_with_the_next_one() -> None:
    assert held(10, 20, 50, 60) == [(30, 50, 2)]


def test_a_reading_that_is_a_little_late_leaves_no_gap() -> None:
    assert held(10, 24, 30) == []
    assert held(10, 26, 36) == [(20, 26, 1)]


def test_with_a_window_silence_at_its_ends_is_a_gap() -> None:
    series = as_series(rows([(0, 30, 1, 0), (0, 40, 1, 0)]), ["a"])["a"]

    assert gaps("a", series, 10, (0, 60)) == [Gap("a", 0, 30, 3), Gap("a", 50, 60, 1)]


def test_with_a_window_a_signal_without_readings_is_one_gap() -> None:
    series = as_series(rows([(0, 500, 1, 0)]), ["a"])["a"]

    assert gaps("a", series, 10, (0, 60)) == [Gap("a", 0, 60, 6)]


@given(st.sets(st.integers(0, 50), min_size=2), st.integers(1, 9))
def test_of_readings_on_a_grid_exactly_those_left_out_are_missing(places: set[int], interval: int) -> None:
    ordered = sorted(places)
    series = as_series(rows([(0, place * interval, 1, 0) for place in ordered]), ["a"])["a"]

    found = gaps("a", series, interval)

    left_out = [place * interval for place in range(ordered[0], ordered[-1]) if place not in places]
    assert [time for one in found for time in range(one.time_from, one.time_to, interval)] == left_out
    assert sum(one.missing for one in found) == len(left_out)


@pytest.mark.parametrize(
    ("value", "quality", "text"),
    [
        (317, 0, "3.17"),
        (-5, 0, "-0.05"),
        (5, 2, "0.05 (bad)"),
        (0, 3, "no value"),
    ],
)
def test_a_value_is_shown_with_its_point(value: int, quality: int, text: str) -> None:
    assert shown(Signal("energy", "kW.h", 2), value, quality) == text


def test_a_status_is_shown_by_its_word() -> None:
    assert shown(Signal("state", "", 0, ("idle", "running")), 1) == "running"
    assert shown(Signal("state", "", 0, ("idle", "running")), 2) == "2"


def test_a_time_that_cannot_be_is_shown_as_a_number() -> None:
    assert moment(0) == "1970-01-01T00:00:00Z"
    assert moment(-1) == "-1 s"
    assert moment(LATEST) == f"{LATEST} s"
