"""A customer who anchors batches and may forge any part of them, and a reader who checks.

Everything but the ledger and the storage's disk is real.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maas_core.node.telemetry import Access, Loader, OpenBatch
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.tree import Reference
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.readings import Series
from maas_core.ports.storage import Missing, ObjectStat, PutStatus, ReleaseStatus, StorageProfile, Stored
from maas_core.ports.telemetry_source import Signal
from maas_core.ports.workflow import BlockRef
from maas_core.protocol.states import AnchorKind
from maas_core.sealing.devices import DeviceKey
from maas_core.sealing.epochs import GroupDocument, Place
from maas_core.sealing.keys import EncryptionKey, KeyRing
from maas_core.telemetry.anchors import Anchor
from maas_core.telemetry.batch import Content, Link, content_of, data_sealing, digest_of, manifest_of
from maas_core.telemetry.columns import to_parquet
from maas_core.telemetry.envelope import ENVELOPE, MANIFEST, Located, group_of, located, locator_of, wrapped
from maas_core.telemetry.manifest import Manifest, encode, signed
from maas_core.telemetry.slices import Slicing
from maas_core.telemetry.verify import check_chain

DEPLOYMENT, MACHINE = b"d" * 32, b"m" * 16
BEGIN, HOUR, DAY = 1_750_032_000, 3600, 86_400
READER = 2
SIGNALS = {"power": Signal("power", "W", 1, (), 60), "state": Signal("state", "", 0, ("idle", "running"), 0)}


class MemoryStorage:
    """An honest storage in memory; tests reach into `objects`."""

    profile = StorageProfile("memory")

    def __init__(self) -> None:
        self.objects: dict[bytes, bytes] = {}

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored:
        self.objects[digest] = data
        return Stored(PutStatus.DURABLE)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing:
        return self.objects.get(digest, Missing.ABSENT)

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing:
        data = self.objects.get(digest)
        return Missing.ABSENT if data is None else ObjectStat(len(data), 1)

    def replicate(self, digest: bytes, targets: Sequence[str], deadline: Deadline) -> ObjectStat | Missing:
        return self.stat(digest, deadline)

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus:
        return ReleaseStatus.RELEASED if self.objects.pop(digest, None) else ReleaseStatus.ABSENT

    def close(self) -> None:
        """Nothing is open."""


def some_series(begin: int = BEGIN, end: int = BEGIN + DAY) -> dict[str, Series]:
    """A power reading each minute, a state now and then."""
    time = np.arange(begin, end, 60)
    rare = time[::100]
    return {
        "power": Series(time, time % 977, np.zeros(len(time), np.uint8)),
        "state": Series(rare, rare // 100 % 2, np.zeros(len(rare), np.uint8)),
    }


Change = Callable[[Manifest], Manifest]


@dataclass
class Forgery:
    """How a batch is made otherwise than honestly; nothing set: it is honest."""

    link: Callable[[Link], Link] = lambda link: link
    content: Callable[[Content], Content] = lambda content: content
    before_signing: Change = lambda manifest: manifest
    after_signing: Change = lambda manifest: manifest
    bytes_of: Callable[[bytes], bytes] = lambda content: content
    envelope: Callable[[bytes, Place], bytes] | None = None
    device: DeviceKey | None = None
    data: Callable[[bytes], bytes] = lambda parquet: parquet
    data_key: bytes | None = None


HONEST = Forgery()


@dataclass
class BatchWorld:
    """One machine's chain of anchors."""

    storage: MemoryStorage = field(default_factory=MemoryStorage)
    device: DeviceKey = field(default_factory=lambda: DeviceKey.of(Ed25519PrivateKey.generate()))
    reader: EncryptionKey = field(default_factory=EncryptionKey.generate)
    group: GroupDocument = field(default_factory=lambda: GroupDocument(MACHINE, 1, b"k" * 32, (1, 2), False, bytes(32)))
    group_digest: bytes = b"g" * 32
    anchors: list[Anchor] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.blobs = Blobs(ObjectAccess([self.storage]))
        self.loader = Loader(self.blobs, self.clock, READER, KeyRing((self.reader,)))

    def put(self, data: bytes, blobs: Blobs | None = None) -> Reference:
        """Store something."""
        return (blobs or self.blobs).put(data, Deadline.after(self.clock, 5)).reference

    def link(self) -> Link:
        """The next place in the chain."""
        seq = len(self.anchors) + 1
        previous = self.anchors[-1].manifest if self.anchors else bytes(32)
        counter = self.manifests[-1].counter_to if self.manifests else 0
        return Link(DEPLOYMENT, MACHINE, seq, AnchorKind.REGULAR, 0, previous, counter, 0)

    def add(self, forgery: Forgery = HONEST, series: Mapping[str, Series] | None = None) -> Anchor:
        """Make, store and anchor the next batch: a day, unless the forgery says otherwise."""
        link = forgery.link(self.link())
        begin = BEGIN + len(self.anchors) * DAY
        honest = content_of(Slicing(begin, begin + DAY, HOUR), SIGNALS, series or some_series(begin, begin + DAY))
        content = forgery.content(honest)
        data = forgery.data(content.parquet)
        reference = self.put(data, self.blobs.sealed_by(data_sealing(forgery.data_key or content.key)))
        device = forgery.device or self.device
        manifest, _ = manifest_of(content, link, reference, device)
        manifest = forgery.after_signing(signed(forgery.before_signing(manifest), device))
        encoded = forgery.bytes_of(encode(manifest))
        anchor = self.sealed(encoded, manifest, link, content.key, forgery)
        self.anchors.append(anchor)
        self.manifests.append(manifest)
        return anchor

    def sealed(self, encoded: bytes, manifest: Manifest, link: Link, key: bytes, forgery: Forgery) -> Anchor:
        """Seal and store manifest and envelope; the ledger gets what an honest customer would have said."""
        place = Place(DEPLOYMENT, MACHINE, len(self.anchors) + 1)
        envelope = (forgery.envelope or self.envelope)(key, place)
        where = Located(
            self.put(self.group.seal(MANIFEST, encoded, place)), self.put(self.group.seal(ENVELOPE, envelope, place))
        )
        digest = digest_of(encoded)
        begin = BEGIN + len(self.anchors) * DAY
        return Anchor(
            machine=MACHINE,
            seq=place.seq,
            kind=link.kind,
            corrects=link.corrects,
            time_from=begin,
            time_to=begin + DAY,
            readings=manifest.readings,
            manifest=digest,
            locator=locator_of(where, self.group, self.group_digest, place, digest),
            transaction=bytes(32),
            block=BlockRef(1, bytes(32), 0),
        )

    def envelope(self, key: bytes, place: Place) -> bytes:
        """For the reader and one more."""
        return wrapped(key, {1: EncryptionKey.generate().public, READER: self.reader.public}, place)

    def access(self, anchor: Anchor, deployment: bytes = DEPLOYMENT) -> Access:
        """What a reader finds out from ledger and group document."""
        assert group_of(anchor.locator) == self.group_digest
        place = Place(deployment, anchor.machine, anchor.seq)
        where = located(anchor.locator, self.group.key, place, anchor.manifest)
        return Access(anchor, place, self.group.key, where, frozenset({self.device.public_key}))

    def read(self, deployment: bytes = DEPLOYMENT) -> list[OpenBatch]:
        """Read and check the whole chain."""
        batches = [self.loader.batch(self.access(one, deployment)) for one in self.anchors]
        if batches:
            check_chain(batches[0].manifest, batches[0].anchor, None, None)
        for before, one in pairwise(batches):
            check_chain(one.manifest, one.anchor, before.anchor, before.manifest)
        return batches


def with_series(series: Mapping[str, Series]) -> Callable[[Content], Content]:
    """Other readings, in columns and tree alike."""

    def change(content: Content) -> Content:
        signals = tuple(one for one in content.signals if one.name in series)
        return replace(content, signals=signals, series=series, parquet=to_parquet(signals, series))

    return change


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return sha256(data).digest()
