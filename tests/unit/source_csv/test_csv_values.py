"""What the values of a CSV file come to."""

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_source_csv.numbers import MOST, compared, scaled
from maas_source_csv.settings import Rounding

from maas_core.ports.readings import Quality
from tests.unit.source_csv.sheets import read, signal

MODES = {
    None: ROUND_FLOOR,
    Rounding.DROP: ROUND_FLOOR,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.DOWN: ROUND_DOWN,
}
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=5),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30),
    st.integers(-20, 20).map(lambda n: Decimal(n * 5).scaleb(-3)),
)
FORMS: list[Callable[[Decimal], str]] = [str, lambda number: f"{number:f}", lambda number: f" {number:+f}"]


@given(
    st.lists(st.tuples(NUMBERS, st.sampled_from(FORMS)).map(lambda pair: (pair[0], pair[1](pair[0]))), max_size=6),
    st.integers(0, 6),
    st.sampled_from(["1", "0.001", "1000", "3.6", "-2"]),
    st.sampled_from(list(MODES)),
)
def test_numbers_are_what_decimal_arithmetic_says(
    numbers: list[tuple[Decimal, str]], decimals: int, scale: str, rounding: Rounding | None
) -> None:
    found = scaled(pa.array([text for _, text in numbers], pa.string()), decimals, scale, rounding)

    for place, (number, _) in enumerate(numbers):
        sign, digits, exponent = number.as_tuple()
        whole = (-1 if sign else 1) * int("".join(map(str, digits)))
        factor = Decimal(scale)
        exactly = Decimal(whole * int(factor * 1000)).scaleb(int(exponent) - 3 + decimals)
        rounded = int(exactly.to_integral_value(MODES[rounding]))
        assert not found.wrong[place]
        if abs(rounded) >= MOST:
            assert found.large[place]
        else:
            assert (found.value[place], found.large[place]) == (rounded, False)
            assert found.inexact[place] == (exactly != rounded)


@pytest.mark.parametrize(
    "text", ["x", "1,5", "1_0", "0x10", "nan", "Infinity", "-", ".", "1e", "--1", "\u0661", "1e100"]
)
def test_what_is_no_number_is_told(text: str) -> None:
    found = scaled(pa.array(["1", text]), 0)

    assert found.wrong.tolist() == [False, True]


BOUNDS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**8), max_value=10**8, places=9)


@given(st.lists(NUMBERS | BOUNDS, max_size=5), BOUNDS, st.sampled_from([">", ">=", "<", "<="]))
def test_comparisons_are_exact(numbers: list[Decimal], bound: Decimal, sign: str) -> None:
    met, unusable = compared(pa.array([str(one) for one in numbers], pa.string()), sign, str(bound))

    for place, number in enumerate(numbers):
        expected = {">": number > bound, ">=": number >= bound, "<": number < bound, "<=": number <= bound}
        assert met[place] == expected[sign]
        assert not unusable[place]


def test_digits_beyond_those_declared_are_refused_and_listed(tmp_path: Path) -> None:
    sheet = read(tmp_path, "time,power\n2024-01-01 00:00,1.25\n2024-01-01 00:01,1.5\n")

    assert sheet.values == [15]
    assert [(one.place, one.reason, one.text) for one in sheet.dropped] == [
        ("sheet.csv line 2", "power: has more than 1 digits after the point", "1.25")
    ]


@pytest.mark.parametrize(("rounding", "value"), [("half even", 12), ("half up", 13), ("down", 12)])
def test_digits_are_rounded_as_declared(tmp_path: Path, rounding: str, value: int) -> None:
    sheet = read(tmp_path, "time,power\n2024-01-01,1.25\n", signals=signal(unit="kW", decimals=1, rounding=rounding))

    assert sheet.values == [value]


def test_a_value_is_scaled_exactly(tmp_path: Path) -> None:
    sheet = read(tmp_path, "time,power\n2024-01-01,1234.5\n", signals=signal(unit="kW", decimals=4, scale="0.001"))

    assert sheet.values == [12345]


def test_a_decimal_comma_and_groups_of_digits_are_read(tmp_path: Path) -> None:
    sheet = read(tmp_path, "time;power\n2024-01-01;1.234,5\n", delimiter=";", decimal_mark=",", thousands_mark=".")

    assert sheet.values == [12345]


def test_words_stand_for_numbers_in_the_order_of_the_rules(tmp_path: Path) -> None:
    rules = {"OFF": "idle", "ON": "running", "STBY": "idle"}
    source = "time,power\n2024-01-01 00:00,ON\n2024-01-01 00:01,STBY\n2024-01-01 00:02,?\n"

    sheet = read(tmp_path, source, signals=signal(states=rules))

    assert sheet.values == [1, 0]
    assert sheet.reasons == {"sheet.csv line 4": "power: stands for no state"}


def test_a_status_follows_from_a_number_by_the_first_rule_that_fits(tmp_path: Path) -> None:
    rules = {"< 0.5": "off", ">= 10": "running", ">= 0.5": "idle"}
    rows = "".join(f"2024-01-01 00:0{place},{value}\n" for place, value in enumerate(["0.4999", "0.5", "9.99", "10"]))

    sheet = read(tmp_path, f"time,power\n{rows}", signals=signal(states=rules))

    assert sheet.values == [0, 2, 2, 1]


@pytest.mark.parametrize(
    ("missing", "readings", "dropped"),
    [("drop", 1, 1), ("absent", 1, 0), ("unavailable", 2, 0)],
)
def test_an_empty_value_is_what_the_settings_say(tmp_path: Path, missing: str, readings: int, dropped: int) -> None:
    source = "time,power\n2024-01-01 00:00,NA\n2024-01-01 00:01,1\n"

    sheet = read(tmp_path, source, signals=signal(unit="kW", missing=missing))

    assert (len(sheet.readings), len(sheet.dropped)) == (readings, dropped)
    if missing == "unavailable":
        assert sheet.readings[0][3:] == (0, Quality.UNAVAILABLE)


def test_values_that_a_sensor_cannot_measure_are_bad(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-01 00:0{place},{value}\n" for place, value in enumerate(["-5.1", "-5", "9.5", "9.6"]))

    sheet = read(tmp_path, f"time,power\n{rows}", signals=signal(unit="kW", decimals=1, low="-5", high="9.5"))

    assert [one[4] for one in sheet.readings] == [Quality.BAD, Quality.GOOD, Quality.GOOD, Quality.BAD]


QUALITY: dict[str, Any] = {"column": "q", "values": {"192": "good", "64": "uncertain", "24": "unavailable"}}


def test_a_column_tells_the_quality(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-01 00:0{place},7,{code}\n" for place, code in enumerate(["192", "64", "24", "0", ""]))

    sheet = read(tmp_path, f"time,power,q\n{rows}", quality=QUALITY)

    assert [one[3:] for one in sheet.readings] == [(70, 0), (70, 1), (0, 3)]
    assert sheet.reasons == {
        "sheet.csv line 5": "in column 'q' is no known quality",
        "sheet.csv line 6": "in column 'q' is no known quality",
    }


def test_any_other_quality_can_be_uncertain(tmp_path: Path) -> None:
    sheet = read(tmp_path, "time,power,q\n2024-01-01,7,odd\n", quality={**QUALITY, "other": "uncertain"})

    assert [one[4] for one in sheet.readings] == [Quality.UNCERTAIN]
