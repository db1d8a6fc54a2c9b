"""Invoices: tiling of a machine's time, acceptance, dispute, ruling, settlement."""

from dataclasses import replace

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, ChangeKind, Role
from maas_core.protocol.types import MAX_AMOUNT, MAX_TIME, ZERO_DIGEST, ZERO_ID
from maas_core.protocol.vectors.cast import DAY, START, digest, name
from maas_core.protocol.vectors.directed.setting import (
    LATER,
    MACHINE,
    NUMBER,
    RULES,
    agreed,
    anchors,
    consortium,
    invoice,
    item,
    register,
    service,
)
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story

HOUR = 3_600
BEGIN = START - 30 * DAY
INVOICE = name("invoice")


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    ready = agreed(root)
    probe(ready, "oem", invoice("invoice"))
    probe(ready, "maintainer", service("service"))
    _consistency(ready)
    _service(ready)
    _tiling(ready)
    _final(ready)
    issued = ready.then("an issued invoice").did("oem", invoice("invoice"))
    _responses(issued)
    _deadlines(issued)
    _disputes(issued)
    _rulings(issued)
    _settlement(issued)
    return [root]


def _consistency(ready: Story) -> None:
    story = ready.then("invoices that contradict themselves")
    bad = {
        "of a period with payout": invoice("invoice", payout=1),
        "of a period without length": invoice("invoice", window_to=BEGIN),
        "of a period that runs back": invoice("invoice", window_to=BEGIN - 1),
        "of anchors from 0": invoice("invoice", seq_from=0),
        "of anchors that run back": invoice("invoice", seq_from=2),
        "that is final and runs back": invoice("invoice", kind=2, window_to=BEGIN - 1),
        "that is final of anchors from 0": invoice("invoice", kind=2, seq_from=0),
        "that is final of anchors that run back": invoice("invoice", kind=2, seq_from=2),
        "of a service with a machine": service("invoice", machine=MACHINE),
        "of a service with payout": service("invoice", payout=1),
        "of a service with a beginning": service("invoice", window_from=1),
        "of a service with an end": service("invoice", window_to=1),
        "of a service with a first anchor": service("invoice", seq_from=1),
        "of a service with a last anchor": service("invoice", seq_to=1),
    }
    for why, command in bad.items():
        story.refused(Code.INVALID_ARGUMENT, "oem", command, why)
    for label, command in (("period", invoice("now")), ("service", service("now"))):
        at = replace(command, respond_by=story.clock)
        story.refused(Code.INVALID_ARGUMENT, "oem", at, f"of a {label} with a response due now")
        story.did("oem", replace(command, invoice=name(label), respond_by=story.clock + 1), "with a second to respond")


def _service(ready: Story) -> None:
    story = ready.then("service invoices")
    story.did("maintainer", service("service"))
    story.refused(Code.ALREADY_EXISTS, "maintainer", service("service"), "under a taken id")
    story.refused(Code.ALREADY_EXISTS, "oem", invoice("service"), "of a period under a taken id")
    story.refused(Code.NOT_AUTHORISED, "oem", service("mine", payer="oem"), "to oneself")
    story.refused(Code.UNKNOWN_RECORD, "oem", replace(service("odd"), payer=99), "to an unknown party")
    story.refused(Code.UNKNOWN_RECORD, "oem", replace(service("odd"), payer=0), "to nobody")
    story.refused(Code.NOT_ACTIVE, "oem", service("odd", payer="invited"), "to a party that has not joined")
    story.refused(Code.NOT_ACTIVE, "oem", service("odd", payer="removed"), "to a party that is gone")
    story.did("oem", service("to suspended", payer="suspended"), "to a suspended party")
    story.did("auditor", service("for nothing", payer=BOARD, amount=0), "of nothing")
    story.did("suspended", c.AcceptInvoice(name("to suspended"), 1), "from a suspended payer")


def _tiling(ready: Story) -> None:
    story = ready.then("periods of a machine")
    story.refused(Code.UNKNOWN_RECORD, "oem", invoice("odd", machine=ZERO_ID), "of no machine")
    story.did("oem", register("not accepted"))
    other = invoice("odd", machine=name("not accepted"))
    story.refused(Code.UNKNOWN_RECORD, "oem", other, "of a machine that is not accepted")
    story.refused(Code.NOT_AUTHORISED, "customer", invoice("odd"), "from the customer")
    story.refused(Code.NOT_AUTHORISED, "oem", invoice("odd", payer=NUMBER["trader"]), "to another than the customer")
    story.refused(Code.NOT_AUTHORISED, "trader", invoice("odd"), "from another OEM")
    story.refused(Code.PERIOD_MISMATCH, "oem", invoice("odd", seq_from=2, seq_to=2), "that skips an anchor")
    story.refused(Code.PERIOD_MISMATCH, "oem", invoice("odd", seq_to=2), "of anchors that are not there")
    for seq in (1, 2, 3):
        story.did("customer", anchors(item(seq, BEGIN + seq * HOUR, BEGIN + (seq + 1) * HOUR)))
    story.refused(Code.PERIOD_MISMATCH, "oem", invoice("odd", seq_to=5), "of anchors beyond the last")
    story.did("oem", invoice("first", seq_to=3), "of two of three anchors")
    _second(story)


def _second(story: Story) -> None:
    following = invoice("second", window_from=START, window_to=START + 60, seq_from=3, seq_to=4)
    wrong = {
        "that leaves a gap": replace(following, window_from=START + 1),
        "that overlaps": replace(following, window_from=START - 1),
        "that bills an anchor twice": replace(following, seq_from=2),
        "that skips an anchor": replace(following, seq_from=4),
        "of anchors beyond the last": replace(following, seq_to=5),
    }
    for why, command in wrong.items():
        story.refused(Code.PERIOD_MISMATCH, "oem", command, why)
    ahead = replace(following, window_to=story.clock + RULES.clock_bound + 1)
    story.refused(Code.LIMIT_EXCEEDED, "oem", ahead, "further ahead than the clock bound")
    final = replace(following, kind=2)
    story.refused(Code.WRONG_STATE, "oem", final, "that is final while the machine is in use")
    story.did("oem", following)
    end = START + 60 + HOUR
    empty = replace(following, invoice=name("third"), window_from=START + 60, window_to=end, seq_from=4)
    story.wait(HOUR).did("oem", empty, "of a period without an anchor")
    last = replace(empty, invoice=name("fourth"), window_from=end, window_to=story.clock + RULES.clock_bound)
    story.did("oem", last, "up to the clock bound")
    story.did("customer", anchors(item(4, BEGIN + DAY, BEGIN + 2 * DAY)), "of time that is billed")


def _ending(ready: Story) -> Story:
    story = ready.then("an agreement near its end")
    story.did("oem", c.OfferChange(MACHINE, 1, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
    return story.did("customer", c.AcceptChange(MACHINE, 1))


def _final(ready: Story) -> None:
    ending = _ending(ready)
    final = invoice("final", kind=2)
    probe(ending, "oem", final)
    story = ending.then("final invoices")
    story.refused(Code.NOT_AUTHORISED, "customer", replace(final, payout=1), "from the customer")
    story.did("oem", invoice("period"), "of a period, near the end")
    empty = replace(final, window_from=START, window_to=START)
    story.did("oem", empty, "that is final and without length")
    story.refused(Code.WRONG_STATE, "oem", replace(empty, invoice=name("odd")), "that is final, a second time")
    more = invoice("odd", window_from=START, window_to=START + 1)
    story.refused(Code.WRONG_STATE, "oem", more, "of a period after the final one")
    story.did("customer", c.AcceptInvoice(name("final"), 1)).did("oem", c.SettleInvoice(name("final"), 2, digest("p")))
    story.refused(Code.WRONG_STATE, "oem", more, "of a period after the end")
    story.refused(Code.WRONG_STATE, "oem", replace(empty, invoice=name("odd")), "that is final after the end")
    payout = ending.then("a payout").did("oem", replace(final, payout=1))
    payout.did("customer", c.AcceptInvoice(name("final"), 1))
    settle = c.SettleInvoice(name("final"), 2, digest("payment"))
    payout.refused(Code.NOT_AUTHORISED, "oem", settle, "from the issuer of a payout")
    probe(payout, "customer", settle)
    _closed_out(ending.then("a final invoice of a closed-out machine").did("oem", final))


def _closed_out(story: Story) -> None:
    story.did("customer", c.AcceptInvoice(name("final"), 1))
    story.did(BOARD, propose("out", ActionKind.REMOVE, party=NUMBER["customer"]))
    data = MACHINE + bytes(16)
    story.did(BOARD, propose("close out", ActionKind.CLOSE_OUT, party=NUMBER["customer"], data=data))
    story.did("oem", c.SettleInvoice(name("final"), 2, digest("p")), "after the machine's end")


def _responses(issued: Story) -> None:
    probe(issued, "customer", c.AcceptInvoice(INVOICE, 1))
    probe(issued, "customer", _dispute())
    story = issued.then("responses")
    for sender in ("auditor", "maintainer", "trader"):
        story.refused(Code.NOT_AUTHORISED, sender, c.AcceptInvoice(INVOICE, 1), f"from {sender}")
    story.refused(Code.NOT_AUTHORISED, "oem", _dispute(), "from the issuer")
    story.refused(Code.WRONG_STATE, "oem", _revise(), "while nobody disputes")
    story.refused(Code.WRONG_STATE, "auditor", _ruling(), "while nobody disputes")
    story.refused(Code.WRONG_STATE, "oem", c.SettleInvoice(INVOICE, 1, digest("p")), "before it is accepted")
    story.refused(Code.STALE_VERSION, "customer", c.AcceptInvoice(INVOICE, 2), "of a version to come")
    story.did("customer", c.AcceptInvoice(INVOICE, 1))
    story.refused(Code.WRONG_STATE, "customer", c.AcceptInvoice(INVOICE, 2), "a second time")
    story.refused(Code.WRONG_STATE, "customer", _dispute(2), "once it is accepted")


def _dispute(version: int = 1, claim: int = 100_000) -> c.DisputeInvoice:
    return c.DisputeInvoice(INVOICE, version, claim, digest("counter-statement"), 17, digest("evidence"))


def _revise(version: int = 2, amount: int = 110_000) -> c.ReviseInvoice:
    return c.ReviseInvoice(INVOICE, version, amount, digest("revised"), LATER + DAY)


def _ruling(version: int = 2, amount: int = 120_000) -> c.RuleOnInvoice:
    return c.RuleOnInvoice(INVOICE, version, amount, digest("ruling"))


def _deadlines(issued: Story) -> None:
    accept = c.AcceptInvoice(INVOICE, 1)
    story = issued.then("an issuer that waits")
    story.refused(Code.NOT_AUTHORISED, "oem", accept, "from the issuer at once")
    story.wait(LATER - 1 - story.clock)
    story.pace = 1
    story.refused(Code.NOT_AUTHORISED, "oem", accept, "from the issuer a second before the time to respond is over")
    story.did("oem", accept, "from the issuer when the time to respond is over")
    _stranger(issued.then("a stranger at an invoice that nobody answered"), accept)
    hasty = issued.then("an issuer in a hurry")
    hasty.did("oem", replace(service("hasty"), payer=NUMBER["customer"], respond_by=hasty.clock + 1))
    hasty.pace = 1
    quick, issued_at = c.AcceptInvoice(name("hasty"), 1), hasty.state["invoice", name("hasty")].time
    hasty.refused(Code.NOT_AUTHORISED, "oem", quick, "from the issuer although the time to respond is over")
    hasty.wait(issued_at + RULES.close_after - 1 - hasty.clock)
    hasty.refused(Code.NOT_AUTHORISED, "oem", quick, "from the issuer a second before the payer was silent long enough")
    hasty.did("oem", quick, "from the issuer when the payer has been silent long enough")
    late = issued.then("a payer that is late").wait(LATER + DAY - issued.clock)
    late.did("customer", _dispute(), "after the time to respond")


def _stranger(story: Story, accept: c.AcceptInvoice) -> None:
    """Who is neither side is told so, whatever else is wrong."""
    stale = replace(accept, version=7)
    story.refused(Code.NOT_AUTHORISED, "trader", stale, "from a stranger, before the version is looked at")
    story.wait(LATER - story.clock)
    story.refused(Code.NOT_AUTHORISED, "trader", accept, "from a stranger, however late")
    story.did("customer", accept)
    story.refused(Code.NOT_AUTHORISED, "trader", accept, "from a stranger, before the state is looked at")


def _disputes(issued: Story) -> None:
    disputed = issued.then("a disputed invoice").did("customer", _dispute())
    probe(disputed, "oem", _revise())
    probe(disputed, "auditor", _ruling())
    story = disputed.then("disputes")
    for sender in ("customer", "auditor"):
        story.refused(Code.NOT_AUTHORISED, sender, _revise(), f"from {sender}")
    story.refused(Code.WRONG_STATE, "customer", c.AcceptInvoice(INVOICE, 2), "while it is disputed")
    story.refused(Code.WRONG_STATE, "customer", _dispute(2), "a second time")
    at_once = replace(_revise(), respond_by=story.clock)
    story.refused(Code.INVALID_ARGUMENT, "oem", at_once, "with a response due now")
    story.did("oem", replace(_revise(), respond_by=story.clock + 1), "with a second to respond")
    story.did("customer", _dispute(3, 0)).did("oem", _revise(4, 0))
    story.did("customer", c.AcceptInvoice(INVOICE, 5))


def _rulings(issued: Story) -> None:
    figures = {
        "nearer to the claim": (100_000, 112_499),
        "nearer to the claim by one": (100_001, 112_500),
        "in the middle": (100_000, 112_500),
        "nearer to the amount": (100_000, 112_501),
        "at the claim": (100_000, 100_000),
        "at the amount": (100_000, 125_000),
        "below both": (100_000, 0),
        "above both": (100_000, MAX_AMOUNT),
        "below both, claim above": (MAX_AMOUNT, 0),
        "on a claim of the same amount": (125_000, 99),
    }
    for why, (claim, ruled) in figures.items():
        story = issued.then(f"a ruling {why}").did("customer", _dispute(1, claim))
        story.did("auditor", _ruling(2, ruled), why)
    story = issued.then("rulings").did(BOARD, propose("a", ActionKind.SET_ROLES, party=2, roles=31))
    story.did(BOARD, propose("b", ActionKind.SET_ROLES, party=3, roles=Role.AUDITOR))
    story.did("customer", _dispute())
    for sender in ("oem", "customer"):
        story.refused(Code.NOT_AUTHORISED, sender, _ruling(), "from an auditor that is a side")
    story.refused(Code.NOT_AUTHORISED, "maintainer", _ruling(), "from a party that is no auditor")
    story.did("trader", _ruling(2, 0), "from an auditor that is OEM elsewhere")
    story.refused(Code.WRONG_STATE, "auditor", _ruling(3), "a second time")


def _settlement(issued: Story) -> None:
    accepted = issued.then("an accepted invoice").did("customer", c.AcceptInvoice(INVOICE, 1))
    settle = c.SettleInvoice(INVOICE, 2, digest("payment"))
    probe(accepted, "oem", settle)
    story = accepted.then("settlements")
    story.pace = 1
    for sender in ("customer", "maintainer"):
        story.refused(Code.NOT_AUTHORISED, sender, settle, f"from {sender}")
    story.refused(Code.NOT_AUTHORISED, "auditor", settle, "from an auditor at once")
    last = accepted.state["invoice", INVOICE].time + RULES.close_after
    story.wait(last - 1 - story.clock)
    story.refused(Code.NOT_AUTHORISED, "auditor", settle, "from an auditor a second too early")
    late = story.then("settlements by others, later").wait(DAY)
    for sender in ("customer", "maintainer", "stranger"):
        late.refused(Code.NOT_AUTHORISED, sender, settle, f"from {sender}, however late")
    story = story.then("a settlement by an auditor")
    story.did("auditor", settle, "from an auditor when the payee has been silent long enough")
    story.refused(Code.WRONG_STATE, "oem", replace(settle, version=3), "a second time")
    stranger = accepted.then("a stranger at an accepted invoice")
    stale = replace(settle, version=7)
    stranger.refused(Code.NOT_AUTHORISED, "maintainer", stale, "from a stranger, before the version is looked at")
    stranger.wait(last - stranger.clock)
    stranger.refused(Code.NOT_AUTHORISED, "maintainer", settle, "from a stranger, however late")
    stranger.did("oem", settle)
    stranger.refused(Code.NOT_AUTHORISED, "maintainer", settle, "from a stranger, before the state is looked at")
    barred = accepted.then("an auditor that is suspended")
    barred.did(BOARD, propose("bar", ActionKind.SUSPEND, party=NUMBER["auditor"])).wait(last - barred.clock)
    barred.refused(Code.NOT_AUTHORISED, "auditor", settle, "from an auditor that is suspended")
    early = accepted.then("a settlement at the end of time").wait(MAX_TIME - accepted.clock)
    early.did("oem", settle)
