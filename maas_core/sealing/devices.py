"""Keys of devices and gateways: Ed25519 in PEM files. A machine's specification names their public halves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from maas_core.errors import IntegrityError, SignerError
from maas_core.ports.secret import Secret
from maas_core.proofs import canonical
from maas_core.sealing import pem

_PUBLIC = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """One device's key."""

    public_key: bytes
    """32 bytes."""
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> "DeviceKey":
        """With its public half computed."""
        return cls(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), private)

    def sign(self, message: bytes) -> bytes:
        """64 bytes, RFC 8032."""
        return self._key.sign(message)


def read_device(file: Path, passphrase: Secret | None) -> DeviceKey:
    """The key in a file. Raises `SignerError`."""
    key = pem.read(file, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise SignerError(f"{file}: holds another kind of key than Ed25519, which devices sign with")
    return DeviceKey.of(key)


def create_device(file: Path, passphrase: Secret | None) -> DeviceKey:
    """Write a new key to a file that must not exist. Raises `SignerError`."""
    key = Ed25519PrivateKey.generate()
    pem.write(file, key, passphrase)
    return DeviceKey.of(key)


def devices_of(spec: bytes) -> frozenset[bytes]:
    """The device keys that a specification names: {"devices": [{"name": ..., "public_key": 64 hex digits}, ...]}.

    A specification without devices names none. Raises `IntegrityError` for a malformed one.
    """
    value = canonical.loads(spec)
    named: Any = value.get("devices", []) if isinstance(value, dict) else None
    if not isinstance(named, list):
        raise IntegrityError('a specification is a JSON object, and its "devices" a list')
    return frozenset(_public(one) for one in named)


def fitting(keys: Sequence[DeviceKey], named: frozenset[bytes]) -> DeviceKey | None:
    """The first key that a specification names."""
    return next((one for one in keys if one.public_key in named), None)


def _public(device: Any) -> bytes:
    text = device.get("public_key") if isinstance(device, dict) else None
    if not isinstance(text, str) or not _PUBLIC.fullmatch(text):
        raise IntegrityError('a device in a specification needs a "public_key" of 64 hexadecimal digits')
    return bytes.fromhex(text)
