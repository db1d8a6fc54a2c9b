"""Private keys in PEM files: read and written here for every kind of key; those that others can read are refused."""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from maas_core.errors import SignerError
from maas_core.ports.secret import Secret
from maas_core.sealing.private_file import write_private

LARGEST_FILE = 2**16
ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
PLAIN = b"-----BEGIN PRIVATE KEY-----"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read(file: Path, passphrase: Secret | None) -> PrivateKeyTypes:
    """The private key in a file. Raises `SignerError`."""
    content, mode = _content(file)
    if ENCRYPTED in content:
        return _decrypted(file, content, passphrase)
    if PLAIN not in content:
        raise SignerError(f"{file}: holds no PKCS#8 private key in PEM")
    if mode & OTHERS:
        raise SignerError(f"{file}: is not encrypted and others may read it (mode {mode:04o}); run `chmod 600 {file}`")
    if passphrase is not None:
        raise SignerError(f"{file}: is not encrypted, yet the config gives a passphrase; leave that out or encrypt it")
    return _loaded(file, content, None)


def write(file: Path, key: PrivateKeyTypes, passphrase: Secret | None) -> None:
    """Write a key to a new file that only its owner can read. Raises `SignerError`, also if the file exists."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        encryption = BestAvailableEncryption(passphrase.reveal().encode())
    write_private(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))


def _content(file: Path) -> tuple[bytes, int]:
    """A regular file's bytes and permissions, both of the same opened file."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as source:
            status = os.fstat(source.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
                raise SignerError(f"{file}: is no key file")
            return source.read(), stat.S_IMODE(status.st_mode)
    except FileNotFoundError:
        raise SignerError(f"{file}: there is no such key file") from None
    except OSError as error:
        raise SignerError(f"{file}: cannot be read: {error.strerror}") from None


def _decrypted(file: Path, content: bytes, passphrase: Secret | None) -> PrivateKeyTypes:
    if passphrase is None:
        raise SignerError(f'{file}: is encrypted; set `passphrase = {{ file = "PATH" }}` or `{{ env = "NAME" }}`')
    return _loaded(file, content, passphrase.reveal().encode())


def _loaded(file: Path, content: bytes, password: bytes | None) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(content, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        told = "cannot be read as a key" if password is None else "cannot be decrypted: wrong passphrase or damaged"
        raise SignerError(f"{file}: {told}") from None
