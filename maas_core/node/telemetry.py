"""Telemetry as readers see it: anchors from the ledger, batches from the storages, everything checked."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from maas_core.errors import NoAccessError, UsageError
from maas_core.node.anchoring import Anchoring
from maas_core.node.envelopes import envelopes_of, forget_envelopes
from maas_core.node.service import Service
from maas_core.node.stored import STORAGE_SECONDS, fetch
from maas_core.objects.blobs import Blobs
from maas_core.objects.tree import Reference
from maas_core.objects.window import Window
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.readings import Series
from maas_core.ports.storage import ReleaseStatus
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs.merkle import Tree
from maas_core.protocol.events import TelemetryAnchored
from maas_core.protocol.states import AnchorKind
from maas_core.sealing.devices import devices_of
from maas_core.sealing.epochs import Grant, Place, unseal_for_group
from maas_core.sealing.keys import KeyRing
from maas_core.telemetry.anchors import Anchor
from maas_core.telemetry.batch import data_sealing
from maas_core.telemetry.columns import from_parquet, table_of
from maas_core.telemetry.envelope import ENVELOPE, MANIFEST, Located, group_of, key_in, located
from maas_core.telemetry.manifest import Manifest
from maas_core.telemetry.proof import SliceProof
from maas_core.telemetry.slices import slice_content
from maas_core.telemetry.verify import check_chain, checked_manifest, checked_series

if TYPE_CHECKING:
    import pyarrow as pa

    from maas_core.node.node import Node

AHEAD = 4
"""Batches that are fetched ahead of the one that is handed out."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenBatch:
    """A batch that was fetched, decrypted and checked whole."""

    anchor: Anchor
    manifest: Manifest
    manifest_bytes: bytes
    tree: Tree
    """Over the slices."""
    _series: dict[str, Series]

    @property
    def signals(self) -> dict[str, Signal]:
        """What the values mean, by name."""
        return {one.name: one for one in self.manifest.signals}

    def series(self) -> dict[str, Series]:
        """The readings by signal; every signal of the machine is there."""
        return dict(self._series)

    def table(self) -> "pa.Table":
        """The readings as an Arrow table: `table().to_pandas()` is a data frame."""
        return table_of(self.manifest.signals, self._series)

    def slice_proof(self, index: int) -> SliceProof:
        """A proof that this slice's readings are part of the batch. Raises `IndexError`."""
        path = self.tree.proof(index)
        return SliceProof(self.manifest_bytes, index, slice_content(self.manifest.slicing, self._series, index), path)


class Access(NamedTuple):
    """All that is needed to fetch a batch, so that a thread can do it without the node."""

    anchor: Anchor
    place: Place
    epoch_key: bytes
    where: Located
    devices: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Loader:
    """Fetches and checks; safe to use from several threads."""

    blobs: Blobs
    clock: Clock
    party: int
    keys: KeyRing = field(repr=False)

    def manifest(self, access: Access) -> tuple[Manifest, bytes]:
        """A checked manifest and its bytes."""
        sealed = fetch(self.blobs, access.where.manifest, self.clock, f"the manifest of anchor {access.anchor.seq}")
        content = unseal_for_group(access.epoch_key, MANIFEST, sealed, access.place)
        return checked_manifest(content, access.anchor, access.place.deployment, access.devices), content

    def batch(self, access: Access) -> OpenBatch:
        """A batch that was checked by itself; not yet against the one before."""
        manifest, content = self.manifest(access)
        key = self._key(access, manifest)
        what = f"the data of anchor {access.anchor.seq}"
        plain = fetch(self.blobs.sealed_by(data_sealing(key)), manifest.data, self.clock, what)
        series = from_parquet(plain, dict(zip((one.name for one in manifest.signals), manifest.counts, strict=True)))
        tree = checked_series(manifest, access.anchor, series)
        return OpenBatch(access.anchor, manifest, content, tree, series)

    def data_objects(self, access: Access, manifest: Manifest) -> list[bytes]:
        """The digests of all objects of a batch's data."""
        blobs = self.blobs.sealed_by(data_sealing(self._key(access, manifest)))
        nodes = blobs.objects(manifest.data, Deadline.after(self.clock, STORAGE_SECONDS))
        return [node.digest for node in nodes]

    def _key(self, access: Access, manifest: Manifest) -> bytes:
        what = f"the envelope of anchor {access.anchor.seq} (released, if the batch's key was destroyed)"
        # Past the cache: a key that was destroyed must be gone here too.
        sealed = fetch(self.blobs.uncached(), access.where.envelope, self.clock, what)
        envelope = unseal_for_group(access.epoch_key, ENVELOPE, sealed, access.place)
        return key_in(envelope, self.party, self.keys, access.place, manifest.key_commitment)


class Telemetry(Service):
    """What was anchored, by machine. `cut` and `anchor` are the customer's side of it."""

    def __init__(self, node: "Node") -> None:
        super().__init__(node)
        self._anchoring = Anchoring(node)
        self._epochs: dict[tuple[bytes, bytes], tuple[bytes, Grant | None]] = {}
        self._devices: dict[bytes, frozenset[bytes]] = {}
        self._anchors: dict[tuple[bytes, int], Anchor] = {}
        self._manifests: dict[tuple[bytes, int], Manifest] = {}
        """The last of each machine that was checked: whoever opens batches one after another needs it next."""

    def anchors(self, machine: bytes, seq_from: int = 1, seq_to: int | None = None) -> list[Anchor]:
        """The final anchors [seq_from, seq_to) of a machine; all from `seq_from` on if no end is given."""
        end = 2**63 if seq_to is None else seq_to
        found = (
            _anchor(entry)
            for entry in self._node.machines.history(machine)
            if isinstance(entry.event, TelemetryAnchored) and not entry.aside
        )
        self._anchors |= {(one.machine, one.seq): one for one in found}
        chain = sorted(seq for of, seq in self._anchors if of == machine)
        return [self._anchors[machine, seq] for seq in chain if seq_from <= seq < end]

    def open(self, anchor: Anchor) -> OpenBatch:
        """A batch, fetched, decrypted and checked whole.

        Raises `NoAccessError` if this party may not read it, `IntegrityError` with the reason if anything does not fit
        or no storage has it, `UnavailableError`, `StoreError`.
        """
        batch = self._loader.batch(self._access(anchor))
        self._check_link(batch.manifest, anchor)
        return batch

    def batches(self, machine: bytes, seq_from: int = 1, seq_to: int | None = None) -> Iterator[OpenBatch]:
        """Batches [seq_from, seq_to) in their order, a few fetched ahead; memory does not grow. Raises as `open`."""
        accesses = [self._access(one) for one in self.anchors(machine, seq_from, seq_to)]
        for batch in self._map(self._loader.batch, accesses):
            self._check_link(batch.manifest, batch.anchor)
            yield batch

    def manifests(
        self, machine: bytes, seq_from: int = 1, seq_to: int | None = None
    ) -> Iterator[tuple[Anchor, Manifest]]:
        """Anchors with their checked manifests, without the data: these can be read when keys were destroyed."""
        accesses = [self._access(one) for one in self.anchors(machine, seq_from, seq_to)]
        for access, (manifest, _) in zip(accesses, self._map(self._loader.manifest, accesses), strict=True):
            self._check_link(manifest, access.anchor)
            yield access.anchor, manifest

    def anchor_at(self, machine: bytes, seq: int) -> Anchor:
        """One anchor. Raises `UsageError`."""
        if (machine, seq) not in self._anchors:
            self.anchors(machine)
        if (machine, seq) not in self._anchors:
            raise UsageError(f"machine {machine.hex()} has no final anchor {seq}")
        return self._anchors[machine, seq]

    @property
    def making(self) -> Anchoring:
        """Cutting and anchoring, for the machine's customer."""
        return self._anchoring

    def cut(self, machine: bytes, until: int | None = None, every: int | None = None) -> int:
        """See `Anchoring.cut`."""
        return self._anchoring.cut(machine, until, every)

    def anchor(self, machines: Iterable[bytes] | None = None) -> list[tuple[bytes, int]]:
        """See `Anchoring.anchor`."""
        return self._anchoring.anchor(machines)

    def destroy_key(self, machine: bytes, seq: int) -> ReleaseStatus:
        """Make a batch unreadable for good: release all that holds its key. Manifest and anchor still verify.

        Only the machine's customer, who made the envelopes, can. RETAINED: a storage's retention period refuses; then
        nothing is destroyed. Raises `UsageError`, `UnavailableError`.
        """
        self.anchor_at(machine, seq)
        if self._node.machines.get(machine).record.customer != self._me().party:
            raise UsageError("only the machine's customer, who made the batch, can destroy its key")
        status = ReleaseStatus.ABSENT
        for reference in envelopes_of(self._node, machine, seq):
            deadline = Deadline.after(self._node.clock, STORAGE_SECONDS)
            status = self._node.blobs.release(reference, deadline)
            if status is ReleaseStatus.RETAINED:
                return status
        forget_envelopes(self._node, machine, seq)
        return status

    def objects(self, anchor: Anchor) -> Iterator[tuple[str, list[bytes]]]:
        """Digests of all objects of a batch, by what they are part of. Raises as `open`.

        Of data whose key was destroyed, or that is for others, only the topmost object can be known.
        """
        access = self._access(anchor)
        yield "manifest", [access.where.manifest.digest]
        yield "envelope", [access.where.envelope.digest]
        manifest, _ = self._loader.manifest(access)
        yield "data", [manifest.data.digest]
        if manifest.data.height:
            yield "data", self._loader.data_objects(access, manifest)

    def references(self, anchor: Anchor) -> tuple[Reference, ...]:
        """The blobs of a batch: manifest, envelope, data; what storages must keep for it. Raises as `open`."""
        access = self._access(anchor)
        manifest, _ = self._loader.manifest(access)
        return access.where.manifest, access.where.envelope, manifest.data

    @cached_property
    def _loader(self) -> Loader:
        return Loader(self._node.blobs, self._node.clock, self._me().party, self._node.keys)

    def _access(self, anchor: Anchor) -> Access:
        place = Place(self._deployment, anchor.machine, anchor.seq)
        key, grant = self._epoch(anchor.machine, group_of(anchor.locator))
        where = located(anchor.locator, key, place, anchor.manifest)
        if grant is not None and anchor.seq in grant.envelopes:
            where = Located(where.manifest, Reference.decode(grant.envelopes[anchor.seq]))
        return Access(anchor, place, key, where, self._devices_of(anchor.machine))

    @cached_property
    def _deployment(self) -> bytes:
        return self._node.parties.deployment().record.deployment

    def _epoch(self, machine: bytes, group: bytes) -> tuple[bytes, Grant | None]:
        """An epoch's key, and the grant by which this party has it if it was no member then."""
        if (machine, group) not in self._epochs:
            self._epochs[machine, group] = self._node.groups.epoch(machine, group)
        return self._epochs[machine, group]

    def _devices_of(self, machine: bytes) -> frozenset[bytes]:
        if machine not in self._devices:
            spec = self._node.machines.get(machine).record.spec
            self._devices[machine] = devices_of(self._node.documents.read(spec, "spec"))
        return self._devices[machine]

    def _map(self, load: Callable[[Access], Any], accesses: list[Access]) -> Iterator[Any]:
        with ThreadPoolExecutor(max(2, min(AHEAD, os.cpu_count() or 1))) as pool:
            yield from Window(pool, AHEAD).map(load, accesses)

    def _check_link(self, manifest: Manifest, anchor: Anchor) -> None:
        """The chain between a batch and the one before it, whose manifest this party may be unable to read."""
        if anchor.seq == 1:
            check_chain(manifest, anchor, None, None)
            self._manifests = {(anchor.machine, 1): manifest}
            return
        before = self.anchor_at(anchor.machine, anchor.seq - 1)
        check_chain(manifest, anchor, before, self._manifest_of(before))
        self._manifests = {(anchor.machine, anchor.seq): manifest}

    def _manifest_of(self, anchor: Anchor) -> Manifest | None:
        known = self._manifests.get((anchor.machine, anchor.seq))
        if known is not None:
            return known
        try:
            return self._loader.manifest(self._access(anchor))[0]
        except NoAccessError:
            return None


def _anchor(entry: Any) -> Anchor:
    event = entry.event
    return Anchor(
        machine=event.machine,
        seq=event.seq,
        kind=AnchorKind(event.kind),
        corrects=event.corrects,
        time_from=event.window_from,
        time_to=event.window_to,
        readings=event.readings,
        manifest=event.manifest,
        locator=event.locator,
        transaction=entry.transaction,
        block=entry.block,
    )
