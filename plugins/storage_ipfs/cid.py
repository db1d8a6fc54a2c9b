"""The name of a block: CIDv1, raw codec, SHA-256, in base32 (multiformats.io). No daemon is needed to know it."""

import base64

_PREFIX = b"\x01\x55\x12\x20"
"""CID version 1; codec raw; multihash sha2-256 of 32 bytes."""


def cid_of(digest: bytes) -> str:
    """The CID of the block whose bytes have this SHA-256."""
    return "b" + base64.b32encode(_PREFIX + digest).decode("ascii").lower().rstrip("=")
