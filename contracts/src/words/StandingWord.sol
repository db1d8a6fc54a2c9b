// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MAX_COUNT} from "../Protocol.sol";
import {field} from "./Bits.sol";

// A party's performance record; not 0 from the invitation on, so that the first ticket closed pays for no fresh slot.
//
//     offset  width  field
//          0     24  closed
//         24     24  rated
//         48     27  ratingTotal
//         75     58  responseTotal
//        133     58  resolutionTotal
//        191     24  misbehaviour
//        215      1  exists
type StandingWord is uint256;

using StandingWords for StandingWord global;

library StandingWords {
    function closed(StandingWord self) internal pure returns (uint32) {
        return uint32(field(StandingWord.unwrap(self), 0, 24));
    }

    function rated(StandingWord self) internal pure returns (uint32) {
        return uint32(field(StandingWord.unwrap(self), 24, 24));
    }

    function ratingTotal(StandingWord self) internal pure returns (uint32) {
        return uint32(field(StandingWord.unwrap(self), 48, 27));
    }

    function responseTotal(StandingWord self) internal pure returns (uint64) {
        return uint64(field(StandingWord.unwrap(self), 75, 58));
    }

    function resolutionTotal(StandingWord self) internal pure returns (uint64) {
        return uint64(field(StandingWord.unwrap(self), 133, 58));
    }

    function misbehaviour(StandingWord self) internal pure returns (uint32) {
        return uint32(field(StandingWord.unwrap(self), 191, 24));
    }

    function exists(StandingWord self) internal pure returns (bool) {
        return field(StandingWord.unwrap(self), 215, 1) != 0;
    }

    function empty() internal pure returns (StandingWord) {
        return StandingWord.wrap(1 << 215);
    }

    /// With one more ticket closed, unless the count is at its end.
    function withClosed(StandingWord self, uint8 rating, uint64 response, uint64 resolution)
        internal
        pure
        returns (StandingWord)
    {
        if (self.closed() == MAX_COUNT) return self;
        unchecked {
            uint256 more = 1 | (rating > 0 ? 1 << 24 : 0) | (uint256(rating) << 48);
            more |= (uint256(response) << 75) | (uint256(resolution) << 133);
            return StandingWord.wrap(StandingWord.unwrap(self) + more);
        }
    }

    /// With one more misbehaviour, unless the count is at its end.
    function withMisbehaviour(StandingWord self) internal pure returns (StandingWord) {
        if (self.misbehaviour() == MAX_COUNT) return self;
        unchecked {
            return StandingWord.wrap(StandingWord.unwrap(self) + (1 << 191));
        }
    }
}
