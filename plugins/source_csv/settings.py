"""What `[telemetry.NAME.settings]` says about a CSV file: how it is written, and what its columns mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

COMPARISON = re.compile(r"(>=|<=|>|<)\s*(\S+)")
"""A state rule that compares instead of naming a value."""
MOST_EXPONENT = 60
QUALITIES = ("good", "uncertain", "bad", "unavailable")


class Encoding(StrEnum):
    """How the file's characters are written; a byte-order mark is passed over."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    LATIN_1 = "latin-1"
    CP1252 = "cp1252"


class Choice(StrEnum):
    """What becomes of a local time that a zone has twice."""

    EARLIER = "earlier"
    LATER = "later"
    DROP = "drop"


class Skipped(StrEnum):
    """What becomes of a local time that a zone does not have."""

    SHIFT = "shift"
    DROP = "drop"


class EndOfDay(StrEnum):
    """How the file writes the end of a day."""

    NEXT_DATE = "next date"
    SAME_DATE = "same date"
    HOUR_24 = "24:00"


class Fraction(StrEnum):
    """What becomes of a time between two seconds."""

    DROP = "drop"
    TRUNCATE = "truncate"


class Rounding(StrEnum):
    """What becomes of a value with more digits than declared."""

    DROP = "drop"
    HALF_EVEN = "half even"
    HALF_UP = "half up"
    DOWN = "down"


class Missing(StrEnum):
    """What an empty value is."""

    DROP = "drop"
    UNAVAILABLE = "unavailable"
    ABSENT = "absent"


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


@dataclass(frozen=True, slots=True)
class TimeRule:
    """When a row was measured."""

    columns: tuple[str, ...] = field(metadata=_help("One column, or several that are joined by a space."))
    formats: tuple[str, ...] = field(
        default=("iso",),
        metadata=_help(
            "Tried in this order: `iso` (2024-05-31 23:45:00, an offset is heeded), `unix`, `unix_ms`, or a pattern of "
            "%d %m %Y %y %H %I %M %S %p %b, with .%f at its end for fractions."
        ),
    )
    zone: str = field(default="UTC", metadata=_help("The zone of times without an offset, e.g. Asia/Seoul."))
    ambiguous: Choice = field(
        default=Choice.DROP, metadata=_help("A local time that the zone has twice, when clocks go back.")
    )
    nonexistent: Skipped = field(
        default=Skipped.DROP,
        metadata=_help("A local time that the zone leaves out; `shift`: as if clocks had not moved."),
    )
    end_of_day: EndOfDay = field(
        default=EndOfDay.NEXT_DATE,
        metadata=_help(
            "How midnight at the end of a day is written: 00:00 of the next date, 00:00 of the same date, or 24:00."
        ),
    )
    fraction: Fraction = field(default=Fraction.DROP, metadata=_help("A time between two seconds."))
    shift: int = field(
        default=0,
        metadata=_help("Seconds added to every time, e.g. -900 where a time names the end of its 15 minutes."),
    )

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("columns: names no column; accepted: a list of one or more column names")
        if not self.formats:
            raise ValueError('formats: names no format; accepted: "iso", "unix", "unix_ms" or patterns like "%d/%m/%Y"')
        for one in self.formats:
            if one not in {"iso", "unix", "unix_ms"} and "%" not in one:
                raise ValueError(
                    f'formats: {one!r} is no format; accepted: "iso", "unix", "unix_ms" or a pattern with %'
                )
            if "%f" in one.removesuffix(".%f") or "%z" in one:
                raise ValueError(f'formats: {one!r}: %f stands only as .%f at the end, and offsets only in "iso"')
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"zone: {self.zone!r} is not known; accepted: names like UTC or Europe/Berlin") from None


@dataclass(frozen=True, slots=True)
class SignalRule:
    """What a column's values mean."""

    column: str = field(metadata=_help("The column of the values; several signals may read one column."))
    unit: str = field(default="", metadata=_help("The UCUM unit after scaling, e.g. kW.h; empty for a status."))
    decimals: int = field(default=0, metadata=_help("Digits after the point that are kept.", min=0, max=18))
    scale: str = field(default="1", metadata=_help("What the file's value is multiplied by, e.g. 0.001; exact."))
    rounding: Rounding = field(
        default=Rounding.DROP, metadata=_help("A value with more digits than `decimals`; `drop` lists it.")
    )
    missing: Missing = field(
        default=Missing.DROP,
        metadata=_help(
            "An empty value: `drop` lists it, `unavailable` is a reading that says that there is no value, `absent` is "
            "nothing at all, for files whose rows fill only some columns."
        ),
    )
    states: Mapping[str, str] = field(
        default_factory=dict,
        metadata=_help(
            'Makes it a status: value = word, e.g. { "0" = "idle", ">= 5.0" = "running" }; the first rule that fits '
            "counts, words are numbered as they first appear."
        ),
    )
    tag: str = field(default="", metadata=_help("Only rows whose `tag_column` says this."))
    interval: int = field(default=0, metadata=_help("Seconds between readings, for gaps; 0: not regular.", min=0))
    low: str = field(default="", metadata=_help("Values below are of quality bad, e.g. what a sensor cannot measure."))
    high: str = field(default="", metadata=_help("Values above are of quality bad."))

    def __post_init__(self) -> None:
        for name in ("scale", "low", "high"):
            text = getattr(self, name)
            if text and exact(text) is None:
                raise ValueError(f"{name}: {text!r} is no number; accepted: a decimal number in quotes")
        if self.states and (self.decimals or self.unit or exact(self.scale) != 1):
            raise ValueError("states: a status has no unit, decimals or scale; leave them out")
        for rule in self.states:
            compared = COMPARISON.fullmatch(rule.strip())
            if compared is not None and not _comparable(compared[2]):
                raise ValueError(
                    f"states: {rule!r} compares with no number; accepted: a value, or e.g. '>= 5.0', with at most "
                    "9 digits before and 9 after the point"
                )

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a status, in the order of their numbers."""
        return tuple(dict.fromkeys(self.states.values()))


@dataclass(frozen=True, slots=True)
class QualityRule:
    """Which column says how good a row's values are."""

    column: str = field(metadata=_help("The column."))
    values: Mapping[str, str] = field(
        metadata=_help("What its values stand for: good, uncertain, bad or unavailable, e.g. { 192 = good }.")
    )
    other: str = field(default="drop", metadata=_help("For any other value; `drop` lists the row."))

    def __post_init__(self) -> None:
        for key, value in (*(("values", one) for one in self.values.values()), ("other", self.other)):
            if value not in QUALITIES and not (key == "other" and value == "drop"):
                raise ValueError(f"{key}: {value!r} is no quality; accepted: {', '.join(QUALITIES)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Table `[telemetry.NAME.settings]`."""

    path: Path = field(metadata=_help("The file."))
    time: TimeRule = field(metadata=_help("When a row was measured."))
    signals: Mapping[str, SignalRule] = field(metadata=_help("What the columns mean, by the name of the signal."))
    machine: str = field(default="", metadata=_help("The machine, if the file is about one."))
    machine_column: str = field(default="", metadata=_help("The column that names the machine, otherwise."))
    tag_column: str = field(
        default="", metadata=_help("The column that names the signal, where each row is one value of one signal.")
    )
    quality: QualityRule | None = field(default=None, metadata=_help("Which column says how good the values are."))
    delimiter: str = field(default=",", metadata=_help("What stands between two columns; one character."))
    quote: str = field(
        default='"', metadata=_help("What stands around a value with a delimiter in it; empty: nothing.")
    )
    decimal_mark: str = field(default=".", metadata=_help("`.` or `,`."))
    thousands_mark: str = field(default="", metadata=_help("What groups digits, e.g. `.` in 1.234,5."))
    encoding: Encoding = field(default=Encoding.UTF_8, metadata=_help("How characters are written."))
    skip_lines: int = field(default=0, metadata=_help("Lines before the header.", min=0, max=10_000))
    header: tuple[str, ...] = field(default=(), metadata=_help("The columns' names, if no line of the file has them."))
    missing: tuple[str, ...] = field(
        default=("", "NA", "N/A", "NaN", "nan", "null", "NULL"), metadata=_help("What is written for no value.")
    )
    follow: bool = field(
        default=False, metadata=_help("The file still grows: wait for more, and take only whole lines.")
    )

    def __post_init__(self) -> None:
        if bool(self.machine) == bool(self.machine_column):
            raise ValueError("machine: accepted is either `machine` or `machine_column`")
        if not self.signals:
            raise ValueError("signals: there is none; accepted: tables [...settings.signals.NAME] with a column each")
        for key in ("delimiter", "decimal_mark"):
            if len(getattr(self, key)) != 1 or getattr(self, key) in "\r\n":
                raise ValueError(f"{key}: {getattr(self, key)!r} is not accepted; accepted: one character")
        for key in ("quote", "thousands_mark"):
            if len(getattr(self, key)) > 1:
                raise ValueError(f"{key}: {getattr(self, key)!r} is not accepted; accepted: one character or nothing")
        for name, one in self.signals.items():
            if bool(one.tag) != bool(self.tag_column):
                raise ValueError(f"signals: {name!r} has to name a `tag` if, and only if, there is a `tag_column`")


def _comparable(text: str) -> bool:
    number = exact(text)
    return number is not None and abs(number) < 10**9 and number * 10**9 % 1 == 0


def exact(text: str) -> Decimal | None:
    """A decimal number without error; None if it is none, not finite, or of a size that nothing measured has."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    sized = number.is_finite() and (not number or abs(number.adjusted()) <= MOST_EXPONENT)
    return number if sized else None
