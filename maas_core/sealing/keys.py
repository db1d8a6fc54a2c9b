"""A party's encryption keys: X25519 in a PEM file; and how a key is wrapped for one reader.

Wrapping is HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What the wrapped key is
for goes into HPKE's info, so a wrap cannot be moved elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from maas_core.errors import IntegrityError, NoAccessError, SignerError
from maas_core.ports.secret import Secret
from maas_core.sealing import pem
from maas_core.sealing.symmetric import KEY_SIZE

PUBLIC_SIZE = 32
WRAP_SIZE = 32 + KEY_SIZE + 16
"""HPKE's encapsulated key, the wrapped key and its tag."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """One private key."""

    public: bytes
    """32 bytes, as a profile shows them."""
    _private: X25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, private: X25519PrivateKey) -> "EncryptionKey":
        """With its public half computed."""
        return cls(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), private)

    @classmethod
    def generate(cls) -> "EncryptionKey":
        """A new key that is in no file."""
        return cls.of(X25519PrivateKey.generate())

    def unwrap(self, wrapped: bytes, purpose: bytes) -> bytes | None:
        """The key inside; None if it was wrapped for another reader or purpose, or changed."""
        try:
            key = _SUITE.decrypt(wrapped, self._private, purpose)
        except (InvalidTag, ValueError):
            return None
        return key if len(key) == KEY_SIZE else None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """A party's encryption keys: the one that its profile shows now, then earlier ones that still open old things."""

    keys: tuple[EncryptionKey, ...]

    @property
    def public(self) -> bytes:
        """The public half that others wrap for."""
        return self.keys[0].public

    def unwrap_any(self, wraps: Iterable[bytes], purpose: bytes, what: str) -> bytes:
        """The key that one of these wraps holds for us. Raises `NoAccessError` that names `what`."""
        for wrapped in wraps:
            for one in self.keys:
                key = one.unwrap(wrapped, purpose)
                if key is not None:
                    return key
        raise NoAccessError(f"{what} is sealed, and this party is not among its readers")


def wrap(key: bytes, reader: bytes, purpose: bytes) -> bytes:
    """A key wrapped for a reader's public key. Raises `IntegrityError` for what is no X25519 key."""
    try:
        return _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(reader), purpose)
    except ValueError as error:
        raise IntegrityError(f"{reader.hex()} is no encryption key of a reader: {error}") from None


def read_key(file: Path, passphrase: Secret | None) -> EncryptionKey:
    """The key in a file. Raises `SignerError`."""
    key = pem.read(file, passphrase)
    if not isinstance(key, X25519PrivateKey):
        raise SignerError(f"{file}: holds another kind of key than X25519, which encryption needs")
    return EncryptionKey.of(key)


def create_key(file: Path, passphrase: Secret | None) -> None:
    """Write a new key to a file that must not exist. Raises `SignerError`."""
    pem.write(file, X25519PrivateKey.generate(), passphrase)
