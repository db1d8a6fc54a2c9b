"""Rebuilding a node's records from the ledger alone, to compare them with its database."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maas_core.errors import UnavailableError
from maas_core.ledgerio.projection import Folding
from maas_core.ledgerio.sql.repair import differences
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, Unavailable
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.records import Key

if TYPE_CHECKING:
    from maas_core.node.node import Node


@dataclass(frozen=True, slots=True)
class Verification:
    """What a comparison found."""

    checkpoint: BlockRef | None
    """Up to here was compared."""
    events: int
    records: int
    different: list[str]
    """Keys of records that differ."""


def verify(node: "Node") -> Verification:
    """Fold all events up to the checkpoint anew. Raises `UnavailableError` if the ledger does not answer."""
    chain, _ = node.journal.chain()
    records, events = _rebuilt(node, chain.checkpoint) if chain.checkpoint else ({}, 0)
    different = differences(node.database, records)
    return Verification(chain.checkpoint, events, len(records), different)


def _rebuilt(node: "Node", checkpoint: BlockRef) -> tuple[dict[Key, Any], int]:
    folding = Folding(Overlay(lambda _: None), frozenset())
    settings = node.engine_settings
    at: BlockRef | None = None
    events = 0
    while at is None or at.height < checkpoint.height:
        deadline = Deadline.after(node.clock, settings.call_seconds)
        page = node.ledger.workflow.events(at, settings.page_events, deadline)
        if isinstance(page, Unavailable):
            raise UnavailableError(f"the ledger does not answer: {page.reason}")
        if page.through is None:
            break
        for entry in page.blocks:
            if entry.block.height <= checkpoint.height:
                folding.fold(entry)
                events += len(entry.events)
        at = page.through
    return {key: value for key, value in folding.state.changes.items() if value is not ABSENT}, events
