"""Making batches of one machine: sealed for its group and stored, before any row names them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from maas_core.errors import UsageError
from maas_core.node.envelopes import note_envelopes
from maas_core.node.groups import Group
from maas_core.node.stored import put_durably
from maas_core.node.uploads import Upload
from maas_core.objects.blobs import IN_MEMORY, Blobs
from maas_core.objects.tree import Reference
from maas_core.ports.readings import Series
from maas_core.ports.telemetry_source import Signal
from maas_core.sealing.devices import DeviceKey, devices_of, fitting, read_device
from maas_core.sealing.epochs import Place
from maas_core.telemetry.batch import Content, Link, content_of, data_sealing, digest_of, manifest_of
from maas_core.telemetry.envelope import ENVELOPE, MANIFEST, Located, locator_of, wrapped
from maas_core.telemetry.manifest import Manifest
from maas_core.telemetry.slices import SLICE_SECONDS, Slicing

if TYPE_CHECKING:
    from maas_core.node.node import Node

THREADS = 4
"""Objects that are on their way to the storage at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """A batch that is stored whole."""

    manifest: Manifest
    digest: bytes
    """Of the plaintext manifest; what the ledger gets."""
    locator: bytes
    upload: Upload | None
    """That of its data, to be ended with the row that names it; None if they are one object."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    manifest: Manifest
    content: bytes
    """The manifest's bytes."""
    sealed: bytes
    envelope: bytes
    place: Place
    upload: Upload | None


class Batching:
    """What all batches of one machine need, looked up once."""

    def __init__(self, node: "Node", machine: bytes) -> None:
        """Raises `UsageError` if this node may not anchor for the machine."""
        record = node.machines.get(machine).record
        me = node.parties.me().party
        if record.customer != me:
            raise UsageError(f"the telemetry of this machine is anchored by its customer, party {record.customer}")
        self._node = node
        self._machine = machine
        self._device = _device(node, record.spec)
        self._group: Group = node.groups.for_next_batch(machine)
        self._readers = {one: node.parties.profile(one).encryption_key for one in self._group.document.members}
        self._readers[me] = node.keys.public

    def joined(self, windows: Sequence[tuple[int, int]], series: Mapping[str, Series]) -> list[tuple[int, int]]:
        """The windows, neighbours without any reading joined: a long silence is one batch and not thousands."""
        found: list[tuple[int, int]] = []
        silent = False
        for begin, end in windows:
            heard = any(len(one.between(begin, end)) for one in series.values())
            if silent and not heard:
                found[-1] = (found[-1][0], end)
            else:
                found.append((begin, end))
            silent = not heard
        return found

    def make(
        self, windows: Sequence[tuple[int, int]], series: Mapping[str, Series], links: Sequence[Link]
    ) -> list[Made]:
        """Store a batch for each window; returns when all of it is durable."""
        node, signals = self._node, self._node.readings.signals(self._machine)
        until = node.keeping.batches_until(self._machine)
        if until is not None:
            node.keeping.retain_readable(self._machine, self._group.digest, until)
        contents = partial(_stored_content, node, node.storages.blobs_of(self._machine), until, signals, series)
        with ThreadPoolExecutor(THREADS) as pool:
            sealed: list[_Sealed] = []
            last: Link | None = None
            for (content, reference, upload), link in zip(pool.map(contents, windows), links, strict=True):
                placed = link if last is None else replace(link, previous=last.previous, counter_from=last.counter_from)
                made = self._sealed(content, reference, placed, upload)
                last = replace(link, previous=digest_of(made.content), counter_from=made.manifest.counter_to)
                sealed.append(made)
            note_envelopes(node, self._machine, [(one.manifest.seq, one.envelope) for one in sealed])
            stored = [(one, self._put(pool, one, until)) for one in sealed]
            return [self._made(one, *parts) for one, parts in stored]

    def _sealed(self, content: Content, data: Reference, link: Link, upload: Upload | None) -> _Sealed:
        manifest, encoded = manifest_of(content, link, data, self._device)
        place = Place(link.deployment, link.machine, link.seq)
        group = self._group.document
        envelope = group.seal(ENVELOPE, wrapped(content.key, self._readers, place), place)
        return _Sealed(manifest, encoded, group.seal(MANIFEST, encoded, place), envelope, place, upload)

    def _put(
        self, pool: ThreadPoolExecutor, one: _Sealed, until: int | None
    ) -> "tuple[Future[Reference], Future[Reference]]":
        clock, blobs = self._node.clock, self._node.storages.blobs_of(self._machine)
        return (
            pool.submit(put_durably, blobs, one.sealed, clock, "a manifest", until),
            pool.submit(put_durably, blobs.uncached(), one.envelope, clock, "an envelope", until),
        )

    def _made(self, one: _Sealed, manifest: "Future[Reference]", envelope: "Future[Reference]") -> Made:
        where, digest = Located(manifest.result(), envelope.result()), digest_of(one.content)
        locator = locator_of(where, self._group.document, self._group.digest, one.place, digest)
        return Made(one.manifest, digest, locator, one.upload)


def _stored_content(
    node: "Node",
    blobs: Blobs,
    until: int | None,
    signals: Mapping[str, Signal],
    series: Mapping[str, Series],
    window: tuple[int, int],
) -> tuple[Content, Reference, Upload | None]:
    inside = {name: one.between(*window) for name, one in series.items()}
    content = content_of(Slicing(*window, SLICE_SECONDS), signals, inside)
    if len(content.parquet) > IN_MEMORY:
        raise UsageError(f"a batch of {len(content.parquet)} bytes is too large: make batches of shorter windows")
    what, upload, sealed = "the data of a batch", None, blobs.sealed_by(data_sealing(content.key))
    if len(content.parquet) > sealed.part_size:
        upload = node.uploads.begin(what, content.parquet, content.key)
        content = replace(content, key=upload.key)
        sealed = blobs.sealed_by(data_sealing(upload.key))
    return content, put_durably(sealed, content.parquet, node.clock, what, until, upload), upload


def _device(node: "Node", spec: bytes) -> DeviceKey:
    named = devices_of(node.documents.read(spec, "spec"))
    section = node.config.devices
    keys = [read_device(one, section.passphrase) for one in section.keys if one.exists()]
    key = fitting(keys, named)
    if key is None:
        raise UsageError(
            f"the machine's specification names {len(named)} devices, and this node has the key of none of them "
            f"({', '.join(one.public_key.hex() for one in keys) or 'there is no device key; see `maasctl device new`'})"
        )
    return key
