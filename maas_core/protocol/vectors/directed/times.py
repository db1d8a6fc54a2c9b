"""A ledger whose time steps back now and then: a record's own time never does."""

from dataclasses import replace

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.vectors.cast import DAY, digest, name
from maas_core.protocol.vectors.directed.bidding import AWARD, bid, commit, reveal
from maas_core.protocol.vectors.directed.setting import (
    LATER,
    OPEN_BIDS,
    SEALED_BIDS,
    agreed,
    consortium,
    invoice,
    ticket,
)
from maas_core.protocol.vectors.directed.tickets import DEADLINE, REPORT, on
from maas_core.protocol.vectors.story import Story

MARK = "time_steps_back"
BACK = -300
INVOICE = name("invoice")


def stories() -> list[Story]:
    """The roots of these vectors."""
    root = consortium()
    ready = agreed(root)
    _invoices(ready)
    _tickets(ready)
    _bids(ready)
    _next_ticket(ready)
    return [root]


def _invoices(ready: Story) -> None:
    story = ready.then("an invoice while time steps back", MARK).did("oem", invoice("invoice")).wait(BACK)
    story.did("customer", c.DisputeInvoice(INVOICE, 1, 1, digest("counter"), 0, digest("e"))).wait(BACK)
    record_time = story.state["invoice", INVOICE].time
    revise = c.ReviseInvoice(INVOICE, 2, 1, digest("revised"), record_time)
    story.refused(Code.INVALID_ARGUMENT, "oem", revise, "with a response due at the record's time")
    story.did("oem", replace(revise, respond_by=record_time + 1), "with a second to respond")
    story.wait(BACK)
    accept = c.AcceptInvoice(INVOICE, 3)
    story.refused(Code.NOT_AUTHORISED, "oem", accept, "from the issuer, as the record's time is too early")
    story.did("customer", accept).wait(BACK)
    story.did("oem", c.SettleInvoice(INVOICE, 4, digest("payment")))
    ruled = ready.then("a ruling while time steps back", MARK).did("oem", invoice("invoice")).wait(BACK)
    ruled.did("customer", c.DisputeInvoice(INVOICE, 1, 1, digest("counter"), 0, digest("e"))).wait(BACK)
    ruled.did("auditor", c.RuleOnInvoice(INVOICE, 2, 5, digest("ruling")))


def _tickets(ready: Story) -> None:
    story = ready.then("a ticket while time steps back", MARK).did("oem", ticket()).wait(BACK)
    story.did("maintainer", on(c.AcceptTicket, 1)).wait(BACK)
    story.did("maintainer", on(c.CompleteTicket, 2, report=REPORT)).wait(BACK)
    story.did("oem", on(c.ReopenTicket, 3, reason=REPORT)).wait(BACK)
    story.did("maintainer", on(c.ReleaseTicket, 4)).wait(BACK)
    story.did("rival", on(c.AcceptTicket, 5)).wait(BACK)
    story.did("rival", on(c.CompleteTicket, 6, report=REPORT)).wait(BACK)
    story.did("oem", on(c.CloseTicket, 7, rating=4))
    missed = ready.then("a deadline while time steps back", MARK).did("oem", ticket())
    missed.wait(DEADLINE - missed.clock).did("maintainer", on(c.AcceptTicket, 1)).wait(-DAY)
    missed.did("oem", on(c.ReleaseTicket, 2), "as the record's time is past the deadline")
    missed.did("oem", on(c.CancelTicket, 3))


def _bids(ready: Story) -> None:
    """A record's time that is later than the ledger's closes bidding."""
    story = ready.then("bids while time steps back", MARK)
    near = story.clock + 300
    story.wait(300).did("oem", ticket(replace(OPEN_BIDS, award_at=near + 10), deadline=LATER)).wait(-240)
    story.did("maintainer", bid())
    story.refused(Code.BIDDING_OPEN, "oem", AWARD, "before its time")
    sealed = ready.then("sealed bids while time steps back", MARK)
    near = sealed.clock + 300
    selection = replace(SEALED_BIDS, commit_until=near + 10, reveal_until=near + 400)
    sealed.wait(300).did("oem", ticket(selection, deadline=LATER)).wait(-240)
    sealed.did("maintainer", commit("maintainer", reveal()))
    sealed.refused(Code.BIDDING_OPEN, "maintainer", reveal(), "before reveals")
    sealed.wait(300).did("maintainer", reveal())


def _next_ticket(ready: Story) -> None:
    story = ready.then("the next ticket while time steps back", MARK).wait(600).did("oem", ticket())
    story.did("oem", on(c.CancelTicket, 1)).wait(-600)
    last = story.state["ticket", ticket().machine, 2].time
    past = ticket(n=2, deadline=last)
    story.refused(Code.INVALID_ARGUMENT, "oem", past, "with a deadline at the last ticket's time")
    story.did("oem", replace(past, deadline=last + 1), "with a deadline a second later")
