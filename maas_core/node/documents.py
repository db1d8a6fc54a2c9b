"""Documents that digests on the ledger stand for, kept by this node."""

from hashlib import sha256
from typing import Any

from sqlalchemy import select

from maas_core.errors import UsageError
from maas_core.ledgerio.sql.journal import upsert
from maas_core.ports.clock import Clock
from maas_core.store.database import Database
from maas_core.store.tables import DocumentRow

DOCUMENTS: Any = DocumentRow.__table__
MOST = 16 * 2**20
"""Bytes of one document."""


class Documents:
    """Bytes under their SHA-256."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, kind: str, content: bytes) -> bytes:
        """Keep a document; returns its digest. Raises `UsageError` if it is too large."""
        if len(content) > MOST:
            raise UsageError(f"a document has at most {MOST} bytes, this one has {len(content)}")
        digest = sha256(content).digest()
        row = {"digest": digest, "kind": kind, "added": self._clock.now(), "content": content}
        with self._database.writing() as connection:
            upsert(connection, DOCUMENTS, "digest", [row])
        return digest

    def get(self, digest: bytes) -> bytes | None:
        """A document's bytes; None if this node does not have it."""
        with self._database.reading() as connection:
            row = connection.execute(select(DOCUMENTS).where(DOCUMENTS.c.digest == digest)).one_or_none()
            return None if row is None else bytes(row.content)
