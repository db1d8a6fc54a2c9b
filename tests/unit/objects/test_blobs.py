from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, MaasError, UnavailableError, UsageError
from maas_core.objects.blobs import IN_MEMORY, Blobs, BlobStat
from maas_core.objects.tree import Manifest, Reference
from maas_core.objects.window import Window
from maas_core.ports.storage import Missing, PutStatus, ReleaseStatus
from maas_core.testing.sim_storage import RandomStorageFaults, SimStorage
from tests.unit.objects.world import MAX_OBJECT, Cold, World, digest_of

SIZES = st.integers(0, 12 * MAX_OBJECT) | st.integers(0, 12).flatmap(
    lambda parts: st.integers(-1, 1).map(lambda more: max(0, parts * MAX_OBJECT + more))
)


def some(size: int, seed: int = 0) -> bytes:
    return Random(seed).randbytes(size)  # noqa: S311


def world_with_blobs() -> tuple[World, SimStorage, Blobs]:
    world = World()
    storage = world.storage()
    return world, storage, Blobs(world.access(storage))


class XorSealing:
    """Not a cipher: shows where one goes."""

    overhead = 9

    def seal(self, plain: bytes) -> bytes:
        return b"test-seal" + bytes(byte ^ 0x55 for byte in plain)

    def open(self, sealed: bytes) -> bytes:
        if not sealed.startswith(b"test-seal"):
            raise IntegrityError("not sealed")
        return bytes(byte ^ 0x55 for byte in sealed[9:])


class Dribble(BytesIO):
    """A stream that gives a few bytes at a time, as a network does."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, size or 0))


@given(size=SIZES)
def test_bytes_of_any_size_are_got_back(size: int) -> None:
    world, _, blobs = world_with_blobs()
    stored = blobs.put(some(size), world.soon())
    assert stored.status is PutStatus.DURABLE
    assert stored.reference.size == size
    assert blobs.get(stored.reference, world.soon()) == some(size)


@given(size=SIZES)
def test_sealed_bytes_of_any_size_are_got_back_and_nothing_plain_is_stored(size: int) -> None:
    world, storage, blobs = world_with_blobs()
    sealed = blobs.sealed_by(XorSealing())
    reference = sealed.put(some(size), world.soon()).reference
    assert sealed.get(reference, world.soon()) == some(size)
    objects = [storage.get(digest, world.soon()) for digest in storage.digests()]
    assert all(isinstance(data, bytes) and data.startswith(b"test-seal") for data in objects)


@given(size=SIZES)
def test_the_order_of_parts_survives_many_threads(size: int) -> None:
    world, _, blobs = world_with_blobs()
    with ThreadPoolExecutor(8) as pool:
        parallel = Blobs(world.access(world.storage()), window=Window(pool, 8))
        stored = parallel.put(some(size), world.soon())
        assert stored == blobs.put(some(size), world.soon())
        assert parallel.get(stored.reference, world.soon()) == some(size)


@pytest.mark.parametrize("size", [0, 1, MAX_OBJECT])
def test_what_fits_one_object_is_that_object(size: int) -> None:
    world, storage, blobs = world_with_blobs()
    assert blobs.put(some(size), world.soon()).reference == Reference(digest_of(some(size)), size)
    assert storage.digests() == {digest_of(some(size))}


def test_one_byte_more_is_two_parts_and_a_manifest() -> None:
    world, storage, blobs = world_with_blobs()
    assert blobs.put(some(MAX_OBJECT + 1), world.soon()).reference.height == 1
    assert len(storage.digests()) == 3


def test_bytes_that_look_like_a_manifest_are_bytes() -> None:
    world, _, blobs = world_with_blobs()
    data = Manifest(1, 100, 150, bytes(64)).encode()
    assert blobs.get(blobs.put(data, world.soon()).reference, world.soon()) == data


def test_a_stream_may_give_a_few_bytes_at_a_time() -> None:
    world, _, blobs = world_with_blobs()
    stored = blobs.put_stream(Dribble(some(1000)), world.soon())
    assert stored == blobs.put(some(1000), world.soon())


@settings(max_examples=60)
@given(data=st.data(), size=st.integers(1, 8 * MAX_OBJECT))
def test_a_bit_that_flips_anywhere_is_caught(data: st.DataObject, size: int) -> None:
    world, storage, blobs = world_with_blobs()
    reference = blobs.put(some(size), world.soon()).reference
    storage.damage(data.draw(st.sampled_from(sorted(storage.digests()))), data.draw(st.integers(0, 7)))
    with pytest.raises(IntegrityError):
        blobs.get(reference, world.soon())


@settings(max_examples=60)
@given(data=st.data(), size=st.integers(1, 8 * MAX_OBJECT))
def test_an_object_that_is_missing_anywhere_makes_the_blob_absent(data: st.DataObject, size: int) -> None:
    world, storage, blobs = world_with_blobs()
    reference = blobs.put(some(size), world.soon()).reference
    storage.release(data.draw(st.sampled_from(sorted(storage.digests()))), world.soon())
    assert blobs.get(reference, world.soon()) is Missing.ABSENT
    assert blobs.stat(reference, world.soon()).missing == 1


def test_a_part_that_is_not_as_long_as_its_reference_says_is_refused() -> None:
    world, _, blobs = world_with_blobs()
    reference = blobs.put(some(50), world.soon()).reference
    with pytest.raises(IntegrityError, match="50 bytes where"):
        blobs.get(Reference(reference.digest, 51), world.soon())


def test_a_reference_that_takes_bytes_for_a_manifest_is_refused() -> None:
    world, _, blobs = world_with_blobs()
    reference = blobs.put(some(50), world.soon()).reference
    with pytest.raises(IntegrityError):
        blobs.get(Reference(reference.digest, 500, 1), world.soon())


def test_what_is_too_large_for_memory_is_refused_before_it_is_fetched() -> None:
    world, _, blobs = world_with_blobs()
    with pytest.raises(UsageError, match="into a file"):
        blobs.get(Reference(bytes(32), IN_MEMORY + 1), world.soon())


def test_a_put_that_fails_stores_whole_parts_only_and_can_be_done_again() -> None:
    world, storage, blobs = world_with_blobs()

    class Interrupted(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 2 * MAX_OBJECT:
                raise OSError("the disk reports an error")
            return super().read(size)

    with pytest.raises(OSError, match="disk"):
        blobs.put_stream(Interrupted(some(1000)), world.soon())
    assert storage.digests() == {digest_of(some(1000)[at : at + MAX_OBJECT]) for at in (0, 128)}
    assert blobs.get(blobs.put(some(1000), world.soon()).reference, world.soon()) == some(1000)


def test_a_blob_is_durable_only_if_every_object_is() -> None:
    world, storage, blobs = world_with_blobs()
    answers = iter([False, True, False, False, False, False, False, False])
    storage.faults.only_accepted = lambda: next(answers)  # type: ignore[method-assign]
    assert blobs.put(some(3 * MAX_OBJECT), world.soon()).status is PutStatus.ACCEPTED


def test_stat_counts_objects_and_the_copies_of_the_rarest() -> None:
    world, storage, blobs = world_with_blobs()
    until = world.clock.now() + 100
    reference = blobs.put(some(2 * MAX_OBJECT), world.soon(), until).reference
    storage.replicate(reference.digest, ["second"], world.soon())
    assert blobs.stat(reference, world.soon()) == BlobStat(3, 0, 1, until)


def test_replicate_brings_every_object_to_the_targets() -> None:
    world, storage, blobs = world_with_blobs()
    reference = blobs.put(some(2 * MAX_OBJECT), world.soon()).reference
    assert blobs.replicate(reference, ["second"], world.soon()) == BlobStat(3, 0, 2, None)
    storage.lose("here")
    blobs.stat(reference, world.soon())
    storage.replicate(reference.digest, ["here"], world.soon())
    blobs.replicate(reference, ["here"], world.soon())
    assert blobs.get(reference, world.soon()) == some(2 * MAX_OBJECT)


def test_release_leaves_nothing_of_a_blob() -> None:
    world, storage, blobs = world_with_blobs()
    reference = blobs.put(some(1000), world.soon()).reference
    assert blobs.release(reference, world.soon()) is ReleaseStatus.RELEASED
    assert storage.digests() == frozenset()
    assert blobs.release(reference, world.soon()) is ReleaseStatus.ABSENT


def test_release_leaves_objects_that_other_blobs_share() -> None:
    world, _, blobs = world_with_blobs()
    both = some(4 * MAX_OBJECT)
    first = blobs.put(both + b"1", world.soon()).reference
    second = blobs.put(both + b"2", world.soon()).reference
    shared = frozenset(node.digest for node in blobs.objects(second, world.soon()))
    assert blobs.release(first, world.soon(), shared) is ReleaseStatus.RELEASED
    assert blobs.get(second, world.soon()) == both + b"2"
    assert blobs.get(first, world.soon()) is Missing.ABSENT


def test_a_retained_blob_is_left_whole() -> None:
    world, _, blobs = world_with_blobs()
    reference = blobs.put(some(1000), world.soon(), world.clock.now() + 100).reference
    assert blobs.release(reference, world.soon()) is ReleaseStatus.RETAINED
    assert blobs.get(reference, world.soon()) == some(1000)
    world.clock.pass_time(100)
    assert blobs.release(reference, world.soon()) is ReleaseStatus.RELEASED


def test_a_release_that_was_interrupted_anywhere_can_be_done_again() -> None:
    for step in range(12):
        world, storage, blobs = world_with_blobs()
        reference = blobs.put(some(1000), world.soon()).reference
        for node in [*blobs.objects(reference, world.soon())][:step]:
            storage.release(node.digest, world.soon())
        blobs.release(reference, world.soon())
        assert storage.digests() == frozenset()


def test_a_cold_blob_warms_all_at_once_and_a_height_at_a_time() -> None:
    world = World()
    blobs = Blobs(world.access(world.storage(Cold())))
    reference = blobs.put(some(1000), world.soon()).reference
    assert reference.height == 2
    for _ in range(3):
        assert blobs.get(reference, world.soon()) is Missing.NOT_YET
        world.clock.pass_time(600)
    assert blobs.get(reference, world.soon()) == some(1000)


def test_a_cold_blob_is_not_released_by_halves() -> None:
    world = World()
    storage = world.storage(Cold())
    blobs = Blobs(world.access(storage))
    reference = blobs.put(some(1000), world.soon()).reference
    before = storage.digests()
    with pytest.raises(UnavailableError, match="cold"):
        blobs.release(reference, world.soon())
    assert storage.digests() == before


def test_files_are_put_and_fetched(tmp_path: Path) -> None:
    world, _, blobs = world_with_blobs()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(some(1000))
    reference = blobs.put_file(source, world.soon()).reference
    assert blobs.fetch_file(reference, target, world.soon()) is None
    assert target.read_bytes() == some(1000)


def test_a_file_that_cannot_be_fetched_whole_does_not_appear(tmp_path: Path) -> None:
    world, storage, blobs = world_with_blobs()
    reference = blobs.put(some(1000), world.soon()).reference
    storage.release(digest_of(some(1000)[-(1000 % MAX_OBJECT) :]), world.soon())
    assert blobs.fetch_file(reference, tmp_path / "target", world.soon()) is Missing.ABSENT
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=60)
@given(seed=st.integers(0, 10**9), size=st.integers(0, 5 * MAX_OBJECT))
def test_whatever_goes_wrong_bytes_are_right_or_an_error_says_why(seed: int, size: int) -> None:
    world = World()
    faults = RandomStorageFaults(Random(seed))  # noqa: S311
    storage = world.storage(faults)
    blobs = Blobs(world.access(storage))
    for answer in put_and_get(world, blobs, some(size)):
        assert answer in {some(size), Missing.NOT_YET}
    faults.calm = True
    world.clock.pass_time(3600)
    reference = blobs.put(some(size), world.soon()).reference
    answers = [blobs.get(reference, world.soon())]
    while answers[-1] is Missing.NOT_YET:
        world.clock.pass_time(3600)
        answers.append(blobs.get(reference, world.soon()))
    assert answers[-1] == some(size)


def put_and_get(world: World, blobs: Blobs, data: bytes) -> Iterator[bytes | Missing]:
    for _ in range(3):
        try:
            yield blobs.get(blobs.put(data, world.soon()).reference, world.soon())
        except MaasError as error:
            assert isinstance(error, UnavailableError | IntegrityError)  # noqa: PT017
