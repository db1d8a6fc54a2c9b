"""Plans for tickets and bids."""

from hashlib import sha256
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.digests import commitment
from maas_core.protocol.records import Machine, Ticket
from maas_core.protocol.states import (
    UNFINISHED,
    BidState,
    MachineState,
    SelectionPolicy,
    TicketKind,
    TicketState,
)
from maas_core.protocol.vectors.cast import digest
from maas_core.protocol.vectors.guided.choices import Choices
from maas_core.protocol.vectors.guided.consortium import some_digest
from maas_core.protocol.vectors.guided.machines import every_machine
from maas_core.protocol.vectors.guided.plan import Plan
from maas_core.protocol.vectors.guided.world import GHOST_TICKET, NO_SELECTION, World

WEIGHTS = ((4_000, 3_000, 2_000, 1_000), (10_000, 0, 0, 0), (0, 0, 10_000, 0), (2_500, 2_500, 2_500, 2_500))
PERIODS = (600, 60, 3_600, 86_400)


def _kinds(world: World, machine: Machine) -> list[TicketKind]:
    """The kinds of ticket that could be opened on a machine."""
    if machine.state not in (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED):
        return []
    kinds = [TicketKind.REACTIVE] if machine.state == MachineState.STOPPED else []
    return [kind for kind in (*kinds, TicketKind.PREVENTIVE) if not _unfinished(world, machine, kind)]


def _unfinished(world: World, machine: Machine, kind: TicketKind) -> bool:
    last = world.state.get(("ticket", machine.machine, kind))
    return last is not None and last.state in UNFINISHED


def _open(world: World, subject: Machine | Ticket, _sender: int, choose: Choices) -> c.OpenTicket:
    machine = world.machine(subject.machine)
    kinds = [subject.kind] if isinstance(subject, Ticket) else _kinds(world, subject) or list(TicketKind)
    kind = choose.pick(kinds)
    last = world.state.get(("ticket", subject.machine, kind))
    selection, until = _selection(world, choose)
    return c.OpenTicket(
        machine=subject.machine,
        kind=kind,
        n=last.n + 1 if last else 1,
        selection=selection,
        work=some_digest(choose),
        deadline=until + choose.pick(PERIODS),
        payer=choose.pick((machine.customer, machine.oem)),
    )


def _selection(world: World, choose: Choices) -> tuple[c.Selection, int]:
    """A selection, and when its bidding ends."""
    policy = choose.pick(tuple(SelectionPolicy))
    first = world.now + choose.pick(PERIODS)
    if policy == SelectionPolicy.FCFS:
        return NO_SELECTION, first
    weights = choose.pick(WEIGHTS)
    if policy == SelectionPolicy.SCORED:
        return c.Selection(policy, first, choose.pick((1, 0, 2, 64)), 0, 0, *weights), first
    second = first + choose.pick(PERIODS)
    return c.Selection(policy, 0, 0, first, second, *weights), second


def _sides(world: World, subject: Any) -> list[int]:
    machine = world.machine(subject.machine)
    return world.engaged(machine.oem, machine.customer)


def _openers(world: World, subject: Machine | Ticket) -> list[int]:
    machine = world.machine(subject.machine)
    return [side for side in (machine.oem, machine.customer) if world.is_active(side)]


def _every(world: World) -> list[Ticket]:
    return [*world.tickets, GHOST_TICKET]


def _in_state(*states: TicketState) -> Any:
    return lambda world: [ticket for ticket in world.tickets if ticket.state in states]


def _open_for(policy: SelectionPolicy, begin: str = "", end: str = "") -> Any:
    """Open tickets of a policy whose selection says that now lies between two of its times."""

    def ready(world: World) -> list[Ticket]:
        return [
            one
            for one in _in_state(TicketState.OPEN)(world)
            if one.selection.policy == policy
            and (not begin or world.now >= getattr(one.selection, begin))
            and (not end or world.now < getattr(one.selection, end))
        ]

    return ready


def _bidders(world: World, subject: Ticket) -> list[int]:
    return [party for party in world.may_serve(subject) if world.bid(subject, party) is None]


def _committed(world: World, subject: Ticket) -> list[int]:
    bids = [(party.party, world.bid(subject, party.party)) for party in world.parties]
    return world.engaged(*(party for party, bid in bids if bid and bid.state == BidState.COMMITTED))


def _bid(_world: World, subject: Ticket, _sender: int, choose: Choices) -> c.Bid:
    price, eta, distance = choose.pick((80_000, 0, 79_999, 2**49 - 1)), choose.pick((7_200, 0)), choose.pick((9, 0))
    return c.Bid(subject.machine, subject.kind, subject.n, price, eta, distance, some_digest(choose))


def _shown(subject: Ticket, party: int) -> c.RevealBid:
    """What a party's sealed bid says: always the same, so that it can be revealed later."""
    noise = sha256(subject.machine + bytes((subject.kind, subject.n % 256, party % 256))).digest()
    price, eta, distance = noise[0] * 1_000, noise[1] * 60, noise[2]
    return c.RevealBid(
        subject.machine, subject.kind, subject.n, price, eta, distance, digest("offer"), digest(f"salt {party}")
    )


def _commit(world: World, subject: Ticket, sender: int, _choose: Choices) -> c.CommitBid:
    sealed = commitment(world.deployment.deployment, sender, _shown(subject, sender))
    return c.CommitBid(subject.machine, subject.kind, subject.n, sealed)


def _reveal(_world: World, subject: Ticket, sender: int, _choose: Choices) -> c.RevealBid:
    return _shown(subject, sender)


def _to_award(world: World) -> list[Ticket]:
    return [one for one in _in_state(TicketState.OPEN)(world) if _may_award(world, one)]


def _may_award(world: World, ticket: Ticket) -> bool:
    selection = ticket.selection
    if selection.policy == SelectionPolicy.FCFS:
        return False
    if selection.policy == SelectionPolicy.SEALED:
        return world.now >= selection.reveal_until
    placed = [party for party in world.may_serve(ticket) if world.bid(ticket, party)]
    return world.now >= selection.award_at or 0 < selection.award_from <= len(placed)


def _releasers(world: World, subject: Ticket) -> list[int]:
    late = world.now >= subject.deadline
    return world.engaged(subject.assignee, *([subject.opener] if late else []))


def _closers(world: World, subject: Ticket) -> list[int]:
    late = world.now >= subject.time + world.rules.close_after
    return world.engaged(subject.opener, *([subject.assignee] if late else []))


def _close(_world: World, subject: Ticket, sender: int, choose: Choices) -> c.CloseTicket:
    rating = choose.pick((5, 0, 1, 3)) if sender == subject.opener else 0
    return c.CloseTicket(subject.machine, subject.kind, subject.n, subject.version, rating)


def _plain(command: Any) -> Any:
    return lambda _world, subject, _sender, _choose: command(subject.machine, subject.kind, subject.n, subject.version)


def _with_document(command: Any) -> Any:
    return lambda _world, subject, _sender, choose: command(
        subject.machine, subject.kind, subject.n, subject.version, some_digest(choose)
    )


def _opener(world: World, subject: Ticket) -> list[int]:
    return world.engaged(subject.opener)


def _assignee(world: World, subject: Ticket) -> list[int]:
    return world.engaged(subject.assignee)


OPEN, ASSIGNED, COMPLETED = TicketState.OPEN, TicketState.ASSIGNED, TicketState.COMPLETED
FCFS, SCORED, SEALED = SelectionPolicy.FCFS, SelectionPolicy.SCORED, SelectionPolicy.SEALED

PLANS = (
    Plan(
        c.OpenTicket,
        5,
        lambda world: [machine for machine in world.machines if _kinds(world, machine)],
        lambda world: [*every_machine(world), *world.tickets],
        _openers,
        _open,
    ),
    Plan(
        c.AcceptTicket,
        6,
        _open_for(FCFS),
        _every,
        lambda world, subject: world.may_serve(subject),
        _plain(c.AcceptTicket),
    ),
    Plan(c.Bid, 8, _open_for(SCORED, end="award_at"), _every, _bidders, _bid),
    Plan(c.CommitBid, 8, _open_for(SEALED, end="commit_until"), _every, _bidders, _commit),
    Plan(c.RevealBid, 10, _open_for(SEALED, "commit_until", "reveal_until"), _every, _committed, _reveal),
    Plan(c.AwardTicket, 8, _to_award, _every, _sides, _plain(c.AwardTicket)),
    Plan(c.ReleaseTicket, 1, _in_state(ASSIGNED), _every, _releasers, _plain(c.ReleaseTicket)),
    Plan(c.CompleteTicket, 6, _in_state(ASSIGNED), _every, _assignee, _with_document(c.CompleteTicket)),
    Plan(c.ReopenTicket, 2, _in_state(COMPLETED), _every, _opener, _with_document(c.ReopenTicket)),
    Plan(c.CloseTicket, 5, _in_state(COMPLETED), _every, _closers, _close),
    Plan(c.CancelTicket, 1, _in_state(OPEN), _every, _opener, _plain(c.CancelTicket)),
)
