"""The storage suite on the simulated storage, with all abilities and with none."""

from random import Random

import pytest

from maas_core.ports.clock import Deadline
from maas_core.ports.storage import ObjectStorage, PutStatus, Stored
from maas_core.ports.workflow import Unavailable
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_storage import ABLE, UNABLE, RandomStorageFaults, SimStorage, StorageFaults
from maas_core.testing.storage_suite import ReopenSuite, StorageSuite, TamperSuite, digest_of
from tests.unit.objects.world import Cold


class TestSimStorage(StorageSuite, ReopenSuite, TamperSuite):
    profile = ABLE

    @pytest.fixture
    def storage(self) -> ObjectStorage:
        self.clock = SimClock()
        return SimStorage(self.clock, profile=self.profile, pass_time=self.clock.pass_time)

    def pass_time(self, seconds: float) -> None:
        assert isinstance(self.clock, SimClock)
        self.clock.pass_time(seconds)

    def reopen(self, storage: ObjectStorage) -> ObjectStorage:
        assert isinstance(storage, SimStorage)
        storage.crash()
        return storage

    def damage(self, storage: ObjectStorage, digest: bytes) -> None:
        assert isinstance(storage, SimStorage)
        storage.damage(digest)


class TestSimStorageWithoutAbilities(TestSimStorage):
    profile = UNABLE


class TestColdSimStorage(TestSimStorage):
    seconds_per_call = 100_000.0  # waiting threads move the clock for all others

    @pytest.fixture
    def storage(self) -> ObjectStorage:
        self.clock = SimClock()
        return SimStorage(self.clock, Cold(), pass_time=self.clock.pass_time)


class Slow(StorageFaults):
    def delay(self) -> float:
        return 5.0


class OnlyAccepts(StorageFaults):
    def only_accepted(self) -> bool:
        return True

    def lost_in_crash(self) -> bool:
        return True


def put(storage: SimStorage, clock: SimClock, seconds: float = 10.0) -> Stored | Unavailable:
    return storage.put(digest_of(b"x"), b"x", None, Deadline.after(clock, seconds))


def test_a_call_that_takes_longer_than_its_deadline_has_its_effect_and_no_answer() -> None:
    clock = SimClock()
    storage = SimStorage(clock, Slow(), pass_time=clock.pass_time)
    started = clock.monotonic()
    assert isinstance(put(storage, clock, seconds=4.0), Unavailable)
    assert clock.monotonic() == started + 4.0
    assert storage.digests() == {digest_of(b"x")}


def test_a_call_takes_the_time_that_the_faults_say() -> None:
    clock = SimClock()
    started = clock.monotonic()
    assert put(SimStorage(clock, Slow(), pass_time=clock.pass_time), clock) == Stored(PutStatus.DURABLE)
    assert clock.monotonic() == started + 5.0


def test_what_was_only_accepted_can_be_lost_in_a_crash() -> None:
    clock = SimClock()
    storage = SimStorage(clock, OnlyAccepts())
    assert put(storage, clock) == Stored(PutStatus.ACCEPTED)
    storage.crash()
    assert storage.digests() == frozenset()


def test_what_survived_a_crash_is_durable() -> None:
    clock = SimClock()
    storage = SimStorage(clock, OnlyAccepts())
    storage.faults.lost_in_crash = lambda: False  # type: ignore[method-assign]
    put(storage, clock)
    storage.crash()
    assert put(storage, clock) == Stored(PutStatus.DURABLE)


def test_the_same_seed_gives_the_same_faults() -> None:
    runs = []
    for _ in range(2):
        clock = SimClock()
        storage = SimStorage(clock, RandomStorageFaults(Random(7)), pass_time=clock.pass_time)  # noqa: S311
        runs.append(([put(storage, clock) for _ in range(50)], clock.seconds))
    assert runs[0] == runs[1]


def test_calm_faults_are_none() -> None:
    clock = SimClock()
    faults = RandomStorageFaults(Random(7))  # noqa: S311
    faults.calm = True
    storage = SimStorage(clock, faults, pass_time=clock.pass_time)
    assert {put(storage, clock) for _ in range(50)} == {Stored(PutStatus.DURABLE)}
