"""Making a batch: from readings to what is stored and what is anchored. Pure, save that keys and nonces are random."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Protocol

from maas_core.objects.tree import Reference
from maas_core.ports.readings import Series, empty_series
from maas_core.ports.telemetry_source import Signal
from maas_core.protocol.states import AnchorKind
from maas_core.sealing.symmetric import KeySealing, commitment, new_key
from maas_core.telemetry.columns import to_parquet
from maas_core.telemetry.gaps import Gap, gaps
from maas_core.telemetry.manifest import Manifest, encode, signed
from maas_core.telemetry.slices import Slicing, tree_of

NONCE = 32


class Device(Protocol):
    """A device's or gateway's Ed25519 key."""

    @property
    def public_key(self) -> bytes:
        """32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a batch comes in its machine's chain."""

    deployment: bytes
    machine: bytes
    seq: int
    kind: AnchorKind
    corrects: int
    previous: bytes
    """The manifest digest of the batch before; zero for the first."""
    counter_from: int
    dropped: int


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The readings of a batch, ready to be stored."""

    slicing: Slicing
    signals: tuple[Signal, ...]
    series: Mapping[str, Series]
    """Every signal, in their order."""
    parquet: bytes
    key: bytes = field(repr=False)
    """Encrypts this batch and no other."""


def content_of(slicing: Slicing, signals: Mapping[str, Signal], series: Mapping[str, Series]) -> Content:
    """Signals without readings are kept: their silence is told too."""
    ordered = tuple(signals[name] for name in sorted(signals))
    columns = {one.name: series.get(one.name) or empty_series() for one in ordered}
    return Content(slicing, ordered, columns, to_parquet(ordered, columns), new_key())


def data_sealing(key: bytes) -> KeySealing:
    """How the objects of a batch's data are sealed."""
    return KeySealing(key, b"maas/1 batch data", "the data of a batch")


def all_gaps(signals: tuple[Signal, ...], series: Mapping[str, Series], slicing: Slicing) -> tuple[Gap, ...]:
    """Where readings are missing of signals that declare how often they come, silence at the window's ends included."""
    window = (slicing.time_from, slicing.time_to)
    declared = (one for one in signals if one.interval)
    return tuple(gap for one in declared for gap in gaps(one.name, series[one.name], one.interval, window))


def manifest_of(content: Content, link: Link, data: Reference, device: Device) -> tuple[Manifest, bytes]:
    """The signed manifest, and its bytes, whose SHA-256 goes onto the ledger. A correction tells of no gaps."""
    regular = link.kind == AnchorKind.REGULAR
    manifest = Manifest(
        deployment=link.deployment,
        machine=link.machine,
        seq=link.seq,
        kind=link.kind,
        corrects=link.corrects,
        slicing=content.slicing,
        root=tree_of(content.slicing, content.series).root,
        signals=content.signals,
        counts=tuple(len(content.series[one.name]) for one in content.signals),
        gaps=all_gaps(content.signals, content.series, content.slicing) if regular else (),
        counter_from=link.counter_from,
        dropped=link.dropped,
        previous=link.previous,
        data=data,
        key_commitment=commitment(content.key),
        nonce=token_bytes(NONCE),
        device=device.public_key,
    )
    complete = signed(manifest, device)
    return complete, encode(complete)


def digest_of(manifest: bytes) -> bytes:
    """The digest that an anchor holds."""
    return sha256(manifest).digest()
