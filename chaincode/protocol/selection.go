package protocol

import (
	"bytes"
	"cmp"
	"slices"
)

// Which bid wins, in integers, defined to the last rounding.
//
// Best-value scoring relative to the best bid of each criterion (lowest price / price, and so on), as in lowest-price
// proportional scoring of public procurement. Every share is 0..10 000 rounded down; the weights sum to 10 000, so a
// score is at most 10^8. Ties: lower price, earlier eta, lower SHA-256 of (ticket, party).

const (
	fullShare  = 10_000
	bestRating = 5
	// priorRating: a maintainer without a record counts as if rated once, in the middle.
	priorRating = 3
)

// reputation is a party's in basis points: its mean rating, each misbehaviour counting as a rating of zero.
func reputation(standing Standing) BasisPoints {
	rated := uint64(standing.Rated) + uint64(standing.Misbehaviour) + 1
	return BasisPoints(fullShare * (uint64(standing.RatingTotal) + priorRating) / (bestRating * rated))
}

// best is the best value of each criterion over all bids.
type best struct {
	price      Amount
	eta        Duration
	distance   Metres
	reputation BasisPoints
}

// score is a bid's score, 0..10^8.
func score(bid BidRecord, best best, selection Selection) uint64 {
	reputationShare := uint64(0)
	if best.reputation != 0 {
		reputationShare = fullShare * uint64(bid.Reputation) / uint64(best.reputation)
	}
	return uint64(selection.PriceWeight)*lowerIsBetter(uint64(best.price), uint64(bid.Price)) +
		uint64(selection.TimeWeight)*lowerIsBetter(uint64(best.eta), uint64(bid.Eta)) +
		uint64(selection.ReputationWeight)*reputationShare +
		uint64(selection.ProximityWeight)*lowerIsBetter(uint64(best.distance), uint64(bid.Distance))
}

func lowerIsBetter(best, value uint64) uint64 {
	if value == 0 {
		return fullShare
	}
	return fullShare * best / value
}

// winner is the party that is awarded a ticket, and its score.
type winner struct {
	maintainer PartyID
	score      uint64
}

// award is the winner of a non-empty list of bids on one ticket, whatever their order.
func award(bids []BidRecord, selection Selection, deployment Digest) winner {
	best := bestOf(bids)
	first := slices.MinFunc(bids, func(one, other BidRecord) int {
		oneTie, otherTie := tieBreaker(deployment, one), tieBreaker(deployment, other)
		return cmp.Or(
			cmp.Compare(score(other, best, selection), score(one, best, selection)),
			cmp.Compare(one.Price, other.Price),
			cmp.Compare(one.Eta, other.Eta),
			bytes.Compare(oneTie[:], otherTie[:]),
		)
	})
	return winner{first.Maintainer, score(first, best, selection)}
}

func bestOf(bids []BidRecord) best {
	found := best{bids[0].Price, bids[0].Eta, bids[0].Distance, bids[0].Reputation}
	for _, bid := range bids[1:] {
		found.price = min(found.price, bid.Price)
		found.eta = min(found.eta, bid.Eta)
		found.distance = min(found.distance, bid.Distance)
		found.reputation = max(found.reputation, bid.Reputation)
	}
	return found
}
