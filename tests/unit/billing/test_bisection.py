"""The first slice that two parties disagree on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.billing.bisection import Local, first_difference
from maas_core.billing.slices import SliceTree
from maas_core.errors import IntegrityError, UsageError
from maas_core.proofs.merkle import leaf_hash

YEAR = 8760


def tree(leaves: list[int]) -> SliceTree:
    return SliceTree([str(one).encode() for one in leaves])


@given(size=st.integers(1, 300), wrong=st.sets(st.integers(0, 299), min_size=1, max_size=5))
def test_the_first_difference_is_found(size: int, wrong: set[int]) -> None:
    wrong = {one % size for one in wrong}
    ours = tree(list(range(size)))
    theirs = tree([-1 if one in wrong else one for one in range(size)])
    found = first_difference(ours, theirs.root, theirs.size, Local(theirs))
    assert found is not None
    assert found.index == min(wrong)
    assert found.theirs == leaf_hash(b"-1")
    assert found.exchanges <= (size - 1).bit_length()


@pytest.mark.parametrize("wrong", [0, 1, 4095, 8191, 8192, YEAR - 1])
def test_a_year_of_hours_takes_at_most_14_exchanges(wrong: int) -> None:
    ours = tree(list(range(YEAR)))
    theirs = tree([-1 if one == wrong else one for one in range(YEAR)])
    found = first_difference(ours, theirs.root, theirs.size, Local(theirs))
    assert found is not None
    assert found.index == wrong
    assert found.exchanges <= 14


def test_the_same_slices_have_no_difference() -> None:
    assert first_difference(tree([1, 2]), tree([1, 2]).root, 2, Local(tree([1, 2]))) is None


def test_another_number_of_slices_is_another_window() -> None:
    with pytest.raises(UsageError, match="have 2 and 3 slices"):
        first_difference(tree([1, 2]), tree([1, 2, 3]).root, 3, Local(tree([1, 2, 3])))


def test_an_answer_that_does_not_fit_the_one_before_is_refused() -> None:
    class Liar:
        def children(self, level: int, index: int) -> tuple[bytes, bytes]:
            return bytes(32), bytes(32)

    with pytest.raises(IntegrityError, match="do not hash"):
        first_difference(tree([1, 2, 3]), tree([1, 2, 4]).root, 3, Liar())
