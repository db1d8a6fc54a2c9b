"""Quotes: telemetry that is assumed instead of measured, for the same engine.

What is assumed for each meter and billing month is spread evenly; sums are exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np

from maas_core.billing.calendar import BillingCalendar
from maas_core.billing.chunks import united
from maas_core.billing.engine import Result, compute
from maas_core.billing.exact import decimal_text
from maas_core.billing.facts import Chunk, Facts, Span
from maas_core.billing.intervals import times
from maas_core.billing.meter_terms import (
    Counter,
    Executed,
    Increments,
    Integral,
    Level,
    Metered,
    Parts,
    Running,
    scale_of,
)
from maas_core.billing.tariff_terms import Period
from maas_core.billing.terms import Terms
from maas_core.errors import UsageError
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.ports.readings import Integers, Series
from maas_core.protocol.states import StopCause

MACHINE = bytes(16)
SPACING = 3600
LEAST_SPACING = 10
MOST = 2**53


@dataclass(frozen=True, slots=True)
class Assumption:
    """How a machine is expected to be used."""

    window: Span
    quantities: Mapping[str, Fraction] = field(default_factory=dict)
    """By meter, units in each full billing month."""
    downtime: int = 0
    """Seconds in each billing month that the OEM answers for, in its middle."""


def quote(terms: Terms, assumption: Assumption) -> Result:
    """What the terms come to under an assumption. Raises `UsageError` for one that no machine can meet."""
    window = assumption.window
    if window.seconds <= 0:
        raise UsageError("a quote is for a time that ends after it begins")
    calendar = BillingCalendar.of(terms.calendar)
    edges = [window.time_from, *calendar.boundaries(window), window.time_to]
    months = [Span(begin, end) for begin, end in pairwise(edges)]
    stops = [stop for month in months for stop in _stop(month, assumption.downtime)]
    used = times([window]).without(times(stops))
    facts = Facts(
        machine=MACHINE,
        window=window,
        executed=tuple(Span(int(a), int(b)) for a, b in zip(used.starts, used.ends, strict=True)),
        telemetry=[_chunk(terms, assumption, months)],
        downtimes=tuple(_downtime(one) for one in stops),
        closing=True,
    )
    return compute(terms, facts)


def _stop(month: Span, seconds: int) -> list[Span]:
    middle = (month.time_from + month.time_to - seconds) // 2
    return [Span(max(middle, month.time_from), min(middle + seconds, month.time_to))] if seconds else []


def _downtime(span: Span) -> Downtime:
    return Downtime(span.time_from, span.time_to, StopCause.FAILURE, Attribution.OEM, None, ongoing=False)


def _chunk(terms: Terms, assumption: Assumption, months: list[Span]) -> Chunk:
    meters = {one.name: one for one in terms.meters}
    series: dict[str, Series] = {}
    for name, quantity in assumption.quantities.items():
        meter = meters.get(name)
        if meter is None or isinstance(meter, Executed):
            known = ", ".join(name for name, one in meters.items() if not isinstance(one, Executed))
            raise UsageError(f"nothing can be assumed for {name}; accepted: {known or 'no meter of these terms'}")
        if meter.signal in series:
            raise UsageError(f"two assumptions are about the signal {meter.signal}; accepted: one of them")
        series[meter.signal] = _series(meter, quantity, months, BillingCalendar.of(terms.calendar))
    window = assumption.window
    within = {name: one.between(window.time_from, window.time_to) for name, one in series.items()}
    return Chunk(window.time_from, window.time_to, within)


def _series(meter: Metered, quantity: Fraction, months: list[Span], calendar: BillingCalendar) -> Series:
    parts, total = [], 0
    for month in months:
        full = calendar.period(Period.MONTH, month.time_from)
        wanted = int(quantity * scale_of(meter).whole * Fraction(month.seconds, full.seconds))
        if not 0 <= wanted < MOST:
            raise UsageError(f"{decimal_text(quantity, 9)} for {meter.name} is out of range")
        parts.append(_month(meter, wanted, month, total))
        total += wanted
    return united(parts)


def _month(meter: Metered, wanted: int, month: Span, before: int) -> Series:
    spacing = _spacing(meter)
    match meter:
        case Running():
            return _spells(meter, wanted, month)
        case Parts():
            return _entries(meter, wanted, month)
        case Integral():
            spacing = max(meter.per.seconds, LEAST_SPACING)
            return _series_of(month, spacing, _even(wanted // spacing, month.seconds // spacing))
        case Level():
            return _series_of(month, meter.every, -(_total(wanted, month.seconds // meter.every) + before), 1)
        case Increments():
            return _series_of(month, spacing, _even(wanted, month.seconds // spacing), 1)
        case Counter():
            return _series_of(month, spacing, _total(wanted, month.seconds // spacing) + before, 1)


def _spacing(meter: Metered) -> int:
    """Seconds between readings, so that they make no gap."""
    return SPACING if meter.gaps is None else max(min(SPACING, meter.gaps.after), LEAST_SPACING)


def _even(total: int, count: int) -> Integers:
    """A total in `count` parts (one at least) that differ by at most one."""
    each, more = divmod(total, max(count, 1))
    parts = np.full(max(count, 1), each, np.int64)
    parts[:more] += 1
    return parts


def _total(wanted: int, count: int) -> Integers:
    """A total that grows from 0 to what is wanted in `count` readings."""
    return np.concatenate([[0], np.cumsum(_even(wanted, count - 1))]) if count > 1 else np.array([wanted])


def _series_of(month: Span, spacing: int, values: Integers, shift: int = 0) -> Series:
    at = month.time_from + shift + spacing * np.arange(len(values), dtype=np.int64)
    return Series(at, values, np.zeros(len(values), np.uint8))


def _spells(meter: Running, wanted: int, month: Span) -> Series:
    """Each hour runs for its share of the time."""
    each = _even(wanted, month.seconds // SPACING)
    if each.max() > SPACING:
        raise UsageError(f"{meter.name}: a month has {month.seconds // SPACING} hours")
    begins = month.time_from + SPACING * np.arange(len(each), dtype=np.int64)
    every = np.arange(0, SPACING, _spacing(meter))
    at = np.concatenate([(begins[:, None] + every).reshape(-1), begins + np.minimum(each, SPACING - 1)])
    hour = np.minimum((at - month.time_from) // SPACING, len(each) - 1)
    running = at - begins[hour] < each[hour]
    values = np.where(running, meter.values[0], max(meter.values) + 1)
    return Series(at, values, np.zeros(len(values), np.uint8))


def _entries(meter: Parts, wanted: int, month: Span) -> Series:
    """Each part is a pair of readings, out of the status and into it."""
    if 2 * wanted > month.seconds:
        raise UsageError(f"{meter.name}: a month has no time for {wanted} of them")
    at = month.time_from + np.arange(wanted, dtype=np.int64) * (month.seconds // max(wanted, 1))
    values = np.tile(np.array([max(meter.values) + 1, meter.values[0]], np.int64), wanted)
    return Series(np.stack([at, at + 1], axis=1).reshape(-1), values, np.zeros(2 * wanted, np.uint8))
