"""SHDR, the line protocol of adapters: a time, then pairs of key and value between bars. Pure.

MTConnect part 5 gives the data items; the protocol itself is described with the C++ agent
(https://github.com/mtconnect/cppagent, "Adapter Agent Protocol").
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from maas_source_mtconnect.devices import Item, Kind
from maas_source_mtconnect.settings import Rounding

MULTILINE = "--multiline--"
TICKS = 10_000_000
"""Ticks of 100 ns in a second: as fine as adapters tell times."""
MOST = 2**62
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)

FIELDS = {Kind.CONDITION: 5, Kind.MESSAGE: 2, Kind.SERIES: 3}
"""How many fields follow the key; one if not listed."""
NOT_READINGS = {
    Kind.TEXT: "is text, neither a number nor a word that the standard defines",
    Kind.MESSAGE: "is a message",
    Kind.SERIES: "is a time series",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One observation of one line."""

    key: str
    values: tuple[str, ...]
    """One; of a condition level, native code, native severity, qualifier and text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with a time."""

    ticks: int | None
    """100 ns since 1970, UTC; None if it has no time that can be read."""
    fields: tuple[Field, ...]
    stray: tuple[str, ...] = ()
    """Fields at the end that are no pair."""


def split(text: str, kind_of: Callable[[str], Kind | None]) -> Line:
    """A line that is neither a command (`*`) nor about assets (`@`)."""
    stamp, *parts = text.split("|")
    fields: list[Field] = []
    place = 0
    while place + 1 < len(parts):
        key = parts[place].strip()
        kind = kind_of(key)
        count = FIELDS.get(kind, 1) if kind is not None else 1
        fields.append(Field(key, tuple(parts[place + 1 : place + 1 + count])))
        place += 1 + count
    return Line(ticks(stamp), tuple(fields), tuple(parts[place:]))


def ticks(stamp: str) -> int | None:
    """An ISO 8601 time, UTC unless it names an offset, in ticks; a duration after `@` is left out."""
    text = stamp.strip().partition("@")[0]
    main, point, rest = text.partition(".")
    digits = rest.rstrip("Zz")
    zone = rest[len(digits) :] if point else ""
    if point and not digits.isdecimal():
        return None
    try:
        moment = datetime.fromisoformat(f"{main}{zone.upper()}")
    except ValueError:
        return None
    exactly = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(exactly.timestamp()) * TICKS + int(f"{digits[:7]:<07}" if point else 0)


def number(text: str, item: Item, rounding: Rounding) -> int | str:
    """A decimal number in units of the item's decimals, or why there is none."""
    if not NUMBER.fullmatch(text):
        return "is no number"
    scaled = Fraction(text) * item.factor * 10**item.decimals
    if scaled.denominator != 1 and rounding is Rounding.DROP:
        return f"has more than {item.decimals} digits after the point"
    value = round(scaled)
    return value if -MOST < value < MOST else "is too large a number"


def parts_of(item: Item, text: str) -> Iterator[str]:
    """The numbers of a value: three of a vector."""
    yield from text.split() if item.kind is Kind.VECTOR else (text.strip(),)
