"""Keys that sign: a key file by default, an HSM or a key service by plugin."""

from enum import StrEnum
from typing import Protocol


class Scheme(StrEnum):
    """The signature schemes that backends ask for."""

    ED25519 = "ed25519"
    SECP256K1 = "secp256k1"
    P256 = "p256"


class Signer(Protocol):
    """One key. It never shows its secret."""

    @property
    def scheme(self) -> Scheme:
        """What kind of key it is."""

    @property
    def public_key(self) -> bytes:
        """Ed25519: 32 bytes. secp256k1 and P-256: 65 bytes, uncompressed point with leading 0x04."""

    def sign(self, message: bytes) -> bytes:
        """A signature.

        Ed25519 signs the message itself (64 bytes). secp256k1 and P-256 sign a 32-byte digest: secp256k1 as r, s and
        recovery id (65 bytes), P-256 as r and s with low s (64 bytes). Raises `SignerError` if the key cannot be used.
        """
