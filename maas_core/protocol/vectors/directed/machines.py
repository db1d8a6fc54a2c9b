"""Machines: agreement, use, and changes of the agreement."""

from dataclasses import replace

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, ChangeKind
from maas_core.protocol.types import MAX_TIME, ZERO_DIGEST
from maas_core.protocol.vectors.cast import START, digest, name
from maas_core.protocol.vectors.directed.setting import (
    LATER,
    MACHINE,
    NUMBER,
    RULES,
    accept,
    agreed,
    anchors,
    consortium,
    invoice,
    item,
    register,
    running,
    start,
    stop,
    stopped,
    ticket,
)
from maas_core.protocol.vectors.domains import with_fields
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    _registration(root)
    registered = root.then("a registered machine").did("oem", register())
    _acceptance(registered)
    ready = agreed(root)
    _use(ready)
    _business_time(ready)
    _unfinished_ticket(stopped(ready))
    _changes(ready)
    _termination(ready)
    _every_state(root)
    return [root]


def _registration(root: Story) -> None:
    probe(root, "oem", register())
    probe(root, "customer", register("by the customer"))
    story = root.then("registrations")
    same = register(customer=NUMBER["oem"])
    story.refused(Code.INVALID_ARGUMENT, "oem", same, "with one party on both sides")
    story.refused(Code.NOT_AUTHORISED, "trader", register(), "from a party that is no side")
    story.refused(Code.NOT_AUTHORISED, "auditor", register(oem=NUMBER["auditor"]), "from an OEM without the role")
    no_role = register(customer=NUMBER["auditor"])
    story.refused(Code.NOT_AUTHORISED, "auditor", no_role, "from a customer without the role")
    for sender, side in (("oem", "customer"), ("customer", "oem")):
        usual = register()
        story.refused(Code.UNKNOWN_RECORD, sender, with_fields(usual, **{side: 99}), f"with an unknown {side}")
        for label in ("invited", "suspended", "removed"):
            other = with_fields(usual, **{side: NUMBER[label]})
            story.refused(Code.NOT_ACTIVE, sender, other, f"with {label} as {side}")
        other = with_fields(usual, **{side: NUMBER["maintainer"]})
        story.refused(Code.INVALID_ARGUMENT, sender, other, f"with a maintainer as {side}")
    story.did("oem", register()).did("trader", register("traded", oem=NUMBER["trader"]))
    story.refused(Code.ALREADY_EXISTS, "oem", register(), "under a taken id")
    story.refused(Code.ALREADY_EXISTS, "trader", register(), "under a taken id, whoever sends")


def _acceptance(registered: Story) -> None:
    probe(registered, "customer", accept())
    probe(registered, "oem", c.DeclineMachine(MACHINE, 1))
    probe(registered, "customer", c.DeclineMachine(MACHINE, 1))
    story = registered.then("acceptances")
    story.refused(Code.NOT_AUTHORISED, "oem", accept(), "from the side that registered")
    other = replace(accept(), terms=digest("other terms"))
    story.refused(Code.TERMS_MISMATCH, "customer", other, "with other terms")
    story.refused(Code.STALE_VERSION, "customer", replace(other, version=2), "with other terms and version")
    story.did("customer", accept())
    story.refused(Code.WRONG_STATE, "customer", accept(), "a second time")
    story.refused(Code.WRONG_STATE, "oem", c.DeclineMachine(MACHINE, 2), "once it is accepted")
    by_customer = registered.then("a registration by the customer").did("customer", register("by the customer"))
    by_customer.refused(Code.NOT_AUTHORISED, "customer", accept("by the customer"), "from the side that registered")
    by_customer.did("oem", accept("by the customer"))


def _use(ready: Story) -> None:
    probe(ready, "customer", start(2, START))
    in_use = running(ready)
    probe(in_use, "customer", stop(3, START + 60))
    at_rest = in_use.then("at rest").did("customer", stop(3, START + 60))
    probe(at_rest, "customer", start(4, START + 90))
    probe(at_rest, "customer", c.ResetMachine(MACHINE, 4, START + 90))
    story = at_rest.then("round and round")
    story.did("customer", start(4, START + 60), "at the very second of the stop")
    for cause in (2, 3, 4):
        version = story.state["machine", MACHINE].version
        story.did("customer", stop(version, START + 60, cause=cause, evidence=ZERO_DIGEST))
        story.did("customer", c.ResetMachine(MACHINE, version + 1, START + 60))
        story.refused(Code.STALE_VERSION, "customer", start(version + 1, START + 60), "with the version before")
        story.did("customer", start(version + 2, START + 60))


def _business_time(ready: Story) -> None:
    story = ready.then("business times")
    ahead = story.clock + RULES.clock_bound
    story.refused(Code.LIMIT_EXCEEDED, "customer", start(2, ahead + 1), "further ahead than the clock bound")
    ahead = story.clock + RULES.clock_bound
    story.did("customer", start(2, ahead), "as far ahead as the clock bound")
    story.refused(Code.WINDOW_OVERLAP, "customer", stop(3, ahead - 1), "before the start")
    too_far = stop(3, story.clock + RULES.clock_bound + 1)
    story.refused(Code.LIMIT_EXCEEDED, "customer", too_far, "further ahead than the clock bound")
    story.did("customer", stop(3, ahead), "at the very second of the start")
    reset = c.ResetMachine(MACHINE, 4, ahead - 1)
    story.refused(Code.WINDOW_OVERLAP, "customer", reset, "before the stop")
    too_far_reset = replace(reset, at=story.clock + RULES.clock_bound + 1)
    story.refused(Code.LIMIT_EXCEEDED, "customer", too_far_reset, "further ahead than the clock bound")
    story.refused(Code.WINDOW_OVERLAP, "customer", start(4, ahead - 1), "before the stop")
    story.did("customer", replace(reset, at=ahead))
    long_ago = ready.then("a start recorded years later").did("customer", start(2, 0), "of the year 1970")
    long_ago.did("customer", stop(3, 1), "a second later")
    far = ready.then("the last times").wait(MAX_TIME - 900 - ready.clock)
    far.did("customer", start(2, MAX_TIME), "at the last time that there is")
    far.did("customer", stop(3, MAX_TIME)).did("customer", c.ResetMachine(MACHINE, 4, MAX_TIME))


def _unfinished_ticket(at_rest: Story) -> None:
    reset = c.ResetMachine(MACHINE, 4, START + 90)
    story = at_rest.then("a reactive ticket before the reset")
    story.did("oem", ticket(kind=1)).did("customer", ticket(kind=2))
    story.refused(Code.WRONG_STATE, "customer", reset, "while a reactive ticket is open")
    story.refused(Code.WRONG_STATE, "customer", replace(reset, version=9), "for the ticket before the version")
    story.did("maintainer", c.AcceptTicket(MACHINE, 1, 1, 1))
    story.refused(Code.WRONG_STATE, "customer", reset, "while a reactive ticket is assigned")
    story.did("maintainer", c.CompleteTicket(MACHINE, 1, 1, 2, digest("report")))
    story.refused(Code.WRONG_STATE, "customer", reset, "while a reactive ticket is completed, not closed")
    story.did("oem", c.CloseTicket(MACHINE, 1, 1, 3, 5))
    story.did("customer", reset, "while a preventive ticket is open")
    cancelled = at_rest.then("a cancelled ticket before the reset").did("customer", ticket(kind=1))
    cancelled.did("customer", c.CancelTicket(MACHINE, 1, 1, 1)).did("customer", reset)


def _amend(n: int, effective_from: int = LATER) -> c.OfferChange:
    return c.OfferChange(MACHINE, n, ChangeKind.AMEND, digest(f"terms {n}"), effective_from)


def _end(n: int) -> c.OfferChange:
    return c.OfferChange(MACHINE, n, ChangeKind.TERMINATE, ZERO_DIGEST, LATER)


def _changes(ready: Story) -> None:
    probe(ready, "oem", _amend(1))
    probe(ready, "customer", _end(1))
    offered = ready.then("two offers").did("oem", _amend(1)).did("customer", _end(2))
    probe(offered, "customer", c.AcceptChange(MACHINE, 1))
    probe(offered, "oem", c.AcceptChange(MACHINE, 2))
    probe(offered, "oem", c.WithdrawChange(MACHINE, 1))
    story = offered.then("offers")
    bare = replace(_amend(3), terms=ZERO_DIGEST)
    story.refused(Code.INVALID_ARGUMENT, "oem", bare, "of new terms without terms")
    full = replace(_end(3), terms=digest("terms 3"))
    story.refused(Code.INVALID_ARGUMENT, "oem", full, "of the end with terms")
    story.refused(Code.ALREADY_EXISTS, "customer", _amend(1), "under a taken number")
    story.refused(Code.ALREADY_EXISTS, "auditor", _amend(1), "under a taken number, whoever sends")
    story.refused(Code.NOT_AUTHORISED, "auditor", _amend(3), "from a party that is no side")
    story.refused(Code.NOT_AUTHORISED, "oem", c.AcceptChange(MACHINE, 1), "from the offerer")
    story.refused(Code.NOT_AUTHORISED, "customer", c.WithdrawChange(MACHINE, 1), "from the other side")
    story.did("customer", c.AcceptChange(MACHINE, 1))
    story.refused(Code.WRONG_STATE, "customer", c.AcceptChange(MACHINE, 1), "a second time")
    story.refused(Code.WRONG_STATE, "oem", c.WithdrawChange(MACHINE, 1), "once it is accepted")
    story.did("customer", c.WithdrawChange(MACHINE, 2))
    story.refused(Code.WRONG_STATE, "oem", c.AcceptChange(MACHINE, 2), "of a withdrawn offer")
    story.refused(Code.WRONG_STATE, "customer", c.WithdrawChange(MACHINE, 2), "a second time")
    _effective_from(ready)


def _effective_from(ready: Story) -> None:
    story = ready.then("new terms and what is billed")
    story.did("oem", _amend(1, START - 1)).did("oem", _amend(2, START)).did("oem", _amend(3, START + 1))
    story.did("oem", _amend(4, 0)).did("oem", invoice("invoice"))
    late = "from a time that is billed already"
    story.refused(Code.PERIOD_MISMATCH, "customer", c.AcceptChange(MACHINE, 1), late)
    story.refused(Code.PERIOD_MISMATCH, "customer", c.AcceptChange(MACHINE, 4), late)
    for n in (2, 3):
        story.did("customer", c.AcceptChange(MACHINE, n))
    unbilled = ready.then("new terms before anything is billed").did("customer", _amend(1, 0))
    unbilled.did("oem", c.AcceptChange(MACHINE, 1))


def _termination(ready: Story) -> None:
    in_use = running(ready)
    in_use.did("oem", _end(1)).did("oem", _amend(2)).did("customer", _end(3))
    story = in_use.then("the end of an agreement")
    story.refused(Code.WRONG_STATE, "customer", c.AcceptChange(MACHINE, 1), "of the end while the machine runs")
    story.did("customer", c.AcceptChange(MACHINE, 2), "of new terms while the machine runs")
    story.did("customer", stop(4, START + 60))
    story.did("customer", c.AcceptChange(MACHINE, 1), "of the end once the machine has stopped")
    story.refused(Code.WRONG_STATE, "oem", c.AcceptChange(MACHINE, 3), "of the end a second time")
    story.refused(Code.WRONG_STATE, "oem", _end(4), "once the end is agreed")
    story.refused(Code.WRONG_STATE, "customer", start(6, START + 90), "once the end is agreed")
    story.did("customer", c.WithdrawChange(MACHINE, 3))
    story.did("customer", anchors(item(1, START, START + 60)), "once the end is agreed")
    final = {"kind": 2, "window_from": START, "window_to": START + 60, "seq_to": 2}
    story.did("oem", invoice("final", **final)).did("customer", c.AcceptInvoice(name("final"), 1))
    story.did("oem", c.SettleInvoice(name("final"), 2, digest("payment")))
    more = anchors(item(2, START + 60, START + 120))
    story.refused(Code.WRONG_STATE, "customer", more, "once the agreement has ended")
    story.refused(Code.WRONG_STATE, "oem", _amend(5), "once the agreement has ended")


def _every_state(root: Story) -> None:
    """Commands in the states in which nothing of theirs can be done."""
    story = root.then("declined and closed out")
    for label in ("declined", "closed"):
        story.did("oem", register(label))
    story.did("customer", c.DeclineMachine(name("declined"), 1)).did("customer", accept("closed"))
    offer = replace(_amend(1), machine=name("closed"))
    story.did("oem", offer)
    story.did(BOARD, propose("remove customer", ActionKind.REMOVE, party=NUMBER["customer"]))
    data = name("closed") + bytes(16)
    story.did(BOARD, propose("close out", ActionKind.CLOSE_OUT, party=NUMBER["customer"], data=data))
    story.refused(Code.WRONG_STATE, "oem", replace(offer, n=2), "once the machine is closed out")
    for label, version in (("declined", 2), ("closed", 3)):
        decline = c.DeclineMachine(name(label), version)
        story.refused(Code.WRONG_STATE, "oem", decline, f"when the machine is {label}")
        story.refused(Code.WRONG_STATE, "oem", replace(_amend(3), machine=name(label)), f"when it is {label}")
    story.did("oem", c.WithdrawChange(name("closed"), 1), "after the machine's end")
