// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidState} from "../Protocol.sol";
import {field} from "./Bits.sol";

// A bid; 0: no such bid.
//
//     offset  width  field
//          0      2  state
//          2     49  price
//         51     32  eta
//         83     32  distance
//        115     14  reputation
type BidWord is uint256;

using BidWords for BidWord global;

library BidWords {
    function state(BidWord self) internal pure returns (uint8) {
        return uint8(field(BidWord.unwrap(self), 0, 2));
    }

    function price(BidWord self) internal pure returns (uint64) {
        return uint64(field(BidWord.unwrap(self), 2, 49));
    }

    function eta(BidWord self) internal pure returns (uint32) {
        return uint32(field(BidWord.unwrap(self), 51, 32));
    }

    function distance(BidWord self) internal pure returns (uint32) {
        return uint32(field(BidWord.unwrap(self), 83, 32));
    }

    function reputation(BidWord self) internal pure returns (uint16) {
        return uint16(field(BidWord.unwrap(self), 115, 14));
    }

    function exists(BidWord self) internal pure returns (bool) {
        return BidWord.unwrap(self) != 0;
    }

    function committed() internal pure returns (BidWord) {
        return BidWord.wrap(BidState.COMMITTED);
    }

    function placed(uint64 price_, uint32 eta_, uint32 distance_, uint16 reputation_)
        internal
        pure
        returns (BidWord)
    {
        uint256 word = uint256(BidState.PLACED) | (uint256(price_) << 2) | (uint256(eta_) << 51);
        return BidWord.wrap(word | (uint256(distance_) << 83) | (uint256(reputation_) << 115));
    }
}
