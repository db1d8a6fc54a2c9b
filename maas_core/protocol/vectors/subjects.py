"""Which records a command is about, what state they are in, and which cells of the coverage table exist."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.model import State
from maas_core.protocol.records import Key
from maas_core.protocol.schema import fields_of
from maas_core.protocol.states import (
    ActionKind,
    BidState,
    DeploymentState,
    InvoiceKind,
    InvoiceState,
    MachineState,
    OfferState,
    PartyState,
    ProposalState,
    Role,
    TicketState,
)
from maas_core.protocol.wire import command_name

NONE = "none"
UNKNOWN = "unknown"
SEVERAL = "several"
ROLES = (*(role.name or "" for role in Role), SEVERAL, UNKNOWN)
"""Who sends: a party with exactly one role, with several, or nobody known."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A command from a role while a record that it is about is in a state."""

    command: str
    subject: str
    state: str
    role: str

    def __str__(self) -> str:
        return f"{self.command} | {self.subject} {self.state} | {self.role}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that a command is about; `key` is None if this command is not about such a record."""

    name: str
    states: type[IntEnum]
    key: Callable[[State, Any, bytes], Key | None]
    is_senders: bool = False
    """The record is the sender's own, so that it is missing exactly when the sender is unknown."""


def _sender(state: State, _command: Any, sender: bytes) -> Key:
    return ("party", state.get(("identity", sender), 0))


def _bid(state: State, command: Any, sender: bytes) -> Key:
    return ("bid", command.machine, command.kind, command.n, state.get(("identity", sender), 0))


def _anchored(_state: State, command: Any, _sender: bytes) -> Key:
    return ("machine", command.items[0].machine)


def _target(_state: State, command: Any, _sender: bytes) -> Key | None:
    about_party = command.action.kind not in (ActionKind.SET_RULE, ActionKind.RETIRE)
    return ("party", command.action.party) if about_party else None


def _closed_out(_state: State, command: Any, _sender: bytes) -> Key | None:
    about_machine = command.action.kind == ActionKind.CLOSE_OUT
    return ("machine", command.action.data[:16]) if about_machine else None


def _billed(_state: State, command: Any, _sender: bytes) -> Key | None:
    return None if command.kind == InvoiceKind.SERVICE else ("machine", command.machine)


def _served(_state: State, command: Any, _sender: bytes) -> Key | None:
    return ("party", command.payer) if command.kind == InvoiceKind.SERVICE else None


def _named(kind: str, *fields: str) -> Callable[[State, Any, bytes], Key | None]:
    return lambda _state, command, _sender: (kind, *(getattr(command, field) for field in fields))


MACHINE = Subject("machine", MachineState, _named("machine", "machine"))
OFFER = Subject("offer", OfferState, _named("offer", "machine", "n"))
INVOICE = Subject("invoice", InvoiceState, _named("invoice", "invoice"))
TICKET = Subject("ticket", TicketState, _named("ticket", "machine", "kind"))
BID = Subject("bid", BidState, _bid)
SENDER = Subject("party", PartyState, _sender, is_senders=True)
MAINTAINER = Subject("party", PartyState, _named("party", "maintainer"))

SUBJECTS: dict[type[Command], tuple[Subject, ...]] = {
    c.Found: (Subject("deployment", DeploymentState, _named("deployment")),),
    c.Propose: (Subject("party", PartyState, _target), Subject("machine", MachineState, _closed_out)),
    c.Approve: (Subject("proposal", ProposalState, _named("proposal", "proposal")),),
    c.Join: (SENDER,),
    c.UpdateProfile: (SENDER,),
    c.Accredit: (MAINTAINER,),
    c.WithdrawAccreditation: (MAINTAINER,),
    c.Attest: (MACHINE,),
    c.AnchorTelemetry: (Subject("machine", MachineState, _anchored),),
    c.OfferChange: (MACHINE, OFFER),
    c.AcceptChange: (MACHINE, OFFER),
    c.WithdrawChange: (MACHINE, OFFER),
    c.IssueInvoice: (Subject("machine", MachineState, _billed), Subject("party", PartyState, _served)),
    c.OpenTicket: (MACHINE, TICKET),
    c.Bid: (TICKET, BID),
    c.CommitBid: (TICKET, BID),
    c.RevealBid: (TICKET, BID),
}


def subjects_of(command: type[Command]) -> tuple[Subject, ...]:
    """The subjects of a command: those listed, else the record that its first fields name."""
    if command in SUBJECTS:
        return SUBJECTS[command]
    fields = [spec.name for spec in fields_of(command)]
    if "invoice" in fields:
        return (INVOICE,)
    return (TICKET,) if "n" in fields else (MACHINE,)


def cells_of(state: State, command: Command, sender: bytes) -> Iterator[Cell]:
    """The cells that a command falls into; a known sender counts if it is ACTIVE, or if it is the subject."""
    for subject in subjects_of(type(command)):
        key = subject.key(state, command, sender)
        if key is None:
            continue
        record = state.get(key)
        value = NONE if record is None else subject.states(record.state).name
        if role := _role(state, sender, subject):
            yield Cell(command_name(type(command)), subject.name, value, role)


def _role(state: State, sender: bytes, subject: Subject) -> str:
    number = state.get(("identity", sender))
    if number is None:
        return UNKNOWN
    party = state["party", number]
    if party.state != PartyState.ACTIVE and not subject.is_senders:
        return ""
    return Role(party.roles).name or SEVERAL if party.roles in tuple(Role) else SEVERAL


def all_cells() -> tuple[Cell, ...]:
    """Every cell that exists."""
    return tuple(cell for command in COMMANDS for subject in subjects_of(command) for cell in _cells(command, subject))


def _cells(command: type[Command], subject: Subject) -> Iterator[Cell]:
    name = command_name(command)
    for state in (NONE, *(one.name for one in subject.states)):
        for role in ROLES:
            if _exists(command, subject, state, role):
                yield Cell(name, subject.name, state, role)


def _exists(command: type[Command], subject: Subject, state: str, role: str) -> bool:
    if subject.is_senders:
        return (state == NONE) == (role == UNKNOWN)
    if command is c.Found:
        return state != NONE or role == UNKNOWN
    if subject is BID:
        return state == NONE or role in (Role.MAINTAINER.name, SEVERAL)
    return True
