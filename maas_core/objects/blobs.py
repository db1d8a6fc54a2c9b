"""Bytes of any size in objects of limited size, with constant memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from maas_core.errors import IntegrityError, UnavailableError, UsageError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.atomic_file import clean_leftovers, new_file, write_all
from maas_core.objects.sealing import UNSEALED, Sealing
from maas_core.objects.tree import Node, Reference, TreeBuilder, walk
from maas_core.objects.window import Window
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import Missing, ObjectStat, PutStatus, ReleaseStatus

IN_MEMORY = 2**26
"""The most that `get` returns at once; larger blobs are fetched into a file."""

Ask = Callable[[bytes, Deadline], ObjectStat | Missing]
"""`ObjectAccess.stat` and what has its shape."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """The answer to `put`."""

    reference: Reference
    status: PutStatus
    """DURABLE only if every object is."""


@dataclass(frozen=True, slots=True)
class BlobStat:
    """What storages know of a blob."""

    objects: int
    """Parts and manifests that are there."""
    missing: int
    """Those that are not there; 0: whole. What a missing manifest lists is not counted."""
    replicas: int
    """Places that hold the object with the fewest copies."""
    retained_until: int | None
    """Seconds UTC; None if any object is not retained."""


class PutJournal(Protocol):
    """Remembers the objects of an upload, so that one that was cut off goes on, or is found and taken away."""

    def note(self, digest: bytes) -> bool:
        """Called before a part is put; True if it was to be put before, so that it may be there. From any thread."""


class _NotThereError(Exception):
    """An object of a blob is missing: ends a walk, never leaves this module."""

    def __init__(self, why: Missing) -> None:
        self.why = why


class Blobs:
    """Bytes of any size. A blob that fits one object is that object; others are parts under manifests.

    All calls raise what `ObjectAccess` raises. With an executor in `window`, several objects are on their way at once.
    """

    def __init__(self, access: ObjectAccess, *, sealing: Sealing = UNSEALED, window: Window | None = None) -> None:
        self._access = access
        self._sealing = sealing
        self._window = window or Window()
        self._part_size = access.max_object - sealing.overhead

    def sealed_by(self, sealing: Sealing) -> "Blobs":
        """The same storages with another sealing, e.g. the key of one batch."""
        return Blobs(self._access, sealing=sealing, window=self._window)

    def uncached(self) -> "Blobs":
        """The same storages without the cache: for what must be gone when it is released."""
        return Blobs(self._access.uncached(), sealing=self._sealing, window=self._window)

    @property
    def part_size(self) -> int:
        """The most bytes that fit one object."""
        return self._part_size

    def get_object(self, digest: bytes, deadline: Deadline) -> bytes | Missing:
        """One object of which only the digest is known, as it was before it was sealed."""
        try:
            return self._open(digest, deadline)
        except _NotThereError as error:
            return error.why

    def retained_until(self, digest: bytes, deadline: Deadline) -> int:
        """Until when one object is retained where it is longest, seconds UTC; 0: not at all, or it is not there."""
        stat = self._access.stat(digest, deadline)
        return 0 if isinstance(stat, Missing) else stat.retained_until or 0

    def close(self) -> None:
        """Give back the storages."""
        self._access.close()

    def put(
        self, data: bytes, deadline: Deadline, retain_until: int | None = None, journal: PutJournal | None = None
    ) -> StoredBlob:
        """Store bytes that are in memory."""
        return self.put_stream(BytesIO(data), deadline, retain_until, journal)

    def put_file(self, path: Path, deadline: Deadline, retain_until: int | None = None) -> StoredBlob:
        """Store a file. Raises OSError if it cannot be read."""
        with path.open("rb", buffering=0) as file:
            return self.put_stream(file, deadline, retain_until)

    def put_stream(
        self,
        stream: BinaryIO,
        deadline: Deadline,
        retain_until: int | None = None,
        journal: PutJournal | None = None,
    ) -> StoredBlob:
        """Store what a stream gives until its end.

        A manifest is stored after all that it lists, so no reference ever names a blob that is there in part. After an
        error, doing it again stores the same objects, if the sealing seals as it did; with the same `journal`, which is
        for blobs of more than one object, those parts are not sent that the storages say they have.
        """
        self._access.check_retention(retain_until)
        statuses: set[PutStatus] = set()

        def put(sealed: bytes) -> bytes:
            stored = self._access.put(sealed, deadline, retain_until)
            statuses.add(stored.status)
            return stored.digest

        def keep(part: bytes) -> tuple[bytes, int]:
            sealed = self._sealing.seal(part)
            if journal is None:
                return put(sealed), len(part)
            digest = sha256(sealed).digest()
            whole = len(part) == self._part_size
            if journal.note(digest) and whole and self._access.has(digest, len(sealed), deadline, retain_until):
                return digest, len(part)
            return put(sealed), len(part)

        builder = TreeBuilder(self._part_size, lambda manifest: put(self._sealing.seal(manifest)))
        for digest, size in self._window.map(keep, cut(stream, self._part_size)):
            builder.add(digest, size)
        reference = builder.finish()
        return StoredBlob(reference, PutStatus.DURABLE if statuses == {PutStatus.DURABLE} else PutStatus.ACCEPTED)

    def get(self, reference: Reference, deadline: Deadline) -> bytes | Missing:
        """A blob of at most `IN_MEMORY` bytes. Raises `UsageError` for a larger one."""
        if reference.size > IN_MEMORY:
            raise UsageError(f"{reference.size} bytes are too many for memory; fetch them into a file")
        try:
            if reference.height == 0:
                return b"".join(self._read(reference, deadline))
            whole = BytesIO()  # copies each part while others are on their way
            self._copy(reference, whole, deadline)
        except _NotThereError as error:
            return error.why
        return whole.getvalue()

    def fetch_file(self, reference: Reference, path: Path, deadline: Deadline) -> Missing | None:
        """Write a blob to a file, which appears when it is whole; None: done. Raises OSError."""
        clean_leftovers(path.parent)
        try:
            with new_file(path.parent, path, durable=True) as file:
                self._copy(reference, file, deadline)
        except _NotThereError as error:
            return error.why
        return None

    def fetch(self, reference: Reference, out: BinaryIO, deadline: Deadline) -> Missing | None:
        """Write a blob to a stream; None: done. Whatever else comes out, `out` may hold the beginning only.

        After a NOT_YET all other parts were asked for too, so that a cold storage warms them together.
        """
        try:
            self._copy(reference, out, deadline)
        except _NotThereError as error:
            return error.why
        return None

    def objects(self, reference: Reference, deadline: Deadline) -> Iterator[Node]:
        """Every object of a blob, a manifest after what it lists; what absent manifests list is left out.

        Raises `UnavailableError` if a manifest is still cold.
        """
        return walk(reference, lambda digest: self._open_if_there(digest, deadline))

    def stat(self, reference: Reference, deadline: Deadline) -> BlobStat:
        """Ask for every object of a blob."""
        return self._summary(reference, deadline, self._access.stat)

    def replicate(self, reference: Reference, targets: Sequence[str], deadline: Deadline) -> BlobStat:
        """Bring copies of every object of a blob to further places."""

        def replicate(digest: bytes, until: Deadline) -> ObjectStat | Missing:
            return self._access.replicate(digest, targets, until)

        return self._summary(reference, deadline, replicate)

    def release(
        self, reference: Reference, deadline: Deadline, shared: frozenset[bytes] = frozenset()
    ) -> ReleaseStatus:
        """Stop keeping every object of a blob, save those whose digests are in `shared`: other blobs need them.

        A retained blob is left whole. The top goes last, so what was interrupted can be done again.
        """
        top = self._access.stat(reference.digest, deadline)
        if isinstance(top, ObjectStat) and (top.retained_until or 0) > deadline.clock.now():
            return ReleaseStatus.RETAINED
        status = ReleaseStatus.ABSENT
        for node in self.objects(reference, deadline):
            if node.digest not in shared:
                status = self._access.release(node.digest, deadline)
        return status

    def _copy(self, reference: Reference, out: BinaryIO, deadline: Deadline) -> None:
        for part in self._read(reference, deadline):
            write_all(out, part)

    def _read(self, reference: Reference, deadline: Deadline) -> Iterator[bytes]:
        """The parts, opened and checked."""
        done = 0
        get_part = partial(self._open_part, deadline=deadline)
        try:
            for part in self._window.map(get_part, self._parts(reference, deadline)):
                yield part
                done += 1
        except _NotThereError as error:
            if error.why is Missing.NOT_YET:
                self._warm(reference, done, deadline)
            raise

    def _parts(self, reference: Reference, deadline: Deadline) -> Iterator[Node]:
        nodes = walk(reference, lambda digest: self._open(digest, deadline))
        return (node for node in nodes if node.height == 0)

    def _open(self, digest: bytes, deadline: Deadline) -> bytes:
        sealed = self._access.get(digest, deadline)
        if isinstance(sealed, Missing):
            raise _NotThereError(sealed)
        return self._sealing.open(sealed)

    def _open_part(self, node: Node, deadline: Deadline) -> bytes:
        plain = self._open(node.digest, deadline)
        if len(plain) != node.size:
            raise IntegrityError(f"a part has {len(plain)} bytes where its manifest or reference says {node.size}")
        return plain

    def _open_if_there(self, digest: bytes, deadline: Deadline) -> bytes | None:
        try:
            return self._open(digest, deadline)
        except _NotThereError as error:
            if error.why is Missing.NOT_YET:
                raise UnavailableError(f"manifest {digest.hex()} is in cold storage and was asked for") from None
            return None

    def _warm(self, reference: Reference, done: int, deadline: Deadline) -> None:
        """Ask for the parts after the first `done` whose manifests are warm, and for the manifests that are not."""

        def load(digest: bytes) -> bytes | None:
            with suppress(_NotThereError):
                return self._open(digest, deadline)
            return None

        parts = (node for node in walk(reference, load) if node.height == 0)
        for node in islice(parts, done, None):
            self._access.get(node.digest, deadline)

    def _summary(self, reference: Reference, deadline: Deadline, ask: Ask) -> BlobStat:
        digests = (node.digest for node in self.objects(reference, deadline))
        return summarise(self._window.map(lambda digest: ask(digest, deadline), digests))


def cut(stream: BinaryIO, part_size: int) -> Iterator[bytes]:
    """A stream in parts of exactly `part_size` bytes, the last one shorter; an empty stream is one empty part."""
    part = _fill(stream, part_size)
    yield part
    while len(part) == part_size:
        part = _fill(stream, part_size)
        if part:
            yield part


def _fill(stream: BinaryIO, size: int) -> bytes:
    """As many bytes as wanted, though a stream may give fewer at a time; less only at its end."""
    data = stream.read(size)
    if len(data) in {0, size}:
        return data
    pieces = [data]
    missing = size - len(data)
    while missing and (data := stream.read(missing)):
        pieces.append(data)
        missing -= len(data)
    return b"".join(pieces)


def summarise(stats: Iterator[ObjectStat | Missing]) -> BlobStat:
    """The stat of a blob from those of its objects."""
    objects = missing = 0
    replicas: int | None = None
    retained: int | None = None
    for stat in stats:
        if isinstance(stat, Missing):
            missing += 1
            continue
        until = stat.retained_until or 0
        retained = until if retained is None else min(retained, until)
        replicas = stat.replicas if replicas is None else min(replicas, stat.replicas)
        objects += 1
    return BlobStat(objects, missing, 0 if missing else replicas or 0, retained or None)
