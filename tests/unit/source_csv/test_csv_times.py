"""What the times of a CSV file come to."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_source_csv.settings import Choice, Skipped, TimeRule
from maas_source_csv.times import read_times

from tests.unit.source_csv.sheets import read

BEGIN, END = datetime.fromisoformat("1981-01-01"), datetime.fromisoformat("2035-01-01")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def told(texts: list[str], **rule: Any) -> list[int | str]:
    """Each text's seconds, or why it has none."""
    times = read_times(pa.array(texts, pa.string()), TimeRule(columns=("time",), **rule))
    found: list[int | str] = list(map(int, times.seconds))
    for mask, reason in times.reasons:
        for place in mask.nonzero()[0]:
            assert isinstance(found[place], int)
            found[place] = reason
    return found


@given(st.lists(st.datetimes(BEGIN, END), min_size=1, max_size=5))
def test_every_form_of_a_time_comes_to_the_same(moments: list[datetime]) -> None:
    whole = [one.replace(microsecond=0) for one in moments]
    expected = [at(one.isoformat()) for one in whole]

    assert told([one.isoformat() for one in whole]) == expected
    assert told([one.isoformat(" ") for one in whole]) == expected
    assert told([f"{one.isoformat()}Z" for one in whole], zone="Asia/Seoul") == expected
    assert told([f"{one + timedelta(hours=2)}+02:00" for one in whole]) == expected
    assert told([str(one) for one in expected], formats=("unix",)) == expected
    assert told([f"{one}000" for one in expected], formats=("unix_ms",)) == expected
    assert told([f"{one:%d.%m.%Y %H:%M:%S}" for one in whole], formats=("%d.%m.%Y %H:%M:%S",)) == expected
    assert told([f"{one:%m/%d/%Y %I:%M:%S %p}" for one in whole], formats=("%m/%d/%Y %I:%M:%S %p",)) == expected


@given(st.lists(st.datetimes(BEGIN, END), min_size=1, max_size=5), st.booleans())
def test_local_times_follow_the_zone(moments: list[datetime], later: bool) -> None:
    zone = ZoneInfo("Europe/Berlin")
    whole = [one.replace(microsecond=0) for one in moments]
    expected = [int(one.replace(tzinfo=zone, fold=int(later)).timestamp()) for one in whole]
    for place, one in enumerate(whole):
        if datetime.fromtimestamp(expected[place], zone).replace(tzinfo=None) != one:
            expected[place] = int(one.replace(tzinfo=zone, fold=0).timestamp())

    choice = Choice.LATER if later else Choice.EARLIER
    found = told([one.isoformat() for one in whole], zone="Europe/Berlin", ambiguous=choice, nonexistent=Skipped.SHIFT)

    assert found == expected


def test_a_time_that_a_zone_has_twice_or_never_is_told_unless_there_is_a_rule() -> None:
    texts = ["2024-10-27 02:30:00", "2024-03-31 02:30:00", "2024-06-01 00:00:00"]

    assert told(texts, zone="Europe/Berlin") == [
        "is twice in Europe/Berlin, since clocks go back",
        "does not exist in Europe/Berlin, since clocks go forward",
        at("2024-05-31 22:00"),
    ]
    assert told(texts[:1], zone="Europe/Berlin", ambiguous=Choice.EARLIER) == [at("2024-10-27 00:30")]
    assert told(texts[:1], zone="Europe/Berlin", ambiguous=Choice.LATER) == [at("2024-10-27 01:30")]
    assert told(texts[1:2], zone="Europe/Berlin", nonexistent=Skipped.SHIFT) == [at("2024-03-31 01:30")]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("31/02/2024", "%d/%m/%Y"),
        ("30.02.2023 12:00", "%d.%m.%Y %H:%M"),
        ("31/04/2024", "%d/%m/%Y"),
        ("29/02/2023", "%d/%m/%Y"),
        ("2024-02-30", "iso"),
        ("2024-13-01", "iso"),
        ("01/02/2024 24:00", "%d/%m/%Y %H:%M"),
        ("01/02/2024x", "%d/%m/%Y"),
        ("", "iso"),
        ("now", "unix"),
        ("2024-W05-1", "iso"),
    ],
)
def test_what_is_not_in_the_calendar_is_no_time(text: str, form: str) -> None:
    [found] = told([text], formats=(form,))

    assert found == f"is no time of the form {form}"


@given(st.dates(BEGIN.date(), END.date()), st.integers(29, 31))
def test_late_days_are_dates_just_where_the_calendar_has_them(month: date, day: int) -> None:
    try:
        expected: int | str = at(f"{month.year:04}-{month.month:02}-{day}")
    except ValueError:
        expected = "is no time of the form %d/%m/%Y"

    assert told([f"{day}/{month.month}/{month.year}"], formats=("%d/%m/%Y",)) == [expected]


def test_formats_are_tried_in_order() -> None:
    texts = ["01/02/2024", "2024-02-01", "1706745600"]

    assert told(texts, formats=("%d/%m/%Y", "iso", "unix")) == [at("2024-02-01")] * 3


def test_a_date_that_one_format_refuses_is_not_read_by_another() -> None:
    assert told(["31/02/2024"], formats=("%d/%m/%Y", "%m/%d/%Y")) == ["is no time of the form %d/%m/%Y or %m/%d/%Y"]


def test_times_between_seconds_are_refused_or_cut() -> None:
    texts = ["2024-01-01 00:00:00.500", "2024-01-01 00:00:01.000"]

    assert told(texts) == ["is between two seconds", at("2024-01-01 00:00:01")]
    assert told(texts, fraction="truncate") == [at("2024-01-01 00:00:00"), at("2024-01-01 00:00:01")]
    assert told(texts, formats=("%Y-%m-%d %H:%M:%S.%f",)) == ["is between two seconds", at("2024-01-01 00:00:01")]


def test_the_end_of_a_day_may_be_midnight_of_the_same_date(tmp_path: Path) -> None:
    rule = {"columns": ["time"], "formats": ["%d/%m/%Y %H:%M"], "end_of_day": "same date"}
    content = "time,power\n31/12/2018 23:45,1\n31/12/2018 00:00,2\n28/02/2018 00:00,3\n"

    sheet = read(tmp_path, content, time=rule)

    assert sheet.times == [at("2018-12-31 23:45"), at("2019-01-01 00:00"), at("2018-03-01 00:00")]


def test_the_end_of_a_day_may_be_hour_24(tmp_path: Path) -> None:
    rule = {"columns": ["time"], "end_of_day": "24:00"}
    content = "time,power\n2018-12-31 24:00,1\n2018-12-31T24:00:00,2\n2018-12-31 00:00,3\n2018-12-31 24:01,4\n"

    sheet = read(tmp_path, content, time=rule)

    assert sheet.times == [at("2019-01-01"), at("2019-01-01"), at("2018-12-31")]
    assert sheet.reasons == {"sheet.csv line 5": "is no time of the form iso"}


def test_the_last_midnight_of_a_long_day_is_by_the_clock_of_the_zone(tmp_path: Path) -> None:
    rule = {"columns": ["time"], "zone": "Europe/Berlin", "end_of_day": "same date"}

    sheet = read(tmp_path, "time,power\n2024-10-27 00:00,1\n", time=rule)

    assert sheet.times == [at("2024-10-27 23:00")]


def test_times_may_name_the_end_of_an_interval(tmp_path: Path) -> None:
    sheet = read(tmp_path, "time,power\n2024-01-01 00:15,1\n", time={"columns": ["time"], "shift": -900})

    assert sheet.times == [at("2024-01-01 00:00")]


def test_date_and_time_may_stand_in_two_columns(tmp_path: Path) -> None:
    rule = {"columns": ["day", "clock"], "formats": ["%d.%m.%y %H:%M"]}

    sheet = read(tmp_path, "clock,day,power\n07:30,01.02.24,1\n,01.02.24,1\n", time=rule)

    assert sheet.times == [at("2024-02-01 07:30")]
    assert sheet.reasons == {"sheet.csv line 3": "column 'day' has no time"}
