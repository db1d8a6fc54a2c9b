"""ObjectStorage: five dumb calls. Hashing, verification, retry, parts and cache sit once in the core."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Unavailable

MAX_OBJECT = 2**20
"""Bytes of one object: one raw IPFS block, so that its CID follows from its SHA-256."""


class StorageAbility(StrEnum):
    """What only some storages can do."""

    RETENTION = "retention"
    """Refuse deletion until a date."""
    CONDITIONAL_WRITE = "conditional_write"
    """Two writers of one object cannot overwrite each other."""
    REPLICAS = "replicas"
    """Hold copies in further places."""
    RESIDENCY = "residency"
    """Say in which region the bytes lie."""
    NOT_YET = "not_yet"
    """A cold tier: `get` may ask to come back later."""


@dataclass(frozen=True, slots=True)
class StorageProfile:
    """What a storage is like: declared by the backend, checked against the config."""

    name: str
    abilities: frozenset[StorageAbility] = frozenset()
    region: str = ""
    """Where the bytes lie, if RESIDENCY is declared."""
    max_object: int = MAX_OBJECT


class PutStatus(Enum):
    """What `put` can promise."""

    ACCEPTED = "accepted"
    """Taken; a crash of the storage may still lose it."""
    DURABLE = "durable"
    """Survives a crash."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer to `put`: truthful, and the same for an object that was there before."""

    status: PutStatus


class Missing(Enum):
    """Why `get` has no bytes."""

    ABSENT = "absent"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What a storage knows of an object."""

    size: int
    replicas: int
    """Places that hold it, this one included."""
    retained_until: int | None = None
    """Seconds UTC."""
    locations: tuple[str, ...] = field(default=())


class ReleaseStatus(Enum):
    """What `release` could do."""

    RELEASED = "released"
    """This storage no longer keeps it."""
    ABSENT = "absent"
    RETAINED = "retained"
    """Refused: a retention period runs."""


class ObjectStorage(Protocol):
    """Bytes under their SHA-256. A backend never looks into them."""

    @property
    def profile(self) -> StorageProfile:
        """What this storage is like."""

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        """Store at most `MAX_OBJECT` bytes under their digest; doing it again changes nothing."""

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """The bytes as the storage has them; the core checks the digest."""

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        """What the storage knows of an object, without fetching it."""

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        """Bring copies to further places; the answer tells the copies that there are then."""

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        """Stop keeping an object: unpin, delete, or refused by retention."""

    def close(self) -> None:
        """Give back connections and files."""
