"""Single objects in one or more storages: addressed by SHA-256, checked after every get, asked for until a deadline."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeVar

from maas_core.errors import IntegrityError, StoreError, UnavailableError, UsageError
from maas_core.objects.cache import ObjectCache
from maas_core.objects.retry import Patience
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import (
    Missing,
    ObjectStat,
    ObjectStorage,
    PutStatus,
    ReleaseStatus,
    StorageAbility,
    Stored,
)
from maas_core.ports.workflow import Unavailable

_log = logging.getLogger(__name__)
_WRONG_READS = 3
"""How often wrong bytes are fetched again: a bit may have flipped on the way, not on the disk."""

T = TypeVar("T")


class WriteTo(Enum):
    """Which of several storages a new object is put into before the call returns."""

    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The answer to `put`."""

    digest: bytes
    status: PutStatus
    """DURABLE only if every storage that was written to said so."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A storage gave bytes of another digest."""


_Answer = bytes | Missing | Unavailable | StoreError | _Wrong
_ASK_AGAIN: Literal["ask again"] = "ask again"


def judge(digest: bytes, answers: Sequence[_Answer], reads: int) -> Missing | Literal["ask again"]:
    """What answers of all storages mean together when none gave the right bytes.

    Absent is only what every storage says is absent. Raises `IntegrityError` or `StoreError` when asking again would
    not help.
    """
    if any(isinstance(answer, Unavailable) for answer in answers):
        return _ASK_AGAIN
    if Missing.NOT_YET in answers:
        return Missing.NOT_YET
    if any(isinstance(answer, _Wrong) for answer in answers):
        if reads < _WRONG_READS:
            return _ASK_AGAIN
        raise _damaged(digest)
    for answer in answers:
        if isinstance(answer, StoreError):
            raise answer
    return Missing.ABSENT


class ObjectAccess:
    """Objects in several storages, the first being the one to ask first. Safe to use from several threads."""

    def __init__(
        self,
        storages: Sequence[ObjectStorage],
        *,
        cache: ObjectCache | None = None,
        patience: Patience | None = None,
        write_to: WriteTo = WriteTo.FIRST,
    ) -> None:
        if not storages:
            raise UsageError("at least one storage is needed")
        self._storages = tuple(storages)
        self._written = self._storages[:1] if write_to is WriteTo.FIRST else self._storages
        self._cache = cache
        self._patience = patience or Patience()
        self.max_object = min(storage.profile.max_object for storage in self._storages)
        """Bytes of the largest object that every storage takes."""

    def put(self, data: bytes, deadline: Deadline, retain_until: int | None = None) -> StoredObject:
        """Store an object of at most `max_object` bytes.

        Raises `UsageError` for a larger one or a retention that a storage cannot keep, `UnavailableError` if a
        storage did not take it in time (it may be there nevertheless; doing it again is harmless), `StoreError`.
        """
        self._check_put(data, retain_until)
        digest = hashlib.sha256(data).digest()
        statuses = set()
        for storage in self._written:
            statuses.add(self._put_into(storage, digest, data, retain_until, deadline).status)
        return StoredObject(digest, PutStatus.DURABLE if statuses == {PutStatus.DURABLE} else PutStatus.ACCEPTED)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing:
        """The bytes with this SHA-256, from the cache or the first storage that has them.

        NOT_YET is returned at once: come back later. Raises `UnavailableError`, `StoreError`, and `IntegrityError` if
        all that could be had were wrong bytes.
        """
        cached = self._cache.get(digest) if self._cache else None
        if cached is not None:
            return cached
        answers: list[_Answer] = []
        for reads in self._patience.attempts(deadline):
            answers = []
            for storage in self._storages:
                answer = self._fetch(storage, digest, deadline)
                if isinstance(answer, bytes):
                    self._remember(digest, answer)
                    return answer
                answers.append(answer)
            verdict = judge(digest, answers, reads)
            if verdict != _ASK_AGAIN:
                return verdict
        raise _too_late("get", digest, answers)

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing:
        """What all storages together know of an object; places are named `storage:place`.

        Counts only what answered in time; raises `UnavailableError` or `StoreError` if none that answered has it.
        """
        return self._gather(digest, deadline, lambda storage, until: storage.stat(digest, until), self._storages)

    def replicate(self, digest: bytes, targets: Sequence[str], deadline: Deadline) -> ObjectStat | Missing:
        """Bring copies to further places of each storage that can; no targets means all that it is configured with.

        Raises `UsageError` if no storage can, or a target is not known; otherwise as `stat`.
        """
        able = [s for s in self._storages if StorageAbility.REPLICAS in s.profile.abilities]
        if not able:
            raise UsageError("none of the storages can replicate; configure replicas or another storage")
        return self._gather(digest, deadline, lambda storage, until: storage.replicate(digest, targets, until), able)

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus:
        """Stop keeping an object in all storages; RETAINED if any of them refused. Raises as `put`."""
        if self._cache:
            self._cache.drop(digest)
        statuses = {self._release_from(storage, digest, deadline) for storage in self._storages}
        for status in (ReleaseStatus.RETAINED, ReleaseStatus.RELEASED):
            if status in statuses:
                return status
        return ReleaseStatus.ABSENT

    def close(self) -> None:
        """Close all storages."""
        for storage in self._storages:
            storage.close()

    def check_retention(self, retain_until: int | None) -> None:
        """Raises `UsageError` if a storage that is written to cannot keep a retention."""
        for storage in self._written:
            if retain_until is not None and StorageAbility.RETENTION not in storage.profile.abilities:
                raise UsageError(f"storage {storage.profile.name} cannot retain objects; choose one that can")

    def _check_put(self, data: bytes, retain_until: int | None) -> None:
        if len(data) > self.max_object:
            raise UsageError(f"an object has at most {self.max_object} bytes, not {len(data)}")
        self.check_retention(retain_until)

    def _put_into(
        self, storage: ObjectStorage, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline
    ) -> Stored:
        return self._insist("put", digest, deadline, lambda until: storage.put(digest, data, retain_until, until))

    def _release_from(self, storage: ObjectStorage, digest: bytes, deadline: Deadline) -> ReleaseStatus:
        return self._insist("release", digest, deadline, lambda until: storage.release(digest, until))

    def _insist(self, what: str, digest: bytes, deadline: Deadline, call: Callable[[Deadline], T | Unavailable]) -> T:
        answers: list[_Answer] = []
        for _ in self._patience.attempts(deadline):
            answer = call(self._patience.call_deadline(deadline))
            if not isinstance(answer, Unavailable):
                return answer
            answers = [answer]
        raise _too_late(what, digest, answers)

    def _fetch(self, storage: ObjectStorage, digest: bytes, deadline: Deadline) -> _Answer:
        try:
            answer = storage.get(digest, self._patience.call_deadline(deadline))
        except StoreError as error:
            return error
        if isinstance(answer, bytes) and hashlib.sha256(answer).digest() != digest:
            _log.warning("storage %s gave wrong bytes for object %s", storage.profile.name, digest.hex())
            return _Wrong()
        return answer

    def _remember(self, digest: bytes, data: bytes) -> None:
        if self._cache:
            self._cache.put(digest, data)

    def _gather(
        self,
        digest: bytes,
        deadline: Deadline,
        call: Callable[[ObjectStorage, Deadline], ObjectStat | Missing | Unavailable],
        storages: Sequence[ObjectStorage],
    ) -> ObjectStat | Missing:
        answers: list[_Answer] = []
        for reads in self._patience.attempts(deadline):
            stats, answers = self._ask_all(storages, call, deadline)
            if stats:
                return combine(stats)
            verdict = judge(digest, answers, reads)
            if verdict != _ASK_AGAIN:
                return verdict
        raise _too_late("stat", digest, answers)

    def _ask_all(
        self,
        storages: Sequence[ObjectStorage],
        call: Callable[[ObjectStorage, Deadline], ObjectStat | Missing | Unavailable],
        deadline: Deadline,
    ) -> tuple[list[tuple[str, ObjectStat]], list[_Answer]]:
        stats: list[tuple[str, ObjectStat]] = []
        others: list[_Answer] = []
        for storage in storages:
            try:
                answer = call(storage, self._patience.call_deadline(deadline))
            except StoreError as error:
                others.append(error)
                continue
            if isinstance(answer, ObjectStat):
                stats.append((storage.profile.name, answer))
            else:
                others.append(answer)
        return stats, others


def combine(stats: Sequence[tuple[str, ObjectStat]]) -> ObjectStat:
    """One object in several storages, each with its name."""
    places = tuple(f"{name}:{place}" for name, stat in stats for place in stat.locations)
    retained = [stat.retained_until for _, stat in stats if stat.retained_until is not None]
    replicas = sum(stat.replicas for _, stat in stats)
    return ObjectStat(stats[0][1].size, replicas, max(retained, default=None), places)


def _damaged(digest: bytes) -> IntegrityError:
    return IntegrityError(f"object {digest.hex()}: no storage has the right bytes, and at least one has wrong bytes")


def _too_late(what: str, digest: bytes, answers: Sequence[_Answer]) -> UnavailableError | IntegrityError:
    reasons = [answer.reason for answer in answers if isinstance(answer, Unavailable)]
    if not reasons and any(isinstance(answer, _Wrong) for answer in answers):
        return _damaged(digest)
    detail = "; ".join(reasons) or "the deadline had passed"
    return UnavailableError(f"{what} of object {digest.hex()}: no storage answered in time: {detail}")
