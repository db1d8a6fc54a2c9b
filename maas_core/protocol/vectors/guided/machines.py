"""Plans for machines, change offers and anchors."""

from dataclasses import replace
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.records import AnchorHead, BillingHead, ChangeOffer, Machine
from maas_core.protocol.states import UNFINISHED, ChangeKind, MachineState, OfferState, Role, TicketKind
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY
from maas_core.protocol.vectors.guided.choices import Choices
from maas_core.protocol.vectors.guided.consortium import CLASSES, fresh, some_digest
from maas_core.protocol.vectors.guided.plan import Plan
from maas_core.protocol.vectors.guided.world import GHOST_MACHINE, GHOST_OFFER, NOBODY, World

IN_USE = (MachineState.ACCEPTED, MachineState.EXECUTED, MachineState.STOPPED)
MAX_MACHINES = 5


def _in_state(*states: MachineState) -> Any:
    return lambda world: [machine for machine in world.machines if machine.state in states]


def every_machine(world: World) -> list[Machine]:
    """All machines and one that does not exist."""
    return [*world.machines, GHOST_MACHINE]


def _sides(world: World, subject: Machine) -> list[int]:
    return world.engaged(subject.oem, subject.customer)


def _customer(world: World, subject: Machine) -> list[int]:
    return world.engaged(subject.customer)


def _registrars(world: World, _subject: Machine) -> list[int]:
    oems, customers = world.active(Role.OEM), world.active(Role.CUSTOMER)
    return [*oems, *customers] if oems and customers and len({*oems, *customers}) > 1 else []


def _register(world: World, subject: Machine, sender: int, choose: Choices) -> c.RegisterMachine:
    oems = world.active(Role.OEM) or [subject.oem]
    customers = world.active(Role.CUSTOMER) or [subject.customer]
    if sender in oems and not (sender in customers and choose.chance(50)):
        oem, customer = sender, choose.pick([one for one in customers if one != sender] or [subject.customer])
    else:
        oem, customer = choose.pick([one for one in oems if one != sender] or [subject.oem]), sender
    if choose.chance(5):
        oem, customer = (oem, NOBODY) if oem == sender else (NOBODY, customer)
    machine = fresh(world, "machine", 0) if subject is GHOST_MACHINE else subject.machine
    period, interval = choose.pick((30 * DAY, 0)), choose.pick((60, 2**32 - 1))
    return c.RegisterMachine(
        machine, oem, customer, choose.pick(CLASSES), some_digest(choose), some_digest(choose), interval, period
    )


def _accepters(world: World, subject: Machine) -> list[int]:
    other = subject.customer if subject.registrar == subject.oem else subject.oem
    return [other] if world.is_active(other) else []


def _accept(_world: World, subject: Machine, _sender: int, _choose: Choices) -> c.AcceptMachine:
    return c.AcceptMachine(subject.machine, subject.version, subject.terms)


def business_time(world: World, subject: Machine, choose: Choices) -> int:
    """When a start, stop or reset happened."""
    bound = world.rules.clock_bound
    at = choose.pick((world.now, subject.last_at, subject.last_at + 1, world.now + bound, world.now - 3_600))
    return max(at, subject.last_at)


def _start(world: World, subject: Machine, _sender: int, choose: Choices) -> c.StartMachine:
    return c.StartMachine(subject.machine, subject.version, business_time(world, subject, choose))


def _stop(world: World, subject: Machine, _sender: int, choose: Choices) -> c.StopMachine:
    at = business_time(world, subject, choose)
    return c.StopMachine(subject.machine, subject.version, at, 1 + choose.below(4), some_digest(choose))


def _reset(world: World, subject: Machine, _sender: int, choose: Choices) -> c.ResetMachine:
    return c.ResetMachine(subject.machine, subject.version, business_time(world, subject, choose))


def _to_reset(world: World) -> list[Machine]:
    stopped: list[Machine] = _in_state(MachineState.STOPPED)(world)
    tickets = [world.state.get(("ticket", machine.machine, TicketKind.REACTIVE)) for machine in stopped]
    return [
        machine
        for machine, ticket in zip(stopped, tickets, strict=True)
        if ticket is None or ticket.state not in UNFINISHED
    ]


def _offer_subjects(world: World) -> list[Any]:
    return [*every_machine(world), *world.offers]


def _offerers(world: World, subject: Any) -> list[int]:
    machine = world.machine(subject.machine)
    return [side for side in (machine.oem, machine.customer) if world.is_active(side)]


def _offer(world: World, subject: Any, _sender: int, choose: Choices) -> c.OfferChange:
    n = subject.n if isinstance(subject, ChangeOffer) else _unused_number(world, subject.machine, choose)
    kind = choose.pick(tuple(ChangeKind))
    terms = some_digest(choose) if kind == ChangeKind.AMEND else ZERO_DIGEST
    billed_to = _billing(world, subject.machine).billed_to
    effective = choose.pick((world.now + DAY, billed_to, billed_to - 1 if billed_to else 0, world.now))
    return c.OfferChange(subject.machine, n, kind, terms, effective)


def _unused_number(world: World, machine: bytes, choose: Choices) -> int:
    n = choose.pick((1, 0, 2**32 - 100))
    while ("offer", machine, n) in world.state:
        n += 1
    return n


def _billing(world: World, machine: bytes) -> BillingHead:
    found: BillingHead = world.state.get(("billing_head", machine), BillingHead(machine, 0, 0, 0))
    return found


def _open_offers(world: World) -> list[ChangeOffer]:
    return [offer for offer in world.offers if offer.state == OfferState.OFFERED]


def _acceptable(world: World) -> list[ChangeOffer]:
    return [
        offer
        for offer in _open_offers(world)
        if (state := world.machine(offer.machine).state) in IN_USE
        and (offer.kind == ChangeKind.AMEND or state != MachineState.EXECUTED)
    ]


def _every_offer(world: World) -> list[ChangeOffer]:
    missing = [replace(GHOST_OFFER, machine=machine.machine, n=77) for machine in world.machines]
    return [*world.offers, GHOST_OFFER, *missing]


def _other_side(world: World, subject: ChangeOffer) -> list[int]:
    machine = world.machine(subject.machine)
    other = machine.customer if subject.offerer == machine.oem else machine.oem
    return [other] if world.is_active(other) else []


def _anchorable(world: World) -> list[Machine]:
    heads: dict[bytes, AnchorHead] = {head.machine: head for head in world.all(AnchorHead)}
    return [one for one in world.machines if one.machine in heads and not heads[one.machine].closed]


def _anchor(world: World, subject: Machine, sender: int, choose: Choices) -> c.AnchorTelemetry:
    own = [one for one in _anchorable(world) if one.customer == sender and one.machine != subject.machine]
    machines = [subject, *own] if choose.chance(40) else [subject]
    items = [_item(world, machine, choose) for machine in machines]
    return c.AnchorTelemetry(tuple(sorted(items, key=lambda item: item.machine)))


def _item(world: World, machine: Machine, choose: Choices) -> c.AnchorItem:
    head = world.state.get(("anchor_head", machine.machine), AnchorHead(machine.machine, 0, 0, 0, 0))
    begin = max(head.window_to, world.now - choose.pick((60, DAY)))
    end = choose.pick((max(world.now, begin + 1), world.now + world.rules.clock_bound, begin + 1))
    if head.seq and head.window_to > 1 and choose.chance(25):
        corrects = 1 + choose.below(head.seq)
        return _anchor_item(machine, head.seq + 1, 2, corrects, head.window_to - 2, head.window_to, choose)
    return _anchor_item(machine, head.seq + 1, 1, 0, begin, end, choose)


def _anchor_item(
    machine: Machine, seq: int, kind: int, corrects: int, begin: int, end: int, choose: Choices
) -> c.AnchorItem:
    locator = bytes(choose.pick((16, 0, 1, 33)))
    return c.AnchorItem(
        machine.machine, seq, kind, corrects, begin, end, choose.pick((60, 0)), some_digest(choose), locator
    )


PLANS = (
    Plan(
        c.RegisterMachine,
        5,
        lambda world: (
            [GHOST_MACHINE] if len(world.machines) < MAX_MACHINES and _registrars(world, GHOST_MACHINE) else []
        ),
        every_machine,
        _registrars,
        _register,
    ),
    Plan(c.AcceptMachine, 8, _in_state(MachineState.REGISTERED), every_machine, _accepters, _accept),
    Plan(
        c.DeclineMachine,
        1,
        _in_state(MachineState.REGISTERED),
        every_machine,
        _sides,
        lambda _world, subject, _sender, _choose: c.DeclineMachine(subject.machine, subject.version),
    ),
    Plan(c.StartMachine, 5, _in_state(MachineState.ACCEPTED, MachineState.STOPPED), every_machine, _customer, _start),
    Plan(c.StopMachine, 5, _in_state(MachineState.EXECUTED), every_machine, _customer, _stop),
    Plan(c.ResetMachine, 3, _to_reset, every_machine, _customer, _reset),
    Plan(c.OfferChange, 3, _in_state(*IN_USE), _offer_subjects, _offerers, _offer),
    Plan(
        c.AcceptChange,
        4,
        _acceptable,
        _every_offer,
        _other_side,
        lambda _world, subject, _sender, _choose: c.AcceptChange(subject.machine, subject.n),
    ),
    Plan(
        c.WithdrawChange,
        2,
        _open_offers,
        _every_offer,
        lambda world, subject: world.engaged(subject.offerer),
        lambda _world, subject, _sender, _choose: c.WithdrawChange(subject.machine, subject.n),
    ),
    Plan(c.AnchorTelemetry, 6, _anchorable, every_machine, _customer, _anchor),
)
