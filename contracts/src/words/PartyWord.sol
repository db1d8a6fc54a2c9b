// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PartyState, Role} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";

// A party, kept under its identity; 0: unknown. All parties form a list, by which retiring reaches each of them; so no
// command has to read the deployment to learn that it is retired.
//
//     offset  width  field
//          0     16  party
//         16      3  state
//         19      5  roles
//         24     24  version
//         48     16  previous       the party invited before, 0: none
//         64      1  retired        the deployment takes no more commands
type PartyWord is uint256;

using PartyWords for PartyWord global;

library PartyWords {
    function party(PartyWord self) internal pure returns (uint16) {
        return uint16(field(PartyWord.unwrap(self), 0, 16));
    }

    function state(PartyWord self) internal pure returns (uint8) {
        return uint8(field(PartyWord.unwrap(self), 16, 3));
    }

    function roles(PartyWord self) internal pure returns (uint8) {
        return uint8(field(PartyWord.unwrap(self), 19, 5));
    }

    function version(PartyWord self) internal pure returns (uint32) {
        return uint32(field(PartyWord.unwrap(self), 24, 24));
    }

    function previous(PartyWord self) internal pure returns (uint16) {
        return uint16(field(PartyWord.unwrap(self), 48, 16));
    }

    function retired(PartyWord self) internal pure returns (bool) {
        return field(PartyWord.unwrap(self), 64, 1) != 0;
    }

    function exists(PartyWord self) internal pure returns (bool) {
        return PartyWord.unwrap(self) != 0;
    }

    function has(PartyWord self, uint8 role) internal pure returns (bool) {
        return self.roles() & role != 0;
    }

    /// Whether the party can fulfil obligations.
    function isEngaged(PartyWord self) internal pure returns (bool) {
        uint256 now_ = self.state();
        return now_ == PartyState.ACTIVE || now_ == PartyState.SUSPENDED;
    }

    /// Whether the party holds a role and may act in it.
    function isActiveAs(PartyWord self, uint8 role) internal pure returns (bool) {
        return self.state() == PartyState.ACTIVE && self.has(role);
    }

    /// Whether the party's vote counts.
    function sitsOnBoard(PartyWord self) internal pure returns (bool) {
        return self.isActiveAs(Role.BOARD);
    }

    function pack(uint16 party_, uint8 state_, uint8 roles_, uint16 previous_) internal pure returns (PartyWord) {
        uint256 word = uint256(party_) | (uint256(state_) << 16) | (uint256(roles_) << 19);
        return PartyWord.wrap(word | (1 << 24) | (uint256(previous_) << 48));
    }

    function bumped(PartyWord self) internal pure returns (PartyWord) {
        unchecked {
            return PartyWord.wrap(PartyWord.unwrap(self) + (1 << 24));
        }
    }

    /// In another state, one version on.
    function moved(PartyWord self, uint8 to) internal pure returns (PartyWord) {
        return PartyWord.wrap(withField(PartyWord.unwrap(self), 16, 3, to)).bumped();
    }

    function withRoles(PartyWord self, uint8 to) internal pure returns (PartyWord) {
        return PartyWord.wrap(withField(PartyWord.unwrap(self), 19, 5, to));
    }

    function withRetired(PartyWord self) internal pure returns (PartyWord) {
        return PartyWord.wrap(PartyWord.unwrap(self) | (1 << 64));
    }
}
