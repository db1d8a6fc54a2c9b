"""Local time and billing periods."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.billing.calendar import BillingCalendar, LocalTime, slice_edges
from maas_core.billing.facts import Span
from maas_core.billing.reading import moment, moment_text
from maas_core.billing.tariff_terms import Period
from tests.unit.billing.world import DAY, HOUR, terms

ZURICH = [
    {"at": "2023-10-29T01:00:00Z", "seconds": 3600},
    {"at": "2024-03-31T01:00:00Z", "seconds": 7200},
    {"at": "2024-10-27T01:00:00Z", "seconds": 3600},
    {"at": "2025-03-30T01:00:00Z", "seconds": 7200},
]


def calendar(start: str = "01-01", offsets: object = ()) -> BillingCalendar:
    agreed = terms(calendar={"zone": "Europe/Zurich", "offsets": list(offsets or ZURICH), "year_start": start})  # type: ignore[call-overload]
    return BillingCalendar.of(agreed.calendar)


PERIODS = [
    # billing year from, period, time, its period
    ("01-01", "month", "2024-03-31T12:00:00Z", "2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z"),
    ("01-01", "quarter", "2024-05-01T00:00:00Z", "2024-03-31T22:00:00Z", "2024-06-30T22:00:00Z"),
    ("01-01", "year", "2024-12-31T22:59:59Z", "2023-12-31T23:00:00Z", "2024-12-31T23:00:00Z"),
    ("01-01", "year", "2024-12-31T23:00:00Z", "2024-12-31T23:00:00Z", "2025-12-31T22:00:00Z"),
    ("04-15", "month", "2024-04-14T21:59:59Z", "2024-03-14T23:00:00Z", "2024-04-14T22:00:00Z"),
    ("04-15", "quarter", "2024-04-14T22:00:00Z", "2024-04-14T22:00:00Z", "2024-07-14T22:00:00Z"),
    ("10-01", "year", "2024-09-30T00:00:00Z", "2023-09-30T23:00:00Z", "2024-09-30T22:00:00Z"),
]


@pytest.mark.parametrize(("start", "period", "time", "begin", "end"), PERIODS)
def test_a_time_lies_in_a_period_of_local_time(start: str, period: str, time: str, begin: str, end: str) -> None:
    # What lies after the last offset named keeps it: so 2025 ends in summer time, and what lies before the first too.
    found = calendar(start).period(Period(period), moment(time))
    assert [moment_text(found.time_from), moment_text(found.time_to)] == [begin, end]


@given(st.integers(moment("2023-11-01T00:00:00Z"), moment("2025-09-01T00:00:00Z")))
def test_local_time_is_that_of_the_zone(time: int) -> None:
    clock = calendar().clock
    offset = datetime.fromtimestamp(time, ZoneInfo("Europe/Zurich")).utcoffset()
    assert offset is not None
    assert clock.offset(time) == offset.total_seconds()
    assert clock.local(clock.moment(clock.local(time))) == clock.local(time)


@given(
    time=st.integers(0, 2**33),
    start=st.sampled_from(["01-01", "02-28", "07-15", "12-01"]),
    period=st.sampled_from(Period),
    seconds=st.lists(st.integers(-50_400, 50_400), min_size=1, max_size=4),
)
def test_periods_tile_time_whatever_the_offsets(time: int, start: str, period: Period, seconds: list[int]) -> None:
    offsets = [{"at": moment_text(number * 31 * DAY + 7 * HOUR), "seconds": one} for number, one in enumerate(seconds)]
    here = calendar(start, offsets)
    found = here.period(period, time)
    assert found.time_from <= time < found.time_to
    assert here.period(period, found.time_to).time_from == found.time_to
    assert here.period(period, found.time_to - 1) == found


def test_a_time_that_the_clock_jumps_over_is_when_it_jumps() -> None:
    clock = LocalTime((10 * HOUR,), (0, HOUR))
    assert clock.moment(10 * HOUR + 1800) == 10 * HOUR
    assert clock.moment(11 * HOUR) == 10 * HOUR


def test_a_time_that_the_clock_shows_twice_is_the_first() -> None:
    clock = LocalTime((10 * HOUR,), (HOUR, 0))
    assert clock.moment(10 * HOUR + 1800) == 9 * HOUR + 1800


def test_slices_are_cut_at_hours_at_months_and_at_the_ends() -> None:
    offset = [{"at": "2000-01-01T00:00:00Z", "seconds": 5 * HOUR + 1800}]
    agreed = terms(calendar={"offsets": offset}, slice_seconds=HOUR)
    begin = moment("2024-01-31T17:20:00Z")
    edges = slice_edges(agreed, Span(begin, begin + 2 * HOUR))
    assert [moment_text(int(edge))[11:16] for edge in edges] == ["17:20", "18:00", "18:30", "19:00", "19:20"]
