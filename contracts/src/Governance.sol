// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ALL_ROLES,
    Action,
    ActionKind,
    MAX_ANCHOR_ITEMS,
    MAX_BOARD,
    MAX_PARTIES,
    MachineState,
    PartyState,
    Rule
} from "./Protocol.sol";
import {MachineSlots, State} from "./State.sol";
import {DeploymentWord} from "./words/DeploymentWord.sol";
import {MachineWord} from "./words/MachineWord.sol";
import {PartyWord, PartyWords} from "./words/PartyWord.sol";
import {StandingWords} from "./words/StandingWord.sol";

uint256 constant USES_PARTY = 1;
uint256 constant USES_IDENTITY = 2;
uint256 constant USES_ROLES = 4;
uint256 constant USES_RULE = 8;
uint256 constant USES_DATA = 16;
// Byte k: the fields that an action of kind k uses; these are not zero in it, and all others are.
uint256 constant USED_FIELDS = ((USES_PARTY | USES_IDENTITY | USES_ROLES) << (8 * 1)) // INVITE
    | ((USES_PARTY | USES_ROLES) << (8 * 2)) // SET_ROLES
    | (USES_PARTY << (8 * 3)) // SUSPEND
    | (USES_PARTY << (8 * 4)) // REINSTATE
    | (USES_PARTY << (8 * 5)) // REMOVE
    | ((USES_PARTY | USES_IDENTITY) << (8 * 6)) // REBIND
    | (USES_RULE << (8 * 7)) // SET_RULE
    | ((USES_PARTY | USES_DATA) << (8 * 8)) // CLOSE_OUT
    | (USES_DATA << (8 * 9)); // RETIRE

// Bits 32 r to 32 r + 31: the least and the greatest value of rule r.
uint256 constant LOW_OF_RULES = (1 << 32) | (60 << 64) | (1 << 96) | (1 << 128) | (60 << 160);
uint256 constant HIGH_OF_RULES = (MAX_BOARD << 32) | (31_536_000 << 64) | (MAX_ANCHOR_ITEMS << 96) | (86_400 << 128)
    | (31_536_000 << 160) | (65_535 << 192);

/// @title What a proposal's action does, and whether it can be done
abstract contract Governance is State {
    /// Whether an action has exactly the fields of its kind, each in its domain.
    function _isConsistent(Action memory action) internal pure returns (bool) {
        uint256 kind = action.kind;
        if (action.roles > ALL_ROLES) return false;
        uint256 filled = action.party == 0 ? 0 : USES_PARTY;
        if (action.identity != 0) filled |= USES_IDENTITY;
        if (action.roles != 0) filled |= USES_ROLES;
        if (action.rule != 0) filled |= USES_RULE;
        if (action.data != 0) filled |= USES_DATA;
        if (filled != uint8(USED_FIELDS >> (kind << 3)) || kind == 0 || kind > ActionKind.RETIRE) return false;
        if (kind == ActionKind.SET_RULE) return _isAccepted(action.rule, action.value);
        if (kind == ActionKind.CLOSE_OUT && uint128(uint256(action.data)) != 0) return false;
        return action.value == 0;
    }

    /// Whether a value is in the domain of a rule.
    function _isAccepted(uint256 rule, uint256 value) internal pure returns (bool) {
        uint256 low = uint32(LOW_OF_RULES >> (rule << 5));
        uint256 high = uint32(HIGH_OF_RULES >> (rule << 5));
        return rule <= Rule.FINALITY_DEPTH && value >= low && value <= high;
    }

    /// Whether the action can be done now; with `execute` it is done.
    function _effectOf(Action memory action, bool execute) internal {
        uint8 kind = action.kind;
        if (kind == ActionKind.INVITE) return _invite(action, execute);
        if (kind == ActionKind.SET_RULE) return _setRule(action, execute);
        if (kind == ActionKind.CLOSE_OUT) return _closeOut(action, execute);
        if (kind == ActionKind.RETIRE) return _retire(action, execute);
        (bytes32 identity, PartyWord party) = _existingParty(action.party);
        if (kind == ActionKind.REBIND) return _rebind(identity, party, action.identity, execute);
        PartyWord changed;
        if (kind == ActionKind.SET_ROLES) changed = _setRoles(party, action.roles);
        else if (kind == ActionKind.SUSPEND) changed = _suspend(party);
        else if (kind == ActionKind.REINSTATE) changed = _reinstate(party);
        else changed = _remove(party);
        DeploymentWord deployment = _requireBoard(party, changed);
        if (kind == ActionKind.SET_ROLES || kind == ActionKind.REINSTATE) _requireRoom(party.version());
        if (!execute) return;

        _parties[identity] = changed;
        _deployment = deployment;
        if (kind == ActionKind.SET_ROLES) emit PartyRolesSet(changed.party(), changed.version(), changed.roles());
        else if (kind == ActionKind.SUSPEND) emit PartySuspended(changed.party(), changed.version());
        else if (kind == ActionKind.REINSTATE) emit PartyReinstated(changed.party(), changed.version());
        else emit PartyRemoved(changed.party(), changed.version());
    }

    function _invite(Action memory action, bool execute) private {
        require(_identities[action.party] == 0, ALREADY_EXISTS(0));
        require(!_parties[action.identity].exists(), ALREADY_EXISTS(0));
        DeploymentWord deployment = _deployment;
        require(deployment.parties() < MAX_PARTIES, LIMIT_EXCEEDED(0));
        if (!execute) return;

        uint16 party = action.party;
        _parties[action.identity] = PartyWords.pack(party, PartyState.INVITED, action.roles, deployment.lastParty());
        _identities[party] = action.identity;
        _standings[party] = StandingWords.empty();
        _deployment = deployment.withParty(party);
        emit PartyInvited(party, action.identity, action.roles);
    }

    function _setRoles(PartyWord party, uint8 roles) private pure returns (PartyWord) {
        require(party.state() != PartyState.REMOVED, WRONG_STATE(0));
        return party.withRoles(roles).bumped();
    }

    function _suspend(PartyWord party) private pure returns (PartyWord) {
        require(party.state() == PartyState.ACTIVE, WRONG_STATE(0));
        return party.moved(PartyState.SUSPENDED);
    }

    function _reinstate(PartyWord party) private pure returns (PartyWord) {
        require(party.state() == PartyState.SUSPENDED, WRONG_STATE(0));
        return party.moved(PartyState.ACTIVE);
    }

    function _remove(PartyWord party) private pure returns (PartyWord) {
        require(party.state() != PartyState.REMOVED, WRONG_STATE(0));
        return party.moved(PartyState.REMOVED);
    }

    function _rebind(bytes32 before, PartyWord party, bytes32 identity, bool execute) private {
        require(!_parties[identity].exists(), ALREADY_EXISTS(0));
        _requireRoom(party.version());
        if (!execute) return;

        party = party.bumped();
        _parties[before] = PartyWord.wrap(0);
        _parties[identity] = party;
        _identities[party.party()] = identity;
        emit PartyRebound(party.party(), party.version(), identity);
    }

    function _setRule(Action memory action, bool execute) private {
        DeploymentWord deployment = _deployment;
        if (action.rule == Rule.QUORUM) require(action.value <= deployment.board(), INVALID_ARGUMENT(0));
        if (!execute) return;

        _deployment = deployment.withRule(action.rule, action.value);
        emit RuleSet(action.rule, action.value);
    }

    function _closeOut(Action memory action, bool execute) private {
        bytes16 id = bytes16(action.data);
        (MachineSlots storage slots, MachineWord machine) = _existingMachine(id);
        (, PartyWord party) = _existingParty(action.party);
        require(party.state() == PartyState.REMOVED, WRONG_STATE(0));
        uint8 state = machine.state();
        require(state != MachineState.DECLINED && state != MachineState.TERMINATED, WRONG_STATE(0));
        require(machine.isSide(party.party()), INVALID_ARGUMENT(0));
        if (execute) _terminate(slots, id, machine);
    }

    /// Retiring marks every party, so that no later command has to read the deployment to be refused.
    function _retire(Action memory action, bool execute) private {
        if (!execute) return;

        _deployment = _deployment.retired();
        for (uint16 number = _deployment.lastParty(); number != 0;) {
            bytes32 identity = _identities[number];
            PartyWord party = _parties[identity];
            _parties[identity] = party.withRetired();
            number = party.previous();
        }
        emit DeploymentRetired(action.data);
    }

    /// Keep the number of active BOARD parties between the quorum and the most that there may be.
    function _requireBoard(PartyWord before, PartyWord changed) internal view returns (DeploymentWord deployment) {
        deployment = _deployment;
        uint256 board = deployment.board();
        if (changed.sitsOnBoard()) board += 1;
        if (before.sitsOnBoard()) board -= 1;
        require(board <= MAX_BOARD, LIMIT_EXCEEDED(0));
        require(board >= deployment.quorum(), INVALID_ARGUMENT(0));
        deployment = deployment.withBoard(board);
    }
}
