"""The state of a deployment: a persistent map from keys to records, and the look-ups that the checks use.

Besides records the map holds ("identity", identity) -> PartyId, by which a sender is known.
"""

from typing import Any, Protocol, TypeVar, overload

from immutables import Map

from maas_core.protocol.records import Deployment, Key, Machine, Party, Record
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import DeploymentState, PartyState, Role
from maas_core.protocol.types import VERSION_LIMIT


class State(Protocol):
    """Immutable; a changed copy shares all that did not change, so a provisional view costs what it changes."""

    @overload
    def get(self, key: Key, /) -> Any: ...

    @overload
    def get(self, key: Key, default: Any, /) -> Any: ...

    def __getitem__(self, key: Key, /) -> Any:
        """What is under `key`; raises `KeyError`."""

    def __contains__(self, key: object, /) -> bool:
        """Whether anything is under `key`."""

    def set(self, key: Key, value: Any, /) -> "State":
        """A copy with `value` under `key`."""

    def delete(self, key: Key, /) -> "State":
        """A copy without `key`."""


EMPTY: Map[Key, Any] = Map()
"""The state before `Found`; as a map it can also be counted and listed."""

DEPLOYMENT: Key = ("deployment",)

R = TypeVar("R", bound=Record)


def existing(state: State, record: type[R], key: Key, item: int = 0) -> R:
    """The record under `key`, else UNKNOWN_RECORD."""
    found: R | None = state.get(key)
    require(found is not None, Code.UNKNOWN_RECORD, item)
    assert found is not None
    return found


def deployment(state: State) -> Deployment:
    """The deployment; only called once a sender is known, which takes a founded one."""
    found: Deployment = state[DEPLOYMENT]
    return found


def rules(state: State) -> Rules:
    """The rules in force."""
    return deployment(state).rules


def known_party(state: State, sender: bytes) -> Party:
    """The sender in any state: NOT_AUTHORISED if unknown, WRONG_STATE in a retired deployment."""
    number: int = state.get(("identity", sender), 0)
    require(number != 0, Code.NOT_AUTHORISED)
    require(deployment(state).state == DeploymentState.ACTIVE, Code.WRONG_STATE)
    party: Party = state["party", number]
    return party


def active_party(state: State, sender: bytes) -> Party:
    """The sender of a new commitment: NOT_ACTIVE unless ACTIVE."""
    party = known_party(state, sender)
    require(party.state == PartyState.ACTIVE, Code.NOT_ACTIVE)
    return party


def engaged_party(state: State, sender: bytes) -> Party:
    """The sender of what it is obliged to: NOT_ACTIVE unless ACTIVE or SUSPENDED."""
    party = known_party(state, sender)
    require(is_engaged(party), Code.NOT_ACTIVE)
    return party


def is_engaged(party: Party) -> bool:
    """Whether a party can fulfil obligations."""
    return party.state in (PartyState.ACTIVE, PartyState.SUSPENDED)


def named_party(state: State, number: int, role: Role) -> Party:
    """A party that the command names for a role: UNKNOWN_RECORD, NOT_ACTIVE, INVALID_ARGUMENT in this order."""
    party = existing(state, Party, ("party", number))
    require(party.state == PartyState.ACTIVE, Code.NOT_ACTIVE)
    require(has_role(party, role), Code.INVALID_ARGUMENT)
    return party


def has_role(party: Party, role: Role) -> bool:
    """Whether a party holds a role."""
    return party.roles & role != 0


def is_active_as(party: Party, role: Role) -> bool:
    """Whether a party holds a role and may act in it."""
    return party.state == PartyState.ACTIVE and has_role(party, role)


def other_side(machine: Machine, side: int) -> int:
    """The party that faces `side` in an agreement."""
    return machine.customer if side == machine.oem else machine.oem


def is_side(machine: Machine, party: Party) -> bool:
    """Whether a party is the OEM or the customer of a machine."""
    return party.party in (machine.oem, machine.customer)


def require_room(version: int) -> None:
    """Refuse a change that could be repeated for ever once the versions run out; changes that end stay possible."""
    require(version < VERSION_LIMIT, Code.LIMIT_EXCEEDED)


def require_not_ahead(state: State, at: int, time: int) -> None:
    """Refuse a business time further ahead of the ledger's than the clock bound."""
    require(at <= time or at <= time + rules(state).clock_bound, Code.LIMIT_EXCEEDED)
