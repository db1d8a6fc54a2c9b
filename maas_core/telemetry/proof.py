"""A proof that readings of one time slice are part of a batch, for somebody who has neither the batch nor its key."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from maas_core.errors import IntegrityError
from maas_core.ports.readings import Series
from maas_core.proofs import canonical
from maas_core.proofs.merkle import leaf_hash, verify
from maas_core.telemetry.anchors import Anchor
from maas_core.telemetry.manifest import Manifest
from maas_core.telemetry.slices import read_slice
from maas_core.telemetry.verify import checked_manifest

FORMAT = "maas/1 slice proof"


@dataclass(frozen=True, slots=True)
class SliceProof:
    """What is handed to somebody else. The anchor and the device keys he takes from the ledger himself."""

    manifest: bytes
    """The plaintext manifest, whose SHA-256 was anchored."""
    index: int
    content: bytes
    """The slice's readings, as slices.py spells them."""
    path: tuple[bytes, ...]

    def check(self, anchor: Anchor, deployment: bytes, devices: Collection[bytes]) -> "Proven":
        """What the proof shows. Raises `IntegrityError` that says what does not fit."""
        manifest = checked_manifest(self.manifest, anchor, deployment, devices)
        slicing = manifest.slicing
        leaf = leaf_hash(self.content)
        if not verify(leaf, self.index, slicing.count, self.path, manifest.root):
            raise IntegrityError(f"slice {self.index} is not part of the batch of anchor {anchor.seq}")
        span, series = read_slice(self.content)
        if span != slicing.span(self.index) or list(series) != [one.name for one in manifest.signals]:
            raise IntegrityError(f"slice {self.index} is made otherwise than its manifest says")
        return Proven(manifest, span, series)


@dataclass(frozen=True, slots=True)
class Proven:
    """Readings that a device signed and the ledger anchored."""

    manifest: Manifest
    span: tuple[int, int]
    """[from, to) of the slice, seconds UTC."""
    series: dict[str, Series]


def to_json(proof: SliceProof) -> dict[str, Any]:
    """As it goes into a document."""
    return {
        "content": proof.content.hex(),
        "format": FORMAT,
        "index": proof.index,
        "manifest": proof.manifest.decode(),
        "path": [one.hex() for one in proof.path],
    }


def from_json(value: Any) -> SliceProof:
    """The inverse of `to_json`. Raises `IntegrityError`."""
    try:
        proof = SliceProof(
            manifest=value["manifest"].encode(),
            index=int(value["index"]),
            content=bytes.fromhex(value["content"]),
            path=tuple(bytes.fromhex(one) for one in value["path"]),
        )
        same = canonical.dumps(to_json(proof)) == canonical.dumps(value)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise IntegrityError("a slice proof is malformed") from None
    if not same:
        raise IntegrityError("a slice proof is malformed, or of a version that is not known here")
    return proof
