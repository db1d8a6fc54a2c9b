"""Everything that a reader checks before it believes a batch. Each check says what does not fit."""

from collections.abc import Collection, Mapping
from hashlib import sha256

import numpy as np

from maas_core.errors import IntegrityError
from maas_core.ports.readings import Quality, Series
from maas_core.proofs.merkle import Tree
from maas_core.protocol.states import AnchorKind
from maas_core.sealing.epochs import NOTHING
from maas_core.telemetry.anchors import Anchor
from maas_core.telemetry.batch import all_gaps
from maas_core.telemetry.manifest import Manifest, decode, signature_fits
from maas_core.telemetry.slices import tree_of

_MOST_SLICES = 2**22
"""More than a batch of a hundred years has at the usual length; a reader must not run out of memory."""
_LARGEST_QUALITY = max(Quality)


def checked_manifest(content: bytes, anchor: Anchor, deployment: bytes, devices: Collection[bytes]) -> Manifest:
    """A manifest that is the one that was anchored, for this place, and signed by a device of the machine.

    `devices` are the public keys that the machine's specification names. Raises `IntegrityError`.
    """
    if sha256(content).digest() != anchor.manifest:
        raise _wrong(anchor, "the manifest is not the one whose digest was anchored")
    manifest = decode(content)
    _check_place(manifest, anchor, deployment)
    if manifest.device not in devices:
        raise _wrong(anchor, f"it is signed by device {manifest.device.hex()}, which the specification does not name")
    if not signature_fits(manifest):
        raise _wrong(anchor, "the device's signature does not fit the manifest")
    _check_signals(manifest, anchor)
    return manifest


def check_chain(manifest: Manifest, anchor: Anchor, before: Anchor | None, previous: Manifest | None) -> None:
    """That nothing was left out between two batches. Raises `IntegrityError`.

    `before` is the anchor before this one, None for the first; `previous` its manifest, None if this party cannot
    read it: then only its digest is compared.
    """
    if manifest.previous != (NOTHING if before is None else before.manifest):
        raise _wrong(anchor, "its manifest does not follow that of the anchor before it")
    expected = 0 if before is None else None if previous is None else previous.counter_to
    if expected is not None and manifest.counter_from != expected:
        raise _wrong(
            anchor, f"the device's counter begins at {manifest.counter_from} where the batch before ended at {expected}"
        )


def checked_series(manifest: Manifest, anchor: Anchor, series: Mapping[str, Series]) -> Tree:
    """That readings are those of the manifest; returns the tree over their slices. Raises `IntegrityError`."""
    for name, one in series.items():
        _check_order(name, one, manifest, anchor)
    tree = tree_of(manifest.slicing, series)
    if tree.root != manifest.root:
        raise _wrong(anchor, "the readings are not those that the manifest's Merkle root stands for")
    if manifest.kind == AnchorKind.REGULAR and manifest.gaps != all_gaps(manifest.signals, series, manifest.slicing):
        raise _wrong(anchor, "the gaps that the manifest tells are not those of the readings")
    return tree


def _check_place(manifest: Manifest, anchor: Anchor, deployment: bytes) -> None:
    told = {
        "deployment": (manifest.deployment.hex(), deployment.hex()),
        "machine": (manifest.machine.hex(), anchor.machine.hex()),
        "sequence number": (manifest.seq, anchor.seq),
        "kind": (manifest.kind.name, AnchorKind(anchor.kind).name),
        "corrected anchor": (manifest.corrects, anchor.corrects),
        "beginning": (manifest.slicing.time_from, anchor.time_from),
        "end": (manifest.slicing.time_to, anchor.time_to),
        "number of readings": (manifest.readings, anchor.readings),
    }
    for name, (said, expected) in told.items():
        if said != expected:
            raise _wrong(anchor, f"the manifest says another {name} ({said}) than the ledger ({expected})")


def _check_signals(manifest: Manifest, anchor: Anchor) -> None:
    names = [one.name for one in manifest.signals]
    if names != sorted(set(names)):
        raise _wrong(anchor, "the manifest's signals are not in order, or one is there twice")
    if manifest.slicing.seconds <= 0:
        raise _wrong(anchor, "the manifest's slices have no length")
    if manifest.slicing.count > _MOST_SLICES:
        raise _wrong(anchor, f"the manifest has more than {_MOST_SLICES} slices")


def _check_order(name: str, series: Series, manifest: Manifest, anchor: Anchor) -> None:
    if not len(series):
        return
    if len(series) > 1 and not bool(np.all(series.time[1:] > series.time[:-1])):
        raise _wrong(anchor, f"the readings of {name!r} are not in the order of time, or one is there twice")
    if series.time[0] < manifest.slicing.time_from or series.time[-1] >= manifest.slicing.time_to:
        raise _wrong(anchor, f"readings of {name!r} lie outside the window")
    if int(series.quality.max()) > _LARGEST_QUALITY:
        raise _wrong(anchor, f"a reading of {name!r} has a quality that there is not")


def _wrong(anchor: Anchor, reason: str) -> IntegrityError:
    return IntegrityError(f"anchor {anchor.seq} of machine {anchor.machine.hex()}: {reason}")
