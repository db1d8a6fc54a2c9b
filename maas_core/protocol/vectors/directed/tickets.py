"""Tickets: opening, first come first served, release, completion, closing."""

from dataclasses import replace
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, ChangeKind, Role, TicketKind
from maas_core.protocol.types import MAX_TIME, ZERO_DIGEST
from maas_core.protocol.vectors.cast import DAY, digest, name
from maas_core.protocol.vectors.directed.setting import (
    CLASS,
    FIRST_COME,
    LATER,
    MACHINE,
    NUMBER,
    OPEN_BIDS,
    RULES,
    SEALED_BIDS,
    accredit,
    agreed,
    consortium,
    register,
    running,
    stopped,
    ticket,
)
from maas_core.protocol.vectors.domains import with_fields
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story

PREVENTIVE = TicketKind.PREVENTIVE
DEADLINE = LATER + 10 * DAY
REPORT = digest("report")


def on(kind: type[Command], version: int, n: int = 1, **more: Any) -> Command:
    """A command on the preventive ticket."""
    return kind(MACHINE, PREVENTIVE, n, version, **more)  # type: ignore[call-arg]


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    ready = agreed(root)
    _selection(ready)
    _opening(root, ready)
    _reactive(ready)
    opened = ready.then("an open ticket").did("oem", ticket())
    _first_come(opened)
    assigned = opened.then("an assigned ticket").did("maintainer", on(c.AcceptTicket, 1))
    _release(assigned)
    completed = assigned.then("a completed ticket").did("maintainer", on(c.CompleteTicket, 2, report=REPORT))
    _completion(assigned, completed)
    _reopening(completed)
    _own_work(root)
    _closing(completed)
    _waiting_assignee(completed)
    _numbers(opened)
    return [root]


def _selection(ready: Story) -> None:
    for label, selection in (("first come", FIRST_COME), ("open bids", OPEN_BIDS), ("sealed bids", SEALED_BIDS)):
        probe(ready.then(f"before a ticket with {label}"), "oem", ticket(selection))
    story = ready.then("selections that contradict themselves")
    for field in ("award_at", "award_from", "commit_until", "reveal_until", "price_weight", "proximity_weight"):
        odd = ticket(replace(FIRST_COME, **{field: 1}))
        story.refused(Code.INVALID_ARGUMENT, "oem", odd, f"first come, with {field}")
    for base, label in ((OPEN_BIDS, "open"), (SEALED_BIDS, "sealed")):
        for field in ("price_weight", "time_weight", "reputation_weight", "proximity_weight"):
            for change in (-1, 1):
                odd = ticket(replace(base, **{field: getattr(base, field) + change}))
                story.refused(Code.INVALID_ARGUMENT, "oem", odd, f"of {label} bids with {field} {change:+}")
    bad = {
        "of open bids with commit_until": replace(OPEN_BIDS, commit_until=1),
        "of open bids with reveal_until": replace(OPEN_BIDS, reveal_until=1),
        "of open bids until the deadline": replace(OPEN_BIDS, award_at=DEADLINE),
        "of open bids from 65 on": replace(OPEN_BIDS, award_from=65),
        "of sealed bids with award_at": replace(SEALED_BIDS, award_at=1),
        "of sealed bids with award_from": replace(SEALED_BIDS, award_from=1),
        "of sealed bids without time to reveal": replace(SEALED_BIDS, reveal_until=LATER),
        "of sealed bids that reveal before": replace(SEALED_BIDS, reveal_until=LATER - 1),
        "of sealed bids until the deadline": replace(SEALED_BIDS, reveal_until=DEADLINE),
    }
    for why, selection in bad.items():
        story.refused(Code.INVALID_ARGUMENT, "oem", ticket(selection), why)
    _selections_at_bounds(ready)


def _selections_at_bounds(ready: Story) -> None:
    good = {
        "open bids up to the last second": replace(OPEN_BIDS, award_at=DEADLINE - 1),
        "an award from 64 bids on": replace(OPEN_BIDS, award_from=64),
        "an award by time alone": replace(OPEN_BIDS, award_from=0),
        "price alone": replace(OPEN_BIDS, price_weight=10_000, time_weight=0, reputation_weight=0, proximity_weight=0),
        "sealed bids up to the last second": replace(SEALED_BIDS, reveal_until=DEADLINE - 1),
        "a second to reveal": replace(SEALED_BIDS, reveal_until=LATER + 1),
    }
    for why, selection in good.items():
        ready.then(f"a ticket with {why}").did("customer", ticket(selection), f"with {why}")
    for label, field, base in (("open", "award_at", OPEN_BIDS), ("sealed", "commit_until", SEALED_BIDS)):
        story = ready.then(f"{label} bids for a second")
        past = replace(base, **{field: story.clock})
        story.refused(Code.INVALID_ARGUMENT, "oem", ticket(past), f"with no time for {label} bids")
        story.did("oem", ticket(replace(base, **{field: story.clock + 1})), f"with a second for {label} bids")
    story = ready.then("a deadline of a second")
    story.refused(Code.INVALID_ARGUMENT, "oem", ticket(deadline=story.clock), "with a deadline of now")
    story.did("oem", ticket(deadline=story.clock + 1), "with a deadline in a second")


def _opening(root: Story, ready: Story) -> None:
    story = ready.then("openings")
    unknown = ticket(machine=name("nothing"))
    story.refused(Code.UNKNOWN_RECORD, "oem", unknown, "on a machine that does not exist")
    story.refused(Code.NOT_AUTHORISED, "maintainer", ticket(), "from a party that is no side")
    for n in (0, 2, 2**24, 2**32 - 1):
        code = Code.SEQUENCE_GAP if n else Code.ALREADY_EXISTS
        story.refused(code, "oem", ticket(n=n), f"as number {n} at first")
    for payer in (0, NUMBER["maintainer"], 99):
        story.refused(Code.INVALID_ARGUMENT, "oem", ticket(payer=payer), f"with payer {payer}")
    story.did("customer", ticket(payer=NUMBER["oem"]))
    story.refused(Code.ALREADY_EXISTS, "customer", ticket(), "a second time")
    story.refused(Code.ALREADY_EXISTS, "maintainer", ticket(), "a second time, whoever sends")
    story.refused(Code.WRONG_STATE, "customer", ticket(n=2), "while the last one is unfinished")
    story.refused(Code.WRONG_STATE, "customer", ticket(n=3), "for the last one before the gap")
    story.did("customer", on(c.CancelTicket, 1))
    story.refused(Code.SEQUENCE_GAP, "customer", ticket(n=3), "with a gap")
    story.did("oem", ticket(n=2), "after a cancelled one")
    registered = root.then("a ticket before the agreement").did("oem", register())
    registered.refused(Code.WRONG_STATE, "oem", ticket(), "before the machine is accepted")
    registered.did("customer", c.DeclineMachine(MACHINE, 1))
    registered.refused(Code.WRONG_STATE, "oem", ticket(), "on a declined machine")
    _ending(ready)


def _ending(ready: Story) -> None:
    story = ready.then("tickets near the end").did("oem", ticket())
    story.did("oem", c.OfferChange(MACHINE, 1, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
    story.did("customer", c.AcceptChange(MACHINE, 1))
    story.did("maintainer", on(c.AcceptTicket, 1), "after the end is agreed")
    story.did("maintainer", on(c.CompleteTicket, 2, report=REPORT)).did("oem", on(c.CloseTicket, 3, rating=4))
    story.refused(Code.WRONG_STATE, "oem", ticket(n=2), "once the end is agreed")


def _reactive(ready: Story) -> None:
    reactive = ticket(kind=TicketKind.REACTIVE)
    story = ready.then("reactive tickets")
    story.refused(Code.WRONG_STATE, "oem", reactive, "on a machine that was not used")
    in_use = running(story).then("tickets on a running machine")
    in_use.refused(Code.WRONG_STATE, "oem", reactive, "on a running machine")
    in_use.did("oem", ticket(), "that is preventive on a running machine")
    at_rest = stopped(story)
    probe(at_rest, "customer", reactive)
    both = at_rest.then("a ticket of each kind")
    both.did("customer", reactive).did("oem", ticket(), "that is preventive beside a reactive one")
    accept = c.AcceptTicket(MACHINE, TicketKind.REACTIVE, 1, 1)
    both.did("maintainer", accept).did("rival", replace(accept, kind=PREVENTIVE))


def _first_come(opened: Story) -> None:
    accept = c.AcceptTicket(MACHINE, PREVENTIVE, 1, 1)
    probe(opened, "maintainer", accept)
    probe(opened, "oem", on(c.CancelTicket, 1))
    story = opened.then("first come, first served")
    story.refused(Code.NOT_AUTHORISED, "oem", accept, "from a party that is no maintainer")
    story.refused(Code.STALE_VERSION, "maintainer", replace(accept, version=0), "of version 0")
    withdraw = c.WithdrawAccreditation(NUMBER["rival"], CLASS, 2)
    story.did("oem", withdraw)
    story.refused(Code.NOT_ACCREDITED, "rival", accept, "from a maintainer without accreditation")
    story.refused(Code.WRONG_STATE, "oem", on(c.AwardTicket, 1), "of a ticket without bids")
    for other in (c.CompleteTicket(MACHINE, PREVENTIVE, 1, 1, REPORT), on(c.ReleaseTicket, 1)):
        story.play("maintainer", other, "a command of the assignee before there is one")
    for later in (on(c.ReopenTicket, 1, reason=REPORT), on(c.CloseTicket, 1, rating=1)):
        story.refused(Code.WRONG_STATE, "oem", later, "while the ticket is open")
    story.refused(Code.WRONG_STATE, "oem", on(c.ReleaseTicket, 1), "while the ticket is open")
    story.did("maintainer", accept)
    story.did("oem", c.Accredit(NUMBER["rival"], CLASS, 3))
    story.refused(Code.WRONG_STATE, "rival", accept, "when another was first")
    story.refused(Code.WRONG_STATE, "oem", on(c.CancelTicket, 2), "once it is assigned")


def _release(assigned: Story) -> None:
    release = c.ReleaseTicket(MACHINE, PREVENTIVE, 1, 2)
    probe(assigned, "maintainer", release)
    story = assigned.then("an opener that waits")
    story.pace = 1
    story.refused(Code.NOT_AUTHORISED, "customer", release, "from the side that did not open")
    story.refused(Code.NOT_AUTHORISED, "rival", release, "from another maintainer")
    story.wait(DEADLINE - 1 - story.clock)
    story.refused(Code.NOT_AUTHORISED, "oem", release, "from the opener a second before the deadline")
    story.did("oem", release, "from the opener at the deadline")
    story.refused(Code.WRONG_STATE, "oem", replace(release, version=3), "a second time")
    story.did("rival", on(c.AcceptTicket, 3), "after a release")
    story.did("oem", on(c.ReleaseTicket, 4), "from the opener, of who came after the deadline")
    early = assigned.then("an assignee that gives up").did("maintainer", release)
    early.did("maintainer", on(c.AcceptTicket, 3), "by who released it")
    late = assigned.then("an assignee that gives up late").wait(DEADLINE - assigned.clock)
    late.did("maintainer", release, "from the assignee after the deadline")


def _completion(assigned: Story, completed: Story) -> None:
    complete = c.CompleteTicket(MACHINE, PREVENTIVE, 1, 2, REPORT)
    probe(assigned, "maintainer", complete)
    reopen = c.ReopenTicket(MACHINE, PREVENTIVE, 1, 3, digest("reason"))
    probe(completed, "oem", reopen)
    story = completed.then("completed and reopened")
    story.refused(Code.WRONG_STATE, "maintainer", replace(complete, version=3), "a second time")
    story.refused(Code.WRONG_STATE, "maintainer", on(c.ReleaseTicket, 3), "once it is completed")
    story.refused(Code.NOT_AUTHORISED, "customer", reopen, "from the side that did not open")
    story.did("oem", reopen)
    story.refused(Code.WRONG_STATE, "oem", replace(reopen, version=4), "a second time")
    story.wait(DEADLINE - story.clock).did("maintainer", replace(complete, version=4), "after the deadline")
    story.did("oem", replace(reopen, version=5)).did("oem", on(c.ReleaseTicket, 6), "from the opener after a reopening")


def _reopening(completed: Story) -> None:
    """Who misses the deadline on work that was sent back in time is to blame; sent back later, nobody is."""
    reopen = c.ReopenTicket(MACHINE, PREVENTIVE, 1, 3, digest("reason"))
    in_time = completed.then("work sent back in time").did("oem", reopen)
    in_time.wait(DEADLINE - in_time.clock).did("oem", on(c.ReleaseTicket, 4), "from the opener, of who is late")
    late = completed.then("work sent back at the deadline").wait(DEADLINE - completed.clock)
    late.did("oem", reopen).did("oem", on(c.ReleaseTicket, 4), "from the opener, of who was in time")
    last = completed.then("work sent back in the last second").wait(DEADLINE - 1 - completed.clock)
    last.did("oem", reopen).wait(DEADLINE - last.clock)
    last.did("oem", on(c.ReleaseTicket, 4), "from the opener, of who got it back in the last second")


def _own_work(root: Story) -> None:
    story = root.then("an OEM that maintains its own machines")
    both = Role.OEM | Role.MAINTAINER
    story.did(BOARD, propose("both", ActionKind.SET_ROLES, party=NUMBER["oem"], roles=both))
    story.did("oem", accredit("oem", 2))
    own = agreed(story).did("oem", ticket()).did("oem", on(c.AcceptTicket, 1))
    own.did("oem", on(c.CompleteTicket, 2, report=REPORT))
    praise = on(c.CloseTicket, 3, rating=5)
    own.refused(Code.INVALID_ARGUMENT, "oem", praise, "from an opener that did the work itself, with a rating")
    own.did("oem", on(c.CloseTicket, 3, rating=0), "from an opener that did the work itself")


def _closing(completed: Story) -> None:
    probe(completed, "oem", on(c.CloseTicket, 3, rating=4))
    for rating in (0, 1, 5):
        story = completed.then(f"a rating of {rating}").did("oem", on(c.CloseTicket, 3, rating=rating))
        story.refused(Code.WRONG_STATE, "oem", on(c.CloseTicket, 4, rating=rating), "a second time")
        story.did("customer", ticket(n=2), "after a closed one").did("maintainer", on(c.AcceptTicket, 1, 2))
        story.did("maintainer", on(c.CompleteTicket, 2, 2, report=REPORT))
        story.did("customer", on(c.CloseTicket, 3, 2, rating=3))
    by_other = completed.then("who may close")
    by_other.refused(Code.NOT_AUTHORISED, "customer", on(c.CloseTicket, 3, rating=4), "from the other side")
    by_other.refused(Code.NOT_AUTHORISED, "maintainer", on(c.CloseTicket, 3, rating=0), "from the assignee at once")
    own_praise = on(c.CloseTicket, 3, rating=5)
    by_other.refused(Code.INVALID_ARGUMENT, "maintainer", own_praise, "from the assignee with a rating")


def _waiting_assignee(completed: Story) -> None:
    story = completed.then("an assignee that waits")
    story.pace = 1
    story.wait(RULES.close_after - 60 - 1)
    close = on(c.CloseTicket, 3, rating=0)
    story.refused(Code.NOT_AUTHORISED, "maintainer", close, "from the assignee a second too early")
    praise = on(c.CloseTicket, 3, rating=1)
    story.refused(Code.INVALID_ARGUMENT, "maintainer", praise, "from the assignee with a rating")
    story.did("maintainer", close, "from the assignee when the opener has been silent long enough")
    last = completed.then("a ticket at the end of time").wait(MAX_TIME - completed.clock)
    last.did("oem", on(c.CloseTicket, 3, rating=5))


def _numbers(opened: Story) -> None:
    """Every command on an older ticket, and on one to come."""
    commands: dict[str, Command] = {
        "maintainer": on(c.AcceptTicket, 1),
        "rival": c.RevealBid(MACHINE, PREVENTIVE, 1, 1, 1, 1, REPORT, REPORT),
    }
    by_oem = [
        on(c.AwardTicket, 1),
        on(c.CancelTicket, 1),
        on(c.ReleaseTicket, 1),
        on(c.ReopenTicket, 1, reason=REPORT),
        on(c.CloseTicket, 1, rating=1),
        on(c.CompleteTicket, 1, report=REPORT),
        c.Bid(MACHINE, PREVENTIVE, 1, 1, 1, 1, REPORT),
        c.CommitBid(MACHINE, PREVENTIVE, 1, REPORT),
    ]
    story = opened.then("older tickets and later ones").did("oem", on(c.CancelTicket, 1)).did("oem", ticket(n=2))
    for sender, command in [*commands.items(), *(("oem", one) for one in by_oem)]:
        old = with_fields(command, n=1)
        story.refused(Code.WRONG_STATE, sender, old, "on an older ticket")
        for n in (3, 2**32 - 1):
            story.refused(Code.UNKNOWN_RECORD, sender, with_fields(command, n=n), f"on ticket {n}, which is to come")
        story.refused(Code.WRONG_STATE, sender, with_fields(command, n=0), "on ticket 0")
        other_kind = with_fields(command, kind=TicketKind.REACTIVE)
        story.refused(Code.UNKNOWN_RECORD, sender, other_kind, "of a kind that has none")
