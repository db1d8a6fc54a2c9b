"""Where generated sequences begin: from nothing to a consortium in which everything is in every state."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import (
    ActionKind,
    ChangeKind,
    InvoiceKind,
    PartyState,
    Role,
    Rule,
    SelectionPolicy,
)
from maas_core.protocol.types import ZERO_DIGEST, ZERO_ID
from maas_core.protocol.vectors.cast import DAY, START, digest, identity, name
from maas_core.protocol.vectors.guided.choices import Choices, Simplest
from maas_core.protocol.vectors.guided.tickets import PLANS as TICKET_PLANS
from maas_core.protocol.vectors.guided.world import NO_SELECTION, World
from maas_core.protocol.vectors.probes import action
from maas_core.protocol.vectors.story import Story

RULES = Rules(quorum=1, proposal_lifetime=7 * DAY, anchor_items=10, clock_bound=900, close_after=DAY, finality_depth=12)
BOARD, OEM, CUSTOMER, MAINTAINER, RIVAL, AUDITOR = "p1", "p2", "p3", "p4", "p5", "p6"
SIX = {2: Role.OEM, 3: Role.CUSTOMER, 4: Role.MAINTAINER, 5: Role.MAINTAINER, 6: Role.AUDITOR}
OPEN_BIDS = c.Selection(SelectionPolicy.SCORED, START + 40 * DAY, 2, 0, 0, 4_000, 3_000, 2_000, 1_000)
SEALED_BIDS = c.Selection(SelectionPolicy.SEALED, 0, 0, START + 40 * DAY, START + 41 * DAY, 0, 0, 0, 10_000)


def _propose(story: Story, kind: ActionKind, **fields: Any) -> Story:
    proposal = name(f"proposal {sum(key[0] == 'proposal' for key in story.state)}")
    return story.did(BOARD, c.Propose(proposal, action(kind, **fields)))


def _member(story: Story, number: int, roles: int, state: PartyState = PartyState.ACTIVE) -> Story:
    label = f"p{number}"
    _propose(story, ActionKind.INVITE, party=number, identity=identity(label), roles=roles)
    if state != PartyState.INVITED:
        story.did(label, c.Join(digest(f"profile of {label}")))
    if state == PartyState.SUSPENDED:
        _propose(story, ActionKind.SUSPEND, party=number)
    if state == PartyState.REMOVED:
        _propose(story, ActionKind.REMOVE, party=number)
    return story


def _founded(title: str) -> Story:
    story = Story(title)
    return story.did(BOARD, c.Found(digest("deployment"), ZERO_DIGEST, digest("profile of p1"), RULES))


def nothing() -> Story:
    """The empty ledger."""
    return Story("nothing yet")


def six(title: str = "six parties") -> Story:
    """One party of each role, and a second maintainer."""
    story = _founded(title)
    for number, roles in SIX.items():
        _member(story, number, roles)
    for version, number in enumerate((4, 5)):
        story.did(OEM, c.Accredit(number, 1, version))
    return story


def board() -> Story:
    """Three on the board, two votes needed, parties with several roles."""
    story = six("a board of three")
    for number, roles in ((7, 31), (8, Role.BOARD | Role.MAINTAINER), (9, Role.OEM | Role.CUSTOMER)):
        _member(story, number, roles)
    _member(story, 10, Role.OEM, PartyState.SUSPENDED)
    _propose(story, ActionKind.SET_RULE, rule=Rule.QUORUM, value=2)
    return _open_proposals(story)


def _open_proposals(story: Story) -> Story:
    """Some of which the others make impossible."""
    for number in (20, 21):
        _propose(story, ActionKind.INVITE, party=number, identity=identity("p50"), roles=Role.OEM)
    _propose(story, ActionKind.INVITE, party=20, identity=identity("p51"), roles=Role.OEM)
    for kind in (ActionKind.SUSPEND, ActionKind.REMOVE):
        for number in (7, 8, 9):
            _propose(story, kind, party=number)
    for _ in range(2):
        _propose(story, ActionKind.REINSTATE, party=10)
        _propose(story, ActionKind.REMOVE, party=9)
    _propose(story, ActionKind.REBIND, party=9, identity=identity("p50"))
    for number in (7, 8):
        _propose(story, ActionKind.SET_ROLES, party=number, roles=Role.MAINTAINER)
    return _propose(story, ActionKind.SET_RULE, rule=Rule.QUORUM, value=3)


def everybody() -> Story:
    """Parties in every state with every single role and with several."""
    story = _founded("everybody")
    kinds = product(PartyState, (*Role, Role.OEM | Role.MAINTAINER))
    for number, (state, roles) in enumerate(kinds, 2):
        _member(story, number, roles, state)
    return story


def _machine(story: Story, label: str, accepted: bool = True) -> bytes:
    machine = name(label)
    terms, spec = digest("terms"), digest("spec")
    story.did(OEM, c.RegisterMachine(machine, 2, 3, 1, spec, terms, 60, 30 * DAY))
    if accepted:
        story.did(CUSTOMER, c.AcceptMachine(machine, 1, terms))
    return machine


def _start(story: Story, machine: bytes) -> Story:
    return story.did(CUSTOMER, c.StartMachine(machine, 2, story.clock))


def _ticket(story: Story, machine: bytes, kind: int, selection: c.Selection = NO_SELECTION) -> Story:
    work, deadline = digest("work"), START + 50 * DAY
    return story.did(OEM, c.OpenTicket(machine, kind, 1, selection, work, deadline, 3))


def _service(story: Story, label: str) -> bytes:
    invoice, statement = name(label), digest("statement")
    issue = c.IssueInvoice(
        invoice, 3, ZERO_ID, InvoiceKind.SERVICE, 0, 0, 0, 0, 0, 1_000, 978, statement, START + 40 * DAY
    )
    story.did(MAINTAINER, issue)
    return invoice


def work() -> Story:
    """Three machines at work, anchored and billed, with tickets."""
    story = six("machines at work")
    running, stopped, ready = (_machine(story, label) for label in ("running", "stopped", "ready"))
    _start(_start(story, running), stopped)
    story.did(CUSTOMER, c.StopMachine(stopped, 3, story.clock, 1, digest("evidence")))
    begin = START - DAY
    for machine in (running, ready):
        first = c.AnchorItem(machine, 1, 1, 0, begin, begin + 60, 60, digest("manifest"), b"sealed")
        story.did(CUSTOMER, c.AnchorTelemetry((first,)))
    _ticket(story, stopped, 1)
    _ticket(story, running, 2, OPEN_BIDS)
    _service(story, "issued")
    return _half_revealed(story, ready)


def _half_revealed(story: Story, machine: bytes) -> Story:
    """A ticket with two sealed bids, one of them revealed."""
    until = story.clock + 600
    _ticket(story, machine, 2, replace(SEALED_BIDS, commit_until=until))
    for number in (4, 5):
        _play(story, c.CommitBid, machine, number)
    story.wait(600)
    return _play(story, c.RevealBid, machine, 4)


def museum() -> Story:
    """Everything in every state."""
    story = six("everything in every state")
    _member(story, 7, 31)
    for number, state in ((8, PartyState.INVITED), (9, PartyState.SUSPENDED), (10, PartyState.REMOVED)):
        _member(story, number, 30, state)
    story.did(OEM, c.Accredit(7, 1, 2))
    _machines(story)
    _orphans(story)
    _invoices(story)
    _tickets(story)
    _offers(story)
    _propose(story, ActionKind.SET_RULE, rule=Rule.ANCHOR_ITEMS, value=3)
    _propose(story, ActionKind.SET_RULE, rule=Rule.QUORUM, value=2)
    for _ in range(2):
        _propose(story, ActionKind.CLOSE_OUT, party=11, data=name("orphan") + bytes(16))
    return story


def retired() -> Story:
    """The same after the end of the deployment."""
    story = museum()
    _propose(story, ActionKind.RETIRE, data=digest("successor"))
    proposal = max((record for key, record in story.state.items() if key[0] == "proposal"), key=lambda one: one.expires)
    return story.did("p7", c.Approve(proposal.proposal))


def _machines(story: Story) -> None:
    for label in ("registered", "declined"):
        _machine(story, label, accepted=False)
    story.did(CUSTOMER, c.DeclineMachine(name("declined"), 1))
    for label in ("accepted", "executed", "stopped", "terminating", "terminated"):
        _machine(story, label)
    for label in ("executed", "stopped"):
        _start(story, name(label))
    story.did(CUSTOMER, c.StopMachine(name("stopped"), 3, story.clock, 1, digest("evidence")))
    story.did(OEM, c.OfferChange(name("terminating"), 8, ChangeKind.AMEND, digest("terms 8"), 0))
    for label in ("terminating", "terminated"):
        story.did(OEM, c.OfferChange(name(label), 9, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
        story.did(CUSTOMER, c.AcceptChange(name(label), 9))
    statement, until = digest("statement"), START + 40 * DAY
    final = c.IssueInvoice(
        name("final"), 3, name("terminated"), InvoiceKind.FINAL, 0, START, START, 1, 1, 5, 978, statement, until
    )
    story.did(OEM, final).did(CUSTOMER, c.AcceptInvoice(name("final"), 1))
    story.did(OEM, c.SettleInvoice(name("final"), 2, digest("payment")))


def _orphans(story: Story) -> None:
    """Machines of an OEM that is removed."""
    _member(story, 11, Role.OEM)
    for label in ("orphan", "declined orphan"):
        register = c.RegisterMachine(name(label), 11, 3, 1, digest("spec"), digest("terms"), 60, 0)
        story.did("p11", register)
    story.did(CUSTOMER, c.DeclineMachine(name("declined orphan"), 1))
    _propose(story, ActionKind.REMOVE, party=11)


def _invoices(story: Story) -> None:
    disputed, accepted = _service(story, "disputed"), _service(story, "accepted")
    _service(story, "issued")
    story.did(CUSTOMER, c.DisputeInvoice(disputed, 1, 5, digest("counter"), 0, digest("evidence")))
    story.did(CUSTOMER, c.AcceptInvoice(accepted, 1))


def _tickets(story: Story) -> None:
    """Unfinished and finished ones, open for each policy, with bids of a maintainer and of who has all roles."""
    places = {
        "open": (name("accepted"), 2),
        "assigned": (name("stopped"), 1),
        "completed": (name("stopped"), 2),
        "scored": (name("executed"), 2),
    }
    for label, (machine, kind) in places.items():
        _ticket(story, machine, kind, OPEN_BIDS if label == "scored" else NO_SELECTION)
    for label in ("assigned", "completed"):
        story.did(MAINTAINER, c.AcceptTicket(*places[label], 1, 1))
    story.did(MAINTAINER, c.CompleteTicket(*places["completed"], 1, 2, digest("report")))
    for bidder in (MAINTAINER, "p7"):
        story.did(bidder, c.Bid(*places["scored"], 1, 100, 60, 5, digest("offer")))
    for label in ("sealed", "closed", "cancelled"):
        _ticket(story, _machine(story, label), 2, SEALED_BIDS if label == "sealed" else NO_SELECTION)
    for number in (4, 7):
        _play(story, c.CommitBid, name("sealed"), number)
    story.did(OEM, c.CancelTicket(name("cancelled"), 2, 1, 1))
    story.did(MAINTAINER, c.AcceptTicket(name("closed"), 2, 1, 1))
    story.did(MAINTAINER, c.CompleteTicket(name("closed"), 2, 1, 2, digest("report")))
    story.did(OEM, c.CloseTicket(name("closed"), 2, 1, 3, 4))


def _play(story: Story, command: type[Command], machine: bytes, number: int) -> Story:
    """The command that a plan makes on a preventive ticket."""
    plan = next(plan for plan in TICKET_PLANS if plan.command is command)
    world = World(story.state, story.clock)
    subject = story.state["ticket", machine, 2]
    return story.did(f"p{number}", plan.make(world, subject, number, Choices(Simplest())))


def _offers(story: Story) -> None:
    machine = name("accepted")
    for n in (1, 2, 3):
        story.did(OEM, c.OfferChange(machine, n, ChangeKind.AMEND, digest(f"terms {n}"), START))
    story.did(OEM, c.OfferChange(name("executed"), 1, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
    story.did(CUSTOMER, c.AcceptChange(machine, 2)).did(OEM, c.WithdrawChange(machine, 3))


SETUPS: dict[str, Callable[[], Story]] = {
    "nothing": nothing,
    "six": six,
    "board": board,
    "everybody": everybody,
    "work": work,
    "museum": museum,
    "retired": retired,
}
