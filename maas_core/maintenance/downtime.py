"""Downtime with cause, ticket and attribution, from final events and the reports that tickets name."""

from collections.abc import Callable, Iterable, Mapping

from maas_core.maintenance.tickets import Key, Story
from maas_core.maintenance.times import Stop
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.protocol.states import StopCause, TicketKind, TicketState

AttributionOf = Callable[[Story], Attribution | None]
"""What a ticket's report says; None if it says nothing or cannot be read."""

OF_CAUSE = {
    StopCause.FAILURE: Attribution.UNKNOWN,
    StopCause.QUALITY: Attribution.UNKNOWN,
    StopCause.PLANNED: Attribution.CUSTOMER,
    StopCause.OPERATOR: Attribution.CUSTOMER,
}
"""Without a report: who stops a machine by plan or by hand answers for it; why one failed, nobody has said yet."""


def downtimes(
    stops: Iterable[Stop], tickets: Mapping[Key, Story], attribution: AttributionOf, window: tuple[int, int]
) -> tuple[Downtime, ...]:
    """The downtime of one machine in [from, to), ascending; each is cut at the window's ends."""
    time_from, time_to = window
    found = []
    for stop in stops:
        start, end = max(stop.time_from, time_from), min(_end(stop, time_to), time_to)
        if start < end:
            story = ticket_of(stop, tickets)
            found.append(
                Downtime(
                    time_from=start,
                    time_to=end,
                    cause=stop.cause,
                    attribution=(story and attribution(story)) or OF_CAUSE[stop.cause],
                    ticket=None if story is None else (story.kind, story.n),
                    ongoing=stop.time_to is None or stop.time_to > time_to,
                )
            )
    return tuple(found)


def _end(stop: Stop, otherwise: int) -> int:
    return otherwise if stop.time_to is None else stop.time_to


def ticket_of(stop: Stop, tickets: Mapping[Key, Story]) -> Story | None:
    """The reactive ticket that dealt with a stop: opened between it and the next start, the last that was worked on."""
    fit = [
        story
        for story in tickets.values()
        if story.kind == TicketKind.REACTIVE
        and stop.position < story.position
        and (stop.position_to is None or story.position < stop.position_to)
    ]
    worked_on = [story for story in fit if story.state != TicketState.CANCELLED]
    chosen = worked_on or fit
    return max(chosen, key=lambda story: story.position) if chosen else None
