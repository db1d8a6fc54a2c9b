// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Selection} from "../Protocol.sol";
import {field} from "./Bits.sol";

// How a ticket with bids finds its maintainer; what it holds means nothing once the ticket's policy is FCFS.
//
//     offset  width  field
//          0     34  awardAt
//         34      8  awardFrom
//         42     34  commitUntil
//         76     34  revealUntil
//        110     14  priceWeight
//        124     14  timeWeight
//        138     14  reputationWeight
//        152     14  proximityWeight
type SelectionWord is uint256;

using SelectionWords for SelectionWord global;

library SelectionWords {
    function awardAt(SelectionWord self) internal pure returns (uint64) {
        return uint64(field(SelectionWord.unwrap(self), 0, 34));
    }

    function awardFrom(SelectionWord self) internal pure returns (uint8) {
        return uint8(field(SelectionWord.unwrap(self), 34, 8));
    }

    function commitUntil(SelectionWord self) internal pure returns (uint64) {
        return uint64(field(SelectionWord.unwrap(self), 42, 34));
    }

    function revealUntil(SelectionWord self) internal pure returns (uint64) {
        return uint64(field(SelectionWord.unwrap(self), 76, 34));
    }

    function priceWeight(SelectionWord self) internal pure returns (uint16) {
        return uint16(field(SelectionWord.unwrap(self), 110, 14));
    }

    function timeWeight(SelectionWord self) internal pure returns (uint16) {
        return uint16(field(SelectionWord.unwrap(self), 124, 14));
    }

    function reputationWeight(SelectionWord self) internal pure returns (uint16) {
        return uint16(field(SelectionWord.unwrap(self), 138, 14));
    }

    function proximityWeight(SelectionWord self) internal pure returns (uint16) {
        return uint16(field(SelectionWord.unwrap(self), 152, 14));
    }

    function pack(Selection calldata selection) internal pure returns (SelectionWord) {
        uint256 word = uint256(selection.awardAt) | (uint256(selection.awardFrom) << 34);
        word |= (uint256(selection.commitUntil) << 42) | (uint256(selection.revealUntil) << 76);
        word |= (uint256(selection.priceWeight) << 110) | (uint256(selection.timeWeight) << 124);
        word |= (uint256(selection.reputationWeight) << 138) | (uint256(selection.proximityWeight) << 152);
        return SelectionWord.wrap(word);
    }
}
