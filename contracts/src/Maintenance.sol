// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ALL_WEIGHTS,
    MAX_ACCREDITED,
    MAX_RATING,
    MAX_TICKETS,
    MachineState,
    Misbehaviour,
    Role,
    Selection,
    SelectionPolicy,
    TicketKind,
    TicketState
} from "./Protocol.sol";
import {MachineSlots, TicketSlots} from "./State.sol";
import {Tickets} from "./Tickets.sol";
import {MachineWord} from "./words/MachineWord.sol";
import {PartyWord} from "./words/PartyWord.sol";
import {SelectionWords} from "./words/SelectionWord.sol";
import {TicketWord, TicketWords} from "./words/TicketWord.sol";

/// @title Tickets from opening to closing, and the standing that closed tickets give
abstract contract Maintenance is Tickets {
    /// @notice The machine's customer or OEM: opens ticket `n` of a kind, the last one's number + 1.
    function openTicket(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        Selection calldata selection,
        bytes32 work,
        uint64 deadline,
        uint16 payer
    ) external {
        require(_isTicketKind(kind) && work != 0 && _isTime(deadline), INVALID_ARGUMENT(0));
        uint64 bidsUntil = _requireConsistent(selection, deadline);
        uint16 opener = _activeParty().party();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        TicketSlots storage last = slots.tickets[kind - 1];
        uint64 time = _requireNext(word, last.word, kind, n, opener);
        require(word.isSide(payer), INVALID_ARGUMENT(0));
        require(bidsUntil > time, INVALID_ARGUMENT(0));

        last.word = TicketWords.opened(word, n, selection.policy, opener, deadline, time);
        if (selection.policy != SelectionPolicy.FCFS) last.selection = SelectionWords.pack(selection);
        emit TicketOpened(machine, kind, n, opener, selection, work, deadline, payer, time);
    }

    /// Refuse a ticket that may not follow the last one; gives the effective time.
    function _requireNext(MachineWord machine, TicketWord last, uint8 kind, uint32 n, uint16 opener)
        private
        view
        returns (uint64 time)
    {
        time = _later(_time(), last.time());
        require(n > last.n(), ALREADY_EXISTS(0));
        require(machine.isSide(opener), NOT_AUTHORISED(0));
        if (kind == TicketKind.REACTIVE) require(machine.state() == MachineState.STOPPED, WRONG_STATE(0));
        require(machine.isInUse(), WRONG_STATE(0));
        require(!last.isUnfinished(), WRONG_STATE(0));
        unchecked {
            require(n == uint256(last.n()) + 1, SEQUENCE_GAP(0));
        }
        require(n <= MAX_TICKETS, LIMIT_EXCEEDED(0));
    }

    /// Refuse a selection that is outside its domain or contradicts itself; gives the end of bidding.
    function _requireConsistent(Selection calldata selection, uint64 deadline) private pure returns (uint64 bidsUntil) {
        uint8 policy = selection.policy;
        require(_isCode(policy, SelectionPolicy.SEALED), INVALID_ARGUMENT(0));
        uint64 awardAt = selection.awardAt;
        uint64 awardFrom = selection.awardFrom;
        uint64 commitUntil = selection.commitUntil;
        uint64 revealUntil = selection.revealUntil;
        uint256 weights = uint256(selection.priceWeight) + selection.timeWeight + selection.reputationWeight
            + selection.proximityWeight;
        if (policy == SelectionPolicy.FCFS) {
            require(awardAt | awardFrom | commitUntil | revealUntil | weights == 0, INVALID_ARGUMENT(0));
            return deadline;
        }
        require(weights == ALL_WEIGHTS, INVALID_ARGUMENT(0));
        if (policy == SelectionPolicy.SCORED) {
            require(commitUntil | revealUntil == 0, INVALID_ARGUMENT(0));
            require(awardAt < deadline && awardFrom <= MAX_ACCREDITED, INVALID_ARGUMENT(0));
            return awardAt;
        }
        require(awardAt | awardFrom == 0, INVALID_ARGUMENT(0));
        require(commitUntil < revealUntil && revealUntil < deadline, INVALID_ARGUMENT(0));
        return commitUntil;
    }

    /// @notice An accredited maintainer: OPEN -> ASSIGNED, first come, first served.
    function acceptTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version) external {
        require(_isTicketKind(kind), INVALID_ARGUMENT(0));
        PartyWord maintainer = _activeParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        require(maintainer.has(Role.MAINTAINER), NOT_AUTHORISED(0));
        _requireOpen(ticket, SelectionPolicy.FCFS);
        require(version == ticket.version(), STALE_VERSION(0));
        require(_isAccredited(ticket, maintainer), NOT_ACCREDITED(0));
        _requireRoom(version);

        uint64 time = _later(_time(), ticket.time());
        ticket = ticket.assigned(maintainer.party(), time);
        slots.word = ticket;
        emit TicketAccepted(machine, kind, n, ticket.version(), maintainer.party(), time);
    }

    /// @notice The assignee any time, the opener after the deadline: ASSIGNED -> OPEN, from then first come, first
    /// served.
    function releaseTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version) external {
        require(_isTicketKind(kind), INVALID_ARGUMENT(0));
        uint16 party = _engagedParty().party();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        uint16 assignee = ticket.assignee();
        require(party == assignee || party == ticket.opener(), NOT_AUTHORISED(0));
        require(ticket.state() == TicketState.ASSIGNED, WRONG_STATE(0));
        require(version == ticket.version(), STALE_VERSION(0));
        uint64 time = _later(_time(), ticket.time());
        bool byAssignee = party == assignee;
        require(byAssignee || time >= ticket.deadline(), NOT_AUTHORISED(0));

        bool isMissed = !byAssignee && ticket.time() < ticket.deadline();
        ticket = ticket.released(time);
        slots.word = ticket;
        emit TicketReleased(machine, kind, n, ticket.version(), party, time);
        if (isMissed) _countMisbehaviour(assignee, Misbehaviour.MISSED_DEADLINE);
    }

    /// @notice The assignee: ASSIGNED -> COMPLETED.
    function completeTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version, bytes32 report) external {
        require(_isTicketKind(kind) && report != 0, INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        require(party.party() == ticket.assignee(), NOT_AUTHORISED(0));
        require(ticket.state() == TicketState.ASSIGNED, WRONG_STATE(0));
        require(version == ticket.version(), STALE_VERSION(0));

        uint64 time = _later(_time(), ticket.time());
        ticket = ticket.moved(TicketState.COMPLETED, time);
        slots.word = ticket;
        emit TicketCompleted(machine, kind, n, ticket.version(), report, time);
    }

    /// @notice The opener: COMPLETED -> ASSIGNED.
    function reopenTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version, bytes32 reason) external {
        require(_isTicketKind(kind) && reason != 0, INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        require(party.party() == ticket.opener(), NOT_AUTHORISED(0));
        require(ticket.state() == TicketState.COMPLETED, WRONG_STATE(0));
        require(version == ticket.version(), STALE_VERSION(0));
        _requireRoom(version);

        uint64 time = _later(_time(), ticket.time());
        ticket = ticket.moved(TicketState.ASSIGNED, time);
        slots.word = ticket;
        emit TicketReopened(machine, kind, n, ticket.version(), reason, time);
    }

    /// @notice The opener, or after rule CLOSE_AFTER the assignee: COMPLETED -> CLOSED. The assignee's rating is 0.
    /// @param rating 1 worst to 5 best; 0 means "not rated".
    function closeTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version, uint8 rating) external {
        require(_isTicketKind(kind) && rating <= MAX_RATING, INVALID_ARGUMENT(0));
        uint16 party = _engagedParty().party();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        uint16 assignee = ticket.assignee();
        require(party == ticket.opener() || party == assignee, NOT_AUTHORISED(0));
        require(ticket.state() == TicketState.COMPLETED, WRONG_STATE(0));
        require(version == ticket.version(), STALE_VERSION(0));
        uint64 time = _later(_time(), ticket.time());
        require(rating == 0 || party != assignee, INVALID_ARGUMENT(0));
        if (party != ticket.opener()) {
            require(time >= ticket.time() + _deployment.closeAfter(), NOT_AUTHORISED(0));
        }

        (uint64 response, uint64 resolution) = ticket.durations();
        _standings[assignee] = _standings[assignee].withClosed(rating, response, resolution);
        ticket = ticket.moved(TicketState.CLOSED, time);
        slots.word = ticket;
        emit TicketClosed(machine, kind, n, ticket.version(), assignee, rating, response, resolution, time);
    }

    /// @notice The opener: OPEN -> CANCELLED.
    function cancelTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version) external {
        require(_isTicketKind(kind), INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        require(party.party() == ticket.opener(), NOT_AUTHORISED(0));
        require(ticket.state() == TicketState.OPEN, WRONG_STATE(0));
        require(version == ticket.version(), STALE_VERSION(0));

        _cancel(slots, ticket, machine, kind);
    }
}
