// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TicketKind, TicketState} from "./Protocol.sol";
import {AccreditationSlots, State, TicketSlots} from "./State.sol";
import {PartyList} from "./words/PartyList.sol";
import {PartyWord} from "./words/PartyWord.sol";
import {TicketWord} from "./words/TicketWord.sol";

/// @title What maintenance and bidding ask of a ticket
abstract contract Tickets is State {
    function _isTicketKind(uint8 kind) internal pure returns (bool) {
        return _isCode(kind, TicketKind.PREVENTIVE);
    }

    /// The last ticket of its kind, if the command means that one: later is UNKNOWN_RECORD, older WRONG_STATE.
    function _currentTicket(bytes16 machine, uint8 kind, uint32 n)
        internal
        view
        returns (TicketSlots storage slots, TicketWord ticket)
    {
        slots = _machines[machine].tickets[kind - 1];
        ticket = slots.word;
        uint32 last = ticket.n();
        require(last != 0 && n <= last, UNKNOWN_RECORD(0));
        require(n == last, WRONG_STATE(0));
    }

    function _requireOpen(TicketWord ticket, uint8 policy) internal pure {
        require(ticket.state() == TicketState.OPEN && ticket.policy() == policy, WRONG_STATE(0));
    }

    function _isAccredited(TicketWord ticket, PartyWord maintainer) internal view returns (bool) {
        AccreditationSlots storage slots = _accreditation(ticket.oem(), ticket.machineClass());
        for (uint256 index = 0; index < slots.lists.length; ++index) {
            PartyList list = slots.lists[index];
            if (list.contains(maintainer.party())) return true;
            if (!list.isFull()) return false;
        }
        return false;
    }

    /// -> CANCELLED.
    function _cancel(TicketSlots storage slots, TicketWord ticket, bytes16 machine, uint8 kind) internal {
        uint64 time = _later(_time(), ticket.time());
        ticket = ticket.moved(TicketState.CANCELLED, time);
        slots.word = ticket;
        emit TicketCancelled(machine, kind, ticket.n(), ticket.version(), time);
    }
}
