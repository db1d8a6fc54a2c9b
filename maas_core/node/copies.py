"""Objects that are still to be copied from the first storage to the others; survives crashes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from maas_core.ledgerio.sql.journal import upsert
from maas_core.ports.clock import Clock
from maas_core.store.database import Database
from maas_core.store.tables import CopyRow

COPIES: Any = CopyRow.__table__


@dataclass(frozen=True, slots=True)
class Due:
    """One object to copy."""

    digest: bytes
    first: str
    """The storage that has it, or is about to."""
    others: tuple[str, ...]
    """Those that shall have it."""
    added: int
    """Seconds UTC."""
    retain_until: int | None


class Copies:
    """The queue that `ObjectAccess` fills when objects go to the first storage only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, digest: bytes, first: str, others: Sequence[str], retain_until: int | None) -> None:
        """An object is about to be put into the first storage."""
        row = {
            "digest": digest,
            "first": first,
            "others": json.dumps(list(others)),
            "added": self._clock.now(),
            "retain_until": retain_until,
        }
        with self._database.writing() as connection:
            upsert(connection, COPIES, "digest", [row])

    def due(self, limit: int, after: bytes = b"") -> list[Due]:
        """The next ones by digest, so that one that cannot be copied does not hold up the others."""
        query = select(COPIES).where(COPIES.c.digest > after).order_by(COPIES.c.digest).limit(limit)
        with self._database.reading() as connection:
            return [
                Due(bytes(row.digest), row.first, tuple(json.loads(row.others)), row.added, row.retain_until)
                for row in connection.execute(query)
            ]

    def done(self, one: Due) -> None:
        """It is everywhere, or nowhere; unless it was put again meanwhile."""
        which = (COPIES.c.digest == one.digest) & (COPIES.c.added == one.added)
        with self._database.writing() as connection:
            connection.execute(delete(COPIES).where(which))

    def count(self) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(COPIES)).scalar_one())
