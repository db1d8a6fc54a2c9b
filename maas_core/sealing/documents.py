r"""Sealed documents. The digest on the ledger is the SHA-256 of the object that is made here.

    header      8 bytes "MaaSdoc1"
                u8      how the key is had: 0 wrapped for readers, 1 derived from the deployment's id
                u16     number of wraps, big-endian
                32      SHA-256(salt || content)
                32      commitment to the key
                12      nonce
                80 each the key wrapped for one reader, HPKE with info = "maas/1 document\0" || the commitment
    ciphertext  AES-256-GCM under the key, the header authenticated with it, of:
                32      salt
                u8 size + kind, 32 deployment, u32 author
                u8 size + scheme, u8 size + public key, u8 size + signature
                u8      body: 0 content, 1 content by zlib, 2 a reference to a blob that holds the content by zlib
                        and is sealed with a key derived from this one
                body

The author signs kind, deployment, own number and salted digest. Nothing tells a storage who wrote or who reads.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from secrets import token_bytes
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maas_core.errors import IntegrityError, UsageError
from maas_core.proofs.signatures import sign_document, verify_document
from maas_core.sealing.keys import WRAP_SIZE, KeyRing, wrap
from maas_core.sealing.symmetric import NONCE_SIZE, commitment, derived, new_key

MOST = 64 * 2**20
"""Bytes of one document's content."""
MOST_READERS = 1000

_MAGIC = b"MaaSdoc1"
_HEADER = struct.Struct(f">8sBH32s32s{NONCE_SIZE}s")
_SALT = 32
_PURPOSE = b"maas/1 document\x00"


class Access(IntEnum):
    """How the key is had."""

    READERS = 0
    DEPLOYMENT = 1


class Body(IntEnum):
    """Where the content is."""

    PLAIN = 0
    ZLIB = 1
    BLOB = 2


class Author(Protocol):
    """A signer (ports/signer.py)."""

    @property
    def scheme(self) -> str:
        """The kind of key."""

    @property
    def public_key(self) -> bytes:
        """As in ports/signer.py."""

    def sign(self, message: bytes) -> bytes:
        """As in ports/signer.py."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What an author says of a content."""

    kind: str
    deployment: bytes
    author: int
    """The party's number."""
    scheme: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What everybody sees of a sealed document."""

    access: Access
    salted: bytes
    commitment: bytes
    nonce: bytes
    wraps: tuple[bytes, ...]
    size: int
    """Bytes of the header."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A decrypted document before its content is had and checked."""

    signed: Signed
    salt: bytes
    salted: bytes
    key: bytes
    body: Body
    inline: bytes
    """By `body`: the content, the content by zlib, or the encoded reference of a blob."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that is what its digest, its key and its author's signature say."""

    digest: bytes
    """The one on the ledger."""
    kind: str
    content: bytes
    deployment: bytes
    author_party: int
    author_scheme: str
    author_key: bytes
    signature: bytes
    salt: bytes
    key: bytes
    """With it anybody can open `sealed` and check it again: it goes into evidence, and nowhere else."""
    sealed: bytes
    """The object whose SHA-256 is `digest`."""


def salted_digest(salt: bytes, content: bytes) -> bytes:
    """What the author signs of a content."""
    return sha256(salt + content).digest()


def body_key(key: bytes) -> bytes:
    """The key of the blob that holds a long document's content."""
    return derived(key, "document body")


def body_context() -> bytes:
    """What is authenticated with each object of that blob."""
    return b"maas/1 document body"


def deployment_key(deployment: bytes, kind: str) -> bytes:
    """A key that every party of a deployment can derive, and nobody who does not know the deployment's id."""
    return derived(deployment, f"deployment {kind}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A document whose body is placed: inline if it fits, else in a blob that the caller stores."""

    kind: str
    deployment: bytes
    author: int
    content: bytes
    key: bytes
    salt: bytes
    access: Access = Access.READERS

    @classmethod
    def for_readers(cls, kind: str, deployment: bytes, author: int, content: bytes) -> "Draft":
        """Under a fresh key, to be wrapped. Raises `UsageError` for a content that is too long."""
        return cls(kind, deployment, author, _bounded(content), new_key(), token_bytes(_SALT))

    @classmethod
    def for_deployment(cls, kind: str, deployment: bytes, author: int, content: bytes) -> "Draft":
        """For all who know the deployment's id."""
        key = deployment_key(deployment, kind)
        return cls(kind, deployment, author, _bounded(content), key, token_bytes(_SALT), Access.DEPLOYMENT)

    def packed(self) -> bytes:
        """The content by zlib."""
        return zlib.compress(self.content, 6)


def seal(draft: Draft, body: Body, placed: bytes, readers: Sequence[bytes], signer: Author) -> bytes:
    """The object to store; `placed` is what `Unlocked.inline` says. Readers are public encryption keys.

    Raises `UsageError` for too many readers, `SignerError` if the key cannot sign.
    """
    if len(readers) > MOST_READERS:
        raise UsageError(f"a document has at most {MOST_READERS} readers, not {len(readers)}")
    salted = salted_digest(draft.salt, draft.content)
    committed = commitment(draft.key)
    nonce = token_bytes(NONCE_SIZE)
    wraps = [wrap(draft.key, reader, _PURPOSE + committed) for reader in readers]
    header = _HEADER.pack(_MAGIC, draft.access, len(wraps), salted, committed, nonce) + b"".join(wraps)
    signature = sign_document(signer, f"document {draft.kind}", _statement(draft.deployment, draft.author, salted))
    inner = b"".join((
        draft.salt,
        _short(draft.kind.encode()),
        draft.deployment,
        draft.author.to_bytes(4, "big"),
        _short(signer.scheme.encode()),
        _short(signer.public_key),
        _short(signature),
        bytes([body]),
        placed,
    ))  # fmt: skip
    return header + AESGCM(draft.key).encrypt(nonce, inner, header)


def read_header(sealed: bytes) -> Header:
    """The header of a sealed document. Raises `IntegrityError`."""
    if len(sealed) < _HEADER.size or not sealed.startswith(_MAGIC):
        raise IntegrityError("this is no sealed document")
    _, access, count, salted, committed, nonce = _HEADER.unpack_from(sealed)
    size = _HEADER.size + count * WRAP_SIZE
    if access > max(Access) or len(sealed) < size:
        raise IntegrityError("the header of a sealed document is malformed or cut short")
    wraps = tuple(sealed[at : at + WRAP_SIZE] for at in range(_HEADER.size, size, WRAP_SIZE))
    return Header(Access(access), salted, committed, nonce, wraps, size)


def key_for(header: Header, ring: KeyRing, deployment: bytes, kind: str) -> bytes:
    """The document's key as this party gets at it. Raises `NoAccessError`."""
    if header.access is Access.DEPLOYMENT:
        return deployment_key(deployment, kind)
    return ring.unwrap_any(header.wraps, _PURPOSE + header.commitment, f"this {kind} document")


def unlock(sealed: bytes, key: bytes) -> Unlocked:
    """Decrypt with the document's own key. Raises `IntegrityError`."""
    header = read_header(sealed)
    if commitment(key) != header.commitment:
        raise IntegrityError("the key is not the one that the document's header commits to")
    try:
        inner = AESGCM(key).decrypt(header.nonce, sealed[header.size :], sealed[: header.size])
    except InvalidTag:
        raise IntegrityError(
            "the sealed document was changed: its header and ciphertext do not belong together"
        ) from None
    return _parsed(inner, header.salted, key)


def finish(sealed: bytes, unlocked: Unlocked, packed: bytes | None = None) -> Opened:
    """Check content and signature; `packed` is the blob's content if the body is one. Raises `IntegrityError`."""
    content = unlocked.inline if unlocked.body is Body.PLAIN else _unpacked(packed or unlocked.inline)
    signed = unlocked.signed
    if salted_digest(unlocked.salt, content) != unlocked.salted:
        raise IntegrityError("the content of a document is not the one that its header names")
    statement = _statement(signed.deployment, signed.author, unlocked.salted)
    if not verify_document(signed.scheme, signed.public_key, f"document {signed.kind}", statement, signed.signature):
        raise IntegrityError(f"the author's signature on a {signed.kind} document does not fit")
    return Opened(
        digest=sha256(sealed).digest(),
        kind=signed.kind,
        content=content,
        deployment=signed.deployment,
        author_party=signed.author,
        author_scheme=signed.scheme,
        author_key=signed.public_key,
        signature=signed.signature,
        salt=unlocked.salt,
        key=unlocked.key,
        sealed=sealed,
    )


def _statement(deployment: bytes, author: int, salted: bytes) -> bytes:
    return sha256(deployment + author.to_bytes(4, "big") + salted).digest()


def _bounded(content: bytes) -> bytes:
    if len(content) > MOST:
        raise UsageError(f"a document has at most {MOST} bytes, this one has {len(content)}")
    return content


def _short(part: bytes) -> bytes:
    return bytes([len(part)]) + part


def _parsed(inner: bytes, salted: bytes, key: bytes) -> Unlocked:
    reader = _Reader(inner)
    try:
        salt = reader.take(_SALT)
        kind, deployment, author = reader.short().decode(), reader.take(32), int.from_bytes(reader.take(4), "big")
        scheme, public_key, signature = reader.short().decode(), reader.short(), reader.short()
        body = Body(reader.take(1)[0])
    except ValueError as error:
        raise IntegrityError(f"a sealed document is malformed inside: {error}") from None
    signed = Signed(kind, deployment, author, scheme, public_key, signature)
    return Unlocked(signed, salt, salted, key, body, reader.rest())


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, MOST)
    except zlib.error as error:
        raise IntegrityError(f"a document's content cannot be unpacked: {error}") from None
    if not unpacking.eof or unpacking.unused_data:
        raise IntegrityError("a document's content is longer than allowed, cut short, or followed by other bytes")
    return content


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) != size:
            raise ValueError("cut short")
        self._at += size
        return part

    def short(self) -> bytes:
        return self.take(self.take(1)[0])

    def rest(self) -> bytes:
        return self._data[self._at :]
