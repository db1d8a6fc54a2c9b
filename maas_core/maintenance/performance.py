"""The maintainers' record, from final events alone: whoever follows the ledger gets the same figures."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from statistics import median_low

from maas_core.maintenance.schedule import DAY
from maas_core.maintenance.tickets import Assignment, Entry, Story
from maas_core.protocol.events import MisbehaviourCounted
from maas_core.protocol.states import Misbehaviour, TicketKind

REPEAT_DAYS = 90
"""A failure of the same machine within so many days of a repair is a repeat, unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """A set of durations in seconds; all 0 if there is none."""

    count: int
    mean: int
    """Rounded down."""
    median: int
    """The lower of the two in the middle."""
    longest: int


@dataclass(frozen=True, slots=True)
class Performance:
    """One maintainer's record, on one machine or on all."""

    maintainer: int
    assigned: int
    """Times that a ticket was its."""
    awarded: int
    """Of these, by the ledger's choice among bids."""
    completed: int
    """Tickets that it completed for good: closed, or waiting to be."""
    closed: int
    sent_back: int
    """Times that work was not accepted."""
    given_back: int
    """Times that it lost a ticket, by its own wish or by a missed deadline."""
    repeat_failures: int
    """Completed tickets after which the same machine failed again within the days asked for."""
    response: Seconds
    """From open to assigned, of all its assignments."""
    resolution: Seconds
    """From open to completed, of its closed tickets."""
    rated: int
    rating_hundredths: int
    """Mean rating times 100, rounded down; 0 if none."""
    unrevealed_bids: int
    missed_deadlines: int
    lost_rulings: int


def repeat_of(story: Story, all_stories: Iterable[Story], days: int) -> Story | None:
    """The next reactive ticket of the machine, if it was opened within `days` of this one's completion."""
    if not story.completed_at or story.assignee is None:
        return None
    later = (
        one
        for one in all_stories
        if one.machine == story.machine and one.kind == TicketKind.REACTIVE and one.position > story.position
    )
    following = min(later, key=lambda one: one.position, default=None)
    within = following is not None and 0 <= following.opened_at - story.completed_at[-1] < days * DAY
    return following if within else None


def performance(
    stories: Collection[Story], entries: Iterable[Entry], days: int = REPEAT_DAYS, machine: bytes | None = None
) -> list[Performance]:
    """The record of each maintainer that ever had or bid on a ticket, by number.

    With `machine`, only what happened on that one counts; lost rulings name no machine and are left out then.
    """
    chosen = [story for story in stories if machine is None or story.machine == machine]
    lost = [] if machine is not None else _lost_rulings(entries)
    parties = {one.maintainer for story in chosen for one in story.assignments}
    parties |= {party for story in chosen for party in (*story.bids, *story.committed)}
    return [_performance(party, chosen, lost.count(party), days) for party in sorted(parties)]


def _lost_rulings(entries: Iterable[Entry]) -> list[int]:
    counted = (entry.event for entry in entries if isinstance(entry.event, MisbehaviourCounted))
    return [event.party for event in counted if event.cause == Misbehaviour.LOST_RULING]


def _performance(party: int, stories: Collection[Story], lost: int, days: int) -> Performance:
    own = [story for story in stories if story.assignee == party]
    assignments: list[Assignment] = [one for story in stories for one in story.assignments if one.maintainer == party]
    closed = [story for story in own if story.closed_at is not None]
    ratings = [story.rating for story in closed if story.rating]
    blamed = [cause for story in stories for who, cause in story.blamed if who == party]
    return Performance(
        maintainer=party,
        assigned=len(assignments),
        awarded=sum(one.awarded for one in assignments),
        completed=sum(len(story.completed_at) > len(story.reopened_at) for story in own),
        closed=len(closed),
        sent_back=sum(len(story.reopened_at) for story in own),
        given_back=sum(one.ended is not None for one in assignments),
        repeat_failures=sum(repeat_of(story, stories, days) is not None for story in own),
        response=_seconds([one.at - one.open_since for one in assignments]),
        resolution=_seconds([story.resolution for story in closed if story.resolution is not None]),
        rated=len(ratings),
        rating_hundredths=100 * sum(ratings) // len(ratings) if ratings else 0,
        unrevealed_bids=blamed.count(Misbehaviour.UNREVEALED_BID),
        missed_deadlines=blamed.count(Misbehaviour.MISSED_DEADLINE),
        lost_rulings=lost,
    )


def _seconds(durations: list[int]) -> Seconds:
    if not durations:
        return Seconds(0, 0, 0, 0)
    return Seconds(len(durations), sum(durations) // len(durations), median_low(durations), max(durations))
