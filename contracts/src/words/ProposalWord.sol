// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Action, ActionKind, ProposalState} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";

// A proposal with its action; 0: no such proposal.
//
//     offset  width  field
//          0      2  state
//          2     16  proposer
//         18     64  expires
//         82      8  kind
//         90     16  party
//        106      8  roles
//        114      8  rule
//        122     64  value
type ProposalWord is uint256;

using ProposalWords for ProposalWord global;

library ProposalWords {
    function state(ProposalWord self) internal pure returns (uint8) {
        return uint8(field(ProposalWord.unwrap(self), 0, 2));
    }

    function proposer(ProposalWord self) internal pure returns (uint16) {
        return uint16(field(ProposalWord.unwrap(self), 2, 16));
    }

    function expires(ProposalWord self) internal pure returns (uint64) {
        return uint64(field(ProposalWord.unwrap(self), 18, 64));
    }

    function kind(ProposalWord self) internal pure returns (uint8) {
        return uint8(field(ProposalWord.unwrap(self), 82, 8));
    }

    function party(ProposalWord self) internal pure returns (uint16) {
        return uint16(field(ProposalWord.unwrap(self), 90, 16));
    }

    function roles(ProposalWord self) internal pure returns (uint8) {
        return uint8(field(ProposalWord.unwrap(self), 106, 8));
    }

    function rule(ProposalWord self) internal pure returns (uint8) {
        return uint8(field(ProposalWord.unwrap(self), 114, 8));
    }

    function value(ProposalWord self) internal pure returns (uint64) {
        return uint64(field(ProposalWord.unwrap(self), 122, 64));
    }

    function exists(ProposalWord self) internal pure returns (bool) {
        return ProposalWord.unwrap(self) != 0;
    }

    function pack(uint16 proposer_, uint64 expires_, Action memory action_) internal pure returns (ProposalWord) {
        uint256 word = uint256(ProposalState.OPEN) | (uint256(proposer_) << 2) | (uint256(expires_) << 18);
        word |= (uint256(action_.kind) << 82) | (uint256(action_.party) << 90) | (uint256(action_.roles) << 106);
        return ProposalWord.wrap(word | (uint256(action_.rule) << 114) | (uint256(action_.value) << 122));
    }

    function executed(ProposalWord self) internal pure returns (ProposalWord) {
        return ProposalWord.wrap(withField(ProposalWord.unwrap(self), 0, 2, ProposalState.EXECUTED));
    }

    function action(ProposalWord self, bytes32 payload) internal pure returns (Action memory) {
        uint8 kind_ = self.kind();
        bool isIdentity = kind_ == ActionKind.INVITE || kind_ == ActionKind.REBIND;
        return Action({
            kind: kind_,
            party: self.party(),
            identity: isIdentity ? payload : bytes32(0),
            roles: self.roles(),
            rule: self.rule(),
            value: self.value(),
            data: isIdentity ? bytes32(0) : payload
        });
    }
}
