"""Keys in keystore files of version 3, as geth and most wallets write them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maas_ledger_eth.recursion import recursion_limit_kept

from maas_core.errors import SignerError
from maas_core.ports.backends import SignerBackend
from maas_core.ports.secret import Secret
from maas_core.ports.signer import Scheme, Signer
from maas_core.sealing.private_file import write_private

if TYPE_CHECKING:
    from coincurve import PrivateKey

DIGEST_SIZE = 32
KEY_FILE, PASSPHRASE_FILE = "keystore.json", "keystore.passphrase"
STRENGTH = 2**18
"""Rounds of scrypt for a new file, as geth's default: about a second to open."""
LIGHT = 2**12
"""Rounds for keys of a development network: opens at once."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Table [signer.settings]."""

    key: Path = field(metadata={"help": "keystore file, version 3"})
    passphrase: Secret = field(metadata={"help": "opens it"})


@dataclass(frozen=True, slots=True)
class KeystoreSigner:
    """Signs 32-byte digests with secp256k1."""

    public_key: bytes
    _key: "PrivateKey" = field(repr=False)
    scheme: Scheme = Scheme.SECP256K1

    def sign(self, message: bytes) -> bytes:
        """65 bytes: r, s (the lower of the two) and recovery id; RFC 6979. Raises `SignerError`."""
        if len(message) != DIGEST_SIZE:
            raise SignerError(f"secp256k1 signs a digest of {DIGEST_SIZE} bytes, not {len(message)}")
        return self._key.sign_recoverable(message, hasher=None)


def signer_of(secret: bytes) -> KeystoreSigner:
    """The signer for a private key of 32 bytes."""
    from coincurve import PrivateKey  # noqa: PLC0415 - when a key is opened

    key = PrivateKey(secret)
    return KeystoreSigner(key.public_key.format(compressed=False), key)


def open_key(settings: Settings, directory: Path) -> Signer:
    """The signer for the key in the file. Raises `SignerError`."""
    return signer_of(read(directory / settings.key, settings.passphrase))


def read(file: Path, passphrase: Secret) -> bytes:
    """The private key in a file. Raises `SignerError`."""
    with recursion_limit_kept():
        from eth_keyfile.keyfile import decode_keyfile_json  # noqa: PLC0415 - as above

    try:
        content = json.loads(file.read_text("utf-8"))
        return bytes(decode_keyfile_json(_in_lower_case(content), passphrase.reveal().encode()))
    except FileNotFoundError:
        raise SignerError(f"{file}: there is no such key file") from None
    except OSError as error:
        raise SignerError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError) as error:
        told = "wrong passphrase" if "MAC" in str(error) else "is no keystore file of version 3, or damaged"
        raise SignerError(f"{file}: {told}") from None


def write(file: Path, secret: bytes, passphrase: str, rounds: int = STRENGTH) -> None:
    """Write a key to a new file that only its owner can read. Raises `SignerError`, also if the file exists."""
    with recursion_limit_kept():
        from eth_keyfile.keyfile import create_keyfile_json  # noqa: PLC0415 - as above

    content = create_keyfile_json(secret, passphrase.encode(), kdf="scrypt", iterations=rounds)
    write_private(file, json.dumps(content).encode())


def create_key(settings: Settings, directory: Path) -> None:
    """Write a new key to the file, which must not exist. Raises `SignerError`."""
    write(directory / settings.key, new_secret(), settings.passphrase.reveal())


def new_secret() -> bytes:
    """A fresh private key."""
    from coincurve import PrivateKey  # noqa: PLC0415 - as above

    return PrivateKey().secret


def _in_lower_case(content: Any) -> Any:
    """Some wallets write "Crypto" for "crypto"."""
    return {key.lower(): _in_lower_case(one) for key, one in content.items()} if isinstance(content, dict) else content


BACKEND = SignerBackend(
    "keystore", "A secp256k1 key in a keystore file (version 3)", Settings, open_key, create=create_key
)
