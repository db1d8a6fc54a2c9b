// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Sixteen parties in a word, ascending from the lowest 16 bits; empty lanes are 0 and come last.

uint256 constant LANES = 16;
uint256 constant EACH_LANE = 0x0001000100010001000100010001000100010001000100010001000100010001;
uint256 constant TOP_BITS = EACH_LANE << 15;

type PartyList is uint256;

using PartyLists for PartyList global;

library PartyLists {
    /// The party in a lane, 0 if the lane is empty.
    function member(PartyList self, uint256 index) internal pure returns (uint16) {
        return uint16(PartyList.unwrap(self) >> (index << 4));
    }

    function isFull(PartyList self) internal pure returns (bool) {
        return PartyList.unwrap(self) >> 240 != 0;
    }

    /// Whether any lane holds `party`, which is not 0. All lanes at once: subtracting 1 from each lane of the
    /// difference borrows into a top bit that was clear only where a lane is zero.
    function contains(PartyList self, uint16 party) internal pure returns (bool) {
        unchecked {
            uint256 difference = PartyList.unwrap(self) ^ (party * EACH_LANE);
            return (difference - EACH_LANE) & ~difference & TOP_BITS != 0;
        }
    }

    /// The list as an array.
    function unpack(PartyList self) internal pure returns (uint16[] memory parties) {
        uint256 length = 0;
        while (length < LANES && self.member(length) != 0) ++length;
        parties = new uint16[](length);
        for (uint256 lane = 0; lane < length; ++lane) {
            parties[lane] = self.member(lane);
        }
    }

    /// The list of up to 16 elements of an array, from `first` on.
    function pack(uint16[] memory parties, uint256 first) internal pure returns (PartyList) {
        uint256 list = 0;
        for (uint256 lane = 0; lane < LANES && first + lane < parties.length; ++lane) {
            list |= uint256(parties[first + lane]) << (lane << 4);
        }
        return PartyList.wrap(list);
    }

    /// The ascending array with one more party, which it does not hold.
    function including(uint16[] memory parties, uint16 party) internal pure returns (uint16[] memory more) {
        more = new uint16[](parties.length + 1);
        uint256 index = 0;
        for (; index < parties.length && parties[index] < party; ++index) {
            more[index] = parties[index];
        }
        more[index] = party;
        for (; index < parties.length; ++index) {
            more[index + 1] = parties[index];
        }
    }

    /// The ascending array without one of its parties.
    function excluding(uint16[] memory parties, uint16 party) internal pure returns (uint16[] memory fewer) {
        fewer = new uint16[](parties.length - 1);
        uint256 index = 0;
        for (uint256 from = 0; from < parties.length; ++from) {
            if (parties[from] != party) fewer[index++] = parties[from];
        }
    }
}
