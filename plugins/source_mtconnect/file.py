"""A file of SHDR lines as a source of readings."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maas_source_mtconnect.devices import read_device
from maas_source_mtconnect.fold import Fold, State
from maas_source_mtconnect.settings import Settings

from maas_core.errors import UsageError
from maas_core.ports.clock import Deadline
from maas_core.ports.telemetry_source import ReadingPage, Signal
from maas_core.telemetry.file_place import Place, Prefix, digest_of

BYTES_OF_A_FIELD = 24
LEAST = 2**14
LONGEST_LINE = 2**24


class ShdrFile:
    """Pages of whole lines; the last line of the file needs no end."""

    def __init__(self, settings: Settings, path: Path) -> None:
        self._settings = settings
        self._path = path
        self._device = read_device(settings)
        named = replace(settings, path=Path(path.name), devices=Path(settings.devices.name))
        self._mapping = digest_of(named)
        self._prefix = Prefix()

    def signals(self) -> Sequence[Signal]:
        """As `Devices.xml` describes them."""
        return self._device.signals()

    def read(self, after: str, limit: int, deadline: Deadline) -> ReadingPage:
        """The next lines. Raises `UsageError` and `IntegrityError` as the port says."""
        place = Place.read(after, self._path) if after else Place(0, 1, Prefix().digest, self._mapping)
        content, size = self._content(place, max(LEAST, limit * BYTES_OF_A_FIELD))
        fold = Fold(self._device, self._settings.rounding, State.read(place.state))
        lines = content.decode("utf-8", "replace").split("\n")
        if content.endswith(b"\n"):
            lines.pop()
        for number, text in enumerate(lines, place.line):
            fold.line(text.rstrip("\r"), f"{self._path.name} line {number}")
        offset, line = place.offset + len(content), place.line + (len(lines) if content else 0)
        ended = offset >= size
        if ended:
            fold.flush()
        readings, dropped = fold.taken()
        through = Place(offset, line, self._prefix.digest, self._mapping, fold.state.text())
        return ReadingPage(readings, dropped, through.text(), ended, (offset, max(size, offset)))

    def close(self) -> None:
        """Nothing is open between calls."""

    def _content(self, place: Place, wanted: int) -> tuple[bytes, int]:
        """The next whole lines of about so many bytes, and the file's size."""
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                self._prefix.check(file, place, self._mapping, self._path)
                file.seek(place.offset)
                content = file.read(wanted)
                while len(content) >= wanted and not content.endswith(b"\n"):
                    rest = file.readline(LONGEST_LINE)
                    content += rest
                    if not rest:
                        break
        except OSError as error:
            raise UsageError(f"{self._path}: cannot be read: {error.strerror or type(error).__name__}") from None
        self._prefix.add(content)
        return content, size
