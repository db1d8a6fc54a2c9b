"""CSV files as a source: their layout, their pages, and what was changed meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, UsageError
from maas_core.ports.clock import Deadline
from tests.unit.source_csv.sheets import CLOCK, POWER, opened, problems, read, read_on, signal

ROWS = "".join(f"2024-01-01 00:{minute:02},{minute}.5\n" for minute in range(60))
SHEET = f"time,power\n{ROWS}"


def test_a_file_comes_to_the_same_whatever_its_newlines_its_mark_and_its_encoding(tmp_path: Path) -> None:
    plain = read(tmp_path, SHEET)

    assert plain.values == [minute * 10 + 5 for minute in range(60)]
    for content, encoding in (
        (SHEET.replace("\n", "\r\n"), "utf-8"),
        (SHEET.rstrip("\n"), "utf-8"),
        (SHEET.encode("utf-8-sig"), "utf-8"),
        (SHEET.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + SHEET.encode("utf-16-be"), "utf-16"),
        (SHEET.encode("cp1252"), "cp1252"),
        (SHEET.encode("latin-1"), "latin-1"),
    ):
        assert read(tmp_path, content, encoding=encoding).readings == plain.readings
        assert read(tmp_path, content, encoding=encoding, limit=1).readings == plain.readings


def test_a_file_in_pages_comes_to_the_same_as_in_one(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-01 00:00:00,{number % 7}.{number}\n" for number in range(20_000))

    whole = read(tmp_path, f"time,power\n{rows}", limit=10**9)
    pages = read(tmp_path, limit=100)

    assert len(whole.pages) == 1
    assert len(pages.pages) > 10
    assert pages.readings == whole.readings
    assert pages.dropped == whole.dropped
    assert len(whole.readings) + len(whole.dropped) == 20_000


LINES = st.lists(
    st.one_of(
        st.sampled_from(["2024-01-01 00:00,1", "2024-01-01,2.55", "x,1", "2024-01-01,", "", ",,", '"']),
        st.sampled_from(['2024-01-01,"3"', '"2024-01-01",3', '"2024-01-01,3"', '2024-01-01,3"']),
        st.text(alphabet='0123456789,.";-: \r\té', max_size=20),
    ),
    max_size=30,
)


@given(lines=LINES, newline=st.sampled_from(["\n", "\r\n"]), ended=st.booleans())
def test_every_line_becomes_a_reading_or_is_listed(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], newline: str, ended: bool
) -> None:
    content = newline.join(["time,power", *lines]) + (newline if ended else "")
    written = content.split("\n")[1:]
    if written and written[-1] == "":
        written.pop()

    sheet = read(tmp_path_factory.mktemp("sheet"), content)

    told = [int(one.place.rsplit(" ", 1)[1]) for one in sheet.dropped]
    assert len(sheet.readings) + len(told) == len(written)
    assert len(set(told)) == len(told)
    assert set(told) <= set(range(2, len(written) + 2))


def test_lines_that_are_not_rows_are_told_by_their_number(tmp_path: Path) -> None:
    sheet = read(
        tmp_path,
        "time,power\n"
        "2024-01-01 00:00,1\n"
        "2024-01-01 00:01\n"
        "2024-01-01 00:02,1,2\n"
        "\n"
        '2024-01-01 00:03,"4\n'
        '2024-01-01 00:04,"5"\n'
        "2024-01-01 00:05,six\n",
    )

    assert sheet.values == [10, 50]
    assert sheet.reasons == {
        "sheet.csv line 3": "has 1 columns, not 2",
        "sheet.csv line 4": "has 3 columns, not 2",
        "sheet.csv line 5": "column 'time' has no time",
        "sheet.csv line 6": "has a quote that is not closed on this line",
        "sheet.csv line 8": "power: is no number",
    }


def test_a_line_in_another_encoding_costs_only_itself(tmp_path: Path) -> None:
    sheet = read(tmp_path, b"time,power\n2024-01-01 00:00,1\n2024-01-01 00:01,\xff\n2024-01-01 00:02,2\n")

    assert sheet.values == [10, 20]
    assert sheet.reasons == {"sheet.csv line 3": "is not written in utf-8"}


def test_a_row_without_a_time_drops_all_its_values(tmp_path: Path) -> None:
    signals = {**POWER, "again": {"column": "power", "decimals": 1, "unit": "kW"}}

    sheet = read(tmp_path, "time,power\nnoon,1\n", signals=signals)

    assert [(one.values, one.text) for one in sheet.dropped] == [(2, "noon")]


def test_machines_may_stand_in_a_column(tmp_path: Path) -> None:
    sheet = read(tmp_path, "time,unit,power\n2024-01-01,a,1\n2024-01-01,b,2\n2024-01-01,,3\n", machine_column="unit")

    assert [(one[0], one[3]) for one in sheet.readings] == [("a", 10), ("b", 20)]
    assert sheet.reasons == {"sheet.csv line 4": "column 'unit' names no machine"}


def test_each_row_may_be_one_value_of_one_signal(tmp_path: Path) -> None:
    signals = {
        "heat": {"column": "value", "tag": "T1", "unit": "Cel", "decimals": 1},
        "state": {"column": "value", "tag": "S1", "states": {"on": "running", "off": "idle"}},
    }
    content = "time,tag,value\n2024-01-01,T1,21.5\n2024-01-01,S1,off\n2024-01-01,X9,1\n2024-01-01,S1,21.5\n"

    sheet = read(tmp_path, content, tag_column="tag", signals=signals)

    assert [one[1:4:2] for one in sheet.readings] == [("heat", 215), ("state", 1)]
    assert sheet.reasons == {
        "sheet.csv line 4": "in column 'tag' stands for no signal",
        "sheet.csv line 5": "state: stands for no state",
    }


def test_lines_before_the_header_are_passed_over(tmp_path: Path) -> None:
    sheet = read(tmp_path, f"Export of today\n\n{SHEET}", skip_lines=2)

    assert len(sheet.values) == 60
    assert read(tmp_path, f"Export of today\n\n{SHEET}x", skip_lines=2).dropped[0].place == "sheet.csv line 64"


def test_a_file_without_a_header_has_its_names_from_the_settings(tmp_path: Path) -> None:
    assert len(read(tmp_path, ROWS, header=["time", "power"]).values) == 60


def test_names_in_the_header_may_have_spaces_and_quotes_around_them(tmp_path: Path) -> None:
    sheet = read(tmp_path, '"time" ,"power, all"\n2024-01-01,1\n', signals=signal(unit="kW", column="power, all"))

    assert sheet.values == [1]


def test_a_file_that_is_only_a_header_has_no_readings(tmp_path: Path) -> None:
    for content in ("time,power", "time,power\n"):
        sheet = read(tmp_path, content)
        assert (sheet.readings, sheet.dropped, sheet.pages[-1].ended) == ([], [], True)


@pytest.mark.parametrize(
    ("content", "given", "told"),
    [
        ("time,load\n", {}, "there is no column 'power'; there are: 'time', 'load'"),
        ("time,power,power\n", {}, "column 'power' is there 2 times"),
        ("", {}, "line 1 has no header"),
        ("\n1,2\n", {}, "line 1 has no header"),
        ("a\n", {"skip_lines": 3}, "line 4 has no header"),
    ],
)
def test_a_file_that_does_not_fit_the_settings_is_refused(
    tmp_path: Path, content: str, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        read(tmp_path, content, **given)


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"sheet\.csv: cannot be read: No such file"):
        read(tmp_path)


def test_a_source_goes_on_where_another_one_stopped(tmp_path: Path) -> None:
    through = opened(tmp_path, SHEET).read("", 10**6, Deadline.after(CLOCK, 1)).through
    with (tmp_path / "sheet.csv").open("a") as file:
        file.write("2024-01-02 00:00,7\nbad\n")

    rest = read_on(opened(tmp_path), after=through)

    assert rest.values == [70]
    assert rest.reasons == {"sheet.csv line 63": "has 1 columns, not 2"}


@pytest.mark.parametrize(
    "changed",
    [SHEET.replace(",7.5", ",8.5", 1), SHEET[: len(SHEET) // 2], SHEET.replace("time,power", "power,time", 1)],
)
def test_a_file_that_was_changed_meanwhile_is_not_read_on(tmp_path: Path, changed: str) -> None:
    through = opened(tmp_path, SHEET).read("", 10**6, Deadline.after(CLOCK, 1)).through
    (tmp_path / "sheet.csv").write_text(changed)

    with pytest.raises(IntegrityError, match=r"was changed before line 62.*--again"):
        opened(tmp_path).read(through, 10, Deadline.after(CLOCK, 1))


def test_other_settings_do_not_read_on(tmp_path: Path) -> None:
    through = opened(tmp_path, SHEET).read("", 10**6, Deadline.after(CLOCK, 1)).through

    with pytest.raises(UsageError, match="settings were changed"):
        opened(tmp_path, signals=signal(unit="W", decimals=1)).read(through, 10, Deadline.after(CLOCK, 1))


@pytest.mark.parametrize("place", ["x", "{}", "[1]", "[1, 2, 3]"])
def test_the_place_of_another_source_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match="another kind of source"):
        opened(tmp_path, SHEET).read(place, 10, Deadline.after(CLOCK, 1))


def test_of_a_file_that_grows_only_whole_lines_are_read(tmp_path: Path) -> None:
    source = opened(tmp_path, "time,power\n2024-01-01 00:00,1\n2024-01-01 00:0", follow=True)
    first = read_on(source)
    with (tmp_path / "sheet.csv").open("a") as file:
        file.write("1,25\n")
    second = read_on(source, after=first.pages[-1].through)

    assert (first.values, second.values) == ([10], [250])
    assert not second.pages[-1].ended


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"machine": None}, "machine: accepted is either `machine` or `machine_column`"),
        ({"signals": {}}, "signals: there is none"),
        ({"delimiter": ";;"}, "delimiter: ';;' is not accepted; accepted: one character"),
        ({"time": {"columns": []}}, "time.columns: names no column"),
        ({"time": {"columns": ["t"], "formats": ["dd/mm"]}}, "time.formats: 'dd/mm' is no format"),
        ({"time": {"columns": ["t"], "zone": "Europe/Nowhere"}}, "time.zone: 'Europe/Nowhere' is not known"),
        ({"time": {"columns": ["t"], "zone": "../etc"}}, "time.zone: '../etc' is not known"),
        ({"time": {"columns": ["t"], "end_of_day": "noon"}}, "time.end_of_day: 'noon' is not accepted"),
        ({"signals": {"a": {"column": "c", "scale": "x"}}}, "signals.a.scale: 'x' is no number"),
        ({"signals": {"a": {"column": "c", "decimals": 19}}}, "signals.a.decimals: 19 is not accepted"),
        ({"signals": {"a": {"column": "c", "unit": "kW", "states": {"1": "on"}}}}, "signals.a.states: a status has no"),
        (
            {"signals": {"a": {"column": "c", "states": {"> x": "on"}}}},
            "signals.a.states: '> x' compares with no number",
        ),
        ({"signals": {"a": {"column": "c", "tag": "x"}}}, "signals: 'a' has to name a `tag` if, and only if"),
        ({"quality": {"column": "q", "values": {"1": "fine"}}}, "quality.values: 'fine' is no quality"),
    ],
)
def test_settings_that_make_no_sense_are_told_with_their_key(given: dict[str, Any], told: str) -> None:
    assert any(told in line for line in problems(**given)), problems(**given)
