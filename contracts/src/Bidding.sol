// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidState, MAX_AMOUNT, Misbehaviour, Role, SelectionPolicy, TicketState} from "./Protocol.sol";
import {Scoring} from "./Scoring.sol";
import {BidSlots, TicketSlots} from "./State.sol";
import {Tickets} from "./Tickets.sol";
import {BidWord, BidWords} from "./words/BidWord.sol";
import {PartyWord} from "./words/PartyWord.sol";
import {SelectionWord} from "./words/SelectionWord.sol";
import {TicketWord} from "./words/TicketWord.sol";

/// @title Open and sealed bids on a ticket, and the award that the ledger computes
abstract contract Bidding is Tickets {
    /// What bids on a ticket are named by and hashed with, beside the maintainer.
    struct TicketName {
        bytes16 machine;
        uint8 kind;
        uint32 n;
    }

    /// @notice An accredited maintainer: one open bid.
    /// @param price In minor units of a currency.
    /// @param eta Seconds from the award to the arrival at the machine.
    /// @param distance In metres.
    function bid(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint64 price,
        uint32 eta,
        uint32 distance,
        bytes32 offer
    ) external {
        require(_isTicketKind(kind) && price <= MAX_AMOUNT, INVALID_ARGUMENT(0));
        PartyWord maintainer = _activeParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        uint16 number = maintainer.party();
        BidSlots storage mine = _bidOf(machine, kind, n, number);
        require(!mine.word.exists(), ALREADY_EXISTS(0));
        require(maintainer.has(Role.MAINTAINER), NOT_AUTHORISED(0));
        _requireOpen(ticket, SelectionPolicy.SCORED);
        require(_later(_time(), ticket.time()) < slots.selection.awardAt(), BIDDING_CLOSED(0));
        require(_isAccredited(ticket, maintainer), NOT_ACCREDITED(0));

        uint16 reputation = Scoring.reputation(_standings[number]);
        mine.word = BidWords.placed(price, eta, distance, reputation);
        emit BidPlaced(machine, kind, n, number, price, eta, distance, reputation, offer);
    }

    /// @notice An accredited maintainer: one sealed bid, as the digest of what `revealBid` will show.
    function commitBid(bytes16 machine, uint8 kind, uint32 n, bytes32 commitment) external {
        require(_isTicketKind(kind) && commitment != 0, INVALID_ARGUMENT(0));
        PartyWord maintainer = _activeParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        uint16 number = maintainer.party();
        BidSlots storage mine = _bidOf(machine, kind, n, number);
        require(!mine.word.exists(), ALREADY_EXISTS(0));
        require(maintainer.has(Role.MAINTAINER), NOT_AUTHORISED(0));
        _requireOpen(ticket, SelectionPolicy.SEALED);
        require(_later(_time(), ticket.time()) < slots.selection.commitUntil(), BIDDING_CLOSED(0));
        require(_isAccredited(ticket, maintainer), NOT_ACCREDITED(0));

        mine.word = BidWords.committed();
        mine.commitment = commitment;
        emit BidCommitted(machine, kind, n, number, commitment);
    }

    /// @notice The maintainer that committed: opens its sealed bid.
    /// @param salt Random, so that nobody finds the bid by trying.
    function revealBid(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint64 price,
        uint32 eta,
        uint32 distance,
        bytes32 offer,
        bytes32 salt
    ) external {
        require(_isTicketKind(kind) && price <= MAX_AMOUNT, INVALID_ARGUMENT(0));
        uint16 number = _engagedParty().party();
        BidSlots storage mine = _requireRevealing(machine, kind, n, number);
        bytes memory ticket = abi.encodePacked(_deploymentId, machine, kind, n, number);
        bytes32 shown = sha256(abi.encodePacked(bytes16("maas/1/bid"), ticket, price, eta, distance, offer, salt));
        require(shown == mine.commitment, BAD_REVEAL(0));

        uint16 reputation = Scoring.reputation(_standings[number]);
        mine.word = BidWords.placed(price, eta, distance, reputation);
        mine.commitment = 0;
        emit BidRevealed(machine, kind, n, number, price, eta, distance, reputation, offer);
    }

    /// A sealed bid that may be revealed now.
    function _requireRevealing(bytes16 machine, uint8 kind, uint32 n, uint16 maintainer)
        private
        view
        returns (BidSlots storage committed)
    {
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        committed = _bidOf(machine, kind, n, maintainer);
        require(committed.word.exists(), UNKNOWN_RECORD(0));
        _requireOpen(ticket, SelectionPolicy.SEALED);
        require(committed.word.state() == BidState.COMMITTED, WRONG_STATE(0));
        uint64 time = _later(_time(), ticket.time());
        require(time >= slots.selection.commitUntil(), BIDDING_OPEN(0));
        require(time < slots.selection.revealUntil(), BIDDING_CLOSED(0));
    }

    /// @notice The machine's customer or OEM: the ledger computes the winner, OPEN -> ASSIGNED, or CANCELLED without a
    /// bid.
    function awardTicket(bytes16 machine, uint8 kind, uint32 n, uint32 version) external {
        require(_isTicketKind(kind), INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (TicketSlots storage slots, TicketWord ticket) = _currentTicket(machine, kind, n);
        require(_machines[machine].word.isSide(party.party()), NOT_AUTHORISED(0));
        require(ticket.state() == TicketState.OPEN, WRONG_STATE(0));
        require(ticket.policy() != SelectionPolicy.FCFS, WRONG_STATE(0));
        require(version == ticket.version(), STALE_VERSION(0));
        uint64 time = _later(_time(), ticket.time());
        Scoring.Candidates memory candidates = _bidsOf(ticket, machine, kind, n);
        require(_mayAward(ticket, slots.selection, candidates.placed, time), BIDDING_OPEN(0));

        if (candidates.placed == 0) {
            _cancel(slots, ticket, machine, kind);
        } else {
            bytes memory name = abi.encodePacked(_deploymentId, machine, kind, n);
            (uint16 assignee, uint64 score) = Scoring.award(candidates, slots.selection, name);
            ticket = ticket.assigned(assignee, time);
            slots.word = ticket;
            emit TicketAwarded(machine, kind, n, ticket.version(), assignee, score, candidates.placed, time);
        }
        _countUnrevealed(candidates);
    }

    /// Where a maintainer's bid on a ticket is.
    function _bidOf(bytes16 machine, uint8 kind, uint32 n, uint16 maintainer) internal view returns (BidSlots storage) {
        return _machines[machine].bids[(uint256(kind) << 48) | (uint256(n) << 16) | maintainer];
    }

    /// The bids of all maintainers that are accredited now, in the order of their numbers.
    function _bidsOf(TicketWord ticket, bytes16 machine, uint8 kind, uint32 n)
        private
        view
        returns (Scoring.Candidates memory candidates)
    {
        candidates.maintainers = _accredited(_accreditation(ticket.oem(), ticket.machineClass()));
        candidates.bids = new BidWord[](candidates.maintainers.length);
        for (uint256 index = 0; index < candidates.bids.length; ++index) {
            BidWord one = _bidOf(machine, kind, n, candidates.maintainers[index]).word;
            if (one.state() == BidState.PLACED) {
                if (!_mayServe(candidates.maintainers[index])) continue;
                candidates.placed += 1;
            }
            candidates.bids[index] = one;
        }
    }

    /// Whether a bidder could do the work now; a bid outlives its bidder's suspension, its chance does not.
    function _mayServe(uint16 maintainer) private view returns (bool) {
        return _parties[_identities[maintainer]].isActiveAs(Role.MAINTAINER);
    }

    function _mayAward(TicketWord ticket, SelectionWord selection, uint8 placed, uint64 time)
        private
        pure
        returns (bool)
    {
        if (ticket.policy() == SelectionPolicy.SEALED) return time >= selection.revealUntil();
        uint8 awardFrom = selection.awardFrom();
        return time >= selection.awardAt() || (0 < awardFrom && awardFrom <= placed);
    }

    function _countUnrevealed(Scoring.Candidates memory candidates) private {
        for (uint256 index = 0; index < candidates.bids.length; ++index) {
            if (candidates.bids[index].state() == BidState.COMMITTED) {
                _countMisbehaviour(candidates.maintainers[index], Misbehaviour.UNREVEALED_BID);
            }
        }
    }
}
