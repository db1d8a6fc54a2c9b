"""Vectors for networks with a clock of their own: no outcome depends on exact times."""

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, ChangeKind, Role, Rule
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.cast import START, digest, name
from maas_core.protocol.vectors.directed.bidding import bid
from maas_core.protocol.vectors.directed.setting import (
    MACHINE,
    NUMBER,
    OPEN_BIDS,
    accept,
    accredit,
    agreed,
    anchors,
    consortium,
    invite,
    invoice,
    item,
    join,
    register,
    running,
    service,
    start,
    stop,
    stopped,
    ticket,
)
from maas_core.protocol.vectors.directed.tickets import REPORT, on
from maas_core.protocol.vectors.probes import BOARD, propose
from maas_core.protocol.vectors.story import Story

HOUR = 3_600


def stories() -> list[Story]:
    """The roots of these vectors."""
    root = consortium()
    _governance(root)
    ready = agreed(root)
    _use(ready)
    _ticket(ready)
    _bids(ready)
    _billing(ready)
    _end(ready)
    return _mark(root)


def _mark(root: Story) -> list[Story]:
    waiting = [root]
    while waiting:
        story = waiting.pop()
        story.marks = ("timeless",)
        waiting += story.children
    return [root]


def _governance(root: Story) -> None:
    story = root.then("two on the board")
    story.refused(Code.NOT_AUTHORISED, "stranger", join("stranger"), "from who was not invited")
    story.did(BOARD, invite("second board", 20, Role.BOARD)).did("second board", join("second board"))
    story.did(BOARD, propose("two", ActionKind.SET_RULE, rule=Rule.QUORUM, value=2))
    story.did(BOARD, propose("open", ActionKind.SUSPEND, party=NUMBER["oem"]))
    vote = c.Approve(name("proposal open"))
    story.refused(Code.ALREADY_EXISTS, BOARD, vote, "from the proposer")
    story.refused(Code.NOT_AUTHORISED, "oem", vote, "from a party that is not on the board")
    story.did("second board", vote)
    story.refused(Code.NOT_ACTIVE, "oem", register(), "from a suspended party")
    others = root.then("accreditations and an attestation").did("oem", register()).did("customer", accept())
    others.refused(Code.STALE_VERSION, "oem", accredit("maintainer", 0), "with an old version")
    others.refused(Code.ALREADY_EXISTS, "oem", accredit("maintainer", 2), "of one that is accredited")
    others.did("oem", c.WithdrawAccreditation(NUMBER["rival"], 7, 2))
    others.did("auditor", c.Attest(name("attestation"), MACHINE, 1, digest("seal")))


def _use(ready: Story) -> None:
    story = running(ready)
    story.refused(Code.WRONG_STATE, "customer", start(3, START), "while it runs")
    story.refused(Code.NOT_AUTHORISED, "oem", stop(3, START + 60), "from the OEM")
    story.refused(Code.STALE_VERSION, "customer", stop(2, START + 60), "with an old version")
    story.refused(Code.WINDOW_OVERLAP, "customer", stop(3, START - 1), "before the start")
    story.did("customer", stop(3, START + 60)).did("customer", c.ResetMachine(MACHINE, 4, START + 61))
    chain = ready.then("anchors")
    chain.did("customer", anchors(item(1, START - HOUR, START)))
    chain.refused(Code.SEQUENCE_GAP, "customer", anchors(item(1, START - HOUR, START)), "a second time")
    chain.refused(Code.WINDOW_OVERLAP, "customer", anchors(item(2, START - 1, START + 1)), "that overlaps")
    chain.did("customer", anchors(item(2, START - HOUR, START, kind=2, corrects=1)))
    chain.did("customer", anchors(item(3, START, START + 1)))


def _ticket(ready: Story) -> None:
    story = stopped(ready)
    story.did("customer", ticket(kind=1))
    story.refused(Code.ALREADY_EXISTS, "oem", ticket(kind=1), "a second time")
    story.refused(Code.WRONG_STATE, "customer", c.ResetMachine(MACHINE, 4, START + 90), "with a ticket open")
    story.did("maintainer", c.AcceptTicket(MACHINE, 1, 1, 1))
    story.refused(Code.WRONG_STATE, "rival", c.AcceptTicket(MACHINE, 1, 1, 1), "when another was first")
    story.did("maintainer", c.CompleteTicket(MACHINE, 1, 1, 2, REPORT))
    story.did("customer", c.ReopenTicket(MACHINE, 1, 1, 3, digest("reason")))
    story.did("maintainer", c.ReleaseTicket(MACHINE, 1, 1, 4)).did("rival", c.AcceptTicket(MACHINE, 1, 1, 5))
    story.did("rival", c.CompleteTicket(MACHINE, 1, 1, 6, REPORT))
    story.did("customer", c.CloseTicket(MACHINE, 1, 1, 7, 5)).did("customer", start(4, START + 90))


def _bids(ready: Story) -> None:
    story = ready.then("open bids and an early award").did("oem", ticket(OPEN_BIDS))
    story.did("maintainer", bid())
    story.refused(Code.BIDDING_OPEN, "oem", on(c.AwardTicket, 1), "with one bid where two are wanted")
    story.refused(Code.ALREADY_EXISTS, "maintainer", bid(), "a second time")
    story.refused(Code.NOT_AUTHORISED, "trader", bid(), "from a party that is no maintainer")
    story.did("rival", bid(price=70_000)).did("customer", on(c.AwardTicket, 1))


def _billing(ready: Story) -> None:
    story = ready.then("a disputed invoice").did("oem", invoice("invoice"))
    story.refused(Code.PERIOD_MISMATCH, "oem", invoice("second"), "of the same period")
    dispute = c.DisputeInvoice(name("invoice"), 1, 1, digest("counter"), 0, digest("e"))
    story.refused(Code.NOT_AUTHORISED, "oem", dispute, "from the issuer")
    story.did("customer", dispute)
    story.did("auditor", c.RuleOnInvoice(name("invoice"), 2, 5, digest("ruling")))
    story.did("oem", c.SettleInvoice(name("invoice"), 3, digest("payment")))
    story.did("maintainer", service("service")).did("customer", c.AcceptInvoice(name("service"), 1))


def _end(ready: Story) -> None:
    story = ready.then("the end of an agreement")
    story.did("oem", c.OfferChange(MACHINE, 1, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
    story.refused(Code.NOT_AUTHORISED, "oem", c.AcceptChange(MACHINE, 1), "from the offerer")
    story.did("customer", c.AcceptChange(MACHINE, 1)).did("oem", invoice("final", kind=2))
    story.did("customer", c.AcceptInvoice(name("final"), 1))
    story.did("oem", c.SettleInvoice(name("final"), 2, digest("payment")))
    story.refused(Code.WRONG_STATE, "customer", anchors(item(1, START, START + 1)), "after the end")
