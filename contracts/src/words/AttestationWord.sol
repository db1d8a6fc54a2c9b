// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {field} from "./Bits.sol";

// An attestation; 0: no such attestation.
//
//     offset  width  field
//          0     16  auditor
//         16      8  kind
//         24     64  time
type AttestationWord is uint256;

using AttestationWords for AttestationWord global;

library AttestationWords {
    function auditor(AttestationWord self) internal pure returns (uint16) {
        return uint16(field(AttestationWord.unwrap(self), 0, 16));
    }

    function kind(AttestationWord self) internal pure returns (uint8) {
        return uint8(field(AttestationWord.unwrap(self), 16, 8));
    }

    function time(AttestationWord self) internal pure returns (uint64) {
        return uint64(field(AttestationWord.unwrap(self), 24, 64));
    }

    function exists(AttestationWord self) internal pure returns (bool) {
        return AttestationWord.unwrap(self) != 0;
    }

    function pack(uint16 auditor_, uint8 kind_, uint64 time_) internal pure returns (AttestationWord) {
        return AttestationWord.wrap(uint256(auditor_) | (uint256(kind_) << 16) | (uint256(time_) << 24));
    }
}
