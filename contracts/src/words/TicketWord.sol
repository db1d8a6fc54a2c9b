// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SelectionPolicy, TicketState} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";
import {MachineWord} from "./MachineWord.sol";

// The last ticket of a kind on a machine. Class and OEM are the machine's, so that accepting reads no machine. With
// n = 0 there is no ticket yet: registration writes such a word, so that the first ticket pays for no fresh slot.
//
//     offset  width  field
//          0     24  n
//         24     24  version
//         48      3  state
//         51      2  policy
//         53     16  oem
//         69     16  machineClass
//         85     16  opener
//        101     16  assignee
//        117     34  openSince
//        151     34  assignedAt
//        185     34  time
//        219     34  deadline
type TicketWord is uint256;

using TicketWords for TicketWord global;

library TicketWords {
    function n(TicketWord self) internal pure returns (uint32) {
        return uint32(field(TicketWord.unwrap(self), 0, 24));
    }

    function version(TicketWord self) internal pure returns (uint32) {
        return uint32(field(TicketWord.unwrap(self), 24, 24));
    }

    function state(TicketWord self) internal pure returns (uint8) {
        return uint8(field(TicketWord.unwrap(self), 48, 3));
    }

    function policy(TicketWord self) internal pure returns (uint8) {
        return uint8(field(TicketWord.unwrap(self), 51, 2));
    }

    function oem(TicketWord self) internal pure returns (uint16) {
        return uint16(field(TicketWord.unwrap(self), 53, 16));
    }

    function machineClass(TicketWord self) internal pure returns (uint16) {
        return uint16(field(TicketWord.unwrap(self), 69, 16));
    }

    function opener(TicketWord self) internal pure returns (uint16) {
        return uint16(field(TicketWord.unwrap(self), 85, 16));
    }

    function assignee(TicketWord self) internal pure returns (uint16) {
        return uint16(field(TicketWord.unwrap(self), 101, 16));
    }

    function openSince(TicketWord self) internal pure returns (uint64) {
        return uint64(field(TicketWord.unwrap(self), 117, 34));
    }

    function assignedAt(TicketWord self) internal pure returns (uint64) {
        return uint64(field(TicketWord.unwrap(self), 151, 34));
    }

    function time(TicketWord self) internal pure returns (uint64) {
        return uint64(field(TicketWord.unwrap(self), 185, 34));
    }

    function deadline(TicketWord self) internal pure returns (uint64) {
        return uint64(field(TicketWord.unwrap(self), 219, 34));
    }

    /// OPEN, ASSIGNED or COMPLETED.
    function isUnfinished(TicketWord self) internal pure returns (bool) {
        uint256 now_ = self.state();
        return now_ != 0 && now_ <= TicketState.COMPLETED;
    }

    /// Seconds from open to assigned, and from open to the last change.
    function durations(TicketWord self) internal pure returns (uint64 response, uint64 resolution) {
        unchecked {
            response = self.assignedAt() - self.openSince();
            resolution = self.time() - self.openSince();
        }
    }

    /// What registration writes.
    function reserved(uint16 oem_, uint16 machineClass_) internal pure returns (TicketWord) {
        return TicketWord.wrap((uint256(oem_) << 53) | (uint256(machineClass_) << 69));
    }

    function opened(MachineWord machine, uint32 n_, uint8 policy_, uint16 opener_, uint64 deadline_, uint64 time_)
        internal
        pure
        returns (TicketWord)
    {
        uint256 word = uint256(n_) | (1 << 24) | (uint256(TicketState.OPEN) << 48) | (uint256(policy_) << 51);
        word |= TicketWord.unwrap(reserved(machine.oem(), machine.machineClass())) | (uint256(opener_) << 85);
        word |= (uint256(time_) << 117) | (uint256(time_) << 185) | (uint256(deadline_) << 219);
        return TicketWord.wrap(word);
    }

    /// In another state, one version on.
    function moved(TicketWord self, uint8 to, uint64 time_) internal pure returns (TicketWord) {
        unchecked {
            uint256 word = withField(TicketWord.unwrap(self), 48, 3, to) + (1 << 24);
            return TicketWord.wrap(withField(word, 185, 34, time_));
        }
    }

    function assigned(TicketWord self, uint16 assignee_, uint64 time_) internal pure returns (TicketWord) {
        uint256 word = TicketWord.unwrap(self.moved(TicketState.ASSIGNED, time_));
        return TicketWord.wrap(withField(withField(word, 101, 16, assignee_), 151, 34, time_));
    }

    /// Open again, first come, first served.
    function released(TicketWord self, uint64 time_) internal pure returns (TicketWord) {
        uint256 word = TicketWord.unwrap(self.moved(TicketState.OPEN, time_));
        word = withField(word, 51, 2, SelectionPolicy.FCFS);
        // assignee, openSince and assignedAt lie side by side
        return TicketWord.wrap(withField(word, 101, 84, uint256(time_) << 16));
    }
}
