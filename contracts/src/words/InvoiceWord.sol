// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InvoiceState} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";

// An invoice; 0: no such invoice.
//
//     offset  width  field
//          0     16  issuer
//         16     16  payer
//         32      2  kind
//         34      1  payout
//         35      3  state
//         38     24  version
//         62     49  amount
//        111     49  claim          0 unless DISPUTED
//        160     34  respondBy
//        194     34  time
type InvoiceWord is uint256;

using InvoiceWords for InvoiceWord global;

library InvoiceWords {
    function issuer(InvoiceWord self) internal pure returns (uint16) {
        return uint16(field(InvoiceWord.unwrap(self), 0, 16));
    }

    function payer(InvoiceWord self) internal pure returns (uint16) {
        return uint16(field(InvoiceWord.unwrap(self), 16, 16));
    }

    function kind(InvoiceWord self) internal pure returns (uint8) {
        return uint8(field(InvoiceWord.unwrap(self), 32, 2));
    }

    function payout(InvoiceWord self) internal pure returns (uint8) {
        return uint8(field(InvoiceWord.unwrap(self), 34, 1));
    }

    function state(InvoiceWord self) internal pure returns (uint8) {
        return uint8(field(InvoiceWord.unwrap(self), 35, 3));
    }

    function version(InvoiceWord self) internal pure returns (uint32) {
        return uint32(field(InvoiceWord.unwrap(self), 38, 24));
    }

    function amount(InvoiceWord self) internal pure returns (uint64) {
        return uint64(field(InvoiceWord.unwrap(self), 62, 49));
    }

    function claim(InvoiceWord self) internal pure returns (uint64) {
        return uint64(field(InvoiceWord.unwrap(self), 111, 49));
    }

    function respondBy(InvoiceWord self) internal pure returns (uint64) {
        return uint64(field(InvoiceWord.unwrap(self), 160, 34));
    }

    function time(InvoiceWord self) internal pure returns (uint64) {
        return uint64(field(InvoiceWord.unwrap(self), 194, 34));
    }

    function exists(InvoiceWord self) internal pure returns (bool) {
        return InvoiceWord.unwrap(self) != 0;
    }

    function issued(
        uint16 issuer_,
        uint16 payer_,
        uint8 kind_,
        uint8 payout_,
        uint64 amount_,
        uint64 respondBy_,
        uint64 time_
    ) internal pure returns (InvoiceWord) {
        uint256 word = uint256(issuer_) | (uint256(payer_) << 16) | (uint256(kind_) << 32);
        word |= (uint256(payout_) << 34) | (uint256(InvoiceState.ISSUED) << 35) | (1 << 38);
        word |= (uint256(amount_) << 62) | (uint256(respondBy_) << 160) | (uint256(time_) << 194);
        return InvoiceWord.wrap(word);
    }

    /// In another state, one version on.
    function moved(InvoiceWord self, uint8 to, uint64 time_) internal pure returns (InvoiceWord) {
        unchecked {
            uint256 word = withField(InvoiceWord.unwrap(self), 35, 3, to) + (1 << 38);
            return InvoiceWord.wrap(withField(word, 194, 34, time_));
        }
    }

    function withFigures(InvoiceWord self, uint64 amount_, uint64 claim_) internal pure returns (InvoiceWord) {
        return InvoiceWord.wrap(
            withField(InvoiceWord.unwrap(self), 62, 98, uint256(amount_) | (uint256(claim_) << 49))
        );
    }

    function withRespondBy(InvoiceWord self, uint64 respondBy_) internal pure returns (InvoiceWord) {
        return InvoiceWord.wrap(withField(InvoiceWord.unwrap(self), 160, 34, respondBy_));
    }
}
