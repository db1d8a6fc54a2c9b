// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governance} from "./Governance.sol";
import {
    Action,
    AttestationKind,
    FOUNDER,
    MAX_ACCREDITED,
    PartyState,
    ProposalState,
    Role,
    Rule,
    Rules
} from "./Protocol.sol";
import {AccreditationSlots, ProposalSlots} from "./State.sol";
import {AttestationWords} from "./words/AttestationWord.sol";
import {DeploymentWord, DeploymentWords} from "./words/DeploymentWord.sol";
import {LANES, PartyList, PartyLists} from "./words/PartyList.sol";
import {PartyWord, PartyWords} from "./words/PartyWord.sol";
import {ProposalWord, ProposalWords} from "./words/ProposalWord.sol";
import {StandingWords} from "./words/StandingWord.sol";

/// @title Founding, proposals and votes, joining, accreditation, attestation
abstract contract Consortium is Governance {
    /// @notice Anyone, once: names the deployment, becomes party 1 with role BOARD, sets the rules.
    function found(bytes32 deployment, bytes32 predecessor, bytes32 profile, Rules calldata rules) external {
        require(deployment != 0 && profile != 0 && _areInDomain(rules), INVALID_ARGUMENT(0));
        require(rules.quorum == 1, INVALID_ARGUMENT(0));
        require(!_deployment.exists(), ALREADY_EXISTS(0));

        bytes32 identity = _sender();
        _deployment = DeploymentWords.founded(rules);
        _deploymentId = deployment;
        _parties[identity] = PartyWords.pack(FOUNDER, PartyState.ACTIVE, Role.BOARD, 0);
        _identities[FOUNDER] = identity;
        _standings[FOUNDER] = StandingWords.empty();
        emit DeploymentFounded(deployment, predecessor, identity, profile, rules);
    }

    function _areInDomain(Rules calldata rules) private pure returns (bool) {
        uint256 word = DeploymentWord.unwrap(DeploymentWords.founded(rules));
        for (uint256 rule = Rule.QUORUM; rule <= Rule.FINALITY_DEPTH; ++rule) {
            if (!_isAccepted(rule, uint32(word))) return false;
            word >>= 32;
        }
        return true;
    }

    /// @notice A BOARD party: opens a proposal and casts the first vote; with quorum 1 it executes at once.
    function propose(bytes16 proposal, Action calldata action) external {
        require(proposal != 0 && _isConsistent(action), INVALID_ARGUMENT(0));
        PartyWord proposer = _activeParty();
        ProposalSlots storage slots = _proposals[proposal];
        require(!slots.word.exists(), ALREADY_EXISTS(0));
        require(proposer.has(Role.BOARD), NOT_AUTHORISED(0));
        DeploymentWord deployment = _deployment;
        uint64 expires = _time() + deployment.proposalLifetime();

        ProposalWord word = ProposalWords.pack(proposer.party(), expires, action);
        slots.voters = PartyList.wrap(proposer.party());
        if (action.identity | action.data != 0) slots.payload = action.identity | action.data;
        emit ProposalMade(proposal, proposer.party(), action, expires);
        bool execute = deployment.quorum() <= 1;
        if (execute) {
            word = word.executed();
            emit ProposalExecuted(proposal);
        }
        slots.word = word;
        _effectOf(action, execute);
    }

    /// @notice A BOARD party: one vote; the quorum-th distinct vote executes the proposal.
    function approve(bytes16 proposal) external {
        PartyWord voter = _activeParty();
        ProposalSlots storage slots = _proposals[proposal];
        ProposalWord word = slots.word;
        require(word.exists(), UNKNOWN_RECORD(0));
        require(voter.has(Role.BOARD), NOT_AUTHORISED(0));
        require(word.state() == ProposalState.OPEN && _time() < word.expires(), WRONG_STATE(0));
        PartyList before = slots.voters;
        require(!before.contains(voter.party()), ALREADY_EXISTS(0));

        uint16[] memory voters = PartyLists.including(_counted(before), voter.party());
        slots.voters = PartyLists.pack(voters, 0);
        emit ProposalApproved(proposal, voter.party(), voters);
        bool execute = voters.length >= _deployment.quorum();
        if (!execute) return;
        slots.word = word.executed();
        emit ProposalExecuted(proposal);
        _effectOf(word.action(slots.payload), execute);
    }

    /// The voters whose votes count now.
    function _counted(PartyList voters) private view returns (uint16[] memory counted) {
        counted = voters.unpack();
        for (uint256 lane = 0; lane < LANES; ++lane) {
            uint16 number = voters.member(lane);
            if (number == 0) break;
            if (!_parties[_identities[number]].sitsOnBoard()) counted = PartyLists.excluding(counted, number);
        }
    }

    /// @notice The invited identity: INVITED -> ACTIVE.
    /// @param profile Digest of a document with name, contacts, encryption key.
    function join(bytes32 profile) external {
        require(profile != 0, INVALID_ARGUMENT(0));
        PartyWord party = _knownParty();
        require(party.state() == PartyState.INVITED, WRONG_STATE(0));
        PartyWord joined = party.moved(PartyState.ACTIVE);
        DeploymentWord deployment = _requireBoard(party, joined);

        _deployment = deployment;
        _parties[_sender()] = joined;
        emit PartyJoined(joined.party(), joined.version(), profile);
    }

    /// @notice Any party: names a new profile document.
    function updateProfile(uint32 version, bytes32 profile) external {
        require(profile != 0, INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        require(version == party.version(), STALE_VERSION(0));
        _requireRoom(party.version());

        party = party.bumped();
        _parties[_sender()] = party;
        emit ProfileUpdated(party.party(), party.version(), profile);
    }

    /// @notice An OEM: lets a maintainer serve its machines of a class. `version` is the accreditation's, 0 at first.
    function accredit(uint16 maintainer, uint16 machineClass, uint32 version) external {
        PartyWord oem = _activeParty();
        AccreditationSlots storage slots = _accreditation(oem.party(), machineClass);
        uint16[] memory maintainers = _accredited(slots);
        require(oem.has(Role.OEM), NOT_AUTHORISED(0));
        require(version == slots.version, STALE_VERSION(0));
        _requireNamedParty(maintainer, Role.MAINTAINER);
        require(!_contains(maintainers, maintainer), ALREADY_EXISTS(0));
        require(maintainers.length < MAX_ACCREDITED, LIMIT_EXCEEDED(0));
        _requireRoom(version);

        _setMaintainers(slots, PartyLists.including(maintainers, maintainer));
        emit MaintainerAccredited(oem.party(), machineClass, maintainer, version + 1);
    }

    /// @notice An OEM: ends a maintainer's accreditation for a class.
    function withdrawAccreditation(uint16 maintainer, uint16 machineClass, uint32 version) external {
        PartyWord oem = _engagedParty();
        AccreditationSlots storage slots = _accreditation(oem.party(), machineClass);
        uint16[] memory maintainers = _accredited(slots);
        require(_contains(maintainers, maintainer), UNKNOWN_RECORD(0));
        require(version == slots.version, STALE_VERSION(0));

        _setMaintainers(slots, PartyLists.excluding(maintainers, maintainer));
        emit AccreditationWithdrawn(oem.party(), machineClass, maintainer, version + 1);
    }

    function _contains(uint16[] memory maintainers, uint16 maintainer) private pure returns (bool) {
        for (uint256 index = 0; index < maintainers.length; ++index) {
            if (maintainers[index] == maintainer) return true;
        }
        return false;
    }

    function _setMaintainers(AccreditationSlots storage slots, uint16[] memory maintainers) private {
        uint256 last = maintainers.length > slots.count ? maintainers.length : slots.count;
        slots.version += 1;
        slots.count = uint8(maintainers.length);
        for (uint256 index = 0; index * LANES < last; ++index) {
            slots.lists[index] = PartyLists.pack(maintainers, index * LANES);
        }
    }

    /// @notice An AUDITOR: vouches for a fact about a machine, e.g. that the seal of its IoT box was inspected.
    function attest(bytes16 attestation, bytes16 machine, uint8 kind, bytes32 statement) external {
        require(attestation != 0 && _isCode(kind, AttestationKind.LAST) && statement != 0, INVALID_ARGUMENT(0));
        PartyWord auditor = _activeParty();
        _existingMachine(machine);
        require(!_attestations[attestation].exists(), ALREADY_EXISTS(0));
        require(auditor.has(Role.AUDITOR), NOT_AUTHORISED(0));

        _attestations[attestation] = AttestationWords.pack(auditor.party(), kind, _time());
        emit Attested(attestation, auditor.party(), machine, kind, statement, _time());
    }
}
