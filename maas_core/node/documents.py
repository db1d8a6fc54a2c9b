"""The documents that digests on the ledger stand for: sealed for their readers, in the node's storages."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.ledgerio.sql.journal import upsert
from maas_core.node.stored import STORAGE_SECONDS, fetch, fetch_object, put_durably
from maas_core.objects.blobs import Blobs
from maas_core.objects.tree import Reference
from maas_core.ports.clock import Deadline
from maas_core.ports.signer import Signer
from maas_core.sealing.documents import (
    Access,
    Body,
    Draft,
    Opened,
    Unlocked,
    body_context,
    body_key,
    finish,
    key_for,
    read_header,
    seal,
    unlock,
)
from maas_core.sealing.epochs import GRANT, GROUP
from maas_core.sealing.keys import WRAP_SIZE
from maas_core.sealing.symmetric import KeySealing
from maas_core.store.tables import DocumentRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

DOCUMENTS: Any = DocumentRow.__table__
PROFILE = "profile"
_FRAME = 4096
"""More than header, author and signature take beside wraps and content."""
_REMEMBERED = 512
_SMALL = 2**18


class Documents:
    """Publishes and reads.

    A digest is that of the stored object: whoever reads the ledger can fetch it, and only its readers can open it.
    """

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._opened: dict[bytes, Opened] = {}

    def publish(
        self,
        kind: str,
        content: bytes,
        readers: Iterable[int],
        machine: bytes | None = None,
        until: int | None = None,
    ) -> bytes:
        """Seal a document for some parties and this one, store it durably, and return its digest for the ledger.

        `machine`: retain it as the terms of this machine's agreement ask; `until`: retain it until then, seconds UTC.
        Raises `UsageError` for a reader that has published no encryption key, `UnavailableError`, `StoreError`.
        """
        me = self._node.parties.me().party
        numbers = sorted({me, *readers})
        keys = [self._node.parties.profile(one).encryption_key for one in numbers if one != me]
        draft = Draft.for_readers(kind, self._deployment(), me, content)
        if machine is not None and any(machine):
            until = max(until or 0, self._node.keeping.documents_until(machine) or 0) or None
        return self._store(draft, [self._node.keys.public, *keys], numbers, until)

    def publish_profile(self, content: bytes, deployment: bytes, party: int) -> bytes:
        """Store this party's profile for all who know the deployment's id; returns its digest."""
        return self._store(Draft.for_deployment(PROFILE, deployment, party, content), [], [])

    def read(self, digest: bytes, kind: str) -> bytes:
        """A document's content; raises as `opened`."""
        return self.opened(digest, kind).content

    def opened(self, digest: bytes, kind: str) -> Opened:
        """A document with its author, all checked.

        Raises `NoAccessError` if this party is not among its readers, `IntegrityError` if it is not what its digest,
        signature or kind says or no storage has it, `UnavailableError`, `StoreError`.
        """
        opened = self._opened.get(digest)
        if opened is None:
            opened = self._open(digest, kind)
            if len(opened.content) < _SMALL:
                if len(self._opened) >= _REMEMBERED:
                    self._opened.pop(next(iter(self._opened)))
                self._opened[digest] = opened
        if opened.kind != kind:
            raise IntegrityError(f"document {digest.hex()} is a {opened.kind}, not a {kind}")
        return opened

    def published(self) -> list[tuple[bytes, str]]:
        """Digest and kind of all documents that this node published, oldest first."""
        query = select(DOCUMENTS.c.digest, DOCUMENTS.c.kind).order_by(DOCUMENTS.c.added)
        with self._node.database.reading() as connection:
            return [(bytes(row.digest), row.kind) for row in connection.execute(query)]

    def references(self, digest: bytes, kind: str) -> tuple[Reference, ...]:
        """The blobs of a document that this party can open: what storages must keep for it."""
        sealed = self._sealed(digest, kind)
        unlocked = self._unlocked(sealed, kind)
        top = Reference(digest, len(sealed))
        return (top, Reference.decode(unlocked.inline)) if unlocked.body is Body.BLOB else (top,)

    def objects(self, digest: bytes, kind: str) -> Iterator[bytes]:
        """Digests of all objects that a document is made of. Raises as `opened`."""
        sealed = self._sealed(digest, kind)
        yield digest
        unlocked = self._unlocked(sealed, kind)
        if unlocked.body is Body.BLOB:
            deadline = Deadline.after(self._node.clock, STORAGE_SECONDS)
            nodes = self._body_blobs(unlocked.key).objects(_reference(unlocked.inline), deadline)
            yield from (node.digest for node in nodes)

    def _deployment(self) -> bytes:
        return self._node.parties.deployment().record.deployment

    def _store(self, draft: Draft, keys: list[bytes], readers: list[int], until: int | None = None) -> bytes:
        clock, blobs = self._node.clock, self._node.blobs
        what = f"the {draft.kind} document"
        room = blobs.part_size - _FRAME - len(keys) * WRAP_SIZE
        body, placed, reference, upload = Body.PLAIN, draft.content, None, None
        if len(placed) > _FRAME:
            body, placed = Body.ZLIB, draft.packed()
        if len(placed) > room:
            if draft.access is Access.READERS and len(placed) > self._body_blobs(draft.key).part_size:
                upload = self._node.uploads.begin(what, placed, draft.key)
                draft = replace(draft, key=upload.key)
            reference = put_durably(self._body_blobs(draft.key), placed, clock, what, until, upload)
            body, placed = Body.BLOB, reference.encode()
        sealed = seal(draft, body, placed, keys, self._signer())
        digest = put_durably(blobs, sealed, clock, what, until).digest
        row = {
            "digest": digest,
            "kind": draft.kind,
            "added": clock.now(),
            "readers": json.dumps(readers),
            "sealed": sealed,
            "body": None if reference is None else reference.encode(),
        }
        with self._node.database.writing() as connection:
            upsert(connection, DOCUMENTS, "digest", [row])
            self._node.uploads.end(connection, upload)
        return digest

    def _signer(self) -> Signer:
        _ = self._node.identity  # a node that only reads says so
        assert self._node.signer is not None
        return self._node.signer

    def _open(self, digest: bytes, kind: str) -> Opened:
        sealed = self._sealed(digest, kind)
        unlocked = self._unlocked(sealed, kind)
        packed = None
        if unlocked.body is Body.BLOB:
            reference = _reference(unlocked.inline)
            packed = fetch(
                self._body_blobs(unlocked.key), reference, self._node.clock, f"the {kind} document's content"
            )
        opened = finish(sealed, unlocked, packed)
        self._check_author(opened)
        return opened

    def _sealed(self, digest: bytes, kind: str) -> bytes:
        with self._node.database.reading() as connection:
            row = connection.execute(select(DOCUMENTS).where(DOCUMENTS.c.digest == digest)).one_or_none()
        if row is not None and sha256(row.sealed).digest() == digest:
            return bytes(row.sealed)
        return fetch_object(self._node.blobs, digest, self._node.clock, f"the {kind} document")

    def _unlocked(self, sealed: bytes, kind: str) -> Unlocked:
        header = read_header(sealed)
        try:
            key = key_for(header, self._node.keys, self._deployment(), kind)
        except NoAccessError:
            granted = None if kind in (GROUP, GRANT) else self._node.groups.document_key(sha256(sealed).digest())
            if granted is None:
                raise
            key = granted
        return unlock(sealed, key)

    def _body_blobs(self, key: bytes) -> Blobs:
        return self._node.blobs.sealed_by(KeySealing(body_key(key), body_context(), "a document's content"))

    def _check_author(self, opened: Opened) -> None:
        if opened.deployment != self._deployment():
            raise IntegrityError(f"this {opened.kind} document was made for another deployment")
        parties, author = self._node.parties, opened.author_party
        if opened.kind != PROFILE and not parties.signs_with(author, opened.author_scheme, opened.author_key):
            raise IntegrityError(
                f"this {opened.kind} document says that party {opened.author_party} wrote it, "
                "and is signed by a key that is not that party's"
            )


def _reference(encoded: bytes) -> Reference:
    try:
        return Reference.decode(encoded)
    except UsageError as error:
        raise IntegrityError(f"a sealed document is malformed inside: {error}") from None
