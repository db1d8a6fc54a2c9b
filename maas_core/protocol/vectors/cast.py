"""Who and what appears in the vectors: identities, ids and digests, each made from a readable label."""

from functools import cache
from hashlib import sha256

START = 1_770_000_000
"""When the vectors begin, seconds UTC."""
PACE = 60
"""Seconds from a step to the next unless a vector says otherwise."""
DAY = 86_400

ADDRESS_SIZE = 20


@cache
def identity(label: str) -> bytes:
    """A ledger identity that is valid where identities are 20-byte addresses too."""
    return bytes(32 - ADDRESS_SIZE) + sha256(label.encode()).digest()[:ADDRESS_SIZE]


def name(label: str) -> bytes:
    """An `Id`."""
    return sha256(b"id " + label.encode()).digest()[:16]


def digest(label: str) -> bytes:
    """A `Digest`."""
    return sha256(b"digest " + label.encode()).digest()
