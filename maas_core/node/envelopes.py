"""The objects that hold the keys of batches: noted before they are stored, so that all of them can be destroyed."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from maas_core.ledgerio.sql.journal import upsert
from maas_core.node.stored import put_durably
from maas_core.objects.tree import Reference
from maas_core.store.tables import EnvelopeRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

ENVELOPES: Any = EnvelopeRow.__table__


def put_envelope(node: "Node", sealed: bytes, machine: bytes, seq: int) -> Reference:
    """Store a sealed envelope, noted before."""
    note_envelopes(node, machine, [(seq, sealed)])
    blobs, until = node.storages.blobs_of(machine).uncached(), node.keeping.batches_until(machine)
    return put_durably(blobs, sealed, node.clock, "an envelope", until)


def note_envelopes(node: "Node", machine: bytes, sealed: Sequence[tuple[int, bytes]]) -> None:
    """Keep in mind envelopes, (seq, bytes), before they are stored: destroying a key finds them whatever happens."""
    rows = [
        {"reference": Reference(sha256(one).digest(), len(one)).encode(), "machine": machine, "seq": seq}
        for seq, one in sealed
    ]
    with node.database.writing() as connection:
        upsert(connection, ENVELOPES, "reference", rows)


def envelopes_of(node: "Node", machine: bytes, seq: int) -> list[Reference]:
    """All envelopes of a batch that this node made."""
    query = select(ENVELOPES.c.reference).where(ENVELOPES.c.machine == machine, ENVELOPES.c.seq == seq)
    with node.database.reading() as connection:
        return [Reference.decode(bytes(row.reference)) for row in connection.execute(query)]


def forget_envelopes(node: "Node", machine: bytes, seq: int) -> None:
    """Note that a batch's key was destroyed."""
    with node.database.writing() as connection:
        connection.execute(delete(ENVELOPES).where(ENVELOPES.c.machine == machine, ENVELOPES.c.seq == seq))
