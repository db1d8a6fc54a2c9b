"""Nobody can block the others by silence.

From every state that can be reached there is a way to the end of each record that takes no command of the silent party.
Reachability is computed over all that the model accepts; time may pass and the board may act.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from maas_core.protocol import commands as c
from maas_core.protocol.digests import commitment
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import (
    ActionKind,
    ChangeKind,
    InvoiceKind,
    InvoiceState,
    MachineState,
    OfferState,
    PartyState,
    Role,
    Rule,
    TicketKind,
    TicketState,
)
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY, digest, identity, name
from tests.support.graph import Graph, explore
from tests.support.world import (
    FCFS,
    NUMBER,
    PRESS,
    consortium,
    open_ticket,
    register,
    scored,
    sealed,
    service,
    stop,
    stopped,
)

Move = tuple[str, c.Command]
FINAL = name("final")
SERVICE = name("service")
TICKET = (PRESS, TicketKind.REACTIVE, 1)
SHOWN = c.RevealBid(*TICKET, 5, 5, 5, ZERO_DIGEST, digest("salt"))
RESERVE = 20
ENDED = (MachineState.DECLINED, MachineState.TERMINATED)
SIDES = ("oem", "customer")


def governed(state: Any, parties: tuple[str, ...]) -> Iterator[Move]:
    """What the board can do about parties, about the machine of a removed one, and about the lack of an auditor."""
    kinds = (ActionKind.SUSPEND, ActionKind.REINSTATE, ActionKind.REMOVE)
    for label in parties:
        for kind in kinds:
            yield "board", proposal(state, kind, party=NUMBER[label])
        yield "board", proposal(state, ActionKind.CLOSE_OUT, party=NUMBER[label], data=PRESS + bytes(16))
    reserve = {"party": RESERVE, "identity": identity("reserve"), "roles": Role.AUDITOR}
    yield "board", proposal(state, ActionKind.INVITE, **reserve)
    yield "reserve", c.Join(digest("reserve"))


def proposal(state: Any, kind: ActionKind, **fields: Any) -> c.Propose:
    """A proposal with an id that is not taken."""
    usual: dict[str, Any] = {
        "party": 0,
        "identity": ZERO_DIGEST,
        "roles": 0,
        "rule": 0,
        "value": 0,
        "data": ZERO_DIGEST,
    }
    return c.Propose(name(f"proposal {len(state)}"), c.Action(kind, **usual | fields))


def answered(state: Any, time: int, invoice: bytes, issuer: str, payer: str) -> Iterator[Move]:
    """Everything that can be done about an invoice."""
    record = state.get(("invoice", invoice))
    if record is None:
        return
    version = record.version
    for who in (issuer, payer):
        yield who, c.AcceptInvoice(invoice, version)
    yield payer, c.DisputeInvoice(invoice, version, 1, digest("s"), 0, ZERO_DIGEST)
    yield issuer, c.ReviseInvoice(invoice, version, 2, digest("s"), time + DAY)
    for who in ("auditor", "reserve"):
        yield who, c.RuleOnInvoice(invoice, version, 3, digest("r"))
    for who in (issuer, payer, "auditor", "reserve"):
        yield who, c.SettleInvoice(invoice, version, digest("p"))


def agreement(state: Any, time: int) -> Iterator[Move]:
    """Everything that can be done about a machine, its offers and its final invoice."""
    yield from governed(state, SIDES)
    yield "oem", register()
    machine = state.get(("machine", PRESS))
    if machine is None:
        return
    version, at = machine.version, machine.last_at
    for side in SIDES:
        yield side, c.AcceptMachine(PRESS, version, digest("terms"))
        yield side, c.DeclineMachine(PRESS, version)
        yield side, c.OfferChange(PRESS, NUMBER[side], ChangeKind.TERMINATE, ZERO_DIGEST, 0)
        for n in (NUMBER["oem"], NUMBER["customer"]):
            yield side, c.AcceptChange(PRESS, n)
            yield side, c.WithdrawChange(PRESS, n)
    yield "customer", c.StartMachine(PRESS, version, at)
    yield "customer", stop(version, at)
    yield "customer", c.ResetMachine(PRESS, version, at)
    final = InvoiceKind.FINAL
    yield (
        "oem",
        c.IssueInvoice(FINAL, NUMBER["customer"], PRESS, final, 0, 1, 1, 1, 1, 9, 978, digest("s"), time + DAY),
    )
    yield from answered(state, time, FINAL, "oem", "customer")


def claim(state: Any, time: int) -> Iterator[Move]:
    """Everything that can be done about a service invoice, by parties that come and go."""
    yield from governed(state, ("maintainer", "oem", "auditor"))
    yield from answered(state, time, SERVICE, "maintainer", "oem")


def repair(state: Any, _: int) -> Iterator[Move]:
    """Everything that can be done about a ticket on a stopped machine."""
    for label in (*SIDES, "maintainer"):
        yield "board", proposal(state, ActionKind.REMOVE, party=NUMBER[label])
    for side in SIDES:
        yield "board", proposal(state, ActionKind.CLOSE_OUT, party=NUMBER[side], data=PRESS + bytes(16))
    accreditation = state["accreditation", NUMBER["oem"], 9]
    yield "oem", c.WithdrawAccreditation(NUMBER["rival"], 9, accreditation.version)
    ticket = state.get(("ticket", *TICKET[:2]))
    if ticket is not None:
        yield from _on_ticket(ticket.version)


def _on_ticket(version: int) -> Iterator[Move]:
    for side in SIDES:
        yield side, c.AwardTicket(*TICKET, version)
        yield side, c.ReleaseTicket(*TICKET, version)
        yield side, c.ReopenTicket(*TICKET, version, digest("reason"))
        yield side, c.CloseTicket(*TICKET, version, 5)
        yield side, c.CancelTicket(*TICKET, version)
    for who in ("maintainer", "rival"):
        yield who, c.AcceptTicket(*TICKET, version)
        yield who, c.Bid(*TICKET, 5, 5, 5, ZERO_DIGEST)
        yield who, c.CommitBid(*TICKET, commitment(digest("deployment"), NUMBER[who], SHOWN))
        yield who, SHOWN
        yield who, c.ReleaseTicket(*TICKET, version)
        yield who, c.CompleteTicket(*TICKET, version, digest("report"))
        yield who, c.CloseTicket(*TICKET, version, 0)


@cache
def agreements() -> Graph:
    """All that can become of a machine."""
    return explore(consortium(), agreement)


@cache
def claims() -> Graph:
    """All that can become of a service invoice."""
    world = consortium()
    world.does("maintainer", service(world))
    return explore(world, claim)


@cache
def repairs(opener: str, policy: str) -> Graph:
    """All that can become of a ticket."""
    world = stopped()
    selection = {"first come": FCFS, "scored": scored(world), "sealed": sealed(world)}[policy]
    world.does(opener, open_ticket(world, selection, kind=TicketKind.REACTIVE))
    return explore(world, repair)


def machine_ended(state: Any) -> bool:
    """The agreement is over, or never was."""
    machine = state.get(("machine", PRESS))
    return machine is None or machine.state in ENDED


def offers_ended(state: Any) -> bool:
    """Every offer is answered, or its machine is past all changes."""
    machine = state.get(("machine", PRESS))
    offers = [record for key, record in state.items() if key[0] == "offer"]
    is_open = any(offer.state == OfferState.OFFERED for offer in offers)
    return not is_open or machine.state in (MachineState.TERMINATING, *ENDED)


def invoice_ended(invoice: bytes) -> Callable[[Any], bool]:
    """The invoice is settled, or was never issued."""

    def ended(state: Any) -> bool:
        record = state.get(("invoice", invoice))
        return record is None or record.state == InvoiceState.SETTLED

    return ended


def ticket_ended(state: Any) -> bool:
    """The ticket is closed or cancelled, or its machine is gone."""
    ticket = state["ticket", PRESS, TicketKind.REACTIVE]
    return ticket.state in (TicketState.CLOSED, TicketState.CANCELLED) or machine_ended(state)


def has_state(state: Any, label: str, expected: PartyState) -> bool:
    """Whether a party is in a state."""
    found: bool = state["party", NUMBER[label]].state == expected
    return found


def stuck(graph: Graph, goal: Callable[[Any], bool], *silent: str) -> list[Any]:
    """The states from which there is no way to the goal."""
    reached = graph.reaches(goal, silent)
    return [state for node, (state, _) in graph.situations.items() if node not in reached]


@pytest.mark.parametrize("silent", ["oem", "customer", "auditor"])
def test_an_agreement_can_always_be_ended_without_the_silent_party(silent: str) -> None:
    assert not stuck(agreements(), machine_ended, silent)
    assert not stuck(agreements(), offers_ended, silent)


@pytest.mark.parametrize("silent", ["oem", "customer", "auditor"])
def test_a_final_invoice_can_always_be_settled_without_the_silent_party(silent: str) -> None:
    left = stuck(agreements(), invoice_ended(FINAL), silent)

    assert all(lapsed(state, FINAL, SIDES, silent) for state in left)


@pytest.mark.parametrize("silent", ["oem", "maintainer", "auditor"])
def test_a_service_invoice_can_always_be_settled_without_the_silent_party(silent: str) -> None:
    left = stuck(claims(), invoice_ended(SERVICE), silent)

    assert all(lapsed(state, SERVICE, ("oem", "maintainer"), silent) for state in left)


def lapsed(state: Any, invoice: bytes, sides: tuple[str, ...], silent: str) -> bool:
    """An invoice that was not answered and has nobody left: each of its sides is silent or removed."""
    gone = [side == silent or has_state(state, side, PartyState.REMOVED) for side in sides]
    found: bool = state["invoice", invoice].state == InvoiceState.ISSUED
    return found and all(gone)


@pytest.mark.parametrize("policy", ["first come", "scored", "sealed"])
@pytest.mark.parametrize("opener", SIDES)
@pytest.mark.parametrize("silent", ["oem", "customer", "maintainer"])
def test_a_ticket_can_always_be_ended_without_the_silent_party(opener: str, policy: str, silent: str) -> None:
    assert not stuck(repairs(opener, policy), ticket_ended, silent)


def all_active(state: Any) -> bool:
    """Whether all parties are as they were at the beginning."""
    return all(has_state(state, label, PartyState.ACTIVE) for label in NUMBER)


def test_a_proposal_ends_by_its_time_whoever_is_silent() -> None:
    world = consortium()
    world.invites("second", 21, Role.BOARD)
    world.governs(ActionKind.SET_RULE, rule=Rule.QUORUM, value=2)
    proposed = world.proposal(ActionKind.REMOVE, party=2)
    world.does("board", proposed)
    world.time = world.state["proposal", proposed.proposal].expires

    assert world.refuses("second", c.Approve(proposed.proposal)) == Code.WRONG_STATE
    assert world.does("second", world.proposal(ActionKind.REMOVE, party=2))


def machine_states_that_need_the_board(silent: str) -> set[str]:
    """The machine states from which, with all parties active, only the board leads on without the silent party.

    A withdrawn offer can be made again under another number. The scenario has none, so these states are left out.
    """
    left = stuck(agreements(), machine_ended, silent, "board")
    fresh = [state for state in left if all_active(state) and not withdrawn(state)]
    return {MachineState(state["machine", PRESS].state).name for state in fresh}


def withdrawn(state: Any) -> bool:
    """Whether an offer was withdrawn."""
    return any(key[0] == "offer" and record.state == OfferState.WITHDRAWN for key, record in state.items())


def test_what_only_the_board_can_end_is_known() -> None:
    assert machine_states_that_need_the_board("oem") == {"ACCEPTED", "EXECUTED", "STOPPED", "TERMINATING"}
    assert machine_states_that_need_the_board("customer") == {"ACCEPTED", "EXECUTED", "STOPPED"}
    assert machine_states_that_need_the_board("auditor") == set()


@pytest.mark.parametrize("silent", ["oem", "maintainer", "auditor"])
def test_a_service_invoice_needs_no_board_while_an_auditor_is_there(silent: str) -> None:
    left = stuck(claims(), invoice_ended(SERVICE), silent, "board")

    assert not any(all_active(state) for state in left)


def tickets_that_need_the_board(opener: str, policy: str, silent: str) -> set[str]:
    """The ticket states from which, with all parties active, only the board leads on without the silent party."""
    left = stuck(repairs(opener, policy), ticket_ended, silent, "board")
    states = [state["ticket", PRESS, TicketKind.REACTIVE].state for state in left if all_active(state)]
    return {TicketState(state).name for state in states}


@pytest.mark.parametrize("policy", ["first come", "scored", "sealed"])
@pytest.mark.parametrize("opener", SIDES)
@pytest.mark.parametrize("silent", ["oem", "customer", "maintainer"])
def test_a_ticket_needs_no_board_while_a_maintainer_is_there(opener: str, policy: str, silent: str) -> None:
    assert tickets_that_need_the_board(opener, policy, silent) == set()
