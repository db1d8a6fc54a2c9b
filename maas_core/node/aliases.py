"""Local names for records, and how a person may write an id: by alias, by unique prefix, or in full."""

import re
from typing import Any

from sqlalchemy import delete, select

from maas_core.errors import UsageError
from maas_core.ledgerio.sql.journal import upsert
from maas_core.node.records import Records
from maas_core.store.database import Database
from maas_core.store.tables import AliasRow

ALIASES: Any = AliasRow.__table__
NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
ID_DIGITS = 32


class Aliases:
    """Names that this node's operator gave."""

    def __init__(self, database: Database, records: Records) -> None:
        self._database = database
        self._records = records

    def set(self, name: str, kind: str, record_id: bytes) -> None:
        """Name a record. Raises `UsageError` for a name that cannot be told from an id, or that is taken."""
        if not NAME.fullmatch(name) or re.fullmatch(r"[0-9a-f]+", name):
            raise UsageError(
                f"{name!r} is no alias: accepted are up to 64 letters, digits and ._- that begin with a letter "
                "and do not look like an id"
            )
        taken = self.all().get(name)
        if taken is not None and taken != (kind, record_id):
            raise UsageError(f"{name!r} names a {taken[0]} already")
        with self._database.writing() as connection:
            upsert(connection, ALIASES, "name", [{"name": name, "kind": kind, "id": record_id}])

    def remove(self, name: str) -> None:
        """Forget a name."""
        with self._database.writing() as connection:
            connection.execute(delete(ALIASES).where(ALIASES.c.name == name))

    def all(self) -> dict[str, tuple[str, bytes]]:
        """Name -> (kind, id)."""
        with self._database.reading() as connection:
            return {row.name: (row.kind, bytes(row.id)) for row in connection.execute(select(ALIASES))}

    def name_of(self, kind: str, record_id: bytes) -> str:
        """The first name of a record; empty if it has none."""
        return next((name for name, named in sorted(self.all().items()) if named == (kind, record_id)), "")

    def resolve(self, kind: str, text: str) -> bytes:
        """The id that somebody means by an alias, a unique prefix or a whole id. Raises `UsageError`."""
        named = self.all().get(text)
        if named is not None and named[0] == kind:
            return named[1]
        prefix = text.lower()
        if not re.fullmatch(r"[0-9a-f]{1,32}", prefix):
            raise UsageError(f"there is no {kind} {text!r}: give an alias, an id, or a prefix of an id that is unique")
        if len(prefix) == ID_DIGITS:
            return bytes.fromhex(prefix)
        found = [one for one in self._records.ids(kind) if one.hex().startswith(prefix)]
        if len(found) != 1:
            raise UsageError(f"{len(found) or 'no'} {kind} ids begin with {text!r}: give more of the id, or an alias")
        return found[0]
