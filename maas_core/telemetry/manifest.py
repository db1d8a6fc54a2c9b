"""The manifest of a batch: what was measured, where it lies, and which device vouches for it.

Canonical JSON. The digest on the ledger is the SHA-256 of the whole manifest, signature included; a random nonce
inside keeps anybody from guessing a manifest from its digest. The device signs the SHA-256 of the manifest without its
signature.
"""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from maas_core.errors import IntegrityError, UsageError
from maas_core.objects.tree import Reference
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs import canonical
from maas_core.proofs.signatures import ED25519, SigningKey, sign_document, verify_document
from maas_core.protocol.states import AnchorKind
from maas_core.telemetry.columns import described
from maas_core.telemetry.gaps import Gap
from maas_core.telemetry.slices import Slicing

FORMAT = "maas/1 batch"
TAG = "batch manifest"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One batch."""

    deployment: bytes
    machine: bytes
    seq: int
    kind: AnchorKind
    corrects: int
    slicing: Slicing
    """The window and how it is cut."""
    root: bytes
    """Of the Merkle tree over the slices."""
    signals: tuple[Signal, ...]
    """Ascending by name."""
    counts: tuple[int, ...]
    """Readings of each signal."""
    gaps: tuple[Gap, ...]
    counter_from: int
    """Readings and dropped ones of this machine before this batch: the `counter_to` of the batch before."""
    dropped: int
    """What was measured and is in no batch: unreadable input and readings in conflict, told since the batch before."""
    previous: bytes
    """The manifest digest of the batch before; zero for the first."""
    data: Reference
    """The encrypted Parquet file."""
    key_commitment: bytes
    """Of the batch's key."""
    nonce: bytes
    device: bytes
    """Ed25519 public key of the device or gateway."""
    signature: bytes = b""

    @property
    def readings(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def counter_to(self) -> int:
        """The counter after this batch; what the next one has to begin with."""
        return self.counter_from + self.readings + self.dropped


def signed(manifest: Manifest, device: SigningKey) -> Manifest:
    """With the device's signature."""
    return replace(manifest, signature=sign_document(device, TAG, _unsigned_digest(manifest)))


def signature_fits(manifest: Manifest) -> bool:
    """Whether the device that the manifest names signed it."""
    return verify_document(ED25519, manifest.device, TAG, _unsigned_digest(manifest), manifest.signature)


def encode(manifest: Manifest) -> bytes:
    """Canonical JSON."""
    return canonical.dumps(_unsigned(manifest) | {"signature": manifest.signature.hex()})


def decode(content: bytes) -> Manifest:
    """The inverse of `encode`. Raises `IntegrityError` for all that `encode` would not have made."""
    value = canonical.loads(content)
    try:
        manifest = _from_json(value)
        if encode(manifest) == content:
            return manifest
    except (KeyError, TypeError, ValueError, AttributeError, UsageError):
        pass
    raise IntegrityError("a manifest is malformed, or of a version that is not known here")


def _unsigned_digest(manifest: Manifest) -> bytes:
    return sha256(canonical.dumps(_unsigned(manifest))).digest()


def _unsigned(one: Manifest) -> dict[str, Any]:
    return {
        "corrects": one.corrects,
        "counter": {"dropped": one.dropped, "from": one.counter_from, "to": one.counter_to},
        "data": {"key": one.key_commitment.hex(), "reference": one.data.encode().hex()},
        "deployment": one.deployment.hex(),
        "device": one.device.hex(),
        "format": FORMAT,
        "from": one.slicing.time_from,
        "gaps": [{"from": g.time_from, "missing": g.missing, "signal": g.signal, "to": g.time_to} for g in one.gaps],
        "kind": one.kind.name.lower(),
        "machine": one.machine.hex(),
        "nonce": one.nonce.hex(),
        "previous": one.previous.hex(),
        "root": one.root.hex(),
        "seq": one.seq,
        "signals": [described(s) | {"readings": n} for s, n in zip(one.signals, one.counts, strict=True)],
        "slice_seconds": one.slicing.seconds,
        "to": one.slicing.time_to,
    }


def _from_json(value: Any) -> Manifest:
    signals = tuple(
        Signal(
            _text(one["name"]),
            _text(one["unit"]),
            _count(one["decimals"]),
            tuple(_text(word) for word in one["states"]),
            _count(one["interval"]),
        )
        for one in value["signals"]
    )
    return Manifest(
        deployment=bytes.fromhex(value["deployment"]),
        machine=bytes.fromhex(value["machine"]),
        seq=_count(value["seq"]),
        kind=AnchorKind[value["kind"].upper()],
        corrects=_count(value["corrects"]),
        slicing=Slicing(*(_count(value[key]) for key in ("from", "to", "slice_seconds"))),
        root=bytes.fromhex(value["root"]),
        signals=signals,
        counts=tuple(_count(one["readings"]) for one in value["signals"]),
        gaps=tuple(_gap(one) for one in value["gaps"]),
        counter_from=_count(value["counter"]["from"]),
        dropped=_count(value["counter"]["dropped"]),
        previous=bytes.fromhex(value["previous"]),
        data=Reference.decode(bytes.fromhex(value["data"]["reference"])),
        key_commitment=bytes.fromhex(value["data"]["key"]),
        nonce=bytes.fromhex(value["nonce"]),
        device=bytes.fromhex(value["device"]),
        signature=bytes.fromhex(value["signature"]),
    )


def _gap(value: Any) -> Gap:
    return Gap(_text(value["signal"]), _count(value["from"]), _count(value["to"]), _count(value["missing"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value
