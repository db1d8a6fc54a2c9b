// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Events} from "./Events.sol";
import {MAX_TIME, MachineState, PartyState, VERSION_LIMIT} from "./Protocol.sol";
import {Rejections} from "./Rejections.sol";
import {AttestationWord} from "./words/AttestationWord.sol";
import {BidWord} from "./words/BidWord.sol";
import {DeploymentWord} from "./words/DeploymentWord.sol";
import {InvoiceWord} from "./words/InvoiceWord.sol";
import {MachineWord} from "./words/MachineWord.sol";
import {OfferWord} from "./words/OfferWord.sol";
import {LANES, PartyList} from "./words/PartyList.sol";
import {PartyWord} from "./words/PartyWord.sol";
import {ProposalWord} from "./words/ProposalWord.sol";
import {SelectionWord} from "./words/SelectionWord.sol";
import {StandingWord} from "./words/StandingWord.sol";
import {TicketWord} from "./words/TicketWord.sol";

/// `payload` is the action's identity (INVITE, REBIND) or its data (CLOSE_OUT, RETIRE): no action has both.
struct ProposalSlots {
    ProposalWord word;
    PartyList voters;
    bytes32 payload;
}

/// `lists` hold `count` maintainers, ascending over all words; a word is only used when the one before it is full.
struct AccreditationSlots {
    uint32 version;
    uint8 count;
    PartyList[4] lists;
}

struct TicketSlots {
    TicketWord word;
    SelectionWord selection;
}

struct OfferSlots {
    OfferWord word;
    bytes32 terms;
}

struct BidSlots {
    BidWord word;
    bytes32 commitment;
}

/// `tickets` are by kind. Offers are by their number, bids by ticket and maintainer.
struct MachineSlots {
    MachineWord word;
    bytes32 terms;
    TicketSlots[2] tickets;
    mapping(uint256 n => OfferSlots) offers;
    mapping(uint256 ticketAndMaintainer => BidSlots) bids;
}

/// `closes` is the machine that the settlement of a FINAL invoice terminates.
struct InvoiceSlots {
    InvoiceWord word;
    bytes16 closes;
}

/// @title The state of a deployment, and the look-ups that the checks use
/// @notice One storage for all rooms; every record's layout is a table in `words/`.
abstract contract State is Events, Rejections {
    // Each of the two contracts that share this state writes only what its rooms write.
    // slither-disable-start uninitialized-state,constable-states
    DeploymentWord internal _deployment;
    bytes32 internal _deploymentId;
    mapping(bytes32 identity => PartyWord) internal _parties;
    mapping(uint16 party => bytes32 identity) internal _identities;
    mapping(uint16 party => StandingWord) internal _standings;
    mapping(bytes16 proposal => ProposalSlots) internal _proposals;
    mapping(uint256 oemAndClass => AccreditationSlots) internal _accreditations;
    mapping(bytes16 attestation => AttestationWord) internal _attestations;
    mapping(bytes16 machine => MachineSlots) internal _machines;
    mapping(bytes16 invoice => InvoiceSlots) internal _invoices;
    // slither-disable-end uninitialized-state,constable-states

    /// The ledger's clock.
    function _time() internal view returns (uint64) {
        return uint64(block.timestamp);
    }

    function _later(uint64 one, uint64 other) internal pure returns (uint64) {
        return one > other ? one : other;
    }

    /// Whether a code is a member of an enumeration that ends with `last`.
    function _isCode(uint8 code, uint8 last) internal pure returns (bool) {
        return code != 0 && code <= last;
    }

    function _isTime(uint64 time) internal pure returns (bool) {
        return time <= MAX_TIME;
    }

    /// Who sends, as the protocol knows senders.
    function _sender() internal view returns (bytes32) {
        return bytes32(uint256(uint160(msg.sender)));
    }

    /// The sender in any state: NOT_AUTHORISED if unknown, WRONG_STATE in a retired deployment.
    function _knownParty() internal view returns (PartyWord party) {
        party = _parties[_sender()];
        require(party.exists(), NOT_AUTHORISED(0));
        require(!party.retired(), WRONG_STATE(0));
    }

    /// The sender of a new commitment: NOT_ACTIVE unless ACTIVE.
    function _activeParty() internal view returns (PartyWord party) {
        party = _knownParty();
        require(party.state() == PartyState.ACTIVE, NOT_ACTIVE(0));
    }

    /// The sender of what it is obliged to: NOT_ACTIVE unless ACTIVE or SUSPENDED.
    function _engagedParty() internal view returns (PartyWord party) {
        party = _knownParty();
        require(party.isEngaged(), NOT_ACTIVE(0));
    }

    /// A party by its number, else UNKNOWN_RECORD.
    function _existingParty(uint16 number) internal view returns (bytes32 identity, PartyWord party) {
        identity = _identities[number];
        require(identity != 0, UNKNOWN_RECORD(0));
        party = _parties[identity];
    }

    /// A party that the command names for a role: UNKNOWN_RECORD, NOT_ACTIVE, INVALID_ARGUMENT in this order.
    function _requireNamedParty(uint16 number, uint8 role) internal view {
        (, PartyWord party) = _existingParty(number);
        require(party.state() == PartyState.ACTIVE, NOT_ACTIVE(0));
        require(party.has(role), INVALID_ARGUMENT(0));
    }

    /// A machine, else UNKNOWN_RECORD.
    function _existingMachine(bytes16 id) internal view returns (MachineSlots storage slots, MachineWord machine) {
        slots = _machines[id];
        machine = slots.word;
        require(machine.exists(), UNKNOWN_RECORD(0));
    }

    /// Refuse a change that could be repeated for ever once the versions run out; changes that end stay possible.
    function _requireRoom(uint32 version) internal pure {
        require(version < VERSION_LIMIT, LIMIT_EXCEEDED(0));
    }

    /// Refuse a business time further ahead of the ledger's than the clock bound.
    function _requireNotAhead(uint64 at_, uint64 time) internal view {
        require(at_ <= time || at_ <= time + _deployment.clockBound(), LIMIT_EXCEEDED(0));
    }

    /// Count a misbehaviour of a party in its standing.
    function _countMisbehaviour(uint16 party, uint8 cause) internal {
        _standings[party] = _standings[party].withMisbehaviour();
        emit MisbehaviourCounted(party, cause);
    }

    /// Where the accreditations of an OEM for a class are.
    function _accreditation(uint16 oem, uint16 machineClass) internal view returns (AccreditationSlots storage) {
        return _accreditations[(uint256(oem) << 16) | machineClass];
    }

    /// The maintainers of an accreditation, ascending.
    function _accredited(AccreditationSlots storage slots) internal view returns (uint16[] memory maintainers) {
        maintainers = new uint16[](slots.count);
        PartyList list = PartyList.wrap(0);
        for (uint256 index = 0; index < maintainers.length; ++index) {
            if (index % LANES == 0) list = slots.lists[index / LANES];
            maintainers[index] = list.member(index % LANES);
        }
    }

    /// -> TERMINATED; no more anchors, no more invoices.
    function _terminate(MachineSlots storage slots, bytes16 id, MachineWord machine) internal {
        machine = machine.moved(MachineState.TERMINATED);
        slots.word = machine;
        emit MachineTerminated(id, machine.version());
    }
}
