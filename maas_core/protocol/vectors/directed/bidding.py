"""Bidding: open and sealed bids, and what the award makes of them."""

from dataclasses import replace
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.digests import commitment
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, Role, TicketKind
from maas_core.protocol.types import MAX_AMOUNT
from maas_core.protocol.vectors.cast import DAY, digest
from maas_core.protocol.vectors.directed.setting import (
    CLASS,
    LATER,
    MACHINE,
    NUMBER,
    OPEN_BIDS,
    SEALED_BIDS,
    agreed,
    consortium,
    invite,
    join,
    ticket,
)
from maas_core.protocol.vectors.directed.tickets import REPORT, on
from maas_core.protocol.vectors.domains import with_fields
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story

PREVENTIVE = TicketKind.PREVENTIVE
BIDDERS = {"maintainer": 4, "rival": 5, "third": 21, "fourth": 22}


def bid(price: int = 80_000, eta: int = 7_200, distance: int = 30_000, n: int = 1) -> c.Bid:
    """An open bid on the preventive ticket."""
    return c.Bid(MACHINE, PREVENTIVE, n, price, eta, distance, digest("offer"))


def reveal(price: int = 80_000, eta: int = 7_200, distance: int = 30_000, n: int = 1) -> c.RevealBid:
    """What a sealed bid shows."""
    return c.RevealBid(MACHINE, PREVENTIVE, n, price, eta, distance, digest("offer"), digest("salt"))


def commit(bidder: str, shown: c.RevealBid) -> c.CommitBid:
    """The commitment to a sealed bid."""
    sealed = commitment(digest("deployment"), BIDDERS[bidder], shown)
    return c.CommitBid(shown.machine, shown.kind, shown.n, sealed)


AWARD = c.AwardTicket(MACHINE, PREVENTIVE, 1, 1)


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    root.did(BOARD, propose("two hats", ActionKind.SET_ROLES, party=NUMBER["trader"], roles=31))
    for label in ("third", "fourth"):
        root.did(BOARD, invite(label, BIDDERS[label], Role.MAINTAINER)).did(label, join(label))
    root.did("oem", c.Accredit(BIDDERS["third"], CLASS, 2)).did("oem", c.Accredit(BIDDERS["fourth"], CLASS, 3))
    ready = agreed(root)
    _open_bids(ready)
    _early_award(ready)
    _sealed_bids(ready)
    _unrevealed(ready)
    _scores(ready)
    _reputation(ready)
    return [root]


def _open_bids(ready: Story) -> None:
    opened = ready.then("a ticket for open bids").did("oem", ticket(OPEN_BIDS))
    probe(opened, "maintainer", bid())
    story = opened.then("open bids")
    story.refused(Code.NOT_AUTHORISED, "customer", bid(), "from a party that is no maintainer")
    story.refused(Code.NOT_ACCREDITED, "trader", bid(), "from a maintainer without accreditation")
    story.refused(Code.WRONG_STATE, "maintainer", commit("maintainer", reveal()), "where bids are open")
    story.refused(Code.UNKNOWN_RECORD, "maintainer", reveal(), "of a bid that was not made")
    story.refused(Code.WRONG_STATE, "maintainer", on(c.AcceptTicket, 1), "where bids decide")
    story.did("maintainer", bid())
    story.refused(Code.ALREADY_EXISTS, "maintainer", bid(price=1), "a second time")
    story.refused(Code.ALREADY_EXISTS, "maintainer", commit("maintainer", reveal()), "after an open bid")
    story.refused(Code.WRONG_STATE, "maintainer", reveal(), "of an open bid")
    story.refused(Code.BIDDING_OPEN, "oem", AWARD, "with one bid where two are wanted")
    story.refused(Code.NOT_AUTHORISED, "maintainer", AWARD, "from a bidder")
    story.wait(LATER - 1 - story.clock)
    story.pace = 1
    story.did("rival", bid(price=70_000), "in the last second")
    story.refused(Code.BIDDING_CLOSED, "third", bid(), "when bids are closed")
    story.refused(Code.BIDDING_CLOSED, "trader", bid(), "when closed, before accreditation is looked at")
    probe(story, "customer", AWARD)
    _awarded(story.then("an award at last"))


def _awarded(story: Story) -> None:
    story.did("customer", AWARD, "when bids are closed")
    story.refused(Code.WRONG_STATE, "customer", replace(AWARD, version=2), "a second time")
    story.refused(Code.WRONG_STATE, "third", bid(), "once it is awarded")
    story.did("rival", on(c.ReleaseTicket, 2))
    story.refused(Code.WRONG_STATE, "third", bid(), "after a release, when the first to come gets it")
    story.did("maintainer", on(c.AcceptTicket, 3), "after a release, from the loser of the award")


def _early_award(ready: Story) -> None:
    story = ready.then("an award before its time").did("oem", ticket(OPEN_BIDS))
    story.did("maintainer", bid()).refused(Code.BIDDING_OPEN, "oem", AWARD, "with one bid where two are wanted")
    story.did("rival", bid(price=90_000)).did("oem", AWARD, "with the second bid")
    by_time = ready.then("an award by time alone").did("oem", ticket(replace(OPEN_BIDS, award_from=0)))
    by_time.did("maintainer", bid()).did("rival", bid())
    by_time.refused(Code.BIDDING_OPEN, "oem", AWARD, "before its time, however many bids there are")
    by_time.wait(LATER - 1 - by_time.clock)
    by_time.pace = 1
    by_time.refused(Code.BIDDING_OPEN, "oem", AWARD, "a second before its time")
    by_time.did("oem", AWARD, "at its time")
    nobody = ready.then("an award of nothing").did("oem", ticket(OPEN_BIDS)).wait(LATER)
    nobody.did("oem", AWARD, "without a bid").did("oem", ticket(n=2, deadline=2 * LATER))
    _withdrawn(ready)


def _withdrawn(ready: Story) -> None:
    story = ready.then("a bidder that lost its accreditation").did("oem", ticket(OPEN_BIDS))
    story.did("maintainer", bid(price=1)).did("rival", bid())
    story.did("oem", c.WithdrawAccreditation(BIDDERS["maintainer"], CLASS, 4))
    story.refused(Code.BIDDING_OPEN, "oem", AWARD, "as only bids of accredited maintainers count")
    story.did("third", bid(price=90_000)).did("oem", AWARD, "to the better of those accredited")
    lost = {
        "is suspended": propose("late", ActionKind.SUSPEND, party=BIDDERS["maintainer"]),
        "is removed": propose("late", ActionKind.REMOVE, party=BIDDERS["maintainer"]),
        "is no maintainer any more": propose("late", ActionKind.SET_ROLES, party=BIDDERS["maintainer"], roles=2),
    }
    for why, change in lost.items():
        gone = ready.then(f"a bidder that {why}").did("oem", ticket(OPEN_BIDS))
        gone.did("maintainer", bid(price=1)).did("rival", bid()).did(BOARD, change)
        gone.refused(Code.BIDDING_OPEN, "oem", AWARD, f"as the bid of one that {why} does not count")
        gone.wait(LATER - gone.clock).did("oem", AWARD, f"to the other bidder, as one {why}")
        alone = ready.then(f"an only bidder that {why}").did("oem", ticket(OPEN_BIDS))
        alone.did("maintainer", bid(price=1)).did(BOARD, change)
        alone.wait(LATER - alone.clock).did("oem", AWARD, f"to nobody, as the only bidder {why}")


def _sealed_bids(ready: Story) -> None:
    opened = ready.then("a ticket for sealed bids").did("customer", ticket(SEALED_BIDS))
    shown = reveal()
    probe(opened, "maintainer", commit("maintainer", shown))
    story = opened.then("sealed bids")
    story.refused(Code.NOT_AUTHORISED, "oem", commit("maintainer", shown), "from a party that is no maintainer")
    story.refused(Code.NOT_ACCREDITED, "trader", commit("maintainer", shown), "from a maintainer not accredited")
    story.refused(Code.WRONG_STATE, "maintainer", bid(), "where bids are sealed")
    story.did("maintainer", commit("maintainer", shown))
    story.refused(Code.ALREADY_EXISTS, "maintainer", commit("maintainer", reveal(price=1)), "a second time")
    story.refused(Code.BIDDING_OPEN, "maintainer", shown, "while others may still commit")
    story.wait(LATER - 1 - story.clock)
    story.pace = 1
    story.did("rival", commit("rival", reveal(price=70_000)), "in the last second")
    story.refused(Code.BIDDING_CLOSED, "third", commit("third", shown), "when commitments are closed")
    story.refused(Code.BIDDING_CLOSED, "trader", commit("third", shown), "when closed, before accreditation")
    probe(story, "maintainer", shown)
    _revealing(story.then("reveals"), shown)


def _revealing(story: Story, shown: c.RevealBid) -> None:
    story.pace = 1
    story.refused(Code.UNKNOWN_RECORD, "third", shown, "of a bid that was not made")
    for field in ("price", "eta", "distance"):
        other = with_fields(shown, **{field: getattr(shown, field) + 1})
        story.refused(Code.BAD_REVEAL, "maintainer", other, f"with another {field}")
    for field in ("offer", "salt"):
        other = with_fields(shown, **{field: digest("another")})
        story.refused(Code.BAD_REVEAL, "maintainer", other, f"with another {field}")
    story.refused(Code.BAD_REVEAL, "rival", shown, "of another's bid")
    story.refused(Code.BIDDING_OPEN, "customer", AWARD, "while bids are revealed")
    story.did("maintainer", shown)
    story.refused(Code.WRONG_STATE, "maintainer", shown, "a second time")
    story.wait(LATER + DAY - 1 - story.clock)
    story.refused(Code.BIDDING_OPEN, "customer", AWARD, "a second before the end of reveals")
    story.refused(Code.BIDDING_CLOSED, "rival", reveal(price=70_000), "when reveals are closed")
    story.did("oem", AWARD, "of sealed bids")
    story.refused(Code.WRONG_STATE, "rival", reveal(price=70_000), "once it is awarded")


def _unrevealed(ready: Story) -> None:
    story = ready.then("bids that nobody reveals").did("customer", ticket(SEALED_BIDS))
    for bidder in ("third", "rival", "maintainer"):
        story.did(bidder, commit(bidder, reveal()))
    none = story.then("none is revealed").wait(LATER + DAY - story.clock)
    none.did("customer", AWARD, "without a revealed bid")
    none.did("customer", ticket(n=2, deadline=2 * LATER)).did("third", on(c.AcceptTicket, 1, 2))
    early = story.then("reveals at their beginning and their end").wait(LATER - 1 - story.clock)
    early.pace = 1
    early.refused(Code.BIDDING_OPEN, "third", reveal(), "a second before reveals begin")
    early.did("third", reveal(), "when reveals begin").wait(DAY - 2)
    early.did("rival", reveal(), "in the last second")
    early.refused(Code.BIDDING_CLOSED, "maintainer", reveal(), "when reveals are closed")
    early.did("customer", AWARD, "a second after the end of reveals")
    one = story.then("one is revealed").wait(LATER + DAY - 1 - story.clock)
    one.did("rival", reveal(), "in the last second").did("customer", AWARD, "of one revealed bid of three")


def _award_of(
    ready: Story, why: str, weights: tuple[int, int, int, int], bids: dict[str, tuple[int, int, int]]
) -> None:
    price, time, reputation, proximity = weights
    selection = c.Selection(2, LATER, len(bids), 0, 0, price, time, reputation, proximity)
    story = ready.then(f"an award {why}").did("oem", ticket(selection))
    for bidder, values in bids.items():
        story.did(bidder, bid(*values))
    story.did("oem", AWARD, why)


def _scores(ready: Story) -> None:
    even = (4_000, 3_000, 2_000, 1_000)
    cases: dict[str, tuple[tuple[int, int, int, int], dict[str, tuple[int, int, int]]]] = {
        "to the cheapest": ((10_000, 0, 0, 0), {"rival": (101, 1, 1), "third": (100, 9, 9)}),
        "to the earliest": ((0, 10_000, 0, 0), {"rival": (1, 101, 1), "third": (9, 100, 9)}),
        "to the nearest": ((0, 0, 0, 10_000), {"rival": (1, 1, 101), "third": (9, 9, 100)}),
        "to the cheaper of equal scores": ((0, 0, 10_000, 0), {"rival": (2, 1, 1), "third": (1, 9, 9)}),
        "to the earlier at equal scores and prices": ((0, 0, 10_000, 0), {"rival": (1, 2, 1), "third": (1, 1, 9)}),
        "by hash among equals": (even, dict.fromkeys(("maintainer", "rival", "third", "fourth"), (5, 5, 5))),
        "of zeros": (even, {"maintainer": (0, 0, 0), "rival": (0, 0, 0)}),
        "of one zero price": (even, {"maintainer": (0, 900, 900), "rival": (1, 1, 1)}),
        "of the largest values": (even, {"maintainer": (MAX_AMOUNT, 2**32 - 1, 2**32 - 1), "rival": (1, 1, 1)}),
        "of largest values alone": (even, {"third": (MAX_AMOUNT, 2**32 - 1, 2**32 - 1)}),
        "that rounding decides": (even, {"maintainer": (30_001, 70, 333), "rival": (30_002, 70, 333)}),
        "by all criteria": (
            even,
            {
                "maintainer": (80_000, 7_200, 3_000),
                "rival": (79_000, 9_000, 500),
                "third": (95_000, 600, 90_000),
                "fourth": (70_000, 90_000, 10),
            },
        ),
    }
    for why, (weights, bids) in cases.items():
        _award_of(ready, why, weights, bids)


def _served(story: Story, n: int, bidder: str, rating: int) -> None:
    """A ticket from opening to closing."""
    story.did("oem", ticket(n=n)).did(bidder, on(c.AcceptTicket, 1, n))
    story.did(bidder, on(c.CompleteTicket, 2, n, report=REPORT)).did("oem", on(c.CloseTicket, 3, n, rating=rating))


def _reputation(ready: Story) -> None:
    story = ready.then("reputations")
    for n, (bidder, rating) in enumerate((("maintainer", 5), ("rival", 1), ("maintainer", 4), ("third", 0)), 1):
        _served(story, n, bidder, rating)
    weights: dict[str, Any] = {"price_weight": 0, "time_weight": 0, "reputation_weight": 10_000, "proximity_weight": 0}
    story.did("oem", ticket(replace(OPEN_BIDS, award_from=4, **weights), n=5))
    for bidder in BIDDERS:
        story.did(bidder, bid(n=5))
    story.did("oem", on(c.AwardTicket, 1, 5), "to the best reputation")
    _misbehaved(ready, weights)


def _misbehaved(ready: Story, weights: dict[str, Any]) -> None:
    """Unrevealed bids bring a reputation down before the next bid."""
    story = ready.then("a reputation that was lost")
    for n in range(1, 4):
        now = story.clock
        times = {"commit_until": now + 600, "reveal_until": now + 700}
        story.did("oem", ticket(replace(SEALED_BIDS, **times), n=n))
        story.did("rival", commit("rival", reveal(n=n))).wait(700).did("oem", on(c.AwardTicket, 1, n))
    story.did("oem", ticket(replace(OPEN_BIDS, **weights), n=4)).did("rival", bid(1, 1, 1, 4))
    story.did("maintainer", bid(n=4)).did("oem", on(c.AwardTicket, 1, 4), "to the better reputation")
