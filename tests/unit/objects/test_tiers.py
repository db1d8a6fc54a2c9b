"""Several storages as one: who is asked, who is written to, and what is healed."""

from collections.abc import Sequence

from maas_core.errors import StoreError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import Health, Tier, WriteTo
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import Missing, ReleaseStatus, Stored
from maas_core.ports.workflow import Unavailable
from maas_core.testing.sim_storage import UNABLE, SimStorage
from tests.unit.objects.world import SMALL, Never, World, digest_of

DATA = b"some bytes"
DIGEST = digest_of(DATA)


class Replacing(SimStorage):
    """Puts right bytes in the place of wrong ones, as a server does."""

    refuses = False

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        if self.refuses:
            raise StoreError("read-only")
        self._places["here"].pop(digest, None)
        return super().put(digest, data, retain_until, deadline)


class Counting(SimStorage):
    """Counts how often it is asked for bytes."""

    asked = 0

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        self.asked += 1
        return super().get(digest, deadline)


class Queue:
    def __init__(self) -> None:
        self.added: list[tuple[bytes, str, Sequence[str]]] = []

    def add(self, digest: bytes, first: str, others: Sequence[str], retain_until: int | None) -> None:
        self.added.append((digest, first, others))


def tiers(world: World, *storages: SimStorage | Tier, **options: object) -> ObjectAccess:
    patience = Patience(per_call=10.0, pause=world.clock.pass_time, chance=lambda: 0.5)
    return ObjectAccess(storages, patience=patience, **options)  # type: ignore[arg-type]


def replacing(world: World) -> Replacing:
    return Replacing(world.clock, profile=SMALL)


def test_wrong_bytes_are_replaced_when_another_storage_has_the_right_ones() -> None:
    world = World()
    first, second = replacing(world), world.storage()
    access = tiers(world, first, second, write_to=WriteTo.ALL)
    access.put(DATA, world.soon())
    first.damage(DIGEST)
    assert access.get(DIGEST, world.soon()) == DATA
    assert first.get(DIGEST, world.soon()) == DATA


def test_what_one_storage_does_not_have_is_not_brought_back_by_reading() -> None:
    world = World()
    first, second = world.storage(), world.storage()
    access = tiers(world, first, second, write_to=WriteTo.ALL)
    access.put(DATA, world.soon())
    first.lose("here")
    access.get(DIGEST, world.soon())
    assert first.digests() == frozenset()


def test_a_storage_that_cannot_be_healed_does_not_keep_the_bytes_from_the_reader() -> None:
    world = World()
    first, second = replacing(world), world.storage()
    access = tiers(world, first, second, write_to=WriteTo.ALL)
    access.put(DATA, world.soon())
    first.damage(DIGEST)
    first.refuses = True
    assert access.get(DIGEST, world.soon()) == DATA


def test_a_storage_that_is_only_read_is_neither_written_nor_healed_but_read_and_released() -> None:
    world = World()
    old, new = replacing(world), world.storage()
    old.put(DIGEST, DATA, None, world.soon())
    access = tiers(world, new, Tier("old", old, written=False), write_to=WriteTo.ALL)
    assert access.get(DIGEST, world.soon()) == DATA
    other = digest_of(b"other")
    access.put(b"other", world.soon())
    assert old.digests() == {DIGEST}
    assert new.digests() == {other}
    assert access.release(DIGEST, world.soon()) is ReleaseStatus.RELEASED
    assert old.digests() == frozenset()


def test_a_storage_that_hangs_is_asked_last_for_a_while_and_first_again_after_it() -> None:
    world = World()
    hanging, second = Counting(world.clock, Never(), profile=SMALL, pass_time=world.clock.pass_time), world.storage()
    second.put(DIGEST, DATA, None, world.soon())
    access = tiers(world, Tier("hanging", hanging), Tier("second", second), health=Health(30))
    started = world.clock.monotonic()
    access.get(DIGEST, world.soon())
    assert world.clock.monotonic() - started == 10
    for _ in range(5):
        assert access.get(DIGEST, world.soon()) == DATA
    assert (hanging.asked, world.clock.monotonic() - started) == (1, 10)
    world.clock.pass_time(31)
    access.get(DIGEST, world.soon())
    assert hanging.asked == 2


def test_a_storage_that_answers_again_is_no_longer_asked_last() -> None:
    world = World()
    first, second = Counting(world.clock, Never(), profile=SMALL, pass_time=world.clock.pass_time), world.storage()
    first._places["here"][DIGEST] = DATA
    access = tiers(world, Tier("first", first), Tier("second", second), health=Health(1000))
    second.put(DIGEST, DATA, None, world.soon())
    access.get(DIGEST, world.soon())
    second.lose("here")
    first.faults = type(second.faults)()
    assert access.get(DIGEST, world.soon()) == DATA
    assert access.get(DIGEST, world.soon()) == DATA
    assert first.asked == 3


def test_copies_for_later_are_remembered_before_anything_is_stored() -> None:
    world = World()
    first, second, queue = world.storage(Never(), "a"), world.storage(name="b"), Queue()
    access = tiers(world, first, second, later=queue)
    try:
        access.put(DATA, world.soon(5))
    except Exception:  # noqa: BLE001 - the storage does not answer
        assert queue.added == [(DIGEST, "a", ["b"])]
    else:
        raise AssertionError


def test_nothing_is_for_later_where_there_is_one_storage_or_all_are_written_at_once() -> None:
    world = World()
    queue = Queue()
    tiers(world, world.storage(), later=queue).put(DATA, world.soon())
    tiers(world, world.storage(), world.storage(), later=queue, write_to=WriteTo.ALL).put(DATA, world.soon())
    tiers(world, world.storage(), Tier("old", world.storage(), written=False), later=queue).put(DATA, world.soon())
    assert queue.added == []


def test_a_retention_is_kept_by_the_storages_that_can() -> None:
    world = World()
    able, unable = world.storage(), SimStorage(world.clock, profile=UNABLE)
    access = tiers(world, able, unable, write_to=WriteTo.ALL)
    access.put(DATA, world.soon(), world.clock.now() + 100)
    assert unable.digests() == {DIGEST}
    assert access.release(DIGEST, world.soon()) is ReleaseStatus.RETAINED
    assert able.digests() == {DIGEST}
