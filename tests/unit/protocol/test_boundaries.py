"""On which second a thing becomes possible, and which item of a list is named."""

from dataclasses import replace
from typing import Any

import pytest

from maas_core.protocol import commands as c
from maas_core.protocol.digests import commitment
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.states import ActionKind, AnchorKind, TicketKind
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY, digest, name
from tests.support.world import (
    NUMBER,
    PRESS,
    RULES,
    World,
    consortium,
    open_ticket,
    register,
    rented,
    scored,
    sealed,
    service,
)

TICKET = (PRESS, TicketKind.PREVENTIVE, 1)
SERVICE = name("service")
SHOWN = c.RevealBid(*TICKET, 5, 6, 7, ZERO_DIGEST, digest("salt"))
COMMITMENT = commitment(digest("deployment"), NUMBER["maintainer"], SHOWN)


def becomes_possible(world: World, at: int, sender: str, command: c.Command, before: Code) -> None:
    """A command is refused up to the second before `at` and accepted from `at` on."""
    world.time = at - 1
    assert world.refuses(sender, command) == before
    world.time = at
    assert not isinstance(world.decide(sender, command), Rejection)


def ends(world: World, at: int, sender: str, command: c.Command, after: Code) -> None:
    """A command is accepted up to the second before `at` and refused from `at` on."""
    world.time = at
    assert world.refuses(sender, command) == after
    world.time = at - 1
    assert not isinstance(world.decide(sender, command), Rejection)


def test_an_issuer_accepts_from_respond_by_on() -> None:
    world = consortium()
    respond_by = world.time + 2 * RULES.close_after
    world.does("maintainer", service(world, respond_by=respond_by))

    becomes_possible(world, respond_by, "maintainer", c.AcceptInvoice(SERVICE, 1), Code.NOT_AUTHORISED)


def test_an_issuer_in_a_hurry_waits_for_close_after() -> None:
    world = consortium()
    world.does("maintainer", service(world, respond_by=world.time + 1))

    issued = world.state["invoice", SERVICE].time
    accepted = c.AcceptInvoice(SERVICE, 1)
    becomes_possible(world, issued + RULES.close_after, "maintainer", accepted, Code.NOT_AUTHORISED)


def test_an_auditor_settles_from_close_after_on() -> None:
    world = consortium()
    world.does("maintainer", service(world))
    world.wait(100)
    world.does("oem", c.AcceptInvoice(SERVICE, 1))
    settled = c.SettleInvoice(SERVICE, 2, digest("payment"))

    becomes_possible(world, world.time + RULES.close_after, "auditor", settled, Code.NOT_AUTHORISED)


def test_an_invoice_asks_for_an_answer_later_than_now() -> None:
    world = consortium()
    assert world.refuses("maintainer", service(world, respond_by=world.time)) == Code.INVALID_ARGUMENT
    world.does("maintainer", service(world, respond_by=world.time + 1))
    world.does("oem", c.DisputeInvoice(SERVICE, 1, 1, digest("s"), 0, ZERO_DIGEST))
    revised = c.ReviseInvoice(SERVICE, 2, 2, digest("s"), world.time)
    assert world.refuses("maintainer", revised) == Code.INVALID_ARGUMENT
    world.does("maintainer", replace(revised, respond_by=world.time + 1))


def assigned() -> World:
    """A ticket that is assigned to the maintainer."""
    world = rented()
    world.does("customer", open_ticket(world))
    world.does("maintainer", c.AcceptTicket(*TICKET, 1))
    return world


def test_an_opener_releases_from_the_deadline_on() -> None:
    world = assigned()

    becomes_possible(world, world.ticket().deadline, "customer", c.ReleaseTicket(*TICKET, 2), Code.NOT_AUTHORISED)


def test_an_assignee_closes_from_close_after_on() -> None:
    world = assigned()
    world.does("maintainer", c.CompleteTicket(*TICKET, 2, digest("report")))
    closed = c.CloseTicket(*TICKET, 3, 0)

    becomes_possible(world, world.time + RULES.close_after, "maintainer", closed, Code.NOT_AUTHORISED)


def test_open_bidding_ends_at_award_at_and_the_award_begins_there() -> None:
    world = rented()
    world.does("customer", open_ticket(world, scored(world)))
    award_at = world.ticket().selection.award_at

    ends(world, award_at, "maintainer", c.Bid(*TICKET, 5, 6, 7, ZERO_DIGEST), Code.BIDDING_CLOSED)
    becomes_possible(world, award_at, "oem", c.AwardTicket(*TICKET, 1), Code.BIDDING_OPEN)


def test_enough_bids_allow_an_earlier_award() -> None:
    world = rented()
    world.does("customer", open_ticket(world, scored(world, award_from=2)))
    world.does("maintainer", c.Bid(*TICKET, 5, 6, 7, ZERO_DIGEST))
    assert world.refuses("oem", c.AwardTicket(*TICKET, 1)) == Code.BIDDING_OPEN
    world.does("rival", c.Bid(*TICKET, 6, 6, 7, ZERO_DIGEST))

    assert len(world.does("oem", c.AwardTicket(*TICKET, 1))) == 1
    assert world.ticket().assignee == NUMBER["maintainer"]


def test_sealed_bidding_has_its_seconds() -> None:
    world = rented()
    world.does("customer", open_ticket(world, sealed(world)))
    selection = world.ticket().selection
    ends(world, selection.commit_until, "maintainer", c.CommitBid(*TICKET, COMMITMENT), Code.BIDDING_CLOSED)
    world.does("maintainer", c.CommitBid(*TICKET, COMMITMENT))

    becomes_possible(world, selection.commit_until, "maintainer", SHOWN, Code.BIDDING_OPEN)
    ends(world, selection.reveal_until, "maintainer", SHOWN, Code.BIDDING_CLOSED)
    becomes_possible(world, selection.reveal_until, "oem", c.AwardTicket(*TICKET, 1), Code.BIDDING_OPEN)


def test_a_ticket_of_a_class_without_maintainers_is_open_to_nobody() -> None:
    world = consortium()
    world.does("oem", replace(register(), machine_class=77))
    world.does("customer", c.AcceptMachine(PRESS, 1, digest("terms")))
    world.does("customer", open_ticket(world))
    assert world.refuses("maintainer", c.AcceptTicket(*TICKET, 1)) == Code.NOT_ACCREDITED
    world.does("customer", c.CancelTicket(*TICKET, 1))
    world.does("customer", open_ticket(world, scored(world), n=2))
    world.wait(DAY)

    [cancelled] = world.does("customer", c.AwardTicket(PRESS, TicketKind.PREVENTIVE, 2, 1))
    assert type(cancelled).__name__ == "TicketCancelled"


MACHINES = sorted(name(f"machine {number}") for number in range(3))


def several() -> World:
    """Three machines of one customer, each with an anchor."""
    world = consortium()
    for machine in MACHINES:
        world.does("oem", register(machine))
        world.does("customer", c.AcceptMachine(machine, 1, digest("terms")))
    world.does("customer", c.AnchorTelemetry(tuple(anchor(world, machine, seq=1) for machine in MACHINES)))
    world.wait(100)
    return world


def anchor(world: World, machine: bytes, **changes: Any) -> c.AnchorItem:
    """The next anchor of a machine that has one."""
    usual = c.AnchorItem(machine, 2, AnchorKind.REGULAR, 0, world.time - 10, world.time, 3, digest("m"), b"")
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"machine": b"\xff" * 16}, Code.UNKNOWN_RECORD),
        ({"seq": 3}, Code.SEQUENCE_GAP),
        ({"window_from": 1}, Code.WINDOW_OVERLAP),
        ({"window_to": 2**34 - 1}, Code.LIMIT_EXCEEDED),
        ({"kind": AnchorKind.CORRECTION, "corrects": 1}, Code.WINDOW_OVERLAP),
        ({"kind": AnchorKind.CORRECTION, "corrects": 2}, Code.INVALID_ARGUMENT),
        ({"kind": AnchorKind.CORRECTION, "corrects": 0}, Code.INVALID_ARGUMENT),
        ({"corrects": 1}, Code.INVALID_ARGUMENT),
        ({"kind": 3}, Code.INVALID_ARGUMENT),
        ({"window_from": 2**34}, Code.INVALID_ARGUMENT),
        ({"window_from": 50, "window_to": 50}, Code.INVALID_ARGUMENT),
        ({"machine": MACHINES[1]}, Code.INVALID_ARGUMENT),
    ],
)
def test_a_refused_list_of_anchors_names_the_first_bad_item(changes: dict[str, Any], code: Code) -> None:
    world = several()
    first, second, third = (anchor(world, machine) for machine in MACHINES)
    items = (first, second, replace(third, **changes))

    assert world.decide("customer", c.AnchorTelemetry(items)) == Rejection(code, 2)


def test_a_closed_chain_among_the_items_is_named() -> None:
    world = several()
    world.governs(ActionKind.REMOVE, party=NUMBER["oem"])
    world.governs(ActionKind.CLOSE_OUT, party=NUMBER["oem"], data=MACHINES[1] + bytes(16))
    items = tuple(anchor(world, machine) for machine in MACHINES)

    assert world.decide("customer", c.AnchorTelemetry(items)) == Rejection(Code.WRONG_STATE, 1)


def test_another_customers_machine_among_the_items_is_named() -> None:
    world = several()
    world.put(("anchor_head", MACHINES[1]), customer=NUMBER["oem"])
    items = tuple(anchor(world, machine) for machine in MACHINES)

    assert world.decide("customer", c.AnchorTelemetry(items)) == Rejection(Code.NOT_AUTHORISED, 1)
