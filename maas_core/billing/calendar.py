"""The billing calendar: local time, billing periods, planned windows, slices. Proleptic Gregorian, whole seconds."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from maas_core.billing.facts import Span
from maas_core.billing.intervals import Times, times
from maas_core.billing.sla_terms import Once, Planned, Weekday, Weekly
from maas_core.billing.tariff_terms import Period
from maas_core.billing.terms import Calendar, Terms
from maas_core.ports.readings import Integers

DAY = 86_400
WEEKDAYS = tuple(Weekday)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Local time by a list of offsets, as the terms name them."""

    changes: tuple[int, ...]
    offsets: tuple[int, ...]
    """One more than `changes`: the first holds before all of them."""

    @staticmethod
    def of(calendar: Calendar) -> "LocalTime":
        """As the terms say; UTC if they name no offset."""
        found = sorted((one.at, one.seconds) for one in calendar.offsets)
        seconds = [one for _, one in found] or [0]
        return LocalTime(tuple(at for at, _ in found[1:]), tuple(seconds))

    def offset(self, time: int) -> int:
        """Seconds ahead of UTC at a time."""
        return self.offsets[bisect_right(self.changes, time)]

    def local(self, time: int) -> int:
        """What the clock on the wall shows, as seconds since 1970-01-01 there."""
        return time + self.offset(time)

    def moment(self, local: int) -> int:
        """When the clock on the wall first shows `local`, or jumps over it."""
        for change, offset in zip(self.changes, self.offsets, strict=False):
            if local - offset < change:
                return local - offset
            if local - self.offset(change) < change:
                return change
        return local - self.offsets[-1]


@dataclass(frozen=True, slots=True)
class BillingCalendar:
    """Periods of the billing calendar."""

    clock: LocalTime
    month: int
    day: int
    """Where a billing year begins."""

    @staticmethod
    def of(calendar: Calendar) -> "BillingCalendar":
        """As the terms say."""
        month, day = calendar.year_start.split("-")
        return BillingCalendar(LocalTime.of(calendar), int(month), int(day))

    def period(self, period: Period, time: int) -> Span:
        """The period that a time is in."""
        number = self._month(time) // period.months
        return Span(self._begin(number * period.months), self._begin((number + 1) * period.months))

    def boundaries(self, window: Span) -> list[int]:
        """Beginnings of billing months inside a window, ascending."""
        first, last = self._month(window.time_from), self._month(window.time_to)
        found = (self._begin(number) for number in range(first, last + 1))
        return [one for one in found if window.time_from < one < window.time_to]

    def _month(self, time: int) -> int:
        """Billing months since the billing year that began in 1970."""
        local = EPOCH + timedelta(seconds=self.clock.local(time))
        number = (local.year - 1970) * 12 + local.month - self.month - (local.day < self.day)
        # A clock that is set back over a boundary shows the old month again; the new one has begun all the same.
        return number if time < self._begin(number + 1) else number + 1

    def _begin(self, number: int) -> int:
        years, months = divmod(number + self.month - 1, 12)
        local = datetime(1970 + years, months + 1, self.day, tzinfo=UTC) - EPOCH
        return self.clock.moment(local.days * DAY)


def planned_times(planned: tuple[Planned, ...], clock: LocalTime, window: Span) -> Times:
    """The planned windows of the terms, as far as they touch a window."""
    spans: list[Span] = []
    for one in planned:
        match one:
            case Once():
                spans.append(Span(one.begin, one.end))
            case Weekly():
                spans.extend(_weekly(one, clock, window))
    return times(spans)


def _weekly(weekly: Weekly, clock: LocalTime, window: Span) -> Iterator[Span]:
    first = clock.local(window.time_from) // DAY - 8
    last = clock.local(window.time_to) // DAY + 1
    wanted = WEEKDAYS.index(weekly.day)
    for day in range(first, last + 1):
        if (day + 3) % 7 == wanted:  # 1970-01-01 was a Thursday
            local = day * DAY + weekly.begin
            yield Span(clock.moment(local), clock.moment(local + weekly.length))


def slice_edges(terms: Terms, window: Span) -> Integers:
    """Where slices begin and end: at multiples of their length since 1970, at billing months, at the window's ends."""
    length = terms.slice_seconds
    grid = np.arange(window.time_from // length + 1, -(-window.time_to // length), dtype=np.int64) * length
    months = BillingCalendar.of(terms.calendar).boundaries(window)
    ends = [window.time_from, window.time_to]
    return np.unique(np.concatenate([grid, np.array([*months, *ends], np.int64)]))
