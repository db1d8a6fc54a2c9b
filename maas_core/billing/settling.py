"""What is settled at the end of a calendar period: minimum spend, then service levels with their caps."""

from fractions import Fraction

from maas_core.billing.books import NONE, OpenPeriod
from maas_core.billing.exact import decimal_text
from maas_core.billing.facts import Span
from maas_core.billing.meter_terms import Scale
from maas_core.billing.sla_terms import Availability, Cap, Capped, Performance, Sla
from maas_core.billing.statement import Line, LineKind, SlaResult
from maas_core.billing.tariff_terms import Minimum, Period
from maas_core.billing.terms import Terms

PERCENT = 100


def true_up(minimum: Minimum, terms: Terms, period: OpenPeriod, end: int, minor: int) -> Line | None:
    """What is missing to a minimum spend; None if nothing is.

    A period that the agreement covers in part has its part of the minimum, by seconds, if the terms say so.
    """
    others = tuple(tariff.name for tariff in terms.tariffs if tariff.name != minimum.name)
    spent = period.charged(minimum.of or others)
    share = Fraction(period.seconds, period.span.seconds) if minimum.prorate else Fraction(1)
    missing = minimum.amount * minor * share - spent
    if missing <= 0:
        return None
    wanted = decimal_text(minimum.amount * share, 2)
    why = f"minimum {wanted}, charged {decimal_text(spent / minor, 2)}"
    return Line(minimum.name, LineKind.TRUE_UP, Span(end - period.seconds, end), missing, why=why)


def ratio_of(sla: Sla, period: OpenPeriod, scales: dict[str, Scale]) -> tuple[Fraction, Fraction]:
    """Part and whole of a service level; a whole of 0 says that there was nothing to measure."""
    if isinstance(sla, Availability):
        counted, _ = period.downtime.get(sla.name, (0, 0))
        return Fraction(period.executed), Fraction(period.executed + counted)
    made = Fraction(period.quantities.get(sla.made, 0), scales[sla.made].whole)
    if isinstance(sla, Performance):
        hours = Fraction(period.quantities.get(sla.time, 0), scales[sla.time].whole)
        return made, sla.ideal * hours
    return Fraction(period.quantities.get(sla.good, 0), scales[sla.good].whole), made


def percent_of(sla: Sla, part: Fraction, whole: Fraction) -> tuple[Fraction, str]:
    """The credit (negative) or bonus that a ratio leads to, in percent of the charges, and why."""
    if whole <= 0:
        return NONE, "nothing to measure"
    ratio = PERCENT * part / whole
    shown = f"{decimal_text(ratio, 4)} %"
    missed = [band for band in sla.credits if ratio < band.below]
    if missed:
        band = min(missed, key=lambda one: one.below)
        return -band.percent, f"{shown} is below {decimal_text(band.below, 4)} %"
    reached = [band for band in sla.bonuses if ratio >= band.at_least]
    if reached:
        best = max(reached, key=lambda one: one.at_least)
        return best.percent, f"{shown} is at least {decimal_text(best.at_least, 4)} %"
    return NONE, shown


def allowed(on: Capped, caps: tuple[Cap, ...], periods: dict[Period, OpenPeriod], minor: int) -> Fraction | None:
    """How much more may be given under the caps; None: without limit."""
    rooms: list[Fraction] = []
    for cap in caps:
        if cap.on is on:
            period = periods[cap.per]
            given = period.credits if on is Capped.CREDITS else period.bonuses
            charges = max(sum(period.charges.values(), NONE), NONE)
            rooms += [cap.percent * charges / PERCENT - given] if cap.percent is not None else []
            rooms += [cap.amount * minor - given] if cap.amount is not None else []
    return max(min(rooms), NONE) if rooms else None


def judged(
    sla: Sla,
    terms: Terms,
    periods: dict[Period, OpenPeriod],
    scales: dict[str, Scale],
    end: int,
    minor: int,
) -> tuple[SlaResult, Line | None]:
    """How a promise was kept in a period that ends, and the credit or bonus that follows."""
    period = periods[sla.per]
    span = Span(end - period.seconds, end)
    part, whole = ratio_of(sla, period, scales)
    percent, why = percent_of(sla, part, whole)
    base = max(period.charged(sla.of or tuple(tariff.name for tariff in terms.tariffs)), NONE)
    full = base * percent / PERCENT
    room = allowed(Capped.CREDITS if percent < 0 else Capped.BONUSES, terms.caps, periods, minor)
    amount = full if room is None else max(min(full, room), -room)
    capped = amount != full
    result = SlaResult(sla.name, sla.kind, span, part, whole, percent, amount, capped)
    if not percent:
        return result, None
    kind = LineKind.CREDIT if percent < 0 else LineKind.BONUS
    told = f"{why}: {decimal_text(abs(percent), 4)} % of {decimal_text(base / minor, 2)}"
    told += ", limited by a cap" if capped else ""
    return result, Line(sla.name, kind, span, amount, rate=percent, unit="%", why=told)
