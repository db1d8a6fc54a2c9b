"""Governance: what a proposal's action does, and whether it can be done."""

from collections.abc import Callable
from dataclasses import replace

from maas_core.protocol.commands import Action
from maas_core.protocol.events import (
    DeploymentRetired,
    Event,
    MachineTerminated,
    PartyInvited,
    PartyRebound,
    PartyReinstated,
    PartyRemoved,
    PartyRolesSet,
    PartySuspended,
    RuleSet,
)
from maas_core.protocol.model.state import (
    State,
    deployment,
    existing,
    is_active_as,
    is_side,
    require_room,
)
from maas_core.protocol.records import Machine, Party
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.rules import domain
from maas_core.protocol.states import ActionKind, MachineState, PartyState, Role, Rule
from maas_core.protocol.types import MAX_BOARD, MAX_PARTIES, ZERO_DIGEST

USED_FIELDS: dict[ActionKind, frozenset[str]] = {
    ActionKind.INVITE: frozenset({"party", "identity", "roles"}),
    ActionKind.SET_ROLES: frozenset({"party", "roles"}),
    ActionKind.SUSPEND: frozenset({"party"}),
    ActionKind.REINSTATE: frozenset({"party"}),
    ActionKind.REMOVE: frozenset({"party"}),
    ActionKind.REBIND: frozenset({"party", "identity"}),
    ActionKind.SET_RULE: frozenset({"rule"}),
    ActionKind.CLOSE_OUT: frozenset({"party", "data"}),
    ActionKind.RETIRE: frozenset({"data"}),
}
"""A field that the kind uses is not zero, any other is; SET_RULE's value has the domain of its rule."""


def is_consistent(action: Action) -> bool:
    """Whether an action has exactly the fields of its kind."""
    filled = {
        "party": action.party != 0,
        "identity": action.identity != ZERO_DIGEST,
        "roles": action.roles != 0,
        "rule": action.rule != 0,
        "data": action.data != ZERO_DIGEST,
    }
    if {name for name, is_filled in filled.items() if is_filled} != USED_FIELDS[ActionKind(action.kind)]:
        return False
    if action.kind == ActionKind.SET_RULE:
        accepted = domain(Rule(action.rule))
        return accepted.low <= action.value <= accepted.high
    if action.kind == ActionKind.CLOSE_OUT and any(action.data[16:]):
        return False
    return action.value == 0


def effect_of(state: State, action: Action) -> Event:
    """The event that the action leads to now; raises `Rejected` if it cannot be done now."""
    return EFFECTS[ActionKind(action.kind)](state, action)


def _invite(state: State, action: Action) -> PartyInvited:
    require(("party", action.party) not in state, Code.ALREADY_EXISTS)
    require(("identity", action.identity) not in state, Code.ALREADY_EXISTS)
    require(deployment(state).parties < MAX_PARTIES, Code.LIMIT_EXCEEDED)
    return PartyInvited(action.party, action.identity, action.roles)


def _set_roles(state: State, action: Action) -> PartyRolesSet:
    party = _party(state, action)
    require(party.state != PartyState.REMOVED, Code.WRONG_STATE)
    require_board(state, party, replace(party, roles=action.roles))
    require_room(party.version)
    return PartyRolesSet(party.party, party.version + 1, action.roles)


def _suspend(state: State, action: Action) -> PartySuspended:
    party = _party(state, action)
    require(party.state == PartyState.ACTIVE, Code.WRONG_STATE)
    require_board(state, party, replace(party, state=PartyState.SUSPENDED))
    return PartySuspended(party.party, party.version + 1)


def _reinstate(state: State, action: Action) -> PartyReinstated:
    party = _party(state, action)
    require(party.state == PartyState.SUSPENDED, Code.WRONG_STATE)
    require_board(state, party, replace(party, state=PartyState.ACTIVE))
    require_room(party.version)
    return PartyReinstated(party.party, party.version + 1)


def _remove(state: State, action: Action) -> PartyRemoved:
    party = _party(state, action)
    require(party.state != PartyState.REMOVED, Code.WRONG_STATE)
    require_board(state, party, replace(party, state=PartyState.REMOVED))
    return PartyRemoved(party.party, party.version + 1)


def _rebind(state: State, action: Action) -> PartyRebound:
    party = _party(state, action)
    require(("identity", action.identity) not in state, Code.ALREADY_EXISTS)
    require_room(party.version)
    return PartyRebound(party.party, party.version + 1, action.identity)


def _party(state: State, action: Action) -> Party:
    return existing(state, Party, ("party", action.party))


def _set_rule(state: State, action: Action) -> RuleSet:
    if action.rule == Rule.QUORUM:
        require(action.value <= deployment(state).board, Code.INVALID_ARGUMENT)
    return RuleSet(action.rule, action.value)


def _close_out(state: State, action: Action) -> MachineTerminated:
    machine_id = action.data[:16]
    machine = existing(state, Machine, ("machine", machine_id))
    party = existing(state, Party, ("party", action.party))
    require(party.state == PartyState.REMOVED, Code.WRONG_STATE)
    require(machine.state not in (MachineState.DECLINED, MachineState.TERMINATED), Code.WRONG_STATE)
    require(is_side(machine, party), Code.INVALID_ARGUMENT)
    return MachineTerminated(machine_id, machine.version + 1)


def _retire(state: State, action: Action) -> DeploymentRetired:
    return DeploymentRetired(action.data)


EFFECTS: dict[ActionKind, Callable[[State, Action], Event]] = {
    ActionKind.INVITE: _invite,
    ActionKind.SET_ROLES: _set_roles,
    ActionKind.SUSPEND: _suspend,
    ActionKind.REINSTATE: _reinstate,
    ActionKind.REMOVE: _remove,
    ActionKind.REBIND: _rebind,
    ActionKind.SET_RULE: _set_rule,
    ActionKind.CLOSE_OUT: _close_out,
    ActionKind.RETIRE: _retire,
}


def require_board(state: State, before: Party, after: Party) -> None:
    """Keep the number of active BOARD parties between the quorum and the most that there may be."""
    now = deployment(state)
    board = now.board + sits_on_board(after) - sits_on_board(before)
    require(board <= MAX_BOARD, Code.LIMIT_EXCEEDED)
    require(board >= now.rules.quorum, Code.INVALID_ARGUMENT)


def sits_on_board(party: Party) -> bool:
    """Whether a party's vote counts."""
    return is_active_as(party, Role.BOARD)
