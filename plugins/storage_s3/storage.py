"""`ObjectStorage` over one bucket: a key is the prefix and the SHA-256 in hex."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import TypeVar

from maas_storage_s3.bucket import Bucket, Head, Version, lock_headers
from maas_storage_s3.client import make_client_and_credentials
from maas_storage_s3.failures import ABSENT, COLD, DENIED, FAILURES, as_answer, code_of, expiry_told
from maas_storage_s3.lean import EXISTS, OK, LeanCalls, lean_calls
from maas_storage_s3.settings import Settings, profile_of

from maas_core.errors import StoreError, UsageError
from maas_core.objects.bounded import BoundedCalls, TooLateError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import (
    MAX_OBJECT,
    Missing,
    ObjectStat,
    PutStatus,
    ReleaseStatus,
    StorageAbility,
    Stored,
)
from maas_core.ports.workflow import Unavailable

T = TypeVar("T")
_DURABLE = Stored(PutStatus.DURABLE)
_SKEW = 15 * 60
"""Seconds by which S3 lets clocks differ: a server that is behind still guards what has run out by our clock."""


def open_storage(settings: Settings, context: Context) -> "S3Storage":
    """Sends nothing: a server that is away must not keep a node from opening its other storages."""
    return S3Storage(settings, context)


class S3Storage:
    """Objects in a bucket. Any number of threads and processes may use the same one."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.profile = profile_of(settings)
        self.place = f"s3://{settings.bucket}/{settings.prefix}"
        self._settings = settings
        self._context = context
        self._lock = Lock()
        self._bucket: Bucket | None = None
        self._lean: LeanCalls | None = None
        self._calls = BoundedCalls("s3", settings.connections)

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        """A conditional write: always DURABLE, for S3 answers when it has stored."""
        if len(data) > MAX_OBJECT:
            raise UsageError(f"an object has at most {MAX_OBJECT} bytes, not {len(data)}")
        if retain_until is not None and StorageAbility.RETENTION not in self.profile.abilities:
            raise UsageError(f"{self.place} cannot retain objects; set `lock`")
        until = retain_until if (retain_until or 0) > self._context.clock.now() else None
        lock = lock_headers(self._settings, until)
        status = None if self._lean is None else self._lean.put(digest, data, lock, deadline)
        if status == OK:
            return _DURABLE
        ask = _confirmed if status == EXISTS else _put
        return self._ask(partial(ask, digest=digest, data=data, until=until), deadline)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """The newest version's bytes, unchecked; a cold one is asked for and NOT_YET."""
        data = None if self._lean is None else self._lean.get(digest, deadline)
        return self._ask(partial(self._get, digest=digest), deadline) if data is None else data

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        """One place, whatever S3 makes of it behind its curtain."""
        return self._ask(partial(self._stat, digest=digest), deadline)

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        """Not declared: copies in further buckets are further storages of the node."""
        raise UsageError(f"{self.place} makes no copies; name a further storage in the config")

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        """Delete all versions, or none if any is retained."""
        return self._ask(partial(self._release, digest=digest), deadline)

    def close(self) -> None:
        """Let threads end, and give back connections."""
        self._calls.close()
        if self._lean is not None:
            self._lean.close()

    def _ask(self, function: Callable[[Bucket], T | Unavailable], deadline: Deadline) -> T | Unavailable:
        try:
            return self._calls.call(lambda: self._answer(function), deadline)
        except TooLateError:
            return Unavailable(f"{self.place}: no answer in time")

    def _answer(self, function: Callable[[Bucket], T | Unavailable]) -> T | Unavailable:
        try:
            with expiry_told(self.place):
                return function(self._opened())
        except FAILURES as error:
            return as_answer(self.place, error)

    def _opened(self) -> Bucket:
        """The bucket, looked at once."""
        with self._lock:
            if self._bucket is None:
                client, credentials = make_client_and_credentials(self._settings, self._context.directory)
                bucket = Bucket(client, self._settings)
                self._check_region(bucket)
                self._lean = lean_calls(client, credentials, self._settings)
                self._bucket = bucket
            return self._bucket

    def _check_region(self, bucket: Bucket) -> None:
        """boto3 follows a bucket to whatever region it lies in; a config that names one must be right."""
        wanted = self._settings.region
        if wanted and (found := bucket.region()) not in {"", wanted}:
            raise StoreError(f"{self.place} lies in {found}, the config says {wanted}")

    def _get(self, bucket: Bucket, digest: bytes) -> bytes | Missing:
        try:
            body = bucket.get(digest)
        except FAILURES as error:
            if code_of(error) != COLD:
                raise
            bucket.thaw(digest)
            return Missing.NOT_YET
        return Missing.ABSENT if body is None else body

    def _stat(self, bucket: Bucket, digest: bytes) -> ObjectStat | Missing:
        head = bucket.head(digest)
        if head is None:
            return Missing.ABSENT
        return ObjectStat(head.size, 1, head.retained_until, (self.place,))

    def _release(self, bucket: Bucket, digest: bytes) -> ReleaseStatus:
        versions = sorted(bucket.versions(digest), key=lambda one: one.is_marker)
        now = self._context.clock.now()
        if StorageAbility.RETENTION in self.profile.abilities and _any_retained(bucket, digest, versions, now):
            return ReleaseStatus.RETAINED
        status = ReleaseStatus.ABSENT
        for version in versions:  # markers last: what was interrupted must not bring an old version to light
            if not _delete(bucket, digest, version, now):
                return ReleaseStatus.RETAINED
            status = status if version.is_marker else ReleaseStatus.RELEASED
        return status


def _put(bucket: Bucket, digest: bytes, data: bytes, until: int | None) -> Stored:
    if bucket.put(digest, data, until, replace=False):
        return _DURABLE
    return _confirmed(bucket, digest, data, until)


def _confirmed(bucket: Bucket, digest: bytes, data: bytes, until: int | None) -> Stored:
    """Make sure that what is there is whole and retained long enough.

    Nothing there: some servers count a delete marker as an object. A cold object's bytes cannot be looked at.
    """
    try:
        there = bucket.get(digest)
        whole = there is not None and hashlib.sha256(there).digest() == digest
    except FAILURES as error:
        if code_of(error) != COLD:
            raise
        whole = True
    head = None if until is None or not whole else bucket.head(digest)
    if not whole:  # a retained version stays below the new one, and is guarded as before
        bucket.put(digest, data, until, replace=True)
    elif until is not None and head is not None and until > (head.retained_until or 0):
        bucket.retain(digest, head, until)
    return _DURABLE


def _any_retained(bucket: Bucket, digest: bytes, versions: Sequence[Version], now: int) -> bool:
    heads = (bucket.head(digest, version.number) for version in versions if not version.is_marker)
    return any(_guarded(head, now) for head in heads if head is not None)


def _delete(bucket: Bucket, digest: bytes, version: Version, now: int) -> bool:
    """Whether it is gone; not, if S3 guards it."""
    try:
        bucket.delete(digest, version)
    except FAILURES as error:
        if code_of(error) in ABSENT:
            return True
        head = bucket.head(digest, version.number) if code_of(error) in DENIED and not version.is_marker else None
        if head is None or not _guarded(head, now - _SKEW):
            raise
        return False
    return True


def _guarded(head: Head, now: int) -> bool:
    return head.held or (head.retained_until or 0) > now
