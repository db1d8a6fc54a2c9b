"""Currencies by ISO 4217."""

import pytest

from maas_core.errors import UsageError
from maas_core.ports.currency import by_code, by_number


@pytest.mark.parametrize(
    ("code", "number", "digits"),
    [("EUR", 978, 2), ("JPY", 392, 0), ("KWD", 414, 3), ("CLF", 990, 4), ("ALL", 8, 2), ("USD", 840, 2)],
)
def test_a_currency_is_found_by_letters_and_by_number(code: str, number: int, digits: int) -> None:
    found = by_code(code)
    assert (found.number, found.digits) == (number, digits)
    assert by_number(number) is found


def test_what_has_no_minor_unit_is_no_currency_to_bill_in() -> None:
    with pytest.raises(UsageError, match="'XAU' is no currency with a minor unit"):
        by_code("XAU")
    with pytest.raises(UsageError, match="999 is no currency"):
        by_number(999)


def test_amounts_are_written_as_decimals_without_a_float() -> None:
    assert by_code("EUR").decimal(2**63 - 1) == "92233720368547758.07"
    assert by_code("JPY").decimal(100) == "100"
    assert by_code("KWD").decimal(7) == "0.007"
