"""AES-256-GCM, commitments to keys, and keys derived from keys.

AES-GCM does not commit to its key: one ciphertext can be made that opens under two keys, to two contents. Whoever
publishes something sealed therefore publishes `commitment(key)` beside it, and readers check it first.
"""

import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from maas_core.errors import IntegrityError

KEY_SIZE = 32
NONCE_SIZE = 12
OVERHEAD = NONCE_SIZE + 16
"""Bytes that sealing adds: nonce and tag."""

_COMMITMENT = b"maas/1 key commitment\x00"
_DERIVED = b"maas/1 derived key\x00"


def new_key() -> bytes:
    """A fresh random key."""
    return secrets.token_bytes(KEY_SIZE)


def commitment(key: bytes) -> bytes:
    """32 bytes that tell nothing of a key and fit no other."""
    return sha256(_COMMITMENT + key).digest()


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, by HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=_DERIVED + purpose.encode()).derive(key)


def seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Nonce, ciphertext and tag, under a fresh nonce. `context` is authenticated and not stored: readers know it."""
    return _sealed(key, secrets.token_bytes(NONCE_SIZE), plain, context)


def _sealed(key: bytes, nonce: bytes, plain: bytes, context: bytes) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, sealed: bytes, context: bytes, what: str) -> bytes:
    """The inverse of `seal`. Raises `IntegrityError` that names `what` if key, context or bytes are other ones."""
    if len(sealed) < OVERHEAD:
        raise IntegrityError(f"{what} is cut short")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], context)
    except InvalidTag:
        raise IntegrityError(f"{what} was changed, or belongs to another key or place") from None


class KeySealing:
    """Seals every object of a blob with one key (see objects/sealing.py), the same bytes always to the same object.

    So an upload that was cut off goes on with the objects that are there. The nonce is a pseudorandom function of the
    bytes, as in deterministic authenticated encryption (Rogaway and Shrimpton, "A Provable-Security Treatment of the
    Key-Wrap Problem", 2006); all that it tells is which objects under one key are equal. Two that differ have equal
    nonces with a chance of 2^-96 for each pair.
    """

    __slots__ = ("_context", "_key", "_nonces", "_what")
    overhead = OVERHEAD

    def __init__(self, key: bytes, context: bytes, what: str) -> None:
        """`what` is how messages name the content."""
        self._key = key
        self._nonces = derived(key, "nonces of objects")
        self._context = context
        self._what = what

    def seal(self, plain: bytes) -> bytes:
        """One object, sealed."""
        nonce = hmac.digest(self._nonces, plain, "sha256")[:NONCE_SIZE]
        return _sealed(self._key, nonce, plain, self._context)

    def open(self, sealed: bytes) -> bytes:
        """One object, opened. Raises `IntegrityError`."""
        return unseal(self._key, sealed, self._context, self._what)
