"""What every object storage has to do, as tests that the author of one subclasses.

    class TestAcmeStorage(StorageSuite, ReopenSuite, TamperSuite):
        @pytest.fixture
        def storage(self, tmp_path):
            storage = open_acme(tmp_path)
            yield storage
            storage.close()

`StorageSuite` is for every storage. `ReopenSuite` is for those that outlive their process, `TamperSuite` for those
whose bytes a test can reach behind the storage's back. What the profile declares is tested to work, what it does not
declare to be refused. Objects are random, so the suite may run against a server that is in use; a few of them stay
there.

For readable failures, say `pytest.register_assert_rewrite("maas_core.testing.storage_suite")` in your conftest.py.
"""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import pytest

from maas_core.errors import IntegrityError, StoreError, UsageError
from maas_core.objects.access import ObjectAccess
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.storage import (
    MAX_OBJECT,
    Missing,
    ObjectStat,
    ObjectStorage,
    PutStatus,
    ReleaseStatus,
    StorageAbility,
    Stored,
)
from maas_core.ports.workflow import Unavailable

T = TypeVar("T")

WRITERS = 16


class StorageCase:
    """What a subclass gives, and what it may change."""

    clock: Clock = SystemClock()
    """The clock that the storage was opened with."""
    seconds_per_call = 30.0
    """How long a call may take."""
    retention_seconds = 2
    """How long objects are retained in tests; `pass_time` waits that long."""
    replica_targets: Sequence[str] = ()
    """What to name when replicating; none: all places that the storage is configured with."""

    @pytest.fixture
    def storage(self) -> ObjectStorage:
        """An open storage."""
        raise NotImplementedError("override the fixture `storage`")

    def pass_time(self, seconds: float) -> None:
        """Let `clock` go on."""
        time.sleep(seconds)

    def soon(self) -> Deadline:
        """The deadline of the next call."""
        return Deadline.after(self.clock, self.seconds_per_call)

    def put(self, storage: ObjectStorage, data: bytes, retain_until: int | None = None) -> bytes:
        """Put and return the digest."""
        digest = digest_of(data)
        answer = storage.put(digest, data, retain_until, self.soon())
        assert isinstance(answer, Stored), answer
        return digest

    def get(self, storage: ObjectStorage, digest: bytes) -> bytes | Missing:
        """Get, waiting for a cold object if NOT_YET is declared."""
        answer = storage.get(digest, self.soon())
        while answer is Missing.NOT_YET:
            assert declares(storage, StorageAbility.NOT_YET), "NOT_YET was answered and is not declared"
            self.pass_time(1)
            answer = storage.get(digest, self.soon())
        assert not isinstance(answer, Unavailable), answer
        return answer

    def stat(self, storage: ObjectStorage, digest: bytes) -> ObjectStat | Missing:
        """Stat."""
        answer = storage.stat(digest, self.soon())
        assert not isinstance(answer, Unavailable), answer
        return answer

    def release(self, storage: ObjectStorage, digest: bytes) -> ReleaseStatus:
        """Release."""
        answer = storage.release(digest, self.soon())
        assert not isinstance(answer, Unavailable), answer
        return answer

    def replicate(self, storage: ObjectStorage, digest: bytes) -> ObjectStat | Missing:
        """Replicate to `replica_targets`."""
        answer = storage.replicate(digest, self.replica_targets, self.soon())
        assert not isinstance(answer, Unavailable), answer
        return answer


class StorageSuite(StorageCase):
    """What every storage has to do."""

    @pytest.mark.parametrize("size", [0, 1, 1000, 65_536, MAX_OBJECT])
    def test_what_was_put_is_got_back(self, storage: ObjectStorage, size: int) -> None:
        """Objects of every size that is allowed; smaller limits are declared."""
        data = os.urandom(min(size, storage.profile.max_object))
        assert self.get(storage, self.put(storage, data)) == data

    def test_putting_twice_changes_nothing(self, storage: ObjectStorage) -> None:
        """Idempotency is what lets the core ask again."""
        data = os.urandom(1000)
        digest = self.put(storage, data)
        before = self.stat(storage, digest)
        self.put(storage, data)
        assert self.stat(storage, digest) == before
        assert self.get(storage, digest) == data

    def test_an_object_is_there_under_its_digest_only(self, storage: ObjectStorage) -> None:
        """A digest that differs in one bit names another object."""
        digest = self.put(storage, os.urandom(1000))
        other = bytes([digest[0] ^ 1]) + digest[1:]
        assert self.get(storage, other) is Missing.ABSENT

    def test_an_absent_object_is_absent_to_get_stat_and_release(self, storage: ObjectStorage) -> None:
        """In bounded time, and without an error."""
        digest = os.urandom(32)
        assert self.get(storage, digest) is Missing.ABSENT
        assert self.stat(storage, digest) is Missing.ABSENT
        assert self.release(storage, digest) is ReleaseStatus.ABSENT

    def test_an_object_over_the_limit_is_refused_and_not_stored(self, storage: ObjectStorage) -> None:
        """The limit is the profile's."""
        data = os.urandom(storage.profile.max_object + 1)
        with pytest.raises(UsageError):
            storage.put(digest_of(data), data, None, self.soon())
        assert self.get(storage, digest_of(data)) is Missing.ABSENT

    def test_sixteen_writers_of_one_object_do_not_harm_each_other(self, storage: ObjectStorage) -> None:
        """All are told that it is stored."""
        data = os.urandom(100_000)
        digests = at_once([lambda: self.put(storage, data)] * WRITERS)
        assert set(digests) == {digest_of(data)}
        assert self.get(storage, digest_of(data)) == data

    def test_sixteen_threads_put_and_get_objects_of_their_own(self, storage: ObjectStorage) -> None:
        """One open storage serves them all."""
        objects = [os.urandom(10_000) for _ in range(WRITERS)]
        calls = [lambda data=data: self.get(storage, self.put(storage, data)) for data in objects]
        assert at_once(calls) == objects

    def test_readers_never_see_part_of_an_object(self, storage: ObjectStorage) -> None:
        """It is absent or whole while it is written."""
        data = os.urandom(storage.profile.max_object)
        reads = [lambda: storage.get(digest_of(data), self.soon())] * (WRITERS - 1)
        seen = at_once([lambda: self.put(storage, data), *reads])[1:]
        assert all(answer == data or isinstance(answer, Missing | Unavailable) for answer in seen)

    def test_a_deadline_that_has_passed_is_answered_at_once(self, storage: ObjectStorage) -> None:
        """By every call."""
        digest = self.put(storage, data := os.urandom(1000))
        passed = Deadline(self.clock, self.clock.monotonic())
        started = time.monotonic()
        assert isinstance(storage.put(digest, data, None, passed), Unavailable)
        assert isinstance(storage.get(digest, passed), Unavailable)
        assert isinstance(storage.stat(digest, passed), Unavailable)
        assert isinstance(storage.release(digest, passed), Unavailable)
        assert time.monotonic() - started < 1
        assert self.get(storage, digest) == data

    def test_stat_tells_the_size_and_at_least_one_place(self, storage: ObjectStorage) -> None:
        """Places are named or not, but never fewer than counted."""
        stat = self.stat(storage, self.put(storage, os.urandom(1234)))
        assert isinstance(stat, ObjectStat)
        assert (stat.size, stat.retained_until) == (1234, None)
        assert stat.replicas >= 1
        assert len(stat.locations) in {0, stat.replicas}

    def test_what_was_released_is_gone_and_can_be_put_again(self, storage: ObjectStorage) -> None:
        """Releasing twice is harmless."""
        digest = self.put(storage, data := os.urandom(1000))
        assert self.release(storage, digest) is ReleaseStatus.RELEASED
        assert self.release(storage, digest) is ReleaseStatus.ABSENT
        assert self.get(storage, digest) is Missing.ABSENT
        assert self.get(storage, self.put(storage, data)) == data

    def test_the_profile_is_complete(self, storage: ObjectStorage) -> None:
        """A region is named if and only if residency is declared."""
        profile = storage.profile
        assert profile.name
        assert 0 < profile.max_object <= MAX_OBJECT
        assert bool(profile.region) is declares(storage, StorageAbility.RESIDENCY)

    def test_retention_is_kept_if_declared_and_refused_if_not(self, storage: ObjectStorage) -> None:
        """See the two functions for what that means."""
        declared = declares(storage, StorageAbility.RETENTION)
        (retention_is_kept if declared else retention_is_refused)(self, storage)

    def test_replication_brings_copies_if_declared_and_is_refused_if_not(self, storage: ObjectStorage) -> None:
        """See the two functions for what that means."""
        declared = declares(storage, StorageAbility.REPLICAS)
        (replication_brings_copies if declared else replication_is_refused)(self, storage)

    def test_a_conditional_write_leaves_what_is_there(self, storage: ObjectStorage) -> None:
        """Bytes that do not belong to the digest, which the core never sends, do not replace those that do."""
        digest = self.put(storage, data := os.urandom(1000))
        second = data if not declares(storage, StorageAbility.CONDITIONAL_WRITE) else os.urandom(1000)
        with suppress(UsageError, IntegrityError, StoreError):
            storage.put(digest, second, None, self.soon())
        assert self.get(storage, digest) == data


class ReopenSuite(StorageCase):
    """For storages that outlive their process."""

    def reopen(self, storage: ObjectStorage) -> ObjectStorage:
        """End the storage as harshly as a test can, and open it again."""
        raise NotImplementedError("override `reopen`")

    def test_what_was_called_durable_is_there_after_reopening(self, storage: ObjectStorage) -> None:
        """What was only accepted is whole or absent."""
        objects = [os.urandom(size) for size in (0, 1, 100_000)]
        answers = [storage.put(digest_of(data), data, None, self.soon()) for data in objects]
        again = self.reopen(storage)
        found = [self.get(again, digest_of(data)) for data in objects]
        for data, answer, got in zip(objects, answers, found, strict=True):
            may_be_absent = answer == Stored(PutStatus.ACCEPTED) and got is Missing.ABSENT
            assert got == data or may_be_absent

    def test_what_was_released_is_not_there_after_reopening(self, storage: ObjectStorage) -> None:
        """A release lasts."""
        digest = self.put(storage, os.urandom(1000))
        self.release(storage, digest)
        assert self.get(self.reopen(storage), digest) is Missing.ABSENT


class TamperSuite(StorageCase):
    """For storages whose bytes a test can change behind their back."""

    def damage(self, storage: ObjectStorage, digest: bytes) -> None:
        """Change at least one bit of every copy of an object that has at least one byte."""
        raise NotImplementedError("override `damage`")

    def test_damage_is_never_taken_for_the_object(self, storage: ObjectStorage) -> None:
        """The storage may notice by itself; if not, the core does."""
        digest = self.put(storage, os.urandom(1000))
        self.damage(storage, digest)
        with pytest.raises((IntegrityError, AbsentError)):
            present(ObjectAccess([storage]).get(digest, self.soon()))


class AbsentError(Exception):
    """An object that is not there."""


def retention_is_kept(case: StorageCase, storage: ObjectStorage) -> None:
    """A retained object cannot be released until its date, nor the date be brought forward."""
    data = os.urandom(1000)
    until = case.clock.now() + case.retention_seconds
    digest = case.put(storage, data, until)
    case.put(storage, data, until - 1)
    case.put(storage, data)
    assert case.release(storage, digest) is ReleaseStatus.RETAINED
    stat = case.stat(storage, digest)
    assert isinstance(stat, ObjectStat)
    assert stat.retained_until == until
    assert case.get(storage, digest) == data
    case.pass_time(case.retention_seconds + 1)
    assert case.release(storage, digest) is ReleaseStatus.RELEASED
    assert case.get(storage, digest) is Missing.ABSENT


def retention_is_refused(case: StorageCase, storage: ObjectStorage) -> None:
    """The object is not stored without the retention that was asked for."""
    data = os.urandom(1000)
    with pytest.raises(UsageError):
        storage.put(digest_of(data), data, case.clock.now() + case.retention_seconds, case.soon())
    assert case.get(storage, digest_of(data)) is Missing.ABSENT


def replication_brings_copies(case: StorageCase, storage: ObjectStorage) -> None:
    """Copies are counted, made once, and released with the object."""
    digest = case.put(storage, os.urandom(1000))
    before, after = case.stat(storage, digest), case.replicate(storage, digest)
    assert isinstance(before, ObjectStat)
    assert isinstance(after, ObjectStat)
    assert after.replicas > before.replicas
    assert case.replicate(storage, digest) == after
    with pytest.raises(UsageError):
        storage.replicate(digest, ["no such place"], case.soon())
    assert case.replicate(storage, os.urandom(32)) is Missing.ABSENT
    assert case.release(storage, digest) is ReleaseStatus.RELEASED
    assert case.stat(storage, digest) is Missing.ABSENT


def replication_is_refused(case: StorageCase, storage: ObjectStorage) -> None:
    """Rather than done by halves."""
    digest = case.put(storage, os.urandom(1000))
    with pytest.raises(UsageError):
        storage.replicate(digest, case.replica_targets, case.soon())


def declares(storage: ObjectStorage, ability: StorageAbility) -> bool:
    """Whether the profile has an ability."""
    return ability in storage.profile.abilities


def digest_of(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def present(answer: bytes | Missing) -> bytes:
    """Raise `AbsentError` if there are no bytes."""
    if isinstance(answer, Missing):
        raise AbsentError(answer)
    return answer


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Call all at the same time; results in order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
