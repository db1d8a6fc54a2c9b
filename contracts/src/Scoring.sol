// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidState} from "./Protocol.sol";
import {BidWord} from "./words/BidWord.sol";
import {SelectionWord} from "./words/SelectionWord.sol";
import {StandingWord} from "./words/StandingWord.sol";

/// @title Which bid wins, in integers, defined to the last rounding
/// @notice Every share is relative to the best bid of its criterion, 0..10 000, rounded down; the weights sum to 10 000.
/// Ties: lower price, earlier eta, lower SHA-256 of (ticket, party). Amounts are below 2^49, so nothing overflows.
library Scoring {
    uint256 internal constant FULL_SHARE = 10_000;
    uint256 internal constant BEST_RATING = 5;
    uint256 internal constant PRIOR_RATING = 3;

    /// Bids by maintainer (0: none), and how many of them are placed.
    struct Candidates {
        uint16[] maintainers;
        BidWord[] bids;
        uint8 placed;
    }

    /// The best value of each criterion over all bids.
    struct Best {
        uint256 price;
        uint256 eta;
        uint256 distance;
        uint256 reputation;
    }

    /// A bid with what ranks it.
    struct Ranked {
        uint256 index;
        uint256 score;
        BidWord bid;
    }

    /// A party's reputation in basis points: its mean rating, each misbehaviour counting as a rating of zero, and one
    /// rating in the middle to begin with.
    function reputation(StandingWord standing) internal pure returns (uint16) {
        unchecked {
            uint256 rated = uint256(standing.rated()) + standing.misbehaviour() + 1;
            return uint16((FULL_SHARE * (standing.ratingTotal() + PRIOR_RATING)) / (BEST_RATING * rated));
        }
    }

    /// The winner among at least one placed bid, and its score. `name` is what names the ticket in a tie breaker.
    function award(Candidates memory candidates, SelectionWord selection, bytes memory name)
        internal
        pure
        returns (uint16 maintainer, uint64 points)
    {
        Best memory best = _bestOf(candidates);
        Ranked memory winner = Ranked(0, 0, BidWord.wrap(0));
        for (uint256 index = 0; index < candidates.bids.length; ++index) {
            BidWord one = candidates.bids[index];
            if (one.state() != BidState.PLACED) continue;
            uint256 scored = _score(one, best, selection);
            if (winner.bid.exists() && !_ranksBefore(candidates, index, scored, winner, name)) continue;
            (winner.index, winner.score, winner.bid) = (index, scored, one);
        }
        return (candidates.maintainers[winner.index], uint64(winner.score));
    }

    function _bestOf(Candidates memory candidates) private pure returns (Best memory best) {
        best = Best(type(uint256).max, type(uint256).max, type(uint256).max, 0);
        for (uint256 index = 0; index < candidates.bids.length; ++index) {
            BidWord one = candidates.bids[index];
            if (one.state() != BidState.PLACED) continue;
            if (one.price() < best.price) best.price = one.price();
            if (one.eta() < best.eta) best.eta = one.eta();
            if (one.distance() < best.distance) best.distance = one.distance();
            if (one.reputation() > best.reputation) best.reputation = one.reputation();
        }
    }

    /// A bid's score, 0..10^8.
    function _score(BidWord one, Best memory best, SelectionWord selection) private pure returns (uint256) {
        // A share is rounded down before it is weighted: so says the protocol.
        // slither-disable-start divide-before-multiply
        unchecked {
            uint256 repute = best.reputation == 0 ? 0 : (FULL_SHARE * one.reputation()) / best.reputation;
            return selection.priceWeight() * _lowerIsBetter(best.price, one.price())
                + selection.timeWeight() * _lowerIsBetter(best.eta, one.eta()) + selection.reputationWeight() * repute
                + selection.proximityWeight() * _lowerIsBetter(best.distance, one.distance());
        }
        // slither-disable-end divide-before-multiply
    }

    function _lowerIsBetter(uint256 best, uint256 value) private pure returns (uint256) {
        unchecked {
            return value == 0 ? FULL_SHARE : (FULL_SHARE * best) / value;
        }
    }

    function _ranksBefore(
        Candidates memory candidates,
        uint256 index,
        uint256 scored,
        Ranked memory winner,
        bytes memory name
    ) private pure returns (bool) {
        if (scored != winner.score) return scored > winner.score;
        BidWord one = candidates.bids[index];
        if (one.price() != winner.bid.price()) return one.price() < winner.bid.price();
        if (one.eta() != winner.bid.eta()) return one.eta() < winner.bid.eta();
        bytes32 tie = _tieBreaker(name, candidates.maintainers[index]);
        return tie < _tieBreaker(name, candidates.maintainers[winner.index]);
    }

    /// What decides between bids that are equal in all that matters; nobody can choose it.
    function _tieBreaker(bytes memory name, uint16 maintainer) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes16("maas/1/tie"), name, maintainer));
    }
}
