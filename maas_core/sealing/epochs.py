"""Groups: who reads a machine's telemetry. Whenever the members change, an epoch with a fresh key begins.

A group document is a sealed document of kind "group", readable by the epoch's members. Its key seals the manifests,
envelopes and locators of the batches that are anchored in that epoch. A grant is a sealed document of kind "grant" by
which a new member gets at what was anchored before, if the group's policy says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maas_core.errors import IntegrityError
from maas_core.proofs import canonical
from maas_core.sealing.symmetric import KEY_SIZE, derived, seal, unseal

GROUP = "group"
GRANT = "grant"
NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class Place:
    """What a sealed thing belongs to; it opens nowhere else."""

    deployment: bytes
    machine: bytes
    seq: int

    def context(self, purpose: str) -> bytes:
        """What is authenticated with it."""
        return b"".join((b"maas/1 ", purpose.encode(), b"\x00", self.deployment, self.machine, self.seq.to_bytes(8)))


@dataclass(frozen=True, slots=True)
class GroupDocument:
    """One epoch of a machine's group."""

    machine: bytes
    epoch: int
    """From 1."""
    key: bytes = field(repr=False)
    members: tuple[int, ...]
    """Party numbers, ascending."""
    past: bool
    """The policy: whether new members may read what was anchored before they came."""
    predecessor: bytes
    """The digest of the document of the epoch before; zero for the first."""
    grants: tuple[tuple[int, bytes], ...] = ()
    """(party, digest of its grant), ascending."""
    documents: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    """(digest, key) of documents that all members need: the machine's specification, which names its devices."""

    def seal(self, purpose: str, plain: bytes, place: Place) -> bytes:
        """Seal something for the members of this epoch."""
        return seal(derived(self.key, purpose), plain, place.context(purpose))


def unseal_for_group(key: bytes, purpose: str, sealed: bytes, place: Place) -> bytes:
    """The inverse of `GroupDocument.seal`, with the epoch's key. Raises `IntegrityError`."""
    what = f"the {purpose} of anchor {place.seq} of machine {place.machine.hex()}"
    return unseal(derived(key, purpose), sealed, place.context(purpose), what)


def encode_group(group: GroupDocument) -> bytes:
    """Canonical JSON."""
    return canonical.dumps({
        "documents": {digest.hex(): key.hex() for digest, key in group.documents},
        "epoch": group.epoch,
        "grants": {str(party): digest.hex() for party, digest in group.grants},
        "key": group.key.hex(),
        "machine": group.machine.hex(),
        "members": list(group.members),
        "past": group.past,
        "predecessor": group.predecessor.hex(),
    })  # fmt: skip


def decode_group(content: bytes) -> GroupDocument:
    """The inverse of `encode_group`. Raises `IntegrityError`."""
    value = canonical.loads(content)
    try:
        group = GroupDocument(
            machine=bytes.fromhex(value["machine"]),
            epoch=_number(value["epoch"]),
            key=bytes.fromhex(value["key"]),
            members=tuple(_number(one) for one in value["members"]),
            past=value["past"] is True,
            predecessor=bytes.fromhex(value["predecessor"]),
            grants=tuple(sorted((int(party), bytes.fromhex(one)) for party, one in value["grants"].items())),
            documents=_keys(value["documents"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise IntegrityError("a group document is malformed") from None
    if encode_group(group) != content or len(group.key) != KEY_SIZE:
        raise IntegrityError("a group document is malformed")
    return group


@dataclass(frozen=True, slots=True)
class Grant:
    """What one party may read of the past."""

    machine: bytes
    party: int
    epochs: Mapping[bytes, bytes] = field(repr=False)
    """The digest of a group document -> its epoch's key."""
    envelopes: Mapping[int, bytes]
    """The sequence number of an anchor -> the encoded reference of an envelope that this party can open."""
    documents: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    """(digest, key) of documents that it may read: terms, for an auditor."""


def encode_grant(grant: Grant) -> bytes:
    """Canonical JSON."""
    return canonical.dumps({
        "documents": {digest.hex(): key.hex() for digest, key in grant.documents},
        "envelopes": {str(seq): reference.hex() for seq, reference in grant.envelopes.items()},
        "epochs": {digest.hex(): key.hex() for digest, key in grant.epochs.items()},
        "machine": grant.machine.hex(),
        "party": grant.party,
    })  # fmt: skip


def decode_grant(content: bytes) -> Grant:
    """The inverse of `encode_grant`. Raises `IntegrityError`."""
    value = canonical.loads(content)
    try:
        return Grant(
            machine=bytes.fromhex(value["machine"]),
            party=_number(value["party"]),
            epochs={bytes.fromhex(digest): bytes.fromhex(key) for digest, key in value["epochs"].items()},
            envelopes={int(seq): bytes.fromhex(reference) for seq, reference in value["envelopes"].items()},
            documents=_keys(value["documents"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise IntegrityError("a grant is malformed") from None


def _keys(value: Any) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(sorted((bytes.fromhex(digest), bytes.fromhex(key)) for digest, key in value.items()))


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no number")
    return value
