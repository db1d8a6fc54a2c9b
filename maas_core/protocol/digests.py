"""Canonical preimages and digests: fixed-width big-endian fields after a domain tag and the deployment id.

    bid commitment   SHA-256(tag "maas/1/bid"   | deployment | machine | kind | n | maintainer | price | eta | distance
                             | offer | salt)
    tie breaker      SHA-256(tag "maas/1/tie"   | deployment | machine | kind | n | maintainer)
    state            SHA-256(tag "maas/1/state" | deployment | records in ascending order of their bytes), a record
                             being its kind as a tag and its stored fields that are not opaque

A tag is ASCII, padded with zeros to 16 bytes. A list is its length as u16 and its elements; so are variable bytes.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from maas_core.protocol.commands import RevealBid
from maas_core.protocol.records import RECORDS, BidRecord, Record
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType

TAG_SIZE = 16
KIND_OF: dict[type[Record], str] = {record: kind for kind, (record, _) in RECORDS.items()}


def tag(name: str) -> bytes:
    """A domain tag."""
    return name.encode("ascii").ljust(TAG_SIZE, b"\0")


def commitment(deployment: bytes, maintainer: int, shown: RevealBid) -> bytes:
    """The digest that commits a maintainer to a sealed bid."""
    ticket = _ticket(deployment, shown.machine, shown.kind, shown.n, maintainer)
    offer = b"".join(
        (
            shown.price.to_bytes(8, "big"),
            shown.eta.to_bytes(4, "big"),
            shown.distance.to_bytes(4, "big"),
            shown.offer,
            shown.salt,
        )
    )
    return sha256(tag("maas/1/bid") + ticket + offer).digest()


def tie_breaker(deployment: bytes, bid: BidRecord) -> bytes:
    """What decides between bids that are equal in all that matters; nobody can choose it."""
    return sha256(tag("maas/1/tie") + _ticket(deployment, bid.machine, bid.kind, bid.n, bid.maintainer)).digest()


def _ticket(deployment: bytes, machine: bytes, kind: int, n: int, maintainer: int) -> bytes:
    return b"".join(
        (
            deployment,
            machine,
            kind.to_bytes(1, "big"),
            n.to_bytes(4, "big"),
            maintainer.to_bytes(2, "big"),
        )
    )


def state_digest(deployment: bytes, records: Iterable[Record]) -> bytes:
    """The digest of what a ledger stores, whatever the order in which the records are given."""
    return digest_of_encoded(deployment, (encode_record(record) for record in records))


def digest_of_encoded(deployment: bytes, encoded: Iterable[bytes]) -> bytes:
    """The same from the results of `encode_record`, for who keeps them."""
    return sha256(tag("maas/1/state") + deployment + b"".join(sorted(encoded))).digest()


def encode_record(record: Record) -> bytes:
    """A record's kind and its stored fields that every ledger has in common."""
    return tag(KIND_OF[type(record)]) + encode_stored(record)


def encode_stored(record: Record) -> bytes:
    """A record's stored fields that every ledger has in common."""
    specs = [spec for spec in fields_of(type(record)) if not (spec.event_only or spec.opaque)]
    return b"".join(_encode(spec, getattr(record, spec.name)) for spec in specs)


def encode_struct(struct: Any) -> bytes:
    """All fields of a flat struct."""
    return b"".join(_encode(spec, getattr(struct, spec.name)) for spec in fields_of(type(struct)))


def _encode(spec: FieldSpec, value: Any) -> bytes:
    if isinstance(spec.wire, ListOf):
        elements = [
            encode_struct(element) if spec.element is None else _encode_plain(spec.element, element)
            for element in value
        ]
        return len(elements).to_bytes(2, "big") + b"".join(elements)
    return encode_struct(value) if spec.wire is None else _encode_plain(spec.wire, value)


def _encode_plain(wire: WireType, value: Any) -> bytes:
    match wire:
        case Uint(bits):
            return int(value).to_bytes(bits // 8, "big")
        case FixedBytes():
            return bytes(value)
        case VarBytes():
            return len(value).to_bytes(2, "big") + bytes(value)
        case ListOf():
            raise TypeError("a list of lists is not a wire type")
