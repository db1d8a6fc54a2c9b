"""A CSV file as a source of readings."""

import os
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from maas_source_csv.columns import readings
from maas_source_csv.lines import LONGEST_LINE, Layout, layout, table, whole_lines
from maas_source_csv.settings import Settings

from maas_core.errors import UsageError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.readings import Readings
from maas_core.ports.telemetry_source import ReadingPage, Signal
from maas_core.telemetry.file_place import Place, Prefix, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_OF_A_LINE = 48
"""How long a line is thought to be before the first was seen."""
LEAST = 2**12
MOST = 2**28
"""Bytes that are read at once."""


class CsvSource:
    """Pages of whole lines. What it keeps between calls only saves work."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._path = context.directory / settings.path
        self._mapping = digest_of(replace(settings, path=Path(settings.path.name)))
        self._prefix = Prefix()
        self._line_bytes = BYTES_OF_A_LINE

    def signals(self) -> Sequence[Signal]:
        """As the settings describe them."""
        return [
            Signal(name, one.unit, one.decimals, one.words, one.interval)
            for name, one in self._settings.signals.items()
        ]

    def read(self, after: str, limit: int, deadline: Deadline) -> ReadingPage:
        """The next lines. Raises `UsageError` and `IntegrityError` as the port says."""
        with self._opened() as file:
            size = os.fstat(file.fileno()).st_size
            found = layout(file, self._settings, self._path)
            place = self._begin(file, after, found)
            content = self._lines(file, place, found, limit)
        if not content:
            ended = not self._settings.follow
            return ReadingPage(_nothing(), (), place.text(), ended, (place.offset, max(size, place.offset)))
        rows = table(content, place.line, found, self._settings)
        page, dropped = readings(rows, self._settings, self._path.name)
        self._prefix.add(content)
        count = len(rows.lines) + len(rows.wrong)
        self._line_bytes = max(1, len(content) // max(1, count))
        through = Place(place.offset + len(content), place.line + count, self._prefix.digest, self._mapping)
        ended = through.offset >= size and not self._settings.follow
        return ReadingPage(page, dropped, through.text(), ended, (through.offset, max(size, through.offset)))

    def close(self) -> None:
        """Nothing is open between calls."""

    @contextmanager
    def _opened(self) -> "Iterator[BinaryIO]":
        try:
            with self._path.open("rb") as file:
                yield file
        except OSError as error:
            raise UsageError(f"{self._path}: cannot be read: {error.strerror or type(error).__name__}") from None

    def _begin(self, file: BinaryIO, after: str, found: Layout) -> Place:
        if after:
            place = Place.read(after, self._path)
            self._prefix.check(file, place, self._mapping, self._path)
            return place
        self._prefix = Prefix()
        file.seek(0)
        self._prefix.add(file.read(found.body))
        return Place(found.body, found.line, self._prefix.digest, self._mapping)

    def _lines(self, file: BinaryIO, place: Place, found: Layout, limit: int) -> bytes:
        """Whole lines of about `limit` readings; the file's last line needs no end, unless the file still grows."""
        rows = limit if self._settings.tag_column else limit // len(self._settings.signals)
        wanted = min(max(LEAST, rows * self._line_bytes), MOST)
        file.seek(place.offset)
        content = b""
        while len(content) < LONGEST_LINE + wanted:
            more = file.read(wanted)
            content += more
            if len(more) < wanted:
                return (whole_lines(content, found.newline) or b"") if self._settings.follow else content
            if (lines := whole_lines(content, found.newline)) is not None:
                return lines
        raise UsageError(
            f"{self._path.name}: line {place.line} is longer than {LONGEST_LINE} bytes, so it is no CSV file"
        )


def _nothing() -> Readings:
    none = np.empty(0, np.int32)
    times = np.empty(0, np.int64)
    return Readings((), (), none, none, times, times, np.empty(0, np.uint8))
