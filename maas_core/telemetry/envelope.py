"""A batch's key wrapped for each of its readers, and the locator by which readers find it all.

An envelope is, before it is sealed for the group: u16 number of readers, then for each of them, ascending, u32 party
and 80 bytes of HPKE. Releasing the envelope destroys the key: nothing else holds it. A locator, at most 256 bytes on
the ledger, is

    u8      version, 1
    32      the digest of the group document, whose key opens the rest
    28 + 82 sealed for the group: the references (41 bytes each) of the sealed manifest and of the sealed envelope

Manifest, envelope and locator are bound to deployment, machine and sequence number; the locator also to the manifest's
digest.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.objects.tree import Reference
from maas_core.sealing.epochs import GroupDocument, Place, unseal_for_group
from maas_core.sealing.keys import WRAP_SIZE, KeyRing, wrap
from maas_core.sealing.symmetric import commitment

_COUNT = struct.Struct(">H")
_ENTRY = struct.Struct(f">I{WRAP_SIZE}s")
_LOCATOR = struct.Struct(">B32s110s")
_VERSION = 1
_REFERENCE = 41

ENVELOPE = "envelope"
MANIFEST = "manifest"
LOCATOR = "locator"


def wrapped(key: bytes, readers: Mapping[int, bytes], place: Place) -> bytes:
    """An envelope before it is sealed; `readers` are public encryption keys by party."""
    purpose = _purpose(key, place)
    entries = [_ENTRY.pack(party, wrap(key, public, purpose)) for party, public in sorted(readers.items())]
    return _COUNT.pack(len(entries)) + b"".join(entries)


def key_in(envelope: bytes, party: int, ring: KeyRing, place: Place, committed: bytes) -> bytes:
    """The batch's key. Raises `NoAccessError` if the party is not among the readers, `IntegrityError`."""
    entries = _entries(envelope)
    what = f"anchor {place.seq} of machine {place.machine.hex()}"
    if party not in entries:
        raise NoAccessError(f"{what}: this party is not among the readers of this batch")
    try:
        key = ring.unwrap_any([entries[party]], _purpose_of(committed, place), what)
    except NoAccessError:
        raise IntegrityError(f"{what}: the key in the envelope was changed, or is not for this batch") from None
    if commitment(key) != committed:
        raise IntegrityError(f"{what}: the key in the envelope is not the one that the manifest commits to")
    return key


def readers_of(envelope: bytes) -> tuple[int, ...]:
    """The parties that an envelope is for. Raises `IntegrityError`."""
    return tuple(_entries(envelope))


@dataclass(frozen=True, slots=True)
class Located:
    """Where a batch lies, for those who have the epoch's key."""

    manifest: Reference
    envelope: Reference


def locator_of(located: Located, group: GroupDocument, group_digest: bytes, place: Place, manifest: bytes) -> bytes:
    """What goes onto the ledger; `manifest` is the manifest's digest."""
    plain = located.manifest.encode() + located.envelope.encode()
    sealed = group.seal(f"{LOCATOR} {manifest.hex()}", plain, place)
    return _LOCATOR.pack(_VERSION, group_digest, sealed)


def group_of(locator: bytes) -> bytes:
    """The digest of the group document that a locator names. Raises `IntegrityError`."""
    return _parts(locator)[0]


def located(locator: bytes, key: bytes, place: Place, manifest: bytes) -> Located:
    """Where a batch lies; `key` is the epoch's. Raises `IntegrityError`."""
    what = f"{LOCATOR} {manifest.hex()}"
    try:
        plain = unseal_for_group(key, what, _parts(locator)[1], place)
        return Located(Reference.decode(plain[:_REFERENCE]), Reference.decode(plain[_REFERENCE:]))
    except (IntegrityError, UsageError):
        raise IntegrityError(
            f"the locator of anchor {place.seq} of machine {place.machine.hex()} was changed, or belongs to another "
            "anchor, machine, deployment or group"
        ) from None


def _parts(locator: bytes) -> tuple[bytes, bytes]:
    if len(locator) != _LOCATOR.size or locator[0] != _VERSION:
        raise IntegrityError("a locator is malformed, or of a version that is not known here")
    _, group, sealed = _LOCATOR.unpack(locator)
    return group, sealed


def _entries(envelope: bytes) -> dict[int, bytes]:
    if len(envelope) < _COUNT.size:
        raise IntegrityError("an envelope is cut short")
    (count,) = _COUNT.unpack_from(envelope)
    if len(envelope) != _COUNT.size + count * _ENTRY.size:
        raise IntegrityError("an envelope is malformed")
    return dict(_ENTRY.iter_unpack(envelope[_COUNT.size :]))


def _purpose(key: bytes, place: Place) -> bytes:
    return _purpose_of(commitment(key), place)


def _purpose_of(committed: bytes, place: Place) -> bytes:
    return place.context("batch key") + committed
