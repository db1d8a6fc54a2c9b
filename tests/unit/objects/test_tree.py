import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, UsageError
from maas_core.objects.tree import MIN_PART, Manifest, Reference, TreeBuilder, capacity, fanout, walk

PART_SIZES = st.integers(MIN_PART, 400)
DIGESTS = bytes(range(32)) + bytes(range(1, 33))


class Kept(dict[bytes, bytes]):
    """Manifests by their SHA-256."""

    def keep(self, encoded: bytes) -> bytes:
        digest = hashlib.sha256(encoded).digest()
        self[digest] = encoded
        return digest


def part(index: int) -> bytes:
    return hashlib.sha256(b"%d" % index).digest()


def build(size: int, part_size: int) -> tuple[Reference, Kept]:
    kept = Kept()
    builder = TreeBuilder(part_size, kept.keep)
    full, rest = divmod(size, part_size)
    sizes = [part_size] * full + [rest] * bool(rest or not full)
    for index, length in enumerate(sizes):
        builder.add(part(index), length)
    return builder.finish(), kept


@given(parts=st.integers(0, 300), short_by=st.integers(0, MIN_PART - 1), part_size=PART_SIZES)
def test_a_walk_finds_every_part_in_order_with_its_size(parts: int, short_by: int, part_size: int) -> None:
    size = max(0, parts * part_size - short_by)
    reference, kept = build(size, part_size)
    found = [(node.digest, node.size) for node in walk(reference, kept.get) if node.height == 0]
    assert reference.size == size
    assert sum(length for _, length in found) == size
    assert [digest for digest, _ in found] == [part(index) for index in range(len(found))]
    assert all(length == part_size for _, length in found[:-1])


@given(parts=st.integers(1, 300), part_size=PART_SIZES)
def test_a_tree_is_as_high_as_it_must_be_and_no_manifest_is_larger_than_a_part(parts: int, part_size: int) -> None:
    reference, kept = build(parts * part_size, part_size)
    assert reference.size <= capacity(reference.height, part_size)
    assert reference.height == 0 or reference.size > capacity(reference.height - 1, part_size)
    assert all(len(encoded) <= part_size for encoded in kept.values())


@given(parts=st.integers(2, 200), part_size=PART_SIZES)
def test_a_manifest_comes_after_all_that_it_lists_and_the_top_comes_last(parts: int, part_size: int) -> None:
    reference, kept = build(parts * part_size, part_size)
    order = [node.digest for node in walk(reference, kept.get)]
    assert order[-1] == reference.digest
    for digest, encoded in kept.items():
        assert all(order.index(child.digest) < order.index(digest) for child in Manifest.decode(encoded).children())


def test_manifests_are_nested_when_one_is_not_enough() -> None:
    assert fanout(MIN_PART) == 2
    assert build(5 * MIN_PART, MIN_PART)[0].height == 3


def test_a_part_of_a_mebibyte_gives_manifests_of_32_gibibytes() -> None:
    assert capacity(1, 2**20) == 32_767 * 2**20


def test_a_manifest_is_laid_out_as_documented() -> None:
    encoded = Manifest(1, 100, 150, DIGESTS).encode()
    header = b"MaaSpart" + b"\x01" + b"\x01" + (100).to_bytes(4, "big") + (150).to_bytes(8, "big")
    assert encoded == header + DIGESTS


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda rest: b"MaaSpart\x01" + rest))
def test_bytes_are_a_manifest_only_if_they_are_what_would_have_been_written(encoded: bytes) -> None:
    try:
        manifest = Manifest.decode(encoded)
    except IntegrityError:
        return
    assert manifest.encode() == encoded


@pytest.mark.parametrize(
    "manifest",
    [
        Manifest(0, 100, 150, DIGESTS),
        Manifest(65, 100, 150, DIGESTS),
        Manifest(1, MIN_PART - 1, 150, DIGESTS),
        Manifest(1, 100, 0, DIGESTS),
        Manifest(1, 100, 201, DIGESTS),
        Manifest(1, 100, 100, DIGESTS),
        Manifest(1, 100, 150, DIGESTS[:-1]),
        Manifest(1, 100, 150, DIGESTS + bytes(32)),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(manifest: Manifest) -> None:
    with pytest.raises(IntegrityError):
        Manifest.decode(manifest.encode())


def test_a_manifest_of_a_later_version_is_refused() -> None:
    encoded = bytearray(Manifest(1, 100, 150, DIGESTS).encode())
    encoded[8] = 2
    with pytest.raises(IntegrityError, match="version"):
        Manifest.decode(bytes(encoded))


@pytest.mark.parametrize(("size", "height"), [(150, 2), (151, 1)])
def test_a_manifest_that_is_not_what_the_reference_says_is_refused(size: int, height: int) -> None:
    kept = Kept()
    digest = kept.keep(Manifest(1, 100, 150, DIGESTS).encode())
    with pytest.raises(IntegrityError, match="must be"):
        list(walk(Reference(digest, size, height), kept.get))


def test_a_tree_that_is_higher_than_it_must_be_is_refused() -> None:
    kept = Kept()
    low = kept.keep(Manifest(1, 100, 150, DIGESTS).encode())
    high = kept.keep(Manifest(2, 100, 150, low).encode())
    with pytest.raises(IntegrityError, match="higher"):
        list(walk(Reference(high, 150, 2), kept.get))


def test_manifests_of_one_tree_have_parts_of_one_size() -> None:
    kept = Kept()
    first = kept.keep(Manifest(1, 100, 200, DIGESTS).encode())
    second = kept.keep(Manifest(1, 101, 150, DIGESTS).encode())
    top = kept.keep(Manifest(2, 100, 350, first + second).encode())
    with pytest.raises(IntegrityError, match="differ"):
        list(walk(Reference(top, 350, 2), kept.get))


def test_what_an_absent_manifest_lists_is_left_out() -> None:
    reference, kept = build(4 * MIN_PART, MIN_PART)
    first = next(iter(kept))
    nodes = [node.digest for node in walk(reference, lambda digest: None if digest == first else kept[digest])]
    assert first in nodes
    assert part(0) not in nodes
    assert part(3) in nodes


@given(digest=st.binary(min_size=32, max_size=32), size=st.integers(0, 2**64 - 1), height=st.integers(0, 255))
def test_a_reference_is_read_back_as_written(digest: bytes, size: int, height: int) -> None:
    reference = Reference(digest, size, height)
    assert Reference.decode(reference.encode()) == reference
    assert len(reference.encode()) == 41


def test_a_reference_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="41 bytes, not 40"):
        Reference.decode(bytes(40))


def test_parts_that_are_too_small_for_a_manifest_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 86"):
        TreeBuilder(MIN_PART - 1, Kept().keep)
