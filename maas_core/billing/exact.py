"""Exact numbers as text and back, and the one rounding."""

import re
from fractions import Fraction
from math import floor

from maas_core.billing.terms import Mode
from maas_core.errors import IntegrityError

_FRACTION = re.compile(r"(0|-?[1-9][0-9]*)(?:/([1-9][0-9]*))?")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
LONGEST = 400
"""Digits of a number in a document; more is refused before it is read."""


def fraction_text(value: Fraction) -> str:
    """A fraction in lowest terms: "-7", "22/7"."""
    return str(value)


def fraction(text: object) -> Fraction:
    """The number that `fraction_text` wrote. Raises `IntegrityError` for any other spelling."""
    if not isinstance(text, str) or len(text) > LONGEST or not (found := _FRACTION.fullmatch(text)):
        raise IntegrityError(f"{text!r} is no exact number; accepted: a whole number or a fraction, e.g. 22/7")
    value = Fraction(int(found[1]), int(found[2] or 1))
    if fraction_text(value) != text:
        raise IntegrityError(f"{text!r} is not in lowest terms")
    return value


def integer(text: object) -> int:
    """An integer written as a decimal string. Raises `IntegrityError`."""
    if not isinstance(text, str) or len(text) > LONGEST or not _INTEGER.fullmatch(text):
        raise IntegrityError(f"{text!r} is no whole number in a string")
    return int(text)


def rounded(value: Fraction, mode: Mode) -> int:
    """A number of minor units as an integer.

    Each mode is a floor of a shifted number, so that a remainder carried on gives the same sum however time is split.
    """
    match mode:
        case Mode.FLOOR:
            return floor(value)
        case Mode.CEILING:
            return -floor(-value)
    return floor(value + Fraction(1, 2))


def decimal_text(value: Fraction, digits: int, least: int = 0) -> str:
    """A number for people: at most `digits` decimals, nearest, trailing zeros beyond `least` left out."""
    scaled = floor(abs(value) * 10**digits + Fraction(1, 2))
    whole, part = divmod(scaled, 10**digits)
    decimals = f"{part:0{digits}d}" if digits else ""
    kept = decimals.rstrip("0").ljust(least, "0")
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole}.{kept}" if kept else f"{sign}{whole}"


def grouped(text: str) -> str:
    """A decimal number with its thousands set apart by thin spaces."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, part = digits.partition(".")
    return f"{sign}{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") + point + part
