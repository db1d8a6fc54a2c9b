"""Exact numbers as text, and the one rounding."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.billing.exact import fraction, fraction_text, integer, rounded
from maas_core.billing.terms import Mode
from maas_core.errors import IntegrityError

ROUNDED = [
    # number, half up, floor, ceiling
    ("7/2", 4, 3, 4),
    ("5/2", 3, 2, 3),
    ("-5/2", -2, -3, -2),
    ("-7/3", -2, -3, -2),
    ("7/3", 2, 2, 3),
    ("4", 4, 4, 4),
]


@pytest.mark.parametrize(("number", "half_up", "floor", "ceiling"), ROUNDED)
def test_rounding(number: str, half_up: int, floor: int, ceiling: int) -> None:
    assert [rounded(Fraction(number), mode) for mode in Mode] == [half_up, floor, ceiling]


@given(st.fractions())
def test_a_fraction_reads_back(value: Fraction) -> None:
    assert fraction(fraction_text(value)) == value


@pytest.mark.parametrize(
    "text", ["", "1/0", "2/4", "01", "-0", "+1", "1/-2", "1.5", " 1", "1/1", "0/5", "\u0661", "9" * 401, 1, None]
)
def test_another_spelling_is_refused(text: object) -> None:
    with pytest.raises(IntegrityError):
        fraction(text)


@pytest.mark.parametrize("text", ["", "1/2", "01", "-0", "1.0", "1e3", "9" * 401, 1, None])
def test_an_integer_has_one_spelling(text: object) -> None:
    with pytest.raises(IntegrityError):
        integer(text)
