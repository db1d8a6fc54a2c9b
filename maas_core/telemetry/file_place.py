"""For sources that read files: where reading stopped, and how to tell that what lies before it was changed."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from maas_core.errors import IntegrityError, UsageError

AGAIN = "`maasctl telemetry import NAME --again` begins anew; what is there already counts as a duplicate"
COPY = 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """All before `offset` has been read."""

    offset: int
    line: int
    """The number of the line that begins at `offset`; the first one is 1."""
    before: str
    """SHA-256 of the bytes before `offset`, in hexadecimal."""
    mapping: str
    """Of the settings under which they were read."""
    state: str = ""
    """What else the next page needs."""

    def text(self) -> str:
        """As the core keeps it."""
        return json.dumps([self.offset, self.line, self.before, self.mapping, self.state])

    @classmethod
    def read(cls, text: str, file: Path) -> "Place":
        """What `text` gave. Raises `UsageError` if it is the place of something else."""
        try:
            offset, line, before, mapping, state = json.loads(text)
            return cls(int(offset), int(line), str(before), str(mapping), str(state))
        except (ValueError, TypeError):
            raise UsageError(f"{file.name}: the last import was from another kind of source; {AGAIN}") from None


class Prefix:
    """The digest of a file's beginning, kept up to date while reading goes on."""

    def __init__(self) -> None:
        self._offset = 0
        self._hash = sha256()

    def check(self, file: BinaryIO, place: Place, mapping: str, path: Path) -> None:
        """Whether the file still begins as it did. Raises `IntegrityError`, or `UsageError` for other settings."""
        if place.mapping != mapping:
            raise UsageError(f"{path.name}: the settings were changed since the last import; {AGAIN}")
        if place.offset != self._offset or self._hash.hexdigest() != place.before:
            self._offset, self._hash = 0, sha256()
            file.seek(0)
            while left := place.offset - self._offset:
                content = file.read(min(COPY, left))
                if not content:
                    break
                self.add(content)
        if self._offset != place.offset or self._hash.hexdigest() != place.before:
            raise IntegrityError(
                f"{path.name}: was changed before line {place.line}, where the last import ended; {AGAIN}"
            )

    def add(self, content: bytes) -> None:
        """The next bytes were read."""
        self._offset += len(content)
        self._hash.update(content)

    @property
    def digest(self) -> str:
        """SHA-256 of all that was added, in hexadecimal."""
        return self._hash.hexdigest()


def digest_of(settings: Any) -> str:
    """What tells two settings apart."""
    return sha256(repr(settings).encode()).hexdigest()[:16]
