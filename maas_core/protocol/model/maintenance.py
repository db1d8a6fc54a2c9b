"""Maintenance: tickets from opening to closing, and the standing that closed tickets give."""

from dataclasses import replace

from maas_core.protocol.commands import (
    AcceptTicket,
    CancelTicket,
    CloseTicket,
    CompleteTicket,
    OpenTicket,
    ReleaseTicket,
    ReopenTicket,
    Selection,
)
from maas_core.protocol.events import (
    Event,
    MisbehaviourCounted,
    TicketAccepted,
    TicketAwarded,
    TicketCancelled,
    TicketClosed,
    TicketCompleted,
    TicketOpened,
    TicketReleased,
    TicketReopened,
)
from maas_core.protocol.model.consortium import MAX_COUNT
from maas_core.protocol.model.state import (
    State,
    active_party,
    engaged_party,
    existing,
    has_role,
    is_side,
    require_room,
    rules,
)
from maas_core.protocol.records import Machine, Party, Standing, Ticket
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.states import (
    UNFINISHED,
    MachineState,
    Misbehaviour,
    Role,
    SelectionPolicy,
    TicketKind,
    TicketState,
)
from maas_core.protocol.types import MAX_ACCREDITED, MAX_TICKETS

FIRST_COME = Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
SERVICEABLE = (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED)


def open_ticket(state: State, command: OpenTicket, sender: bytes, time: int) -> tuple[TicketOpened]:
    require(_is_consistent(command.selection, command.deadline), Code.INVALID_ARGUMENT)
    opener = active_party(state, sender)
    machine = existing(state, Machine, ("machine", command.machine))
    last: Ticket | None = state.get(("ticket", command.machine, command.kind))
    last_n, now = (last.n, max(time, last.time)) if last else (0, time)
    require(command.n > last_n, Code.ALREADY_EXISTS)
    require(is_side(machine, opener), Code.NOT_AUTHORISED)
    if command.kind == TicketKind.REACTIVE:
        require(machine.state == MachineState.STOPPED, Code.WRONG_STATE)
    require(machine.state in SERVICEABLE, Code.WRONG_STATE)
    require(last is None or last.state not in UNFINISHED, Code.WRONG_STATE)
    require(command.n == last_n + 1, Code.SEQUENCE_GAP)
    require(command.n <= MAX_TICKETS, Code.LIMIT_EXCEEDED)
    require(command.payer in (machine.oem, machine.customer), Code.INVALID_ARGUMENT)
    require(_bids_until(command) > now, Code.INVALID_ARGUMENT)
    return (
        TicketOpened(
            command.machine,
            command.kind,
            command.n,
            opener.party,
            command.selection,
            command.work,
            command.deadline,
            command.payer,
            now,
        ),
    )


def _is_consistent(selection: Selection, deadline: int) -> bool:
    if selection.policy == SelectionPolicy.FCFS:
        return selection == FIRST_COME
    weights = selection.price_weight + selection.time_weight + selection.reputation_weight + selection.proximity_weight
    if weights != 10_000:
        return False
    if selection.policy == SelectionPolicy.SCORED:
        sealed_only = selection.commit_until or selection.reveal_until
        return not sealed_only and selection.award_at < deadline and selection.award_from <= MAX_ACCREDITED
    open_only = selection.award_at or selection.award_from
    return not open_only and selection.commit_until < selection.reveal_until < deadline


def _bids_until(command: OpenTicket) -> int:
    match command.selection.policy:
        case SelectionPolicy.SCORED:
            return command.selection.award_at
        case SelectionPolicy.SEALED:
            return command.selection.commit_until
        case _:
            return command.deadline


def current_ticket(state: State, machine: bytes, kind: int, n: int) -> Ticket:
    """The last ticket of its kind, if the command means that one: later is UNKNOWN_RECORD, older WRONG_STATE."""
    ticket = existing(state, Ticket, ("ticket", machine, kind))
    require(n <= ticket.n, Code.UNKNOWN_RECORD)
    require(n == ticket.n, Code.WRONG_STATE)
    return ticket


def accept_ticket(state: State, command: AcceptTicket, sender: bytes, time: int) -> tuple[TicketAccepted]:
    maintainer = active_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    require(has_role(maintainer, Role.MAINTAINER), Code.NOT_AUTHORISED)
    require_open(ticket, SelectionPolicy.FCFS)
    require(command.version == ticket.version, Code.STALE_VERSION)
    require(is_accredited(state, ticket, maintainer), Code.NOT_ACCREDITED)
    require_room(ticket.version)
    return (
        TicketAccepted(
            command.machine,
            command.kind,
            command.n,
            ticket.version + 1,
            maintainer.party,
            max(time, ticket.time),
        ),
    )


def require_open(ticket: Ticket, policy: SelectionPolicy) -> None:
    require(ticket.state == TicketState.OPEN and ticket.selection.policy == policy, Code.WRONG_STATE)


def is_accredited(state: State, ticket: Ticket, maintainer: Party) -> bool:
    return maintainer.party in accredited(state, ticket)


def accredited(state: State, ticket: Ticket) -> tuple[int, ...]:
    accreditation = state.get(("accreditation", ticket.oem, ticket.machine_class))
    return accreditation.maintainers if accreditation else ()


def release_ticket(state: State, command: ReleaseTicket, sender: bytes, time: int) -> tuple[Event, ...]:
    party = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    require(party.party in (ticket.assignee, ticket.opener), Code.NOT_AUTHORISED)
    require(ticket.state == TicketState.ASSIGNED, Code.WRONG_STATE)
    require(command.version == ticket.version, Code.STALE_VERSION)
    now = max(time, ticket.time)
    by_assignee = party.party == ticket.assignee
    require(by_assignee or now >= ticket.deadline, Code.NOT_AUTHORISED)
    released = TicketReleased(command.machine, command.kind, command.n, ticket.version + 1, party.party, now)
    if by_assignee or ticket.time >= ticket.deadline:
        return (released,)
    return (released, MisbehaviourCounted(ticket.assignee, Misbehaviour.MISSED_DEADLINE))


def complete_ticket(state: State, command: CompleteTicket, sender: bytes, time: int) -> tuple[TicketCompleted]:
    party = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    require(party.party == ticket.assignee, Code.NOT_AUTHORISED)
    require(ticket.state == TicketState.ASSIGNED, Code.WRONG_STATE)
    require(command.version == ticket.version, Code.STALE_VERSION)
    now = max(time, ticket.time)
    return (TicketCompleted(command.machine, command.kind, command.n, ticket.version + 1, command.report, now),)


def reopen_ticket(state: State, command: ReopenTicket, sender: bytes, time: int) -> tuple[TicketReopened]:
    party = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    require(party.party == ticket.opener, Code.NOT_AUTHORISED)
    require(ticket.state == TicketState.COMPLETED, Code.WRONG_STATE)
    require(command.version == ticket.version, Code.STALE_VERSION)
    require_room(ticket.version)
    now = max(time, ticket.time)
    return (TicketReopened(command.machine, command.kind, command.n, ticket.version + 1, command.reason, now),)


def close_ticket(state: State, command: CloseTicket, sender: bytes, time: int) -> tuple[TicketClosed]:
    party = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    require(party.party in (ticket.opener, ticket.assignee), Code.NOT_AUTHORISED)
    require(ticket.state == TicketState.COMPLETED, Code.WRONG_STATE)
    require(command.version == ticket.version, Code.STALE_VERSION)
    now = max(time, ticket.time)
    require(command.rating == 0 or party.party != ticket.assignee, Code.INVALID_ARGUMENT)
    if party.party != ticket.opener:
        require(now >= ticket.time + rules(state).close_after, Code.NOT_AUTHORISED)
    return (
        TicketClosed(
            command.machine,
            command.kind,
            command.n,
            ticket.version + 1,
            ticket.assignee,
            command.rating,
            ticket.assigned_at - ticket.open_since,
            ticket.time - ticket.open_since,
            now,
        ),
    )


def cancel_ticket(state: State, command: CancelTicket, sender: bytes, time: int) -> tuple[TicketCancelled]:
    party = engaged_party(state, sender)
    ticket = current_ticket(state, command.machine, command.kind, command.n)
    require(party.party == ticket.opener, Code.NOT_AUTHORISED)
    require(ticket.state == TicketState.OPEN, Code.WRONG_STATE)
    require(command.version == ticket.version, Code.STALE_VERSION)
    now = max(time, ticket.time)
    return (TicketCancelled(command.machine, command.kind, command.n, ticket.version + 1, now),)


# Folds


def ticket_opened(state: State, event: TicketOpened) -> State:
    machine = state["machine", event.machine]
    ticket = Ticket(
        machine=event.machine,
        kind=event.kind,
        n=event.n,
        oem=machine.oem,
        machine_class=machine.machine_class,
        opener=event.opener,
        assignee=0,
        state=TicketState.OPEN,
        version=1,
        selection=event.selection,
        open_since=event.time,
        assigned_at=0,
        deadline=event.deadline,
        time=event.time,
        work=event.work,
        payer=event.payer,
    )
    return state.set(("ticket", event.machine, event.kind), ticket)


def ticket_assigned(state: State, event: TicketAccepted | TicketAwarded) -> State:
    assigned = replace(
        state["ticket", event.machine, event.kind],
        state=TicketState.ASSIGNED,
        version=event.version,
        assignee=event.assignee,
        assigned_at=event.time,
        time=event.time,
    )
    return state.set(("ticket", event.machine, event.kind), assigned)


def ticket_released(state: State, event: TicketReleased) -> State:
    released = replace(
        state["ticket", event.machine, event.kind],
        state=TicketState.OPEN,
        version=event.version,
        selection=FIRST_COME,
        assignee=0,
        open_since=event.time,
        assigned_at=0,
        time=event.time,
    )
    return state.set(("ticket", event.machine, event.kind), released)


def ticket_completed(state: State, event: TicketCompleted) -> State:
    return _moved(state, event, TicketState.COMPLETED)


def ticket_reopened(state: State, event: TicketReopened) -> State:
    return _moved(state, event, TicketState.ASSIGNED)


def ticket_cancelled(state: State, event: TicketCancelled) -> State:
    return _moved(state, event, TicketState.CANCELLED)


def ticket_closed(state: State, event: TicketClosed) -> State:
    changed = _moved(state, event, TicketState.CLOSED)
    standing: Standing = state["standing", event.assignee]
    if standing.closed == MAX_COUNT:
        return changed
    closed = replace(
        standing,
        closed=standing.closed + 1,
        rated=standing.rated + (event.rating > 0),
        rating_total=standing.rating_total + event.rating,
        response_total=standing.response_total + event.response,
        resolution_total=standing.resolution_total + event.resolution,
    )
    return changed.set(("standing", event.assignee), closed)


def _moved(
    state: State,
    event: TicketCompleted | TicketReopened | TicketCancelled | TicketClosed,
    to: TicketState,
) -> State:
    ticket = state["ticket", event.machine, event.kind]
    moved = replace(ticket, state=to, version=event.version, time=event.time)
    return state.set(("ticket", event.machine, event.kind), moved)
