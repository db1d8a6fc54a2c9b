"""The records that a node knows: final ones from its database, provisional ones with the unfinal blocks on top."""

import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select

from maas_core.ledgerio.projection import Folding
from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.sql.journal import EVENTS, RECORDS, SqlJournal
from maas_core.ports.workflow import BlockRef
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.records import RECORDS as KINDS
from maas_core.protocol.records import Key, Record
from maas_core.protocol.wire import key_from_json
from maas_core.store.database import Database

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Seen(Generic[R]):
    """A record, and whether what it says may still be undone."""

    record: R
    provisional: bool


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A final event of a record's history."""

    position: int
    block: BlockRef
    transaction: bytes
    event: Any
    aside: str
    """Why it could not be folded; empty if it was."""


class Records:
    """Reads records; each answer is from one moment."""

    def __init__(self, database: Database, journal: SqlJournal) -> None:
        self._database = database
        self._journal = journal

    def provisional(self) -> Overlay:
        """All records as they would be if nothing is undone; `changes` is what is not final."""
        chain, quarantined = self._journal.chain()
        folding = Folding(Overlay(self._journal.read), quarantined)
        for entry in chain.unfinal:
            folding.fold(entry)
        return folding.state

    def find(self, kind: type[R], key: Key) -> Seen[R] | None:
        """One record as it is now, provisional or final."""
        state = self.provisional()
        record = state.get(key)
        return None if record is None else Seen(record, key in state.changes)

    def all(self, kind: str) -> list[Seen[Any]]:
        """All records of a kind, by key."""
        with self._database.reading() as connection:
            found = connection.execute(select(RECORDS).where(RECORDS.c.kind == kind)).all()
        final = {key_from_json(json.loads(row.key)): rows.record_from(row.kind, row.record) for row in found}
        seen: dict[Key, Seen[Any]] = {key: Seen(record, provisional=False) for key, record in final.items()}
        for key, record in self.provisional().changes.items():
            if key[0] == kind and record is not ABSENT:
                seen[key] = Seen(record, provisional=True)
        return [seen[key] for key in sorted(seen, key=lambda key: key[1:])]

    def count(self, kind: str) -> int:
        """How many final records of a kind there are."""
        with self._database.reading() as connection:
            counted = select(func.count()).select_from(RECORDS).where(RECORDS.c.kind == kind)
            return int(connection.execute(counted).scalar_one())

    def ids(self, kind: str) -> list[bytes]:
        """The ids of all records of a kind that is named by an id."""
        field = KINDS[kind][0].__match_args__[0]  # type: ignore[attr-defined]
        return [getattr(seen.record, field) for seen in self.all(kind)]

    def history(self, subject: str) -> list[HistoryEntry]:
        """The final events of a subject such as `machine:<id>`, in the order of the ledger."""
        query = select(EVENTS).where(EVENTS.c.subject == subject).order_by(EVENTS.c.position)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def events(self) -> list[HistoryEntry]:
        """All final events, in the order of the ledger."""
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(select(EVENTS).order_by(EVENTS.c.position))]

    def aside(self) -> list[HistoryEntry]:
        """Final events in quarantine."""
        query = select(EVENTS).where(EVENTS.c.aside.is_not(None)).order_by(EVENTS.c.position)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query)]


def _entry(row: Any) -> HistoryEntry:
    block = BlockRef(row.height, bytes(row.digest), row.time)
    return HistoryEntry(row.position, block, bytes(row.transaction), rows.event_from(row.event), row.aside or "")
