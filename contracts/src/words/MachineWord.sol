// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MachineState} from "../Protocol.sol";
import {field, withField} from "./Bits.sol";

// A machine, the end of its chain of anchors and the end of its chain of invoices; 0: no such machine.
//
//     offset  width  field
//          0     16  oem
//         16     16  customer
//         32     16  machineClass
//         48      1  byOem          who registered
//         49      1  isAccepted     the chains of anchors and invoices exist
//         50      3  state
//         53     24  version
//         77     34  lastAt
//        111     32  anchorSeq
//        143     34  anchorTo
//        177     34  billedTo
//        211     32  billedSeq
//        243      1  isFinal
type MachineWord is uint256;

using MachineWords for MachineWord global;

library MachineWords {
    function oem(MachineWord self) internal pure returns (uint16) {
        return uint16(field(MachineWord.unwrap(self), 0, 16));
    }

    function customer(MachineWord self) internal pure returns (uint16) {
        return uint16(field(MachineWord.unwrap(self), 16, 16));
    }

    function machineClass(MachineWord self) internal pure returns (uint16) {
        return uint16(field(MachineWord.unwrap(self), 32, 16));
    }

    function byOem(MachineWord self) internal pure returns (bool) {
        return field(MachineWord.unwrap(self), 48, 1) != 0;
    }

    function isAccepted(MachineWord self) internal pure returns (bool) {
        return field(MachineWord.unwrap(self), 49, 1) != 0;
    }

    function state(MachineWord self) internal pure returns (uint8) {
        return uint8(field(MachineWord.unwrap(self), 50, 3));
    }

    function version(MachineWord self) internal pure returns (uint32) {
        return uint32(field(MachineWord.unwrap(self), 53, 24));
    }

    function lastAt(MachineWord self) internal pure returns (uint64) {
        return uint64(field(MachineWord.unwrap(self), 77, 34));
    }

    function anchorSeq(MachineWord self) internal pure returns (uint32) {
        return uint32(field(MachineWord.unwrap(self), 111, 32));
    }

    function anchorTo(MachineWord self) internal pure returns (uint64) {
        return uint64(field(MachineWord.unwrap(self), 143, 34));
    }

    function billedTo(MachineWord self) internal pure returns (uint64) {
        return uint64(field(MachineWord.unwrap(self), 177, 34));
    }

    function billedSeq(MachineWord self) internal pure returns (uint32) {
        return uint32(field(MachineWord.unwrap(self), 211, 32));
    }

    function isFinal(MachineWord self) internal pure returns (bool) {
        return field(MachineWord.unwrap(self), 243, 1) != 0;
    }

    function exists(MachineWord self) internal pure returns (bool) {
        return MachineWord.unwrap(self) != 0;
    }

    /// ACCEPTED, EXECUTED or STOPPED.
    function isInUse(MachineWord self) internal pure returns (bool) {
        uint8 now_ = self.state();
        return now_ == MachineState.ACCEPTED || now_ == MachineState.EXECUTED || now_ == MachineState.STOPPED;
    }

    function isBillable(MachineWord self) internal pure returns (bool) {
        return self.isInUse() || self.state() == MachineState.TERMINATING;
    }

    /// The side that registered.
    function registrar(MachineWord self) internal pure returns (uint16) {
        return self.byOem() ? self.oem() : self.customer();
    }

    /// The party that faces `side` in the agreement.
    function otherSide(MachineWord self, uint16 side) internal pure returns (uint16) {
        return side == self.oem() ? self.customer() : self.oem();
    }

    function isSide(MachineWord self, uint16 party) internal pure returns (bool) {
        return party == self.oem() || party == self.customer();
    }

    function registered(uint16 oem_, uint16 customer_, uint16 machineClass_, bool byOem_)
        internal
        pure
        returns (MachineWord)
    {
        uint256 word = uint256(oem_) | (uint256(customer_) << 16) | (uint256(machineClass_) << 32);
        word |= (byOem_ ? 1 << 48 : 0) | (uint256(MachineState.REGISTERED) << 50) | (1 << 53);
        return MachineWord.wrap(word);
    }

    /// In another state, one version on.
    function moved(MachineWord self, uint8 to) internal pure returns (MachineWord) {
        return MachineWord.wrap(withField(MachineWord.unwrap(self), 50, 3, to)).bumped();
    }

    function bumped(MachineWord self) internal pure returns (MachineWord) {
        unchecked {
            return MachineWord.wrap(MachineWord.unwrap(self) + (1 << 53));
        }
    }

    function withAccepted(MachineWord self) internal pure returns (MachineWord) {
        return MachineWord.wrap(MachineWord.unwrap(self) | (1 << 49));
    }

    function withLastAt(MachineWord self, uint64 at_) internal pure returns (MachineWord) {
        return MachineWord.wrap(withField(MachineWord.unwrap(self), 77, 34, at_));
    }

    /// The chain of anchors is one longer; its window is not.
    function anchored(MachineWord self) internal pure returns (MachineWord) {
        unchecked {
            return MachineWord.wrap(MachineWord.unwrap(self) + (1 << 111));
        }
    }

    function withAnchorTo(MachineWord self, uint64 to) internal pure returns (MachineWord) {
        return MachineWord.wrap(withField(MachineWord.unwrap(self), 143, 34, to));
    }

    function billed(MachineWord self, uint64 to, uint32 seq, bool last) internal pure returns (MachineWord) {
        uint256 chain = uint256(to) | (uint256(seq) << 34) | (last ? 1 << 66 : 0);
        return MachineWord.wrap(withField(MachineWord.unwrap(self), 177, 67, chain));
    }
}
