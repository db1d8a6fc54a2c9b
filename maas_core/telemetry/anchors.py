"""An anchor: what the ledger says of a batch."""

from dataclasses import dataclass

from maas_core.ports.workflow import BlockRef
from maas_core.protocol.states import AnchorKind


@dataclass(frozen=True, slots=True)
class Anchor:
    """One final `telemetry_anchored` event."""

    machine: bytes
    seq: int
    kind: AnchorKind
    corrects: int
    """The anchor that this one corrects; 0 for a regular one."""
    time_from: int
    time_to: int
    """Seconds UTC, half-open."""
    readings: int
    manifest: bytes
    """SHA-256 of the plaintext manifest."""
    locator: bytes
    transaction: bytes
    block: BlockRef
