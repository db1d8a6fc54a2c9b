"""Times as a file writes them, as seconds UTC, a column at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from maas_source_csv.numbers import Mask, scaled
from maas_source_csv.settings import Choice, EndOfDay, Fraction, Skipped, TimeRule
from numpy.typing import NDArray

DAY = 86_400
ISO = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?Z|[+-]\d\d(:?\d\d)?)?)?$"
FRACTION = r"\.\d+$"
SOME_FRACTION = r"\.\d*[1-9]\d*$"
LATE_DAY = r"(29|30|31)"
AFTER_SHORT_MONTHS = (3, 5, 7, 10, 12)
SECONDS = pa.timestamp("s")
MICROSECONDS = pa.timestamp("us")
RESOLUTION = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """Times of a column, and why some could not be told."""

    seconds: NDArray[np.int64]
    """UTC."""
    reasons: tuple[tuple[Mask, str], ...]
    """Which rows have no time, and why; no row twice."""


@dataclass(slots=True, eq=False)
class _Read:
    """Texts as far as they have been read."""

    micro: NDArray[np.int64]
    """Microseconds, local or UTC."""
    known: Mask
    absolute: Mask
    """It is UTC: the text had an offset, or counted from 1970."""
    wrong: Mask
    """It looks like a time of this format, and is none."""


def read_times(texts: Any, rule: TimeRule) -> Times:
    """The seconds of a column of texts without nulls."""
    late = np.zeros(len(texts), np.bool_)
    if rule.end_of_day is EndOfDay.HOUR_24:
        late = _mask(pc.match_substring_regex(texts, r"[ T]24:00(:00)?$"))
        texts = pc.replace_substring_regex(texts, r"([ T])24:00(:00)?$", r"\100:00\2")
    read = _first_that_fits(texts, rule.formats)
    fraction = read.known & (read.micro % 1_000_000 != 0)
    local = read.micro // 1_000_000
    if rule.end_of_day is EndOfDay.SAME_DATE:
        late = (local % DAY == 0) & ~fraction
    local = local + np.where(late, DAY, 0)
    seconds, twice, never = _in_zone(local, read, rule)
    reasons: list[tuple[Mask, str]] = [(~read.known, f"is no time of the form {' or '.join(rule.formats)}")]
    if rule.fraction is Fraction.DROP:
        reasons.append((fraction, "is between two seconds"))
        twice, never = twice & ~fraction, never & ~fraction
    reasons.append((twice, f"is twice in {rule.zone}, since clocks go back"))
    reasons.append((never, f"does not exist in {rule.zone}, since clocks go forward"))
    return Times(seconds + rule.shift, tuple(reasons))


def _in_zone(local: NDArray[np.int64], read: _Read, rule: TimeRule) -> tuple[NDArray[np.int64], Mask, Mask]:
    """Seconds UTC, and which local times are twice or never there and have no rule."""
    nowhere = np.zeros(len(local), np.bool_)
    if rule.zone == "UTC" or bool(read.absolute.all()):
        return local, nowhere, nowhere
    first, last = (_assumed(local, rule.zone, which) for which in ("earliest", "latest"))
    there = pc.local_timestamp(_zoned(first, rule.zone))
    unclear = (first != last) & read.known & ~read.absolute
    twice = unclear & (_integers(there) == local)
    never = unclear & ~twice
    seconds = np.where(twice & (rule.ambiguous is Choice.LATER), last, first)
    if rule.nonexistent is Skipped.SHIFT and bool(never.any()):
        seconds = np.where(never, _assumed(local - DAY, rule.zone, "earliest") + DAY, seconds)
        never = nowhere
    if rule.ambiguous is not Choice.DROP:
        twice = nowhere
    return np.where(read.absolute, local, seconds), twice, never


def _assumed(local: NDArray[np.int64], zone: str, which: str) -> NDArray[np.int64]:
    column = pa.array(local).cast(SECONDS)
    return _integers(pc.assume_timezone(column, zone, ambiguous=which, nonexistent=which))


def _zoned(seconds: NDArray[np.int64], zone: str) -> Any:
    return pa.array(seconds).cast(pa.timestamp("s", zone))


def _first_that_fits(texts: Any, formats: tuple[str, ...]) -> _Read:
    read = _read(texts, formats[0])
    for one in formats[1:]:
        missing = np.flatnonzero(~read.known & ~read.wrong)
        if len(missing):
            more = _read(texts.take(pa.array(missing)), one)
            for name in ("micro", "known", "absolute", "wrong"):
                getattr(read, name)[missing] = getattr(more, name)
    return read


def _read(texts: Any, form: str) -> _Read:
    match form:
        case "iso":
            return _iso(texts)
        case "unix" | "unix_ms":
            numbers = scaled(texts, 6 if form == "unix" else 3)
            known = ~(numbers.wrong | numbers.inexact | numbers.large)
            return _Read(numbers.value.copy(), known, np.ones(len(texts), np.bool_), np.zeros(len(texts), np.bool_))
    return _pattern(texts, form)


def _pattern(texts: Any, form: str) -> _Read:
    """Texts of a pattern as `strptime` knows it."""
    micro = np.zeros(len(texts), np.int64)
    whole = texts
    if form.endswith(".%f"):
        whole, form = pc.replace_substring_regex(texts, FRACTION, ""), form.removesuffix(".%f")
        micro += _mask(pc.match_substring_regex(texts, SOME_FRACTION))
    parsed = pc.strptime(whole, format=form, unit="s", error_is_null=True)
    known = _mask(pc.is_valid(parsed))
    seconds = _integers(pc.fill_null(parsed.cast(pa.int64()), 0))
    wrong = _overflown(whole, parsed, form)
    nothing = np.zeros(len(texts), np.bool_)
    return _Read(seconds * 1_000_000 + micro, known & ~wrong, nothing, wrong)


def _overflown(texts: Any, parsed: Any, form: str) -> Mask:
    """Which dates are not in the calendar: the C library reads 31/02 as 03/03."""
    month, day = pc.month(parsed), pc.day(parsed)
    after = pc.is_in(month, value_set=pa.array(AFTER_SHORT_MONTHS, pa.int64()))
    early = pc.or_(pc.equal(day, 1), pc.and_(pc.equal(month, 3), pc.less_equal(day, 3)))
    suspect = pc.and_(pc.and_(after, early), pc.match_substring_regex(texts, LATE_DAY))
    found = np.zeros(len(texts), np.bool_)
    for one in np.flatnonzero(_mask(pc.fill_null(suspect, False))):
        try:
            datetime.strptime(texts[int(one)].as_py().strip(), form)  # noqa: DTZ007 - only whether it is a date
        except ValueError:
            found[one] = True
    return found


def _iso(texts: Any) -> _Read:
    count = len(texts)
    for kind, absolute in ((MICROSECONDS, False), (pa.timestamp("us", "UTC"), True)):
        try:
            parsed = pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
        same = np.full(count, absolute)
        return _Read(_integers(parsed), np.ones(count, np.bool_), same, np.zeros(count, np.bool_))
    return _iso_one_by_one(texts)


def _iso_one_by_one(texts: Any) -> _Read:
    """Texts of which some have an offset or are wrong."""
    count = len(texts)
    read = _Read(
        np.zeros(count, np.int64), np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    )
    shaped = _mask(pc.match_substring_regex(pc.utf8_trim_whitespace(texts), ISO))
    for one in np.flatnonzero(shaped):
        try:
            moment = datetime.fromisoformat(texts[int(one)].as_py().strip().replace(" Z", "Z"))
        except ValueError:
            read.wrong[one] = True
            continue
        read.absolute[one] = moment.tzinfo is not None
        exactly = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        read.micro[one] = (exactly - datetime.fromtimestamp(0, UTC)) // RESOLUTION
        read.known[one] = True
    return read


def _integers(column: Any) -> NDArray[np.int64]:
    found: NDArray[np.int64] = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _mask(column: Any) -> Mask:
    found: Mask = np.asarray(column.to_numpy(zero_copy_only=False), np.bool_)
    return found
