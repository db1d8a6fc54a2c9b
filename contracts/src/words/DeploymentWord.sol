// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeploymentState, FOUNDER, Rules} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";

// The deployment without its id; 0: not founded. Rule r lies at bit 32 (r - 1).
//
//     offset  width  field
//          0     32  quorum
//         32     32  proposalLifetime
//         64     32  anchorItems
//         96     32  clockBound
//        128     32  closeAfter
//        160     32  finalityDepth
//        192      2  state
//        194     16  parties        ever invited or founding
//        210      8  board          ACTIVE parties with role BOARD
//        218     16  lastParty      the head of the list of parties
type DeploymentWord is uint256;

using DeploymentWords for DeploymentWord global;

library DeploymentWords {
    function quorum(DeploymentWord self) internal pure returns (uint16) {
        return uint16(field(DeploymentWord.unwrap(self), 0, 32));
    }

    function proposalLifetime(DeploymentWord self) internal pure returns (uint32) {
        return uint32(field(DeploymentWord.unwrap(self), 32, 32));
    }

    function anchorItems(DeploymentWord self) internal pure returns (uint16) {
        return uint16(field(DeploymentWord.unwrap(self), 64, 32));
    }

    function clockBound(DeploymentWord self) internal pure returns (uint32) {
        return uint32(field(DeploymentWord.unwrap(self), 96, 32));
    }

    function closeAfter(DeploymentWord self) internal pure returns (uint32) {
        return uint32(field(DeploymentWord.unwrap(self), 128, 32));
    }

    function finalityDepth(DeploymentWord self) internal pure returns (uint16) {
        return uint16(field(DeploymentWord.unwrap(self), 160, 32));
    }

    function state(DeploymentWord self) internal pure returns (uint8) {
        return uint8(field(DeploymentWord.unwrap(self), 192, 2));
    }

    function parties(DeploymentWord self) internal pure returns (uint16) {
        return uint16(field(DeploymentWord.unwrap(self), 194, 16));
    }

    function board(DeploymentWord self) internal pure returns (uint16) {
        return uint16(field(DeploymentWord.unwrap(self), 210, 8));
    }

    function lastParty(DeploymentWord self) internal pure returns (uint16) {
        return uint16(field(DeploymentWord.unwrap(self), 218, 16));
    }

    function exists(DeploymentWord self) internal pure returns (bool) {
        return DeploymentWord.unwrap(self) != 0;
    }

    /// With its founder as the only party.
    function founded(Rules calldata rules) internal pure returns (DeploymentWord) {
        uint256 word = uint256(rules.quorum) | (uint256(rules.proposalLifetime) << 32);
        word |= (uint256(rules.anchorItems) << 64) | (uint256(rules.clockBound) << 96);
        word |= (uint256(rules.closeAfter) << 128) | (uint256(rules.finalityDepth) << 160);
        word |= (uint256(DeploymentState.ACTIVE) << 192) | (1 << 194) | (1 << 210) | (uint256(FOUNDER) << 218);
        return DeploymentWord.wrap(word);
    }

    function withRule(DeploymentWord self, uint8 rule, uint64 value) internal pure returns (DeploymentWord) {
        unchecked {
            uint256 offset = 32 * (uint256(rule) - 1);
            return DeploymentWord.wrap(withField(DeploymentWord.unwrap(self), offset, 32, value));
        }
    }

    function withParty(DeploymentWord self, uint16 party) internal pure returns (DeploymentWord) {
        unchecked {
            uint256 word = DeploymentWord.unwrap(self) + (1 << 194);
            return DeploymentWord.wrap(withField(word, 218, 16, party));
        }
    }

    function withBoard(DeploymentWord self, uint256 to) internal pure returns (DeploymentWord) {
        return DeploymentWord.wrap(withField(DeploymentWord.unwrap(self), 210, 8, to));
    }

    function retired(DeploymentWord self) internal pure returns (DeploymentWord) {
        return DeploymentWord.wrap(withField(DeploymentWord.unwrap(self), 192, 2, DeploymentState.RETIRED));
    }
}
