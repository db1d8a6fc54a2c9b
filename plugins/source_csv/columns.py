"""A table of texts as readings, by the rules of the settings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from maas_source_csv.lines import Table
from maas_source_csv.numbers import Mask, compared, outside, scaled
from maas_source_csv.settings import COMPARISON, Missing, Rounding, Settings, SignalRule
from maas_source_csv.times import read_times
from numpy.typing import NDArray

from maas_core.ports.readings import Quality, Readings
from maas_core.ports.telemetry_source import Dropped

LONGEST_SHOWN = 40


@dataclass(slots=True, eq=False)
class _Refusals:
    """What did not become a reading, by line."""

    file: str
    lines: NDArray[np.int64]
    found: list[tuple[int, Dropped]] = field(default_factory=list)

    def add(self, rows: Any, reason: str, values: int, texts: Any = None) -> None:
        """Rows by index, with the text that is at fault where there is one."""
        for row in np.asarray(rows).tolist():
            text = "" if texts is None else (texts[row].as_py() or "")[:LONGEST_SHOWN]
            line = int(self.lines[row])
            self.found.append((line, Dropped(f"{self.file} line {line}", reason, values, text=text)))

    def dropped(self) -> tuple[Dropped, ...]:
        """All of it, in the order of the file."""
        return tuple(one for _, one in sorted(self.found, key=lambda pair: pair[0]))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What all signals of a row have in common."""

    time: NDArray[np.int64]
    machine: NDArray[np.int32]
    quality: NDArray[np.uint8]
    usable: Mask


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One signal's readings."""

    rows: NDArray[np.intp]
    value: NDArray[np.int64]
    quality: NDArray[np.uint8]


def readings(table: Table, settings: Settings, file: str) -> tuple[Readings, tuple[Dropped, ...]]:
    """The readings of a table, signal by signal, and what did not become one."""
    refusals = _Refusals(file, table.lines)
    each = 1 if settings.tag_column else len(settings.signals)
    for line, reason in table.wrong:
        refusals.found.append((line, Dropped(f"{file} line {line}", reason, each)))
    machines, rows = _rows(table, settings, refusals, each)
    tags = _tags(table, settings, refusals, rows.usable)
    parts: list[_Part] = []
    for name, rule in settings.signals.items():
        mask = rows.usable if tags is None else rows.usable & _mask(pc.fill_null(pc.equal(tags, rule.tag), False))
        parts.append(_signal(table, settings, name, rule, mask, rows.quality, refusals))
    order = np.concatenate([part.rows for part in parts])
    signal = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.rows) for part in parts])
    found = Readings(
        machines=machines,
        signals=tuple(settings.signals),
        machine=rows.machine[order],
        signal=signal,
        time=rows.time[order],
        value=np.concatenate([part.value for part in parts]),
        quality=np.concatenate([part.quality for part in parts]),
    )
    return found, refusals.dropped()


def _rows(table: Table, settings: Settings, refusals: _Refusals, each: int) -> tuple[tuple[str, ...], _Rows]:
    texts = [table.columns[name] for name in settings.time.columns]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, " ")
    time = np.zeros(len(joined), np.int64)
    usable = _mask(pc.is_valid(joined))
    refusals.add(np.flatnonzero(~usable), f"column {settings.time.columns[0]!r} has no time", each)
    present = np.flatnonzero(usable)
    told = joined if len(present) == len(joined) else joined.take(pa.array(present))
    times = read_times(told, settings.time)
    time[present] = times.seconds
    for mask, reason in times.reasons:
        wrong = present[mask]
        refusals.add(wrong, reason, each, joined)
        usable[wrong] = False
    machines, machine = _machines(table, settings, refusals, usable, each)
    quality = _qualities(table, settings, refusals, usable, each)
    return machines, _Rows(time, machine, quality, usable)


def _machines(
    table: Table, settings: Settings, refusals: _Refusals, usable: Mask, each: int
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    if not settings.machine_column:
        return (settings.machine,), np.zeros(len(usable), np.int32)
    coded = pc.dictionary_encode(table.columns[settings.machine_column])
    unnamed = _mask(pc.is_null(coded))
    refusals.add(np.flatnonzero(unnamed & usable), f"column {settings.machine_column!r} names no machine", each)
    usable &= ~unnamed
    number: NDArray[np.int32] = pc.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False).astype(np.int32)
    return tuple(coded.dictionary.to_pylist()), number


def _qualities(table: Table, settings: Settings, refusals: _Refusals, usable: Mask, each: int) -> NDArray[np.uint8]:
    """Each row's quality; takes those of no accepted one out of `usable`."""
    rule = settings.quality
    if rule is None:
        return np.zeros(len(usable), np.uint8)
    column = table.columns[rule.column]
    place = pc.fill_null(pc.index_in(column, pa.array(list(rule.values), pa.string())), len(rule.values))
    codes = [Quality[one.upper()].value for one in rule.values.values()]
    unknown = _mask(pc.equal(place, len(rule.values)))
    if rule.other == "drop":
        refusals.add(np.flatnonzero(unknown & usable), f"in column {rule.column!r} is no known quality", each, column)
        usable &= ~unknown
        codes.append(Quality.BAD)
    else:
        codes.append(Quality[rule.other.upper()].value)
    found: NDArray[np.uint8] = np.array(codes, np.uint8)[place.to_numpy(zero_copy_only=False)]
    return found


def _tags(table: Table, settings: Settings, refusals: _Refusals, usable: Mask) -> Any:
    if not settings.tag_column:
        return None
    tags = table.columns[settings.tag_column]
    known = pa.array(sorted({one.tag for one in settings.signals.values()}), pa.string())
    unknown = usable & ~_mask(pc.is_in(tags, value_set=known))
    refusals.add(np.flatnonzero(unknown), f"in column {settings.tag_column!r} stands for no signal", 1, tags)
    return tags


def _signal(
    table: Table, settings: Settings, name: str, rule: SignalRule, mask: Mask, quality: NDArray[np.uint8],
    refusals: _Refusals,
) -> _Part:  # fmt: skip
    column = table.columns[rule.column]
    empty = mask & _mask(pc.is_null(column))
    rows = np.flatnonzero(mask & ~empty)
    if rule.missing is Missing.DROP:
        refusals.add(np.flatnonzero(empty), f"{name}: column {rule.column!r} is empty", 1)
    texts = column if len(rows) == len(column) else column.take(pa.array(rows))
    texts = _plain(texts, settings)
    value, bad, reasons = _states(texts, rule) if rule.states else _numbers(texts, rule)
    good = np.ones(len(rows), np.bool_)
    for wrong, reason in reasons:
        refusals.add(rows[wrong], f"{name}: {reason}", 1, column)
        good &= ~wrong
    told = np.maximum(quality[rows], np.where(bad, np.uint8(Quality.BAD), np.uint8(0)))
    value = np.where(told == Quality.UNAVAILABLE, 0, value)
    if not good.all():
        rows, value, told = rows[good], value[good], told[good]
    if rule.missing is Missing.UNAVAILABLE and empty.any():
        return _with_unavailable(_Part(rows, value, told), np.flatnonzero(empty))
    return _Part(rows, value, told)


def _with_unavailable(part: _Part, empty: NDArray[np.intp]) -> _Part:
    rows = np.concatenate([part.rows, empty])
    order = np.argsort(rows, kind="stable")
    value = np.concatenate([part.value, np.zeros(len(empty), np.int64)])
    quality = np.concatenate([part.quality, np.full(len(empty), Quality.UNAVAILABLE, np.uint8)])
    return _Part(rows[order], value[order], quality[order])


def _plain(texts: Any, settings: Settings) -> Any:
    """Numbers with a point and without groups."""
    if settings.thousands_mark:
        texts = pc.replace_substring(texts, settings.thousands_mark, "")
    return texts if settings.decimal_mark == "." else pc.replace_substring(texts, settings.decimal_mark, ".")


Reasons = Iterator[tuple[Mask, str]] | list[tuple[Mask, str]]


def _numbers(texts: Any, rule: SignalRule) -> tuple[NDArray[np.int64], Mask, Reasons]:
    found = scaled(texts, rule.decimals, rule.scale, rule.rounding)
    reasons = [(found.wrong, "is no number"), (found.large, "is too large a number")]
    if rule.rounding is Rounding.DROP:
        reasons.append((found.inexact & ~found.large, f"has more than {rule.decimals} digits after the point"))
    return found.value, outside(found.value, rule.decimals, rule.low, rule.high), reasons


def _states(texts: Any, rule: SignalRule) -> tuple[NDArray[np.int64], Mask, Reasons]:
    """The number of each text's word."""
    words = rule.words
    value = np.full(len(texts), -1, np.int64)
    for text, word in rule.states.items():
        comparison = COMPARISON.fullmatch(text.strip())
        if comparison is None:
            met = _mask(pc.equal(texts, text))
        else:
            met, _ = compared(texts, comparison[1], comparison[2])
        value[met & (value < 0)] = words.index(word)
    return value, np.zeros(len(texts), np.bool_), [(value < 0, "stands for no state")]


def _mask(column: Any) -> Mask:
    found: Mask = np.array(column.to_numpy(zero_copy_only=False), np.bool_)
    return found
