"""Where versions, numbers and counts end, tried on states that no test reaches by commands."""

from dataclasses import replace
from typing import Any

import pytest

from maas_core.protocol import commands as c
from maas_core.protocol.model.consortium import MAX_COUNT
from maas_core.protocol.records import Key
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, ChangeKind, PartyState, SelectionPolicy, TicketKind
from maas_core.protocol.types import MAX_ACCREDITED, MAX_TICKETS, VERSION_LIMIT, ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY, digest, identity, name
from tests.support.world import (
    CLASS,
    NUMBER,
    PRESS,
    RULES,
    World,
    consortium,
    open_ticket,
    rented,
    scored,
    service,
    stop,
    stopped,
)

MACHINE: Key = ("machine", PRESS)
TICKET: Key = ("ticket", PRESS, TicketKind.PREVENTIVE)
INVOICE: Key = ("invoice", name("service"))
PARTY: Key = ("party", NUMBER["oem"])
L = VERSION_LIMIT


def at_limit(world: World, key: Key, sender: str, command: Any) -> None:
    """A command that is possible below the limit is not at the limit."""
    world.put(key, version=L)
    assert world.refuses(sender, command) == Code.LIMIT_EXCEEDED
    world.put(key, version=L - 1)
    below = replace(command, version=L - 1) if hasattr(command, "version") else command
    assert world.does(sender, below)


def test_a_machine_at_the_version_limit_is_not_started_but_stopped_and_reset() -> None:
    world = rented()
    at_limit(world, MACHINE, "customer", c.StartMachine(PRESS, L, world.time))
    assert world.machine().version == L
    world.does("customer", stop(L, world.time))
    world.does("customer", c.ResetMachine(PRESS, L + 1, world.time))

    assert world.machine().version == L + 2


def test_terms_are_not_amended_at_the_version_limit_but_terminated() -> None:
    world = rented()
    world.does("oem", c.OfferChange(PRESS, 1, ChangeKind.AMEND, digest("new"), world.time))
    at_limit(world, MACHINE, "customer", c.AcceptChange(PRESS, 1))
    world.does("oem", c.OfferChange(PRESS, 2, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
    world.does("customer", c.AcceptChange(PRESS, 2))

    assert world.machine().version == L + 1


def test_an_invoice_at_the_version_limit_is_not_revised_but_ruled_on() -> None:
    world = consortium()
    world.does("maintainer", service(world))
    world.does("oem", c.DisputeInvoice(name("service"), 1, 1, digest("s"), 0, ZERO_DIGEST))
    revised = c.ReviseInvoice(name("service"), L, 2, digest("s"), world.time + DAY)
    world.put(INVOICE, version=L)
    assert world.refuses("maintainer", revised) == Code.LIMIT_EXCEEDED
    world.does("auditor", c.RuleOnInvoice(name("service"), L, 2, digest("ruling")))
    world.does("maintainer", c.SettleInvoice(name("service"), L + 1, digest("payment")))

    assert world.state[INVOICE].version == L + 2


def test_a_revision_below_the_version_limit_is_possible() -> None:
    world = consortium()
    world.does("maintainer", service(world))
    world.does("oem", c.DisputeInvoice(name("service"), 1, 1, digest("s"), 0, ZERO_DIGEST))

    at_limit(world, INVOICE, "maintainer", c.ReviseInvoice(name("service"), L, 2, digest("s"), world.time + DAY))


def test_a_ticket_at_the_version_limit_is_neither_accepted_nor_reopened_but_cancelled() -> None:
    world = rented()
    world.does("customer", open_ticket(world))
    ticket = (PRESS, TicketKind.PREVENTIVE, 1)
    at_limit(world, TICKET, "maintainer", c.AcceptTicket(*ticket, L))
    world.does("maintainer", c.CompleteTicket(*ticket, L, digest("report")))
    world.put(TICKET, version=L)
    assert world.refuses("customer", c.ReopenTicket(*ticket, L, digest("reason"))) == Code.LIMIT_EXCEEDED
    world.put(TICKET, version=L - 1)
    world.does("customer", c.ReopenTicket(*ticket, L - 1, digest("reason")))
    world.does("maintainer", c.ReleaseTicket(*ticket, L))
    world.does("customer", c.CancelTicket(*ticket, L + 1))

    assert world.ticket().version == L + 2


def test_a_scored_ticket_at_the_version_limit_is_awarded() -> None:
    world = rented()
    world.does("customer", open_ticket(world, scored(world)))
    world.put(TICKET, version=L)
    world.wait(DAY)

    assert world.does("customer", c.AwardTicket(PRESS, TicketKind.PREVENTIVE, 1, L))


def test_a_party_at_the_version_limit_is_suspended_and_removed_and_nothing_else() -> None:
    world = consortium()
    world.put(PARTY, version=L)
    assert world.refuses("oem", c.UpdateProfile(L, digest("p"))) == Code.LIMIT_EXCEEDED
    set_roles = world.proposal(ActionKind.SET_ROLES, party=2, roles=2)
    assert world.refuses("board", set_roles) == Code.LIMIT_EXCEEDED
    rebind = world.proposal(ActionKind.REBIND, party=2, identity=identity("new"))
    assert world.refuses("board", rebind) == Code.LIMIT_EXCEEDED
    world.governs(ActionKind.SUSPEND, party=2)
    reinstated = world.proposal(ActionKind.REINSTATE, party=2)
    assert world.refuses("board", reinstated) == Code.LIMIT_EXCEEDED
    world.governs(ActionKind.REMOVE, party=2)

    assert world.state[PARTY].version == L + 2


def test_a_party_below_the_version_limit_changes_freely() -> None:
    world = consortium()
    at_limit(world, PARTY, "oem", c.UpdateProfile(L, digest("p")))
    world.put(PARTY, version=L - 1, state=PartyState.SUSPENDED)
    world.governs(ActionKind.REINSTATE, party=2)
    world.put(PARTY, version=L - 1)
    world.governs(ActionKind.SET_ROLES, party=2, roles=6)
    world.put(PARTY, version=L - 1)
    world.governs(ActionKind.REBIND, party=2, identity=identity("new"))

    assert world.state[PARTY].version == L


def test_an_accreditation_at_the_version_limit_only_shrinks() -> None:
    world = consortium()
    world.invites("third", 20, 8)
    key: Key = ("accreditation", NUMBER["oem"], CLASS)
    at_limit(world, key, "oem", c.Accredit(20, CLASS, L))
    world.put(key, version=L)
    world.does("oem", c.WithdrawAccreditation(20, CLASS, L))

    assert world.state[key].version == L + 1


def test_at_most_64_maintainers_are_accredited() -> None:
    world = consortium()
    world.invites("third", 200, 8)
    key: Key = ("accreditation", NUMBER["oem"], CLASS)
    world.put(key, maintainers=tuple(range(10, 10 + MAX_ACCREDITED)))
    assert world.refuses("oem", c.Accredit(200, CLASS, 2)) == Code.LIMIT_EXCEEDED
    world.put(key, maintainers=tuple(range(10, 10 + MAX_ACCREDITED - 1)))
    world.does("oem", c.Accredit(200, CLASS, 2))

    assert world.state[key].maintainers[-1] == 200


def test_tickets_of_a_kind_run_out_at_their_most() -> None:
    world = rented()
    world.does("customer", open_ticket(world))
    world.does("customer", c.CancelTicket(PRESS, TicketKind.PREVENTIVE, 1, 1))
    world.put(TICKET, n=MAX_TICKETS)
    assert world.refuses("customer", open_ticket(world, n=MAX_TICKETS + 1)) == Code.LIMIT_EXCEEDED
    world.put(TICKET, n=MAX_TICKETS - 1)
    world.does("customer", open_ticket(world, n=MAX_TICKETS))

    assert world.ticket().n == MAX_TICKETS


def completed(world: World, rating: int) -> c.CloseTicket:
    """A ticket accepted after 50 s and completed after 150 s; the command that closes it."""
    world.does("customer", open_ticket(world))
    ticket = (PRESS, TicketKind.PREVENTIVE, 1)
    world.wait(50)
    world.does("maintainer", c.AcceptTicket(*ticket, 1))
    world.wait(100)
    world.does("maintainer", c.CompleteTicket(*ticket, 2, digest("report")))
    world.wait(7)
    return c.CloseTicket(*ticket, 3, rating)


@pytest.mark.parametrize(("rating", "rated"), [(0, 0), (1, 1), (5, 1)])
def test_a_closed_ticket_enters_the_standing(rating: int, rated: int) -> None:
    world = rented()
    world.does("customer", completed(world, rating))
    standing = world.state["standing", NUMBER["maintainer"]]

    assert (standing.closed, standing.rated, standing.rating_total) == (1, rated, rating)
    assert (standing.response_total, standing.resolution_total) == (50, 150)


def test_a_standing_stops_counting_closed_tickets_at_its_most() -> None:
    world = rented()
    close = completed(world, 5)
    key: Key = ("standing", NUMBER["maintainer"])
    world.put(key, closed=MAX_COUNT - 1, rated=3)
    almost = World(world.state, world.time)
    almost.does("customer", close)
    assert (almost.state[key].closed, almost.state[key].rated) == (MAX_COUNT, 4)
    world.put(key, closed=MAX_COUNT)
    before = world.state[key]
    world.does("customer", close)

    assert world.state[key] == before


def test_misbehaviour_stops_at_its_most_and_is_still_reported() -> None:
    world = rented()
    key: Key = ("standing", NUMBER["maintainer"])
    world.put(key, misbehaviour=MAX_COUNT - 1)
    for n in (1, 2):
        world.does("customer", open_ticket(world, n=n))
        ticket = (PRESS, TicketKind.PREVENTIVE, n)
        world.does("maintainer", c.AcceptTicket(*ticket, 1))
        world.wait(10 * DAY)
        assert len(world.does("customer", c.ReleaseTicket(*ticket, 2))) == 2
        assert world.state[key].misbehaviour == MAX_COUNT
        world.does("customer", c.CancelTicket(*ticket, 3))


def test_the_limits_are_what_the_reference_says() -> None:
    assert (VERSION_LIMIT, MAX_TICKETS, MAX_COUNT) == (2**24 - 256, 2**24 - 1, 2**24 - 1)


def test_a_business_time_may_lie_ahead_by_the_clock_bound() -> None:
    world = rented()
    latest = world.time + RULES.clock_bound
    assert world.refuses("customer", c.StartMachine(PRESS, 2, latest + 1)) == Code.LIMIT_EXCEEDED
    world.does("customer", c.StartMachine(PRESS, 2, latest))
    assert world.refuses("customer", stop(3, latest - 1)) == Code.WINDOW_OVERLAP
    assert world.refuses("customer", stop(3, latest + 1)) == Code.LIMIT_EXCEEDED
    world.does("customer", stop(3, latest))
    assert world.refuses("customer", c.ResetMachine(PRESS, 4, latest - 1)) == Code.WINDOW_OVERLAP
    world.does("customer", c.ResetMachine(PRESS, 4, latest))

    assert world.machine().last_at == latest


def test_yesterdays_stop_can_be_recorded_today() -> None:
    world = rented()
    world.does("customer", c.StartMachine(PRESS, 2, world.time - 3 * DAY))
    world.does("customer", stop(3, world.time - DAY))

    assert world.machine().last_at == world.time - DAY


def test_a_ticket_never_goes_back_in_time() -> None:
    world = stopped()
    world.does("customer", open_ticket(world, kind=TicketKind.REACTIVE))
    ticket = (PRESS, TicketKind.REACTIVE, 1)
    opened = world.time
    world.wait(-500)
    accepted = world.does("maintainer", c.AcceptTicket(*ticket, 1))
    done = world.does("maintainer", c.CompleteTicket(*ticket, 2, digest("report")))
    again = world.does("customer", c.ReopenTicket(*ticket, 3, digest("reason")))
    released = world.does("maintainer", c.ReleaseTicket(*ticket, 4))
    cancelled = world.does("customer", c.CancelTicket(*ticket, 5))
    reopened = world.does("customer", open_ticket(world, kind=TicketKind.REACTIVE, n=2))

    events: list[Any] = [*accepted, *done, *again, *released, *cancelled, *reopened]
    assert {event.time for event in events} == {opened}


def test_a_released_ticket_is_first_come_first_served() -> None:
    world = rented()
    world.does("customer", open_ticket(world, scored(world)))
    ticket = (PRESS, TicketKind.PREVENTIVE, 1)
    world.does("maintainer", c.Bid(*ticket, 5, 5, 5, ZERO_DIGEST))
    world.wait(DAY)
    world.does("customer", c.AwardTicket(*ticket, 1))
    world.does("maintainer", c.ReleaseTicket(*ticket, 2))

    assert world.ticket().selection == c.Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
    assert (world.ticket().assignee, world.ticket().assigned_at, world.ticket().open_since) == (0, 0, world.time)
    assert world.refuses("customer", c.AwardTicket(*ticket, 3)) == Code.WRONG_STATE
    world.does("rival", c.AcceptTicket(*ticket, 3))
