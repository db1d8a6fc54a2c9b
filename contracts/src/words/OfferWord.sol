// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OfferState} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";

// An offered change of an agreement; 0: no such offer.
//
//     offset  width  field
//          0     16  offerer
//         16      2  kind
//         18      2  state
//         20     34  effectiveFrom
type OfferWord is uint256;

using OfferWords for OfferWord global;

library OfferWords {
    function offerer(OfferWord self) internal pure returns (uint16) {
        return uint16(field(OfferWord.unwrap(self), 0, 16));
    }

    function kind(OfferWord self) internal pure returns (uint8) {
        return uint8(field(OfferWord.unwrap(self), 16, 2));
    }

    function state(OfferWord self) internal pure returns (uint8) {
        return uint8(field(OfferWord.unwrap(self), 18, 2));
    }

    function effectiveFrom(OfferWord self) internal pure returns (uint64) {
        return uint64(field(OfferWord.unwrap(self), 20, 34));
    }

    function exists(OfferWord self) internal pure returns (bool) {
        return OfferWord.unwrap(self) != 0;
    }

    function pack(uint16 offerer_, uint8 kind_, uint64 effectiveFrom_) internal pure returns (OfferWord) {
        uint256 word = uint256(offerer_) | (uint256(kind_) << 16) | (uint256(OfferState.OFFERED) << 18);
        return OfferWord.wrap(word | (uint256(effectiveFrom_) << 20));
    }

    function withState(OfferWord self, uint8 to) internal pure returns (OfferWord) {
        return OfferWord.wrap(withField(OfferWord.unwrap(self), 18, 2, to));
    }
}
