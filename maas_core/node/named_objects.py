"""All objects that storages must keep for what stands on the ledger, as far as this party can find them.

A document's digest is that of an object; what it lists further, and where a batch lies, only its readers can know.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from maas_core.errors import IntegrityError, MaasError, NoAccessError
from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.sql.journal import EVENTS
from maas_core.node.envelopes import envelopes_of
from maas_core.ports.workflow import Undecodable
from maas_core.protocol.events import Event, TelemetryAnchored
from maas_core.sealing.epochs import GROUP
from maas_core.telemetry.envelope import group_of

if TYPE_CHECKING:
    from maas_core.node.node import Node

DOCUMENT_FIELDS = (
    "profile", "statement", "spec", "terms", "evidence", "work", "offer", "report", "reason", "ruling",
)  # fmt: skip
"""Fields of events that hold a document's digest; each is called as the document's kind."""
NOTHING = bytes(32)
PAGE = 1000
UNREADABLE = (NoAccessError, IntegrityError)
"""What this party cannot look into: it is no reader, or the key was destroyed, or the object is not to be had."""


@dataclass(frozen=True, slots=True)
class Named:
    """One object."""

    digest: bytes
    what: str
    """What it belongs to, for people."""
    machine: bytes | None = None
    """Whose telemetry it is part of."""
    may_be_restored: bool = True
    """False: an envelope that this node did not make, or whose batch's key it destroyed. Where such a one is absent,
    bringing it back could undo a destruction that only its maker knows of.
    """


class NamedObjects:
    """Finds them. What cannot be looked into is listed by its topmost object."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._seen: set[bytes] = set()
        self.closed: list[str] = []
        """What was not looked into, and why."""

    def all(self) -> Iterator[Named]:
        """Each object once. Raises `UnavailableError` and `StoreError` if storages do not answer."""
        for event in _events(self._node):
            if not isinstance(event, Event):
                continue  # what this version cannot read
            for field in DOCUMENT_FIELDS:
                if not hasattr(event, field):
                    continue
                yield from self._document(getattr(event, field), field)
            if isinstance(event, TelemetryAnchored):
                yield from self._batch(event)
        for digest, kind in self._node.documents.published():
            yield from self._document(digest, kind)

    def _document(self, digest: bytes, kind: str) -> Iterator[Named]:
        if digest == NOTHING or digest in self._seen:
            return
        yield from self._new([digest], kind)
        try:
            yield from self._new(self._node.documents.objects(digest, kind), kind)
        except UNREADABLE as error:
            self.closed.append(f"{kind} {digest.hex()}: {_short(error)}")

    def _batch(self, event: TelemetryAnchored) -> Iterator[Named]:
        what = f"batch {event.seq} of machine {event.machine.hex()}"
        try:
            yield from self._document(group_of(event.locator), GROUP)
            anchor = self._node.telemetry.anchor_at(event.machine, event.seq)
            own = {one.digest for one in envelopes_of(self._node, event.machine, event.seq)}
            for part, digests in self._node.telemetry.objects(anchor):
                restored = part != "envelope" or own >= set(digests)
                yield from self._new(digests, f"{part} of {what}", event.machine, may_be_restored=restored)
        except UNREADABLE as error:
            self.closed.append(f"{what}: {_short(error)}")

    def _new(
        self, digests: Iterable[bytes], what: str, machine: bytes | None = None, *, may_be_restored: bool = True
    ) -> Iterator[Named]:
        for digest in digests:
            if digest not in self._seen:
                self._seen.add(digest)
                yield Named(digest, what, machine, may_be_restored)


def _events(node: "Node") -> Iterator[Event | Undecodable]:
    """All final events, in pages: the database is not held while storages are asked."""
    position = -1
    while True:
        query = select(EVENTS).where(EVENTS.c.position > position).order_by(EVENTS.c.position).limit(PAGE)
        with node.database.reading() as connection:
            found = list(connection.execute(query))
        if not found:
            return
        yield from (rows.event_from(row.event) for row in found if not row.aside)
        position = found[-1].position


def _short(error: MaasError) -> str:
    return str(error).split(";")[0]
