"""Which bid wins, in integers, defined to the last rounding.

Best-value scoring relative to the best bid of each criterion (lowest price / price, and so on), as in lowest-price
proportional scoring of public procurement. Every share is 0..10 000 rounded down; the weights sum to 10 000, so a
score is at most 10^8. Ties: lower price, earlier eta, lower SHA-256 of (ticket, party).
"""

from dataclasses import dataclass

from maas_core.protocol.commands import Selection
from maas_core.protocol.digests import tie_breaker
from maas_core.protocol.records import BidRecord, Standing

FULL_SHARE = 10_000
BEST_RATING = 5
PRIOR_RATING = 3
"""A maintainer without a record counts as if rated once, in the middle."""


def reputation(standing: Standing) -> int:
    """A party's reputation in basis points: its mean rating, each misbehaviour counting as a rating of zero."""
    rated = standing.rated + standing.misbehaviour + 1
    return FULL_SHARE * (standing.rating_total + PRIOR_RATING) // (BEST_RATING * rated)


@dataclass(frozen=True, slots=True)
class Best:
    """The best value of each criterion over all bids."""

    price: int
    eta: int
    distance: int
    reputation: int


def score(bid: BidRecord, best: Best, selection: Selection) -> int:
    """A bid's score, 0..10^8."""
    return (
        selection.price_weight * _lower_is_better(best.price, bid.price)
        + selection.time_weight * _lower_is_better(best.eta, bid.eta)
        + selection.reputation_weight * (FULL_SHARE * bid.reputation // best.reputation if best.reputation else 0)
        + selection.proximity_weight * _lower_is_better(best.distance, bid.distance)
    )


def _lower_is_better(best: int, value: int) -> int:
    return FULL_SHARE * best // value if value else FULL_SHARE


@dataclass(frozen=True, slots=True)
class Award:
    """The winner and its score."""

    maintainer: int
    score: int


def award(bids: list[BidRecord], selection: Selection, deployment: bytes) -> Award:
    """The winner of a non-empty list of bids on one ticket, whatever their order."""
    best = Best(
        price=min(bid.price for bid in bids),
        eta=min(bid.eta for bid in bids),
        distance=min(bid.distance for bid in bids),
        reputation=max(bid.reputation for bid in bids),
    )

    def rank(bid: BidRecord) -> tuple[int, int, int, bytes]:
        points = score(bid, best, selection)
        return -points, bid.price, bid.eta, tie_breaker(deployment, bid)

    winner = min(bids, key=rank)
    return Award(winner.maintainer, score(winner, best, selection))
