"""Lines of MTConnect adapters, as readings."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_source_mtconnect.devices import read_device
from maas_source_mtconnect.file import ShdrFile
from maas_source_mtconnect.fold import Fold, State
from maas_source_mtconnect.settings import Rounding

from maas_core.errors import IntegrityError, UsageError
from maas_core.ports.clock import Deadline
from maas_core.ports.readings import Quality
from maas_core.ports.telemetry_source import Dropped, ReadingPage
from tests.unit.source_mtconnect.adapter import CLOCK, listed, settings

T0 = 1_704_067_200
"""2024-01-01T00:00:00Z."""
Row = tuple[str, int, int, int]


def opened(folder: Path, **given: Any) -> ShdrFile:
    return ShdrFile(settings(folder, **given), folder / "lines.txt")


def pages_of(source: ShdrFile, limit: int = 10**6, after: str = "") -> list[ReadingPage]:
    pages: list[ReadingPage] = []
    while not pages or not pages[-1].ended:
        pages.append(source.read(pages[-1].through if pages else after, limit, Deadline.after(CLOCK, 60)))
    return pages


def read(folder: Path, *lines: str, **given: Any) -> tuple[list[Row], list[Dropped]]:
    """Readings with times after 2024 began, and what was dropped."""
    (folder / "lines.txt").write_text("".join(f"2024-01-01T00:{line}\n" for line in lines))
    pages = pages_of(opened(folder, **given))
    readings = [(name, time - T0, value, quality) for name, time, value, quality in listed([p.readings for p in pages])]
    return readings, [one for page in pages for one in page.dropped]


def test_pairs_of_a_line_are_readings_of_its_time(tmp_path: Path) -> None:
    readings, dropped = read(tmp_path, "00:05.25Z|pos|1.5|parts|7|exec|ACTIVE")

    assert readings == [("exec", 5, 1, 0), ("parts", 5, 7, 0), ("pos", 5, 15_000, 0)]
    assert dropped == []


def test_data_items_are_known_by_name_id_and_source_and_may_be_led_by_their_device(tmp_path: Path) -> None:
    readings, dropped = read(tmp_path, "00:01Z|p1|1|mill:parts|2|M-1:power_in|3|lathe:pos|4")

    assert readings == [("parts", 1, 2, 0), ("pos", 1, 10_000, 0), ("w1", 1, 30_000, 0)]
    assert [one.reason for one in dropped] == ["is no data item of the device"]


def test_of_several_values_in_a_second_the_last_holds_and_the_others_are_listed(tmp_path: Path) -> None:
    readings, dropped = read(
        tmp_path, "00:01.1Z|pos|1", "00:01.9Z|pos|3", "00:01.5Z|pos|2", "00:02.0Z|pos|4", "00:02.0Z|pos|5"
    )

    assert readings == [("pos", 1, 30_000, 0), ("pos", 2, 50_000, 0)]
    assert [one.place for one in dropped] == ["lines.txt line 1 pos", "lines.txt line 3 pos", "lines.txt line 4 pos"]
    assert {one.reason for one in dropped} == {"another value follows in the same second"}


def test_what_the_machine_does_not_know_is_unavailable(tmp_path: Path) -> None:
    readings, dropped = read(tmp_path, "00:01Z|pos|UNAVAILABLE|exec|UNAVAILABLE|path|UNAVAILABLE", "00:02Z|pos|1")

    unknown = [name for name, _, value, quality in readings if (value, quality) == (0, Quality.UNAVAILABLE)]
    assert unknown == ["exec", "path.x", "path.y", "path.z", "pos"]
    assert (len(readings), dropped) == (6, [])


def test_a_condition_is_the_worst_of_its_active_faults(tmp_path: Path) -> None:
    readings, _ = read(
        tmp_path,
        "00:01Z|sys|NORMAL||||",
        "00:02Z|sys|WARNING|W1|||warm",
        "00:03Z|sys|FAULT|F1|2|HIGH|too hot",
        "00:04Z|sys|NORMAL|F1|||",
        "00:05Z|sys|FAULT|F2|||",
        "00:06Z|sys|NORMAL||||",
        "00:07Z|sys|UNAVAILABLE||||",
    )

    assert [one[2] for one in readings] == [0, 1, 2, 1, 2, 0, 0]
    assert [one[3] for one in readings] == [0, 0, 0, 0, 0, 0, 3]


def test_a_vector_is_three_signals(tmp_path: Path) -> None:
    readings, dropped = read(tmp_path, "00:01Z|path|1.5 0 -2", "00:02Z|path|1 2", "00:03Z|path|1 2 x")

    assert readings == [("path.x", 1, 15_000, 0), ("path.y", 1, 0, 0), ("path.z", 1, -20_000, 0)]
    assert [(one.reason, one.values) for one in dropped] == [("has 2 numbers, not 3", 3), ("is no number", 3)]


def test_values_are_scaled_exactly_and_converted_if_asked(tmp_path: Path) -> None:
    assert read(tmp_path, "00:01Z|feed|90|tenth|255")[0] == [("feed", 1, 900_000, 0), ("tenth", 1, 255_000, 0)]
    assert read(tmp_path, "00:01Z|feed|90", convert=True)[0] == [("feed", 1, 15_000, 0)]
    units = {one.name: one.unit for one in read_device(settings(tmp_path)).signals()}
    assert (units["feed"], units["pos"], units["path.x"], units["parts"]) == ("mm/min", "mm", "mm", "1")
    assert {one.name: one.unit for one in read_device(settings(tmp_path, convert=True)).signals()}["feed"] == "mm/s"


def test_digits_beyond_those_kept_are_rounded_or_refused(tmp_path: Path) -> None:
    assert read(tmp_path, "00:01Z|pos|0.00005", "00:02Z|pos|0.00015")[0] == [("pos", 1, 0, 0), ("pos", 2, 2, 0)]
    assert read(tmp_path, "00:01Z|pos|1.5", decimals_of={"pos": 0})[0] == [("pos", 1, 2, 0)]
    readings, dropped = read(tmp_path, "00:01Z|pos|0.00005", rounding="drop")
    assert (readings, [one.reason for one in dropped]) == ([], ["has more than 4 digits after the point"])


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ("00:01Z|block|G01 X5", ["is text, neither a number nor a word that the standard defines"]),
        ("00:01Z|msg|E1|door open|pos|1", ["is a message"]),
        ("00:01Z|series|3|100|1 2 3|pos|1", ["is a time series"]),
        ("00:01Z|nobody|1", ["is no data item of the device"]),
        ("00:01Z|pos|1e|parts|", ["is no number", "is empty"]),
        ("00:01Z|pos|1e40", ["is too large a number"]),
        ("00:01Z|mode|DANCING|exec|READY", ["is none of EASY"]),
        ("00:01Z|sys|BROKEN||||", ["is none of NORMAL, WARNING, FAULT"]),
        ("00:01Z|pos|1|parts", ["is a key without a value"]),
        ("61:01Z|pos|1|parts|2", ["has no time that can be read"]),
        ("00:01Z|@REMOVE_ASSET@|T1", ["is about an asset, which is no reading"]),
    ],
)  # fmt: skip
def test_what_is_no_reading_is_listed_with_its_reason(tmp_path: Path, line: str, reasons: list[str]) -> None:
    _, dropped = read(tmp_path, line)

    assert [one.reason for one in dropped] == reasons
    assert all(one.place.startswith("lines.txt line 1") for one in dropped)


def test_an_asset_over_several_lines_is_one_value(tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text(
        "2024-01-01T00:00:01Z|@ASSET@|T1|CuttingTool|--multiline--AB\n<Tool>\n2024-01-01T00:00:01Z|pos|9\n"
        "--multiline--AB\n* PONG 1000\n\n2024-01-01T00:00:02Z|pos|1"
    )

    [page] = pages_of(opened(tmp_path))

    assert listed([page.readings]) == [("pos", T0 + 2, 10_000, 0)]
    assert [(one.place, one.values) for one in page.dropped] == [("lines.txt line 1", 1)]


def test_only_the_items_of_the_settings_are_taken(tmp_path: Path) -> None:
    readings, dropped = read(tmp_path, "00:01Z|pos|1|path|1 2 3", items=["pos"])

    assert [one[0] for one in readings] == ["pos"]
    assert [(one.reason, one.values) for one in dropped] == [("is not among the items of the settings", 3)]
    assert [one.name for one in read_device(settings(tmp_path, items=["pos"])).signals()] == ["pos"]


def test_words_of_an_open_event_come_from_the_settings(tmp_path: Path) -> None:
    readings, _ = read(tmp_path, "00:01Z|block|G02|mode|HARD", states={"BLOCK": ["G01", "G02"], "mode": ["HARD"]})

    assert readings == [("block", 1, 1, 0), ("mode", 1, 1, 0)]


SOME = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(["pos|1", "pos|2.5", "pos|x", "sys|FAULT|A|||", "sys|FAULT|B|||", "sys|NORMAL|A|||",
                         "sys|NORMAL||||", "path|1 2 3", "@REMOVE_ASSET@|1", "exec|ACTIVE|parts|3", "pos|UNAVAILABLE"]),
    ).map(lambda pair: f"2024-01-01T00:00:{pair[0] // 4:02}.{pair[0] % 4 * 25:02}Z|{pair[1]}"),
    max_size=25,
)  # fmt: skip


@given(lines=SOME, cut=st.integers(0, 25))
def test_a_file_that_is_read_in_two_parts_comes_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("adapter")
    file = folder / "lines.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    whole = pages_of(opened(folder))

    page = whole[-1]
    device = read_device(settings(folder))
    first = Fold(device, Rounding.HALF_EVEN, State())
    for number, line in enumerate(lines[:cut], 1):
        first.line(line, f"lines.txt line {number}")
    second = Fold(device, Rounding.HALF_EVEN, State.read(first.state.text()))
    for number, line in enumerate(lines[cut:], cut + 1):
        second.line(line, f"lines.txt line {number}")
    second.flush()
    parts = [first.taken(), second.taken()]

    assert listed([one for one, _ in parts]) == listed([page.readings])
    assert sorted(map(repr, [*parts[0][1], *parts[1][1]])) == sorted(map(repr, page.dropped))


def test_a_file_that_was_changed_meanwhile_is_not_read_on(tmp_path: Path) -> None:
    read(tmp_path, "00:01Z|pos|1")
    through = pages_of(opened(tmp_path))[-1].through
    read(tmp_path, "00:01Z|pos|2", "00:02Z|pos|3")

    with pytest.raises(IntegrityError, match="was changed before line 2"):
        pages_of(opened(tmp_path), after=through)


def test_a_file_that_has_grown_is_read_on(tmp_path: Path) -> None:
    read(tmp_path, "00:01Z|pos|1")
    through = pages_of(opened(tmp_path))[-1].through
    with (tmp_path / "lines.txt").open("a") as file:
        file.write("2024-01-01T00:00:02Z|pos|3\n")

    assert listed([one.readings for one in pages_of(opened(tmp_path), after=through)]) == [("pos", T0 + 2, 30_000, 0)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"device": "press"}, "`device` 'press' has to name one of: mill, lathe"),
        ({"device": ""}, "`device` '' has to name one of: mill, lathe"),
        ({"items": ["nothing"]}, "has no data item 'nothing'"),
        ({"xml": "<a>"}, "is no XML"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        opened(tmp_path, **given)
