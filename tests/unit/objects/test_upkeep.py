"""How an object is in a storage, and how good copies come to where there are none."""

from typing import Any

from maas_core.objects.retry import Patience
from maas_core.objects.tiers import Tier
from maas_core.objects.upkeep import Condition, Look, copy_to, good_bytes, look, spread
from maas_core.ports.storage import Missing, ObjectStat
from maas_core.testing.sim_storage import SimStorage
from tests.unit.objects.world import Cold, FlippedOnTheWay, Never, World, broken, digest_of

DATA = b"some bytes"
DIGEST = digest_of(DATA)


def patience(world: World) -> Patience:
    return Patience(per_call=10.0, pause=world.clock.pass_time, chance=lambda: 0.5)


def seen(world: World, storage: SimStorage, *, deep: bool = True) -> Look:
    return look(Tier("one", storage), DIGEST, patience(world), world.soon(), deep=deep)


def copied(world: World, target: SimStorage, source: SimStorage, **changes: Any) -> str:
    until = changes.get("until")
    return copy_to(Tier("target", target), Tier("source", source), DIGEST, DATA, until, patience(world), world.soon())


def test_a_storage_says_what_it_has() -> None:
    world = World()
    storage = world.storage()
    assert seen(world, storage).condition is Condition.ABSENT
    storage.put(DIGEST, DATA, None, world.soon())
    assert seen(world, storage) == Look("one", Condition.WHOLE, 1)


def test_damage_is_seen_by_those_who_look_deep() -> None:
    world = World()
    storage = world.storage()
    storage.put(DIGEST, DATA, None, world.soon())
    storage.damage(DIGEST)
    assert seen(world, storage, deep=False).condition is Condition.WHOLE
    assert seen(world, storage).condition is Condition.DAMAGED


def test_bytes_that_are_hurt_on_the_way_are_no_damage() -> None:
    world = World()
    storage = world.storage(FlippedOnTheWay(2))
    storage.put(DIGEST, DATA, None, world.soon())
    assert seen(world, storage).condition is Condition.WHOLE


def test_a_cold_object_is_cold_and_one_that_cannot_be_asked_for_unknown() -> None:
    world = World()
    cold = world.storage(Cold())
    cold.put(DIGEST, DATA, None, world.soon())
    assert seen(world, cold).condition is Condition.COLD
    assert seen(world, world.storage(Never())).condition is Condition.UNKNOWN
    assert seen(world, broken(world)) == Look("one", Condition.UNKNOWN, detail="wrong credentials")


def test_good_bytes_come_from_the_first_storage_that_has_them_whole() -> None:
    world = World()
    damaged, empty, good = world.storage(), world.storage(), world.storage()
    for storage in (damaged, good):
        storage.put(DIGEST, DATA, None, world.soon())
    damaged.damage(DIGEST)
    tiers = [Tier(str(number), one) for number, one in enumerate((broken(world), damaged, empty, good))]
    assert good_bytes(tiers, DIGEST, patience(world), world.soon()) == (tiers[3], DATA)
    assert good_bytes(tiers[:3], DIGEST, patience(world), world.soon()) is None


def test_a_copy_is_seen_to_be_there() -> None:
    world = World()
    source, target = world.storage(), world.storage()
    source.put(DIGEST, DATA, None, world.soon())
    assert copied(world, target, source, until=world.clock.now() + 50) == ""
    assert target.stat(DIGEST, world.soon()) == ObjectStat(len(DATA), 1, world.clock.now() + 50, ("here",))


def test_a_copy_that_comes_out_wrong_is_told() -> None:
    world = World()
    source, target = world.storage(), world.storage()
    source.put(DIGEST, DATA, None, world.soon())
    target.put(DIGEST, DATA, None, world.soon())
    target.damage(DIGEST)
    assert copied(world, target, source) == "it stores other bytes than it is sent"


def test_a_copy_of_what_was_released_meanwhile_is_taken_back() -> None:
    world = World()
    source, target = world.storage(), world.storage()
    assert copied(world, target, source) == "released meanwhile"
    assert target.get(DIGEST, world.soon()) is Missing.ABSENT


def test_a_storage_that_does_not_answer_is_told() -> None:
    world = World()
    source = world.storage()
    source.put(DIGEST, DATA, None, world.soon())
    assert "no answer in time" in copied(world, world.storage(Never()), source)


def test_spreading_brings_copies_to_all_places() -> None:
    world = World()
    storage = world.storage()
    storage.put(DIGEST, DATA, None, world.soon())
    assert spread(Tier("one", storage), DIGEST, patience(world), world.soon()).places == 3
