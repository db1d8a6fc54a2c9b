"""What a ticket costs by its maintainer's terms, from final events alone; so its payer gets the same figures.

A ticket is billed when it is closed. A failure of the same machine soon after is a bill in the other direction: the
maintainer owes the penalty to whoever paid for the ticket.
"""

from dataclasses import dataclass
from typing import Any

from maas_core.errors import UsageError
from maas_core.maintenance.performance import repeat_of
from maas_core.maintenance.service import WHOLE, Band, ServiceTerms, band_of
from maas_core.maintenance.tickets import Story
from maas_core.protocol.states import TicketState

VERSION = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One amount and why."""

    what: str
    why: str
    amount: int
    """Minor units; below 0 for a penalty."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A statement on one ticket."""

    subject: str
    """"ticket" or "repeat"."""
    story: Story
    payee: int
    payer: int
    currency: str
    lines: tuple[Line, ...]
    facts: dict[str, Any]
    """What the lines were computed from, as the ledger has it."""

    @property
    def amount(self) -> int:
        """Minor units, not below 0."""
        return sum(line.amount for line in self.lines)

    def document(self, deployment: bytes) -> dict[str, Any]:
        """The statement, to be written as canonical JSON."""
        return {
            "version": VERSION,
            "subject": self.subject,
            "deployment": deployment.hex(),
            "machine": self.story.machine.hex(),
            "kind": self.story.kind.name.lower(),
            "n": self.story.n,
            "work": self.story.work.hex(),
            "payee": self.payee,
            "payer": self.payer,
            "currency": self.currency,
            "facts": self.facts,
            "lines": [{"what": line.what, "why": line.why, "amount": line.amount} for line in self.lines],
            "amount": self.amount,
        }


def ticket_bill(story: Story, terms: ServiceTerms) -> Bill:
    """The bill for a closed ticket, by its maintainer to its payer. Raises `UsageError` if it is not closed."""
    assignee = _assignee_of_closed(story)
    price, why = _price(story, terms)
    bonuses, penalties = _adjustments(story, terms, price)
    lines = (Line("price", why, price), *bonuses, *penalties)
    return Bill("ticket", story, assignee, story.payer, terms.currency, lines, _facts(story))


def repeat_bill(story: Story, all_stories: list[Story], terms: ServiceTerms) -> Bill | None:
    """The bill for a repeat failure, by the ticket's payer to its maintainer; None if nothing is owed.

    Raises `UsageError` if the ticket is not closed.
    """
    assignee = _assignee_of_closed(story)
    again = repeat_of(story, all_stories, terms.repeat_days)
    if again is None:
        return None
    price, _ = _price(story, terms)
    _, penalties = _adjustments(story, terms, price)
    left = _share(price, terms.most_penalty) + sum(line.amount for line in penalties)
    owed = min(_share(price, terms.repeat_penalty), left)
    if owed == 0:
        return None
    days = terms.repeat_days
    why = f"the machine failed again within {days} days: {_percent(terms.repeat_penalty)} of the price, {left} left"
    facts = {**_facts(story), "repeat": {"n": again.n, "opened_at": again.opened_at}}
    return Bill("repeat", story, story.payer, assignee, terms.currency, (Line("repeat", why, owed),), facts)


def _assignee_of_closed(story: Story) -> int:
    if story.state != TicketState.CLOSED or story.assignee is None:
        raise UsageError(f"ticket {story.kind.name.lower()} {story.n} is not closed: there is nothing to bill yet")
    return story.assignee


def _price(story: Story, terms: ServiceTerms) -> tuple[int, str]:
    """A bid counts if the ticket was awarded to it, not if it was taken later as the first who came."""
    last = story.assignments[-1]
    if last.awarded and last.maintainer in story.bids:
        return story.bids[last.maintainer].price, "as bid"
    return terms.price, "as the work document says"


def _adjustments(story: Story, terms: ServiceTerms, price: int) -> tuple[list[Line], list[Line]]:
    measured = (("response", terms.response, story.response), ("resolution", terms.resolution, story.resolution))
    bonuses: list[Line] = []
    penalties: list[Line] = []
    room = {"bonus": _share(price, terms.most_bonus), "penalty": _share(price, terms.most_penalty)}
    for what, bands, seconds in measured:
        band = None if seconds is None else band_of(bands, seconds)
        if band is None or not (band.bonus or band.penalty):
            continue
        kind, lines, sign = ("bonus", bonuses, 1) if band.bonus else ("penalty", penalties, -1)
        full = _share(price, band.bonus or band.penalty)
        amount = min(full, room[kind])
        room[kind] -= amount
        capped = "" if amount == full else f", capped from {full}"
        lines.append(Line(f"{what} {kind}", f"{seconds} s, {_told(band)}{capped}", sign * amount))
    return bonuses, penalties


def _told(band: Band) -> str:
    limit = "longer than all bands" if band.within is None else f"within {band.within} s"
    return f"{limit}: {_percent(band.bonus or band.penalty)} of the price"


def _share(price: int, basis_points: int) -> int:
    """Rounded down to a minor unit, for a bonus and for a penalty alike."""
    return price * basis_points // WHOLE


def _percent(basis_points: int) -> str:
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02d} %"


def _facts(story: Story) -> dict[str, Any]:
    last = story.assignments[-1]
    return {
        "opened_at": story.opened_at,
        "open_since": last.open_since,
        "assigned_at": last.at,
        "completed_at": story.completed_at[-1],
        "closed_at": story.closed_at,
        "deadline": story.deadline,
        "response": story.response,
        "resolution": story.resolution,
        "awarded": last.awarded,
        "rating": story.rating,
    }
