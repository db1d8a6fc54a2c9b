"""Contents of several objects on their way to the storages: they go on after a crash, or are taken away.

Before the first object of a content is put, its key is noted, wrapped for this node; before each part, its digest. Who
puts the same content again gets the same key, so the same objects, and those that are there are not sent again. The
row that names a content and the end of its upload are one database transaction; what has begun and never ended is
known.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Any

from sqlalchemy import Connection, delete, select, update

from maas_core.errors import MaasError, NoAccessError
from maas_core.ledgerio.sql.journal import upsert
from maas_core.node.named_objects import NamedObjects
from maas_core.node.service import Service
from maas_core.objects.access import ObjectAccess
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import ReleaseStatus
from maas_core.sealing.keys import KeyRing, wrap
from maas_core.store.database import Database
from maas_core.store.tables import UploadPartRow, UploadRow

UPLOADS: Any = UploadRow.__table__
PARTS: Any = UploadPartRow.__table__
SECONDS = 60.0
_PURPOSE = b"maas/1 upload\x00"
_UNKNOWN = "an upload's key"


class Upload:
    """One content on its way. A journal of its parts (`PutJournal`)."""

    def __init__(self, database: Database, content: bytes, key: bytes, known: set[bytes]) -> None:
        self.content = content
        """What tells it from others."""
        self.key = key
        """To be used for this content and no other."""
        self._database = database
        self._known = known
        self._lock = Lock()

    def note(self, digest: bytes) -> bool:
        """True if it was noted before."""
        with self._lock:
            if digest in self._known:
                return True
            self._known.add(digest)
        with self._database.writing() as connection:
            upsert(connection, PARTS, "digest", [{"digest": digest, "content": self.content}])
        return False


@dataclass(slots=True)
class Cleaned:
    """What became of uploads that were begun and never ended."""

    uploads: int = 0
    """Those that are old enough."""
    released: int = 0
    """Objects that were taken away."""
    absent: int = 0
    """Objects that were never stored, or are gone already."""
    named: int = 0
    """Objects that were left alone: the ledger or a document names them."""
    retained: int = 0
    """Objects that a retention keeps; a later run takes them away."""
    young: int = 0
    """Uploads that may still go on."""
    failed: list[str] = field(default_factory=list)


class Uploads(Service):
    """Begins and ends them. `begin` may be called from several threads."""

    def begin(self, what: str, plain: bytes, key: bytes) -> Upload:
        """Note a content that is about to be put, sealed with `key`; with an earlier key if it was begun before."""
        content = sha256(what.encode() + b"\0" + plain).digest()
        keys, now = self._node.keys, self._node.clock.now()
        with self._node.database.writing() as connection:
            row = connection.execute(select(UPLOADS).where(UPLOADS.c.content == content)).one_or_none()
            earlier = None if row is None else _unwrapped(keys, bytes(row.key), content)
            if earlier is None:
                wrapped = wrap(key, keys.public, _PURPOSE + content)
                values = {"content": content, "what": what, "key": wrapped, "touched": now}
                upsert(connection, UPLOADS, "content", [values])
                return Upload(self._node.database, content, key, set())
            connection.execute(update(UPLOADS).where(UPLOADS.c.content == content).values(touched=now))
            parts = connection.execute(select(PARTS.c.digest).where(PARTS.c.content == content))
            return Upload(self._node.database, content, earlier, {bytes(one.digest) for one in parts})

    def end(self, connection: Connection, upload: Upload | None) -> None:
        """Forget an upload, and its key, with the transaction that stores what names it."""
        if upload is not None:
            _forget(connection, upload.content)

    def clean(
        self, older: int, progress: Callable[[int], None] = lambda _: None, *, look_only: bool = False
    ) -> Cleaned:
        """Let the storages go of what uploads left that were not gone on with for `older` seconds.

        Nothing is touched that the ledger, an anchor's manifest or a document names. Raises `UnavailableError` and
        `StoreError` if storages do not answer; what was not done is done by a later run.
        """
        done = Cleaned()
        left = self._left(older, done)
        if not left:
            return done
        named = {one.digest for one in NamedObjects(self._node).all()}
        access = ObjectAccess(self._node.storages.tiers)
        for number, (content, digests) in enumerate(left.items(), start=1):
            kept = [digest for digest in digests if not self._let_go(access, digest, named, done, look_only=look_only)]
            if not kept and not look_only:
                with self._node.database.writing() as connection:
                    _forget(connection, content)
            progress(number)
        return done

    def _left(self, older: int, done: Cleaned) -> dict[bytes, list[bytes]]:
        """The parts of each upload that is old enough."""
        before = self._node.clock.now() - older
        with self._node.database.reading() as connection:
            uploads = list(connection.execute(select(UPLOADS.c.content, UPLOADS.c.touched)))
            old = [bytes(one.content) for one in uploads if one.touched <= before]
            parts = {
                one: [bytes(row.digest) for row in connection.execute(select(PARTS).where(PARTS.c.content == one))]
                for one in old
            }
        done.uploads, done.young = len(old), len(uploads) - len(old)
        return parts

    def _let_go(
        self, access: ObjectAccess, digest: bytes, named: set[bytes], done: Cleaned, *, look_only: bool
    ) -> bool:
        """Whether there is nothing more to do about an object."""
        if digest in named:
            done.named += 1
            return True
        deadline = Deadline.after(self._node.clock, SECONDS)
        if look_only:
            done.released += 1
            return False
        try:
            status = access.release(digest, deadline)
        except MaasError as error:
            done.failed.append(f"{digest.hex()}: {error}")
            return False
        done.released += status is ReleaseStatus.RELEASED
        done.absent += status is ReleaseStatus.ABSENT
        done.retained += status is ReleaseStatus.RETAINED
        return status is not ReleaseStatus.RETAINED


def _unwrapped(keys: KeyRing, wrapped: bytes, content: bytes) -> bytes | None:
    try:
        return keys.unwrap_any([wrapped], _PURPOSE + content, _UNKNOWN)
    except NoAccessError:
        return None  # the node has other keys now: the upload begins anew


def _forget(connection: Connection, content: bytes) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # a key that is destroyed must not lie in a free page
    connection.execute(delete(PARTS).where(PARTS.c.content == content))
    connection.execute(delete(UPLOADS).where(UPLOADS.c.content == content))
