"""Decimal text as scaled integers, exactly, a column at a time. No float is involved."""

import math
from dataclasses import dataclass
from fractions import Fraction as Ratio
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from maas_source_csv.settings import Rounding, exact
from numpy.typing import NDArray

PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)$"
LONGEST = 36
"""Characters of a number that a 128-bit decimal takes for certain."""
MOST = 2**62
"""Values are below this, so that the next step can add two of them."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scale:
    """A factor as a whole number times a power of ten."""

    factor: int
    digits: int
    """Minus the power."""

    @classmethod
    def of(cls, text: str) -> "Scale":
        """The scale that a decimal number stands for."""
        number = exact(text)
        assert number is not None
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)
        factor = int("".join(map(str, digits))) * (-1 if sign else 1)
        return cls(factor * 10 ** max(exponent, 0), max(-exponent, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Values in units of 10 to the power of minus the decimals asked for; a column of masks says which to use."""

    value: NDArray[np.int64]
    """Rounded down (towards minus infinity) or as asked."""
    wrong: Mask
    """No number."""
    inexact: Mask
    """There were more digits."""
    large: Mask
    """Too large for a reading; the value is then the bound that it is beyond."""


def scaled(texts: Any, decimals: int, scale: str = "1", rounding: Rounding | None = None) -> Numbers:
    """Numbers of a column of texts without nulls, with `decimals` digits; `rounding` None is the floor."""
    none = np.zeros(len(texts), np.bool_)
    if scale == "1" and _is_short(texts):
        whole = _cast(texts, decimals)
        if whole is not None and bool(whole[1].all()):
            return Numbers(whole[0], none, none, none)
    texts = pc.utf8_trim_whitespace(texts)
    return _in_general(texts, decimals, Scale.of(scale), rounding)


def _is_short(texts: Any) -> bool:
    """Whether Arrow's conversion can be trusted: of very small numbers with an exponent it silently makes 0."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    return longest <= LONGEST and not any(pc.any(pc.match_substring(texts, mark)).as_py() for mark in "eE")


def _in_general(texts: Any, decimals: int, scale: Scale, rounding: Rounding | None) -> Numbers:
    plain = pc.and_(pc.match_substring_regex(texts, PLAIN), pc.less_equal(pc.binary_length(texts), LONGEST))
    point = pc.find_substring(texts, ".")
    digits = pc.subtract(pc.subtract(pc.binary_length(texts), point), 1)
    fraction = pc.if_else(pc.and_(plain, pc.greater_equal(point, 0)), digits, 0)
    most = int(pc.max(fraction).as_py() or 0)
    mantissa, fits = _cast(pc.if_else(plain, texts, "0"), most) or (
        np.zeros(len(texts), np.int64),
        _mask(pc.invert(plain)),
    )
    shift = most + scale.digits - decimals
    by = scale.factor * 10 ** max(-shift, 0)
    limit = MOST // (abs(by) or 1)
    quick = _mask(plain) & fits & (mantissa > -limit) & (mantissa < limit)
    value = np.where(quick, mantissa, 0) * (by if limit else 0)
    inexact = np.zeros(len(texts), np.bool_)
    if shift > 18:
        quick &= value == 0
    elif shift > 0:
        value, inexact = _divided(value, 10**shift, rounding)
    numbers = Numbers(value, np.zeros(len(texts), np.bool_), inexact, np.zeros(len(texts), np.bool_))
    for one in np.flatnonzero(~quick):
        _one(numbers, int(one), texts[int(one)].as_py(), decimals, scale, rounding)
    return numbers


def _cast(texts: Any, decimals: int) -> tuple[NDArray[np.int64], Mask] | None:
    """The column in units of 10 to the power of -`decimals`, and which values fit; None if any is no such number."""
    if len(texts) == 0:
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    try:
        exactly = pc.cast(texts, pa.decimal128(38, decimals))
    except pa.ArrowInvalid:
        return None
    words = np.frombuffer(exactly.buffers()[1], np.int64, 2 * len(exactly), exactly.offset * 16).reshape(-1, 2)
    low = np.ascontiguousarray(words[:, 0])
    return low, (words[:, 1] == low >> 63) & (low > -MOST) & (low < MOST)


def _divided(value: NDArray[np.int64], by: int, rounding: Rounding | None) -> tuple[NDArray[np.int64], Mask]:
    """Value / by, rounded, and where something was lost."""
    quotient, rest = np.divmod(value, by)
    return quotient + _upwards(quotient, rest, by, rounding), rest != 0


def _upwards(quotient: Any, rest: Any, by: int, rounding: Rounding | None) -> Any:
    """Where the floor is one too low."""
    negative = quotient < 0
    match rounding:
        case Rounding.HALF_EVEN:
            return (rest * 2 > by) | ((rest * 2 == by) & (quotient % 2 == 1))
        case Rounding.HALF_UP:
            return (rest * 2 > by) | ((rest * 2 == by) & ~negative)
        case Rounding.DOWN:
            return negative & (rest != 0)
    return quotient != quotient  # noqa: PLR0124 - nowhere, for numbers and columns alike


def _one(numbers: Numbers, at: int, text: str, decimals: int, scale: Scale, rounding: Rounding | None) -> None:
    """A number that is not plain or large, by itself."""
    number = exact(text) if text.isascii() and "_" not in text else None
    if number is None:
        numbers.wrong[at] = True
        return
    ratio = Ratio(number) * scale.factor * Ratio(10) ** (decimals - scale.digits)
    quotient, rest = divmod(ratio.numerator, ratio.denominator)
    value = quotient + int(_upwards(np.array(quotient, object), np.array(rest, object), ratio.denominator, rounding))
    numbers.large[at] = not -MOST < value < MOST
    numbers.inexact[at] = rest != 0
    numbers.value[at] = min(max(value, -MOST), MOST)


def _mask(column: Any) -> Mask:
    found: Mask = np.asarray(column.to_numpy(zero_copy_only=False), np.bool_)
    return found


def threshold(text: str) -> tuple[int, int]:
    """A number to compare with: (value, decimals)."""
    number = exact(text)
    assert number is not None
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    decimals = max(-exponent, 0)
    return int(Ratio(number) * 10**decimals), decimals


def compared(texts: Any, sign: str, text: str) -> tuple[Mask, Mask]:
    """Which numbers compare so with the number `text`, and which texts are no numbers."""
    bound, decimals = threshold(text)
    numbers = scaled(texts, decimals)
    above = numbers.value > bound
    same = (numbers.value == bound) & ~numbers.inexact
    over = (numbers.value == bound) & numbers.inexact
    is_more, is_same = above | over, same
    met = {">": is_more, ">=": is_more | is_same, "<": ~(is_more | is_same), "<=": ~is_more}[sign]
    return met & ~numbers.wrong, numbers.wrong


def outside(value: NDArray[np.int64], decimals: int, low: str, high: str) -> Mask:
    """Which values are below `low` or above `high`, as far as these are given."""
    found = np.zeros(len(value), np.bool_)
    if low:
        found |= value < math.ceil(Ratio(exact(low) or 0) * 10**decimals)
    if high:
        found |= value > math.floor(Ratio(exact(high) or 0) * 10**decimals)
    return found
