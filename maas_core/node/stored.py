"""Putting things into the node's storages so that they stay, and getting them back, with errors that name them."""

from maas_core.errors import IntegrityError, UnavailableError
from maas_core.objects.blobs import Blobs, PutJournal
from maas_core.objects.retry import Patience
from maas_core.objects.tree import Reference
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.storage import Missing, PutStatus

STORAGE_SECONDS = 60.0
"""How long a storage is given for one thing, however often it is asked."""


class GoneError(IntegrityError):
    """No storage of this node has an object."""

    def __init__(self, what: str, digest: bytes) -> None:
        super().__init__(f"{what} is in none of the storages of this node ({digest.hex()})")
        self.what = what


def put_durably(
    blobs: Blobs, data: bytes, clock: Clock, what: str, until: int | None = None, journal: PutJournal | None = None
) -> Reference:
    """Store bytes; returns when the storage says that they survive a crash. Raises `UnavailableError`, `StoreError`.

    `until`: retain them, seconds UTC; `UsageError` if no storage that is written to can.
    """
    deadline = Deadline.after(clock, STORAGE_SECONDS)
    for _ in Patience().attempts(deadline):
        stored = blobs.put(data, deadline, until, journal)
        if stored.status is PutStatus.DURABLE:
            return stored.reference
    raise UnavailableError(f"the storage took {what}, but does not say that it would survive a crash; try again later")


def fetch(blobs: Blobs, reference: Reference, clock: Clock, what: str) -> bytes:
    """Bytes of any size. Raises `UnavailableError` if they are cold, `IntegrityError` if no storage has them."""
    return _there(blobs.get(reference, Deadline.after(clock, STORAGE_SECONDS)), reference.digest, what)


def fetch_object(blobs: Blobs, digest: bytes, clock: Clock, what: str) -> bytes:
    """One object by its digest. Raises as `fetch`."""
    return _there(blobs.get_object(digest, Deadline.after(clock, STORAGE_SECONDS)), digest, what)


def _there(found: bytes | Missing, digest: bytes, what: str) -> bytes:
    if found is Missing.NOT_YET:
        raise UnavailableError(f"{what} is in cold storage and was asked for; try again later ({digest.hex()})")
    if isinstance(found, Missing):
        raise GoneError(what, digest)
    return found
