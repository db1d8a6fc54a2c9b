"""Machines: registration, the states of use, and changes of the agreement."""

from dataclasses import replace

from maas_core.protocol.commands import (
    AcceptChange,
    AcceptMachine,
    DeclineMachine,
    OfferChange,
    RegisterMachine,
    ResetMachine,
    StartMachine,
    StopMachine,
    WithdrawChange,
)
from maas_core.protocol.events import (
    ChangeAccepted,
    ChangeOffered,
    ChangeWithdrawn,
    MachineAccepted,
    MachineDeclined,
    MachineRegistered,
    MachineReset,
    MachineStarted,
    MachineStopped,
    MachineTerminated,
)
from maas_core.protocol.model.state import (
    State,
    active_party,
    engaged_party,
    existing,
    has_role,
    is_side,
    named_party,
    other_side,
    require_not_ahead,
    require_room,
)
from maas_core.protocol.records import AnchorHead, BillingHead, ChangeOffer, Machine, Party
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.states import (
    UNFINISHED,
    ChangeKind,
    MachineState,
    OfferState,
    Role,
    TicketKind,
)
from maas_core.protocol.types import ZERO_DIGEST

IN_USE = (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED)


def register_machine(state: State, command: RegisterMachine, sender: bytes, time: int) -> tuple[MachineRegistered]:
    require(command.oem != command.customer, Code.INVALID_ARGUMENT)
    registrar = active_party(state, sender)
    require(("machine", command.machine) not in state, Code.ALREADY_EXISTS)
    require(_may_register(registrar, command), Code.NOT_AUTHORISED)
    if registrar.party == command.oem:
        named_party(state, command.customer, Role.CUSTOMER)
    else:
        named_party(state, command.oem, Role.OEM)
    return (
        MachineRegistered(
            command.machine,
            command.oem,
            command.customer,
            registrar.party,
            command.machine_class,
            command.spec,
            command.terms,
            command.telemetry_interval,
            command.invoice_period,
        ),
    )


def _may_register(party: Party, command: RegisterMachine) -> bool:
    if party.party == command.oem:
        return has_role(party, Role.OEM)
    return party.party == command.customer and has_role(party, Role.CUSTOMER)


def accept_machine(state: State, command: AcceptMachine, sender: bytes, time: int) -> tuple[MachineAccepted]:
    party = active_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    require(party.party == other_side(machine, machine.registrar), Code.NOT_AUTHORISED)
    require(machine.state == MachineState.REGISTERED, Code.WRONG_STATE)
    require(command.version == machine.version, Code.STALE_VERSION)
    require(command.terms == machine.terms, Code.TERMS_MISMATCH)
    return (MachineAccepted(command.machine, machine.version + 1),)


def decline_machine(state: State, command: DeclineMachine, sender: bytes, time: int) -> tuple[MachineDeclined]:
    party = engaged_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    require(is_side(machine, party), Code.NOT_AUTHORISED)
    require(machine.state == MachineState.REGISTERED, Code.WRONG_STATE)
    require(command.version == machine.version, Code.STALE_VERSION)
    return (MachineDeclined(command.machine, machine.version + 1, party.party),)


def start_machine(state: State, command: StartMachine, sender: bytes, time: int) -> tuple[MachineStarted]:
    party = engaged_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    require(party.party == machine.customer, Code.NOT_AUTHORISED)
    require(machine.state in (MachineState.ACCEPTED, MachineState.STOPPED), Code.WRONG_STATE)
    require(command.version == machine.version, Code.STALE_VERSION)
    _require_business_time(state, machine, command.at, time)
    require_room(machine.version)
    return (MachineStarted(command.machine, machine.version + 1, command.at),)


def stop_machine(state: State, command: StopMachine, sender: bytes, time: int) -> tuple[MachineStopped]:
    party = engaged_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    require(party.party == machine.customer, Code.NOT_AUTHORISED)
    require(machine.state == MachineState.EXECUTED, Code.WRONG_STATE)
    require(command.version == machine.version, Code.STALE_VERSION)
    _require_business_time(state, machine, command.at, time)
    return (MachineStopped(command.machine, machine.version + 1, command.at, command.cause, command.evidence),)


def reset_machine(state: State, command: ResetMachine, sender: bytes, time: int) -> tuple[MachineReset]:
    party = engaged_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    require(party.party == machine.customer, Code.NOT_AUTHORISED)
    ticket = state.get(("ticket", command.machine, TicketKind.REACTIVE))
    require(machine.state == MachineState.STOPPED, Code.WRONG_STATE)
    require(ticket is None or ticket.state not in UNFINISHED, Code.WRONG_STATE)
    require(command.version == machine.version, Code.STALE_VERSION)
    _require_business_time(state, machine, command.at, time)
    return (MachineReset(command.machine, machine.version + 1, command.at),)


def _require_business_time(state: State, machine: Machine, at: int, time: int) -> None:
    require(at >= machine.last_at, Code.WINDOW_OVERLAP)
    require_not_ahead(state, at, time)


def offer_change(state: State, command: OfferChange, sender: bytes, time: int) -> tuple[ChangeOffered]:
    require(
        (command.terms == ZERO_DIGEST) == (command.kind == ChangeKind.TERMINATE),
        Code.INVALID_ARGUMENT,
    )
    party = active_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    require(("offer", command.machine, command.n) not in state, Code.ALREADY_EXISTS)
    require(is_side(machine, party), Code.NOT_AUTHORISED)
    require(machine.state in IN_USE, Code.WRONG_STATE)
    return (
        ChangeOffered(
            command.machine,
            command.n,
            party.party,
            command.kind,
            command.terms,
            command.effective_from,
        ),
    )


def accept_change(state: State, command: AcceptChange, sender: bytes, time: int) -> tuple[ChangeAccepted]:
    party = active_party(state, sender)
    offer = existing(state, ChangeOffer, ("offer", command.machine, command.n))
    machine: Machine = state["machine", command.machine]
    require(party.party == other_side(machine, offer.offerer), Code.NOT_AUTHORISED)
    require(offer.state == OfferState.OFFERED, Code.WRONG_STATE)
    require(machine.state in IN_USE, Code.WRONG_STATE)
    if offer.kind == ChangeKind.TERMINATE:
        require(machine.state != MachineState.EXECUTED, Code.WRONG_STATE)
    else:
        billing: BillingHead = state["billing_head", command.machine]
        require(offer.effective_from >= billing.billed_to, Code.PERIOD_MISMATCH)
        require_room(machine.version)
    return (
        ChangeAccepted(
            command.machine,
            command.n,
            machine.version + 1,
            offer.kind,
            offer.terms,
            offer.effective_from,
        ),
    )


def withdraw_change(state: State, command: WithdrawChange, sender: bytes, time: int) -> tuple[ChangeWithdrawn]:
    party = engaged_party(state, sender)
    offer = existing(state, ChangeOffer, ("offer", command.machine, command.n))
    require(party.party == offer.offerer, Code.NOT_AUTHORISED)
    require(offer.state == OfferState.OFFERED, Code.WRONG_STATE)
    return (ChangeWithdrawn(command.machine, command.n),)


# Folds


def machine_registered(state: State, event: MachineRegistered) -> State:
    machine = Machine(
        machine=event.machine,
        oem=event.oem,
        customer=event.customer,
        registrar=event.registrar,
        machine_class=event.machine_class,
        state=MachineState.REGISTERED,
        version=1,
        terms=event.terms,
        last_at=0,
        spec=event.spec,
        telemetry_interval=event.telemetry_interval,
        invoice_period=event.invoice_period,
    )
    return state.set(("machine", event.machine), machine)


def machine_accepted(state: State, event: MachineAccepted) -> State:
    machine = state["machine", event.machine]
    accepted = replace(machine, state=MachineState.ACCEPTED, version=event.version)
    return (
        state.set(("machine", event.machine), accepted)
        .set(("anchor_head", event.machine), AnchorHead(event.machine, machine.customer, 0, 0, 0))
        .set(("billing_head", event.machine), BillingHead(event.machine, 0, 0, 0))
    )


def machine_declined(state: State, event: MachineDeclined) -> State:
    machine = state["machine", event.machine]
    declined = replace(machine, state=MachineState.DECLINED, version=event.version)
    return state.set(("machine", event.machine), declined)


def machine_started(state: State, event: MachineStarted) -> State:
    return _moved(state, event, MachineState.EXECUTED)


def machine_stopped(state: State, event: MachineStopped) -> State:
    return _moved(state, event, MachineState.STOPPED)


def machine_reset(state: State, event: MachineReset) -> State:
    return _moved(state, event, MachineState.ACCEPTED)


def _moved(state: State, event: MachineStarted | MachineStopped | MachineReset, to: MachineState) -> State:
    machine = replace(state["machine", event.machine], state=to, version=event.version, last_at=event.at)
    return state.set(("machine", event.machine), machine)


def machine_terminated(state: State, event: MachineTerminated) -> State:
    machine = state["machine", event.machine]
    terminated = replace(machine, state=MachineState.TERMINATED, version=event.version)
    changed = state.set(("machine", event.machine), terminated)
    head = state.get(("anchor_head", event.machine))
    if head is None:
        return changed
    return changed.set(("anchor_head", event.machine), replace(head, closed=1))


def change_offered(state: State, event: ChangeOffered) -> State:
    offer = ChangeOffer(
        machine=event.machine,
        n=event.n,
        offerer=event.offerer,
        kind=event.kind,
        state=OfferState.OFFERED,
        terms=event.terms,
        effective_from=event.effective_from,
    )
    return state.set(("offer", event.machine, event.n), offer)


def change_accepted(state: State, event: ChangeAccepted) -> State:
    offer = replace(state["offer", event.machine, event.n], state=OfferState.ACCEPTED)
    machine = state["machine", event.machine]
    if event.kind == ChangeKind.AMEND:
        changed = replace(machine, terms=event.terms, version=event.version)
    else:
        changed = replace(machine, state=MachineState.TERMINATING, version=event.version)
    return state.set(("offer", event.machine, event.n), offer).set(("machine", event.machine), changed)


def change_withdrawn(state: State, event: ChangeWithdrawn) -> State:
    offer = replace(state["offer", event.machine, event.n], state=OfferState.WITHDRAWN)
    return state.set(("offer", event.machine, event.n), offer)
