"""Which bid wins: cases computed by hand, and what holds for all bids."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.protocol.commands import Selection
from maas_core.protocol.digests import tie_breaker
from maas_core.protocol.records import BidRecord, Standing
from maas_core.protocol.selection import Award, Best, award, reputation, score
from maas_core.protocol.types import MAX_AMOUNT

DEPLOYMENT = b"\xd0" * 32
MACHINE = b"\xaa" * 16


def weights(price: int = 0, time: int = 0, reputation: int = 0, proximity: int = 0) -> Selection:
    """A SCORED selection."""
    return Selection(2, 1, 0, 0, 0, price, time, reputation, proximity)


def bid(party: int, price: int = 100, eta: int = 10, distance: int = 5, reputation: int = 6_000) -> BidRecord:
    """A PLACED bid."""
    return BidRecord(MACHINE, 1, 1, party, 2, bytes(32), price, eta, distance, reputation, bytes(32))


EXAMPLE = [
    bid(7, 120_000, 7_200, 30_000, 6_000),
    bid(9, 100_000, 14_400, 12_000, 7_000),
    bid(12, 150_000, 3_600, 10_000, 4_500),
]
EXAMPLE_WEIGHTS = weights(5_000, 2_000, 2_000, 1_000)
EXAMPLE_BEST = Best(price=100_000, eta=3_600, distance=10_000, reputation=7_000)


def test_the_worked_example_of_the_reference_comes_out_as_printed() -> None:
    scores = [score(one, EXAMPLE_BEST, EXAMPLE_WEIGHTS) for one in EXAMPLE]

    assert scores == [72_140_000, 83_333_000, 76_186_000]
    assert award(EXAMPLE, EXAMPLE_WEIGHTS, DEPLOYMENT) == Award(9, 83_333_000)


@pytest.mark.parametrize(
    ("selection", "winner", "points"),
    [
        (weights(price=10_000), 9, 100_000_000),
        (weights(time=10_000), 12, 100_000_000),
        (weights(reputation=10_000), 9, 100_000_000),
        (weights(proximity=10_000), 12, 100_000_000),
        (weights(price=5_000, time=5_000), 12, 33_330_000 + 50_000_000),
    ],
)
def test_each_weight_favours_the_best_of_its_criterion(selection: Selection, winner: int, points: int) -> None:
    assert award(EXAMPLE, selection, DEPLOYMENT) == Award(winner, points)


def test_a_share_is_rounded_down() -> None:
    best = Best(price=2, eta=1, distance=1, reputation=3)

    assert score(bid(7, price=3), best, weights(price=1)) == 6_666
    assert score(bid(7, eta=3), best, weights(time=1)) == 3_333
    assert score(bid(7, distance=7), best, weights(proximity=1)) == 1_428
    assert score(bid(7, reputation=2), best, weights(reputation=1)) == 6_666


def test_a_bid_for_nothing_has_the_full_share_and_leaves_the_others_none() -> None:
    free, paid = bid(7, price=0), bid(9, price=1)
    best = Best(price=0, eta=10, distance=5, reputation=6_000)

    assert score(free, best, weights(price=10_000)) == 100_000_000
    assert score(paid, best, weights(price=10_000)) == 0
    assert award([paid, free], weights(price=10_000), DEPLOYMENT) == Award(7, 100_000_000)


def test_nobody_has_a_share_of_reputation_if_nobody_has_any() -> None:
    bids = [bid(7, reputation=0), bid(9, reputation=0)]

    assert award(bids, weights(reputation=10_000), DEPLOYMENT).score == 0


def test_a_tie_goes_to_the_lower_price() -> None:
    assert award([bid(7, price=101), bid(9, price=100)], weights(time=10_000), DEPLOYMENT).maintainer == 9
    assert award([bid(7, price=100), bid(9, price=101)], weights(time=10_000), DEPLOYMENT).maintainer == 7


def test_a_tie_at_the_same_price_goes_to_the_earlier_eta() -> None:
    assert award([bid(7, eta=11), bid(9, eta=10)], weights(price=10_000), DEPLOYMENT).maintainer == 9
    assert award([bid(7, eta=10), bid(9, eta=11)], weights(price=10_000), DEPLOYMENT).maintainer == 7


def test_the_price_comes_before_the_eta_in_a_tie() -> None:
    bids = [bid(7, price=99, eta=11), bid(9, price=100, eta=10)]

    assert award(bids, weights(proximity=10_000), DEPLOYMENT).maintainer == 7


def test_a_tie_in_everything_goes_to_the_lower_tie_breaker() -> None:
    bids = [bid(party) for party in range(2, 12)]
    lowest = min(bids, key=lambda one: tie_breaker(DEPLOYMENT, one))

    assert award(bids, weights(price=10_000), DEPLOYMENT).maintainer == lowest.maintainer


def test_the_tie_breaker_of_another_ticket_is_another_one() -> None:
    of_others = {tie_breaker(DEPLOYMENT, replace(bid(7), n=n)) for n in range(5)}

    assert len(of_others) == 5


def test_a_single_bid_wins_with_the_full_score() -> None:
    assert award([bid(7)], EXAMPLE_WEIGHTS, DEPLOYMENT) == Award(7, 100_000_000)


@pytest.mark.parametrize(
    ("rated", "total", "misbehaviour", "expected"),
    [
        (0, 0, 0, 6_000),
        (1, 5, 0, 8_000),
        (1, 1, 0, 4_000),
        (0, 0, 1, 3_000),
        (2, 10, 0, 8_666),
        (9, 45, 0, 9_600),
        (3, 9, 2, 4_000),
        (2**24 - 1, 5 * (2**24 - 1), 2**24 - 1, 5_000),
    ],
)
def test_reputation_is_the_mean_rating_with_a_prior_and_misbehaviour_as_zeros(
    rated: int, total: int, misbehaviour: int, expected: int
) -> None:
    assert reputation(Standing(7, rated, rated, total, 0, 0, misbehaviour)) == expected


bids_of_one_ticket = st.lists(
    st.builds(
        bid,
        st.integers(1, 1_000),
        st.integers(0, 3) | st.integers(0, MAX_AMOUNT),
        st.integers(0, 3) | st.integers(0, 2**32 - 1),
        st.integers(0, 3) | st.integers(0, 2**32 - 1),
        st.integers(0, 10_000),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda one: one.maintainer,
)
any_weights = st.builds(
    lambda cuts: weights(cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 10_000 - cuts[2]),
    st.lists(st.integers(0, 10_000), min_size=3, max_size=3).map(sorted),
)


@given(bids=bids_of_one_ticket, selection=any_weights, data=st.data())
def test_the_order_of_bids_never_matters(bids: list[BidRecord], selection: Selection, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(bids))

    assert award(shuffled, selection, DEPLOYMENT) == award(bids, selection, DEPLOYMENT)


@given(bids=bids_of_one_ticket, selection=any_weights)
def test_a_score_is_at_most_10_to_the_8_and_every_intermediate_fits_64_bits(
    bids: list[BidRecord], selection: Selection
) -> None:
    assert 0 <= award(bids, selection, DEPLOYMENT).score <= 10**8
    assert all(10_000 * one.price < 2**63 for one in bids)


@given(bids=bids_of_one_ticket, selection=any_weights)
def test_a_winner_that_lowers_its_price_still_wins(bids: list[BidRecord], selection: Selection) -> None:
    winner = award(bids, selection, DEPLOYMENT).maintainer
    cheaper = [replace(one, price=one.price // 2) if one.maintainer == winner else one for one in bids]

    assert award(cheaper, selection, DEPLOYMENT).maintainer == winner
