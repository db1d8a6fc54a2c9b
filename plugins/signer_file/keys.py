"""Signers for the kinds of key that a file can hold."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from maas_signer_file.settings import FileScheme

from maas_core.errors import SignerError
from maas_core.ports.signer import Scheme, Signer

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""SEC 2, secp256r1, n."""

DIGEST_SIZE = 32


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Signs messages."""

    public_key: bytes
    _key: Ed25519PrivateKey = field(repr=False)
    scheme: Scheme = Scheme.ED25519

    def sign(self, message: bytes) -> bytes:
        """64 bytes, RFC 8032."""
        return self._key.sign(message)


@dataclass(frozen=True, slots=True)
class P256Signer:
    """Signs SHA-256 digests."""

    public_key: bytes
    _key: EllipticCurvePrivateKey = field(repr=False)
    scheme: Scheme = Scheme.P256

    def sign(self, message: bytes) -> bytes:
        """64 bytes: r and s, of the two possible s the lower one."""
        if len(message) != DIGEST_SIZE:
            raise SignerError(f"P-256 signs a digest of {DIGEST_SIZE} bytes, not {len(message)}")
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(Prehashed(SHA256()))))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


def signer(key: PrivateKeyTypes, scheme: FileScheme, file: Path) -> Signer:
    """The signer for a key. Raises `SignerError` if it is not of that scheme."""
    if scheme == "ed25519" and isinstance(key, Ed25519PrivateKey):
        return Ed25519Signer(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key)
    if scheme == "p256" and isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return P256Signer(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), key)
    raise SignerError(f"{file}: holds another kind of key than the config's scheme {scheme!r}")


def generate(scheme: FileScheme) -> PrivateKeyTypes:
    """A new key."""
    return Ed25519PrivateKey.generate() if scheme == "ed25519" else generate_private_key(SECP256R1())
