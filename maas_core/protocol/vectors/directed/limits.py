"""Counts near their limits, brought there by writing a stored field directly."""

from dataclasses import replace

from maas_core.protocol import commands as c
from maas_core.protocol.model.consortium import MAX_COUNT
from maas_core.protocol.records import Key
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, ChangeKind, Role, Rule, TicketKind
from maas_core.protocol.types import MAX_PARTIES, MAX_TICKETS, VERSION_LIMIT
from maas_core.protocol.vectors.cast import START, digest, identity, name
from maas_core.protocol.vectors.directed.setting import (
    CLASS,
    LATER,
    MACHINE,
    NUMBER,
    accredit,
    agreed,
    consortium,
    invite,
    invoice,
    start,
    stop,
    ticket,
)
from maas_core.protocol.vectors.directed.tickets import REPORT, on
from maas_core.protocol.vectors.probes import BOARD, propose
from maas_core.protocol.vectors.story import Story

LAST = VERSION_LIMIT - 1
"""The last version that may be followed by a change that could be repeated for ever."""
MARK = "overwrite"
FULL = "when the versions run out"


def stories() -> list[Story]:
    """The roots of these vectors."""
    root = consortium()
    ready = agreed(root)
    _parties(root)
    _votes(root)
    _accreditation(root)
    _machine(ready)
    _changes(ready)
    _invoice(ready)
    _ticket(ready)
    _ticket_numbers(ready)
    _standings(ready)
    return [root]


def _parties(root: Story) -> None:
    customer: Key = ("party", NUMBER["customer"])
    story = root.then("versions of a party", MARK).overwrite(customer, "version", LAST)
    story.did("customer", c.UpdateProfile(LAST, digest("the last profile")))
    profile = c.UpdateProfile(VERSION_LIMIT, digest("one more"))
    story.refused(Code.LIMIT_EXCEEDED, "customer", profile, FULL)
    rebind = propose("rebind", ActionKind.REBIND, party=3, identity=identity("new key"))
    story.refused(Code.LIMIT_EXCEEDED, BOARD, rebind, FULL)
    roles = propose("roles", ActionKind.SET_ROLES, party=3, roles=Role.OEM)
    story.refused(Code.LIMIT_EXCEEDED, BOARD, roles, FULL)
    story.did(BOARD, propose("suspend customer", ActionKind.SUSPEND, party=3), FULL)
    reinstate = propose("reinstate", ActionKind.REINSTATE, party=3)
    story.refused(Code.LIMIT_EXCEEDED, BOARD, reinstate, FULL)
    story.did(BOARD, propose("remove customer", ActionKind.REMOVE, party=3), FULL)
    full = root.then("the last party", MARK).overwrite(("deployment",), "parties", MAX_PARTIES - 1)
    full.did(BOARD, invite("last", 999, Role.OEM))
    full.refused(Code.LIMIT_EXCEEDED, BOARD, invite("one more", 998, Role.OEM), "beyond the most parties")


def _votes(root: Story) -> None:
    """The same limits when the last vote arrives."""
    story = root.then("limits at the last vote", MARK)
    story.did(BOARD, propose("board", ActionKind.SET_ROLES, party=NUMBER["auditor"], roles=17))
    story.did(BOARD, propose("two", ActionKind.SET_RULE, rule=Rule.QUORUM, value=2))
    story.did(BOARD, propose("rebind", ActionKind.REBIND, party=3, identity=identity("new key")))
    story.did(BOARD, propose("roles", ActionKind.SET_ROLES, party=3, roles=Role.OEM))
    story.did(BOARD, propose("reinstate", ActionKind.REINSTATE, party=NUMBER["suspended"]))
    story.did(BOARD, invite("last", 999, Role.OEM))
    for number in (3, NUMBER["suspended"]):
        story.overwrite(("party", number), "version", VERSION_LIMIT)
    story.overwrite(("deployment",), "parties", MAX_PARTIES)
    for label in ("rebind", "roles", "reinstate", "invite last"):
        vote = c.Approve(name(f"proposal {label}"))
        story.refused(Code.LIMIT_EXCEEDED, "auditor", vote, f"of {label} when there is no room")


def _accreditation(root: Story) -> None:
    key: Key = ("accreditation", NUMBER["oem"], CLASS)
    story = root.then("versions of an accreditation", MARK)
    story.did("oem", c.WithdrawAccreditation(NUMBER["rival"], CLASS, 2)).overwrite(key, "version", LAST)
    story.did("oem", accredit("rival", LAST), "with the last version")
    story.did("oem", c.WithdrawAccreditation(NUMBER["rival"], CLASS, VERSION_LIMIT), FULL)
    story.refused(Code.LIMIT_EXCEEDED, "oem", accredit("rival", VERSION_LIMIT + 1), FULL)


def _machine(ready: Story) -> None:
    key: Key = ("machine", MACHINE)
    story = ready.then("versions of a machine", MARK).overwrite(key, "version", LAST)
    story.did("customer", start(LAST, START), "with the last version")
    story.did("customer", stop(VERSION_LIMIT, START), FULL)
    story.refused(Code.LIMIT_EXCEEDED, "customer", start(VERSION_LIMIT + 1, START), FULL)
    reset = story.then("a reset when the versions run out", MARK)
    reset.did("customer", c.ResetMachine(MACHINE, VERSION_LIMIT + 1, START), FULL)
    reset.refused(Code.LIMIT_EXCEEDED, "customer", start(VERSION_LIMIT + 2, START), FULL)


def _changes(ready: Story) -> None:
    story = ready.then("offers when versions run out", MARK)
    for n in (1, 2):
        amend = c.OfferChange(MACHINE, n, ChangeKind.AMEND, digest(f"terms {n}"), LATER)
        story.did("oem", amend)
    story.did("oem", c.OfferChange(MACHINE, 3, ChangeKind.TERMINATE, bytes(32), LATER))
    story.overwrite(("machine", MACHINE), "version", LAST)
    story.did("customer", c.AcceptChange(MACHINE, 1), "with the last version")
    story.refused(Code.LIMIT_EXCEEDED, "customer", c.AcceptChange(MACHINE, 2), FULL)
    story.did("customer", c.AcceptChange(MACHINE, 3), "of the end when the versions run out")
    final = invoice("final", kind=2)
    story.did("oem", final).did("customer", c.AcceptInvoice(name("final"), 1))
    story.did("oem", c.SettleInvoice(name("final"), 2, digest("payment")), FULL)


def _invoice(ready: Story) -> None:
    key: Key = ("invoice", name("invoice"))
    story = ready.then("versions of an invoice", MARK).did("oem", invoice("invoice")).overwrite(key, "version", LAST)
    dispute = c.DisputeInvoice(name("invoice"), LAST, 1, digest("counter"), 0, digest("e"))
    story.did("customer", dispute)
    revise = c.ReviseInvoice(name("invoice"), VERSION_LIMIT, 1, digest("revised"), LATER)
    ruled = story.then("a ruling when the versions run out", MARK)
    ruled.refused(Code.LIMIT_EXCEEDED, "oem", revise, FULL)
    late = replace(revise, respond_by=START)
    ruled.refused(Code.INVALID_ARGUMENT, "oem", late, "for its time to respond before the versions")
    ruled.did("auditor", c.RuleOnInvoice(name("invoice"), VERSION_LIMIT, 5, digest("ruling")), FULL)
    ruled.did("oem", c.SettleInvoice(name("invoice"), VERSION_LIMIT + 1, digest("payment")), FULL)
    last = story.then("the last revision", MARK).overwrite(key, "version", LAST)
    last.did("oem", replace(revise, version=LAST), "with the last version")
    last.did("customer", c.AcceptInvoice(name("invoice"), VERSION_LIMIT), FULL)


def _ticket(ready: Story) -> None:
    key: Key = ("ticket", MACHINE, TicketKind.PREVENTIVE)
    story = ready.then("versions of a ticket", MARK).did("oem", ticket()).overwrite(key, "version", LAST)
    story.did("maintainer", on(c.AcceptTicket, LAST), "with the last version")
    story.did("maintainer", on(c.ReleaseTicket, VERSION_LIMIT), FULL)
    story.refused(Code.LIMIT_EXCEEDED, "maintainer", on(c.AcceptTicket, VERSION_LIMIT + 1), FULL)
    story.did("oem", on(c.CancelTicket, VERSION_LIMIT + 1), FULL)
    again = ready.then("reopening when the versions run out", MARK).did("oem", ticket())
    again.did("maintainer", on(c.AcceptTicket, 1)).overwrite(key, "version", LAST - 1)
    again.did("maintainer", on(c.CompleteTicket, LAST - 1, report=REPORT))
    again.did("oem", on(c.ReopenTicket, LAST, reason=REPORT), "with the last version")
    again.did("maintainer", on(c.CompleteTicket, VERSION_LIMIT, report=REPORT), FULL)
    reopen = on(c.ReopenTicket, VERSION_LIMIT + 1, reason=REPORT)
    again.refused(Code.LIMIT_EXCEEDED, "oem", reopen, FULL)
    again.did("oem", on(c.CloseTicket, VERSION_LIMIT + 1, rating=2), FULL)


def _ticket_numbers(ready: Story) -> None:
    key: Key = ("ticket", MACHINE, TicketKind.PREVENTIVE)
    story = ready.then("the last ticket", MARK).did("oem", ticket()).did("oem", on(c.CancelTicket, 1))
    story.overwrite(key, "n", MAX_TICKETS - 1)
    story.did("oem", ticket(n=MAX_TICKETS), "as the last that there may be")
    story.did("maintainer", on(c.AcceptTicket, 1, MAX_TICKETS))
    story.did("maintainer", on(c.CompleteTicket, 2, MAX_TICKETS, report=REPORT))
    story.did("oem", on(c.CloseTicket, 3, MAX_TICKETS, rating=2))
    more = ticket(n=MAX_TICKETS + 1)
    story.refused(Code.LIMIT_EXCEEDED, "oem", more, "beyond the last that there may be")
    payer = replace(more, payer=0)
    story.refused(Code.LIMIT_EXCEEDED, "oem", payer, "for the number before the payer")


def _standings(ready: Story) -> None:
    key: Key = ("standing", NUMBER["maintainer"])
    for field, first in (("closed", MAX_COUNT - 1), ("closed", MAX_COUNT)):
        story = ready.then(f"a standing with {first} {field}", MARK).overwrite(key, field, first)
        story.did("oem", ticket()).did("maintainer", on(c.AcceptTicket, 1))
        story.did("maintainer", on(c.CompleteTicket, 2, report=REPORT)).did("oem", on(c.CloseTicket, 3, rating=2))
    for first in (MAX_COUNT - 1, MAX_COUNT):
        story = ready.then(f"a standing with {first} misbehaviours", MARK).overwrite(key, "misbehaviour", first)
        story.did("oem", ticket()).did("maintainer", on(c.AcceptTicket, 1)).wait(60 * 86_400)
        story.did("oem", on(c.ReleaseTicket, 2), "after the deadline")
