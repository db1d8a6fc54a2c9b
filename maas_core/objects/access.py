"""Single objects in one or more storages: addressed by SHA-256, checked after every get, asked for until a deadline."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

from maas_core.errors import StoreError, UsageError
from maas_core.objects.answers import ASK_AGAIN, Answer, Wrong, combine, judge, too_late
from maas_core.objects.cache import ObjectCache
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import CopyQueue, Health, Tier, WriteTo, as_tiers
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

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """The answer to `put`."""

    digest: bytes
    status: PutStatus
    """DURABLE only if every storage that was written to said so."""


class ObjectAccess:
    """Objects in several storages, the first being the one to ask first. Safe to use from several threads."""

    def __init__(
        self,
        storages: Sequence[ObjectStorage | Tier],
        *,
        cache: ObjectCache | None = None,
        patience: Patience | None = None,
        write_to: WriteTo = WriteTo.FIRST,
        later: CopyQueue | None = None,
        health: Health | None = None,
    ) -> None:
        """`later` is told of every object that goes to the first storage only, so that the others get it too."""
        self.tiers = as_tiers(storages)
        writable = [tier for tier in self.tiers if tier.written]
        if not writable:
            raise UsageError("at least one storage is needed that can be written to")
        self._written = writable[:1] if write_to is WriteTo.FIRST else writable
        self._others = [tier.name for tier in writable[len(self._written) :]]
        self._later = later if self._others else None
        self._cache = cache
        self._patience = patience or Patience()
        self._health = health or Health()
        self.max_object = min(tier.storage.profile.max_object for tier in self.tiers)
        """Bytes of the largest object that every storage takes."""

    def uncached(self) -> "ObjectAccess":
        """The same storages without the cache: for what must be gone when it is released."""
        other = copy(self)
        other._cache = None  # noqa: SLF001 - a copy of this object
        return other

    def put(self, data: bytes, deadline: Deadline, retain_until: int | None = None) -> StoredObject:
        """Store an object of at most `max_object` bytes.

        Raises `UsageError` for a larger one or a retention that no storage can keep, `UnavailableError` if a
        storage did not take it in time (it may be there nevertheless; doing it again is harmless), `StoreError`.
        """
        if len(data) > self.max_object:
            raise UsageError(f"an object has at most {self.max_object} bytes, not {len(data)}")
        self.check_retention(retain_until)
        digest = hashlib.sha256(data).digest()
        if self._later is not None:
            self._later.add(digest, self._written[0].name, self._others, retain_until)
        statuses = {self._put_into(tier, digest, data, retain_until, deadline) for tier in self._written}
        return StoredObject(digest, PutStatus.DURABLE if statuses == {PutStatus.DURABLE} else PutStatus.ACCEPTED)

    def has(self, digest: bytes, size: int, deadline: Deadline, retain_until: int | None = None) -> bool:
        """Whether every storage that is written to says that it has an object, retained long enough where it can.

        Their word is taken and no bytes are sent. No answer is no: then the object is put again.
        """
        until = self._patience.call_deadline(deadline)
        return all(_has(tier, tier.storage.stat(digest, until), size, retain_until) for tier in self._written)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing:
        """The bytes with this SHA-256, from the cache or the first storage that has them.

        A storage that gave wrong bytes gets the right ones, once another gave those. One that did not answer is asked
        last for a while. NOT_YET is returned at once: come back later. Raises `UnavailableError`, `StoreError`, and
        `IntegrityError` if all that could be had were wrong bytes.
        """
        cached = self._cache.get(digest) if self._cache else None
        if cached is not None:
            return cached
        answers: list[Answer] = []
        wrong: list[Tier] = []
        for reads in self._patience.attempts(deadline):
            answers = []
            for tier in self._health.ordered(self.tiers, deadline.clock):
                answer = self._fetch(tier, digest, deadline)
                if isinstance(answer, bytes):
                    self._heal(wrong, digest, answer, deadline)
                    self._remember(digest, answer)
                    return answer
                if isinstance(answer, Wrong) and tier not in wrong:
                    wrong.append(tier)
                answers.append(answer)
            verdict = judge(digest, answers, reads)
            if verdict != ASK_AGAIN:
                return verdict
        raise too_late("get", digest, answers)

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing:
        """What all storages together know of an object; places are named `storage:place`.

        Counts only what answered in time; raises `UnavailableError` or `StoreError` if none that answered has it.
        """
        return self._gather(digest, deadline, lambda storage, until: storage.stat(digest, until), self.tiers)

    def replicate(self, digest: bytes, targets: Sequence[str], deadline: Deadline) -> ObjectStat | Missing:
        """Bring copies to further places of each storage that can; no targets means all that it is configured with.

        Raises `UsageError` if no storage can, or a target is not known; otherwise as `stat`.
        """
        able = [tier for tier in self.tiers if StorageAbility.REPLICAS in tier.storage.profile.abilities]
        if not able:
            raise UsageError("none of the storages can replicate; configure replicas or another storage")
        return self._gather(digest, deadline, lambda storage, until: storage.replicate(digest, targets, until), able)

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus:
        """Stop keeping an object in all storages; RETAINED if any of them refused. Raises as `put`."""
        if self._cache:
            self._cache.drop(digest)
        statuses = {self._release_from(tier.storage, digest, deadline) for tier in self.tiers}
        for status in (ReleaseStatus.RETAINED, ReleaseStatus.RELEASED):
            if status in statuses:
                return status
        return ReleaseStatus.ABSENT

    def close(self) -> None:
        """Close all storages."""
        for tier in self.tiers:
            tier.storage.close()

    def check_retention(self, retain_until: int | None) -> None:
        """Raises `UsageError` if none of the storages that are written to can keep a retention."""
        if retain_until is not None and not any(_can_retain(tier) for tier in self._written):
            names = ", ".join(tier.name for tier in self._written)
            raise UsageError(f"storage {names} cannot retain objects; choose one that can")

    def _put_into(
        self, tier: Tier, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline
    ) -> PutStatus:
        """A retention is kept by those that can; one that refuses deletion keeps the object."""
        until = retain_until if _can_retain(tier) else None
        stored: Stored = self._insist("put", digest, deadline, lambda by: tier.storage.put(digest, data, until, by))
        return stored.status

    def _release_from(self, storage: ObjectStorage, digest: bytes, deadline: Deadline) -> ReleaseStatus:
        return self._insist("release", digest, deadline, lambda until: storage.release(digest, until))

    def _insist(self, what: str, digest: bytes, deadline: Deadline, call: Callable[[Deadline], T | Unavailable]) -> T:
        answers: list[Answer] = []
        for _ in self._patience.attempts(deadline):
            answer = call(self._patience.call_deadline(deadline))
            if not isinstance(answer, Unavailable):
                return answer
            answers = [answer]
        raise too_late(what, digest, answers)

    def _fetch(self, tier: Tier, digest: bytes, deadline: Deadline) -> Answer:
        try:
            answer = tier.storage.get(digest, self._patience.call_deadline(deadline))
        except StoreError as error:
            return error
        self._health.note(tier, deadline.clock, answered=not isinstance(answer, Unavailable))
        if isinstance(answer, bytes) and hashlib.sha256(answer).digest() != digest:
            _log.warning("storage %s gave wrong bytes for object %s", tier.name, digest.hex())
            return Wrong()
        return answer

    def _heal(self, wrong: Sequence[Tier], digest: bytes, data: bytes, deadline: Deadline) -> None:
        """Replace wrong bytes by right ones. Not what is absent: a reader must not bring back what was released."""
        for tier in wrong:
            if not tier.written:
                continue
            try:
                answer = tier.storage.put(digest, data, None, self._patience.call_deadline(deadline))
            except (StoreError, UsageError) as error:
                _log.warning("object %s in storage %s cannot be replaced: %s", digest.hex(), tier.name, error)
                continue
            done = isinstance(answer, Stored)
            _log.warning(
                "object %s in storage %s %s replaced", digest.hex(), tier.name, "was" if done else "could not be"
            )

    def _remember(self, digest: bytes, data: bytes) -> None:
        if self._cache:
            self._cache.put(digest, data)

    def _gather(
        self,
        digest: bytes,
        deadline: Deadline,
        call: Callable[[ObjectStorage, Deadline], ObjectStat | Missing | Unavailable],
        tiers: Sequence[Tier],
    ) -> ObjectStat | Missing:
        answers: list[Answer] = []
        for reads in self._patience.attempts(deadline):
            stats, answers = self._ask_all(tiers, call, deadline)
            if stats:
                return combine(stats)
            verdict = judge(digest, answers, reads)
            if verdict != ASK_AGAIN:
                return verdict
        raise too_late("stat", digest, answers)

    def _ask_all(
        self,
        tiers: Sequence[Tier],
        call: Callable[[ObjectStorage, Deadline], ObjectStat | Missing | Unavailable],
        deadline: Deadline,
    ) -> tuple[list[tuple[str, ObjectStat]], list[Answer]]:
        stats: list[tuple[str, ObjectStat]] = []
        others: list[Answer] = []
        for tier in tiers:
            try:
                answer = call(tier.storage, self._patience.call_deadline(deadline))
            except StoreError as error:
                others.append(error)
                continue
            if isinstance(answer, ObjectStat):
                stats.append((tier.name, answer))
            else:
                others.append(answer)
        return stats, others


def _can_retain(tier: Tier) -> bool:
    return StorageAbility.RETENTION in tier.storage.profile.abilities


def _has(tier: Tier, stat: ObjectStat | Missing | Unavailable, size: int, retain_until: int | None) -> bool:
    if not isinstance(stat, ObjectStat) or stat.size != size:
        return False
    return retain_until is None or not _can_retain(tier) or (stat.retained_until or 0) >= retain_until
