"""Lines of a file as a table of texts; whatever does not fit is told by its line."""

import codecs
import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from maas_source_csv.settings import Encoding, Settings
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from maas_core.errors import UsageError

SAMPLE = 2**16
LONGEST_LINE = 2**24
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written, as its beginning shows."""

    codec: str
    newline: bytes
    columns: tuple[str, ...]
    body: int
    """Where the first row begins."""
    line: int
    """The number of the first row's line."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of texts; null is what the settings call missing."""

    columns: dict[str, Any]
    lines: NDArray[np.int64]
    """Each row's line."""
    wrong: list[tuple[int, str]] = field(default_factory=list)
    """Lines that are no row, and why."""


def layout(file: BinaryIO, settings: Settings, path: Path) -> Layout:
    """Reads the beginning of a file. Raises `UsageError` if the columns that the settings name are not there."""
    file.seek(0)
    codec, start = _codec(file.read(4), settings.encoding)
    newline = "\n".encode(codec)
    file.seek(start)
    content = b""
    wanted = settings.skip_lines + (0 if settings.header else 1)
    while len(ends := _ends(content, newline, wanted)) < wanted:
        more = file.read(SAMPLE)
        if not more or len(content) > LONGEST_LINE:
            ends.append(len(content))
            break
        content += more
    body = ends[-1] if ends else 0
    header = content[ends[-2] if len(ends) > 1 else 0 : body].decode(codec, "replace").rstrip("\r\n")
    if len(ends) < wanted or not (settings.header or header.strip()):
        raise UsageError(f"{path.name}: line {wanted} has no header; give the columns' names by `header`")
    columns = settings.header or _names(header, settings)
    _require(columns, settings, path)
    return Layout(codec, newline, columns, start + body, wanted + 1)


def _codec(mark: bytes, encoding: Encoding) -> tuple[str, int]:
    """How to decode the rest, and how long the byte-order mark is."""
    if encoding is Encoding.UTF_8:
        return "utf-8", len(codecs.BOM_UTF8) if mark.startswith(codecs.BOM_UTF8) else 0
    if encoding is Encoding.UTF_16:
        big = mark.startswith(codecs.BOM_UTF16_BE)
        marked = big or mark.startswith(codecs.BOM_UTF16_LE)
        return "utf-16-be" if big else "utf-16-le", 2 if marked else 0
    return encoding.value, 0


def whole_lines(content: bytes, newline: bytes) -> bytes | None:
    """Up to the last line's end; None if no line ends here."""
    end = content.rfind(newline)
    while end >= 0 and end % len(newline):
        end = content.rfind(newline, 0, end + len(newline) - 1)
    return content[: end + len(newline)] if end >= 0 else None


def _ends(content: bytes, newline: bytes, most: int) -> list[int]:
    """Where the first lines end."""
    ends: list[int] = []
    place = 0
    while len(ends) < most and (place := content.find(newline, place)) >= 0:
        if place % len(newline) == 0:
            ends.append(place + len(newline))
        place += 1
    return ends


def _names(header: str, settings: Settings) -> tuple[str, ...]:
    options: dict[str, Any] = {"quotechar": settings.quote} if settings.quote else {"quoting": csv.QUOTE_NONE}
    [row] = csv.reader([header], delimiter=settings.delimiter, **options)
    return tuple(one.strip() for one in row)


def used_columns(settings: Settings) -> tuple[str, ...]:
    """The columns that the settings name, each once."""
    named = [*settings.time.columns, settings.machine_column, settings.tag_column]
    named += [one.column for one in settings.signals.values()]
    if settings.quality is not None:
        named.append(settings.quality.column)
    return tuple(dict.fromkeys(one for one in named if one))


def _require(columns: Sequence[str], settings: Settings, path: Path) -> None:
    told = ", ".join(map(repr, columns))
    for one in used_columns(settings):
        if one not in columns:
            raise UsageError(f"{path.name}: there is no column {one!r}; there are: {told}")
        if columns.count(one) > 1:
            raise UsageError(f"{path.name}: column {one!r} is there {columns.count(one)} times: {told}")


def table(content: bytes, line: int, found: Layout, settings: Settings) -> Table:
    """Whole lines as a table; `line` is the first one's number."""
    text, wrong = _decoded(content, line, found.codec, settings.encoding)
    count = text.count(b"\n") + (0 if text.endswith(b"\n") or not text else 1)
    numbers = np.arange(line, line + count + len(wrong))
    kept = np.delete(numbers, [number - line for number, _ in wrong])
    columns, refused, rows = _parsed(text, found, settings)
    if rows != len(kept):
        text, more = _without_broken(text, kept, settings)
        wrong += more
        kept = kept[~np.isin(kept, [number for number, _ in more])]
        columns, refused, rows = _parsed(text, found, settings)
    if rows != len(kept):
        raise UsageError(f"lines {line} to {int(numbers[-1])} cannot be told apart: correct `quote` and `encoding`")
    wrong += [(int(kept[number]), why) for number, why in refused]
    return Table(columns, np.delete(kept, [number for number, _ in refused]), sorted(wrong))


def _decoded(content: bytes, line: int, codec: str, encoding: Encoding) -> tuple[bytes, list[tuple[int, str]]]:
    """The same in UTF-8, without lines that are not written as they should be."""
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        lines = content.decode(codec, "replace").split("\n")
        wrong = [number for number, one in enumerate(lines) if REPLACEMENT in one]
        told = [(line + number, f"is not written in {encoding.value}") for number in wrong]
        return "\n".join(one for one in lines if REPLACEMENT not in one).encode(), told
    return (content if codec == "utf-8" else text.encode()), []


def _without_broken(text: bytes, numbers: NDArray[np.int64], settings: Settings) -> tuple[bytes, list[tuple[int, str]]]:
    """The lines without those that run on into the next or fall apart."""
    quote = settings.quote.encode()
    kept: list[bytes] = []
    wrong: list[tuple[int, str]] = []
    for number, one in zip(numbers.tolist(), text.split(b"\n"), strict=False):
        if quote and one.count(quote) % 2:
            wrong.append((number, "has a quote that is not closed on this line"))
        elif b"\r" in one.removesuffix(b"\r"):
            wrong.append((number, "has a carriage return inside"))
        else:
            kept.append(one + b"\n")
    return b"".join(kept), wrong


def _parsed(text: bytes, found: Layout, settings: Settings) -> tuple[dict[str, Any], list[tuple[int, str]], int]:
    """Columns of texts, rows with another number of columns by their index, and how many rows there were in all."""
    refused: list[tuple[int, str]] = []
    used = used_columns(settings)
    if not text:
        return {name: pa.array([], pa.string()) for name in used}, refused, 0

    def refuse(row: Any) -> str:
        refused.append((row.number - 1, f"has {row.actual_columns} columns, not {row.expected_columns}"))
        return "skip"

    names = [name if name in used else f"{number} {name}" for number, name in enumerate(found.columns)]
    read = arrow_csv.read_csv(
        pa.BufferReader(text),
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        parse_options=arrow_csv.ParseOptions(
            delimiter=settings.delimiter,
            quote_char=settings.quote or False,
            ignore_empty_lines=False,
            invalid_row_handler=refuse,
        ),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=list(used),
            column_types=dict.fromkeys(used, pa.string()),
            null_values=list(settings.missing),
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )
    columns = {name: read.column(name).combine_chunks() for name in used}
    return columns, refused, read.num_rows + len(refused)
