"""ObjectStorage: five dumb calls. Hashing, verification, retry, parts and cache sit once in the core.

Every call may come from several threads and processes at once. It returns within its deadline; what the storage could
not do in time, or not for now (a full disk), is `Unavailable`. What only the operator can mend (a read-only folder,
wrong credentials) raises `StoreError`. What cannot be asked of this storage raises `UsageError` and changes nothing:
an object over `max_object`, a retention or replication that the profile does not declare, a target that is not
configured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Unavailable

MAX_OBJECT = 2**20
"""Bytes of one object: small enough to be one block where contents are addressed by their SHA-256."""


class StorageAbility(StrEnum):
    """What only some storages can do."""

    RETENTION = "retention"
    """Refuse deletion until a date."""
    COMPLIANCE = "compliance"
    """Refuse it to everybody, the storage's owner included; declared beside RETENTION."""
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
    places: int = 1
    """How many places hold an object once it is replicated to all that are configured."""


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
    """Places that hold it, this one included; never a place that was not seen to hold it."""
    retained_until: int | None = None
    """Seconds UTC; until then `release` is refused."""
    locations: tuple[str, ...] = field(default=())
    """Names of the places that hold it, as `replicate` takes them; empty if the storage does not tell."""


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
        """Store at most `max_object` bytes under their SHA-256, which the caller has computed.

        Doing it again changes nothing, save that a retention can become longer, never shorter, and a damaged copy may
        be replaced. Retention runs until `retain_until`, seconds UTC.
        """

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """The bytes as the storage has them; the core checks the digest."""

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        """What the storage knows of an object, without sending its bytes. ABSENT: no place is known to hold it."""

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        """Bring copies to the targets, none named: to all that are configured; damaged ones are replaced.

        The answer tells the copies that there are then, which may be fewer than wanted.
        """

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        """Stop keeping an object in every place of this storage: unpin, delete, or refused by retention."""

    def close(self) -> None:
        """Give back connections and files."""
