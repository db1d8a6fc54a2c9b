from pathlib import Path

import pytest

from maas_core.errors import IntegrityError, StoreError, UnavailableError, UsageError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.cache import ObjectCache
from maas_core.objects.tiers import WriteTo
from maas_core.ports.storage import Missing, ObjectStat, PutStatus, ReleaseStatus
from maas_core.testing.sim_storage import UNABLE, SimStorage
from tests.unit.objects.world import (
    MAX_OBJECT,
    Cold,
    FlippedOnTheWay,
    LostAnswers,
    Never,
    World,
    broken,
    digest_of,
)

DATA = b"some bytes"
DIGEST = digest_of(DATA)


@pytest.fixture
def world() -> World:
    return World()


def test_an_object_is_stored_under_its_sha256_and_got_back(world: World) -> None:
    access = world.access(world.storage())
    stored = access.put(DATA, world.soon())
    assert (stored.digest, stored.status) == (DIGEST, PutStatus.DURABLE)
    assert access.get(DIGEST, world.soon()) == DATA


def test_an_object_over_the_limit_is_refused_before_it_is_sent(world: World) -> None:
    storage = world.storage()
    with pytest.raises(UsageError, match="at most 128 bytes, not 129"):
        world.access(storage).put(bytes(MAX_OBJECT + 1), world.soon())
    assert storage.digests() == frozenset()


def test_lost_answers_are_asked_for_again(world: World) -> None:
    access = world.access(world.storage(LostAnswers(3)))
    access.put(DATA, world.soon())
    assert access.get(DIGEST, world.soon()) == DATA


def test_a_storage_that_does_not_answer_is_given_up_at_the_deadline(world: World) -> None:
    access = world.access(world.storage(Never()))
    started = world.clock.monotonic()
    with pytest.raises(UnavailableError, match="no answer in time"):
        access.put(DATA, world.soon(60.0))
    assert world.clock.monotonic() == pytest.approx(started + 60.0)


@pytest.mark.parametrize("call", ["get", "stat", "release"])
def test_no_call_outlasts_its_deadline(world: World, call: str) -> None:
    access = world.access(world.storage(Never()))
    started = world.clock.monotonic()
    with pytest.raises(UnavailableError, match=DIGEST.hex()):
        getattr(access, call)(DIGEST, world.soon(60.0))
    assert world.clock.monotonic() == pytest.approx(started + 60.0)


def test_nothing_is_sent_after_the_deadline(world: World) -> None:
    storage = world.storage()
    with pytest.raises(UnavailableError, match="deadline had passed"):
        world.access(storage).put(DATA, world.soon(0.0))
    assert storage.digests() == frozenset()


def test_a_bit_that_flips_on_the_way_is_caught_and_the_object_fetched_again(world: World) -> None:
    access = world.access(world.storage(FlippedOnTheWay(2)))
    access.put(DATA, world.soon())
    assert access.get(DIGEST, world.soon()) == DATA


def test_a_bit_that_flipped_where_the_object_lies_is_an_integrity_error(world: World) -> None:
    storage = world.storage()
    access = world.access(storage)
    access.put(DATA, world.soon())
    storage.damage(DIGEST)
    with pytest.raises(IntegrityError, match=DIGEST.hex()):
        access.get(DIGEST, world.soon())


def test_an_integrity_error_is_said_though_the_deadline_passes_first(world: World) -> None:
    storage = world.storage()
    access = world.access(storage)
    access.put(DATA, world.soon())
    storage.damage(DIGEST)
    with pytest.raises(IntegrityError):
        access.get(DIGEST, world.soon(0.001))


def test_wrong_bytes_in_one_storage_are_had_from_another(world: World) -> None:
    first, second = world.storage(), world.storage()
    access = world.access(first, second, write_to=WriteTo.ALL)
    access.put(DATA, world.soon())
    first.damage(DIGEST)
    assert access.get(DIGEST, world.soon()) == DATA


def test_an_object_that_one_storage_lost_is_had_from_another(world: World) -> None:
    first, second = world.storage(), world.storage()
    access = world.access(first, second, write_to=WriteTo.ALL)
    access.put(DATA, world.soon())
    first.lose("here")
    assert access.get(DIGEST, world.soon()) == DATA


def test_an_object_is_had_though_the_first_storage_does_not_answer(world: World) -> None:
    second = world.storage()
    world.access(second).put(DATA, world.soon())
    assert world.access(world.storage(Never()), second).get(DIGEST, world.soon()) == DATA


def test_an_object_is_had_though_the_first_storage_is_broken(world: World) -> None:
    second = world.storage()
    world.access(second).put(DATA, world.soon())
    assert world.access(broken(world), second).get(DIGEST, world.soon()) == DATA


def test_an_object_is_not_called_absent_while_a_storage_does_not_answer(world: World) -> None:
    with pytest.raises(UnavailableError):
        world.access(world.storage(), world.storage(Never())).get(DIGEST, world.soon())


def test_an_object_is_not_called_absent_while_a_storage_is_broken(world: World) -> None:
    with pytest.raises(StoreError, match="credentials"):
        world.access(world.storage(), broken(world)).get(DIGEST, world.soon())


def test_an_object_that_no_storage_has_is_absent_at_once(world: World) -> None:
    access = world.access(world.storage(), world.storage())
    started = world.clock.monotonic()
    assert access.get(DIGEST, world.soon()) is Missing.ABSENT
    assert access.stat(DIGEST, world.soon()) is Missing.ABSENT
    assert access.release(DIGEST, world.soon()) is ReleaseStatus.ABSENT
    assert world.clock.monotonic() == started


def test_a_cold_object_is_not_yet_there_and_later_it_is(world: World) -> None:
    access = world.access(world.storage(Cold()))
    access.put(DATA, world.soon())
    assert access.get(DIGEST, world.soon()) is Missing.NOT_YET
    world.clock.pass_time(600)
    assert access.get(DIGEST, world.soon()) == DATA


def test_a_cold_object_is_had_from_a_warm_storage(world: World) -> None:
    access = world.access(world.storage(Cold()), world.storage(), write_to=WriteTo.ALL)
    access.put(DATA, world.soon())
    assert access.get(DIGEST, world.soon()) == DATA


def test_the_first_storage_alone_is_written_to_unless_all_are(world: World) -> None:
    first, second = world.storage(), world.storage()
    world.access(first, second).put(DATA, world.soon())
    assert first.digests() == {DIGEST}
    assert second.digests() == frozenset()
    world.access(first, second, write_to=WriteTo.ALL).put(DATA, world.soon())
    assert second.digests() == {DIGEST}


def test_an_object_is_durable_only_if_every_storage_says_so(world: World) -> None:
    careless = world.storage()
    careless.faults.only_accepted = lambda: True  # type: ignore[method-assign]
    access = world.access(world.storage(), careless, write_to=WriteTo.ALL)
    assert access.put(DATA, world.soon()).status is PutStatus.ACCEPTED


def test_a_retention_is_passed_on(world: World) -> None:
    access = world.access(world.storage())
    until = world.clock.now() + 100
    access.put(DATA, world.soon(), until)
    assert access.release(DIGEST, world.soon()) is ReleaseStatus.RETAINED
    world.clock.pass_time(100)
    assert access.release(DIGEST, world.soon()) is ReleaseStatus.RELEASED


def test_a_retention_that_the_storage_cannot_keep_is_refused(world: World) -> None:
    access = ObjectAccess([SimStorage(world.clock, profile=UNABLE)])
    with pytest.raises(UsageError, match="cannot retain"):
        access.put(DATA, world.soon(), world.clock.now() + 100)


def test_a_replication_that_no_storage_can_do_is_refused(world: World) -> None:
    access = ObjectAccess([SimStorage(world.clock, profile=UNABLE)])
    with pytest.raises(UsageError, match="can replicate"):
        access.replicate(DIGEST, (), world.soon())


def test_stat_adds_up_the_places_of_all_storages(world: World) -> None:
    access = world.access(world.storage(name="a"), world.storage(name="b"), write_to=WriteTo.ALL)
    access.put(DATA, world.soon(), world.clock.now() + 5)
    access.replicate(DIGEST, ["second"], world.soon())
    places = ("a:here", "a:second", "b:here", "b:second")
    assert access.stat(DIGEST, world.soon()) == ObjectStat(len(DATA), 4, world.clock.now() + 5, places)


def test_stat_counts_only_what_answers(world: World) -> None:
    storage = world.storage()
    world.access(storage).put(DATA, world.soon())
    stat = world.access(world.storage(Never()), broken(world), storage).stat(DIGEST, world.soon())
    assert isinstance(stat, ObjectStat)
    assert stat.replicas == 1


def test_a_cached_object_is_had_without_a_storage(world: World, tmp_path: Path) -> None:
    storage = world.storage()
    access = world.access(storage, cache=ObjectCache(tmp_path, 10**6))
    access.put(DATA, world.soon())
    access.get(DIGEST, world.soon())
    storage.lose("here")
    assert access.get(DIGEST, world.soon()) == DATA


def test_a_released_object_is_not_had_from_the_cache(world: World, tmp_path: Path) -> None:
    access = world.access(world.storage(), cache=ObjectCache(tmp_path, 10**6))
    access.put(DATA, world.soon())
    access.get(DIGEST, world.soon())
    access.release(DIGEST, world.soon())
    assert access.get(DIGEST, world.soon()) is Missing.ABSENT


def test_wrong_bytes_never_reach_the_cache(world: World, tmp_path: Path) -> None:
    storage, cache = world.storage(), ObjectCache(tmp_path, 10**6)
    access = world.access(storage, cache=cache)
    access.put(DATA, world.soon())
    storage.damage(DIGEST)
    with pytest.raises(IntegrityError):
        access.get(DIGEST, world.soon())
    assert cache.size() == 0


def test_the_smallest_limit_of_all_storages_holds(world: World) -> None:
    assert ObjectAccess([world.storage(), SimStorage(world.clock)]).max_object == MAX_OBJECT


def test_stat_of_what_only_a_broken_storage_may_have_is_its_error(world: World) -> None:
    with pytest.raises(StoreError, match="credentials"):
        world.access(world.storage(), broken(world)).stat(DIGEST, world.soon())


def test_closing_closes_every_storage(world: World) -> None:
    closed = []
    storages = [world.storage(), world.storage()]
    for storage in storages:
        storage.close = lambda: closed.append(True)  # type: ignore[method-assign]
    world.access(*storages).close()
    assert len(closed) == 2


def test_at_least_one_storage_is_needed() -> None:
    with pytest.raises(UsageError):
        ObjectAccess([])
