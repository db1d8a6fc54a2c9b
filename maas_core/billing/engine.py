"""The one engine: quote, running statement, invoice, recomputation and shadow pilot are all `compute`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from maas_core.billing.books import NONE, PERIODS, Books, Figures
from maas_core.billing.calendar import LocalTime, planned_times, slice_edges
from maas_core.billing.corrections import Standing, charged_before, check_corrections
from maas_core.billing.effectiveness import effectiveness
from maas_core.billing.exact import rounded
from maas_core.billing.facts import Carry, Facts, Progress, Span
from maas_core.billing.intervals import Times, times
from maas_core.billing.meter_terms import Executed
from maas_core.billing.metering import Metered, metered
from maas_core.billing.references import reference_problems
from maas_core.billing.settling import judged, true_up
from maas_core.billing.sla_terms import Availability
from maas_core.billing.slices import SliceTree
from maas_core.billing.statement import Line, MeterTotal, OeeResult, Restated, Statement
from maas_core.billing.sums import between
from maas_core.billing.tariff_terms import Minimum, Period
from maas_core.billing.terms import Terms
from maas_core.errors import UsageError
from maas_core.ports.downtime import Attribution, Downtime

LONGEST = 2**30
"""Seconds of a window; sums within one part of a series then fit 64 bits in halves."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A statement and what is kept beside it."""

    statement: Statement
    slices: SliceTree


def compute(terms: Terms, facts: Facts) -> Result:
    """What a window comes to.

    The same terms and facts give the same statement to the byte, whoever computes it. The order of spans and downtimes
    and repeated ones do not matter. Raises `UsageError` for terms that cannot be computed with (`lint` tells why) and
    for facts that contradict themselves.
    """
    _check(terms, facts)
    carry, adjustments, restated = _restated(facts)
    books, found = _booked(terms, facts, carry)
    tree = SliceTree.of(books.slices)
    lines = (*books.lines(), *adjustments)
    exact = sum((line.amount for line in lines), NONE)
    owed = carry.balance + exact
    amount = rounded(owed, terms.rounding.mode)
    if not facts.final:
        amount = max(amount, 0)
    carry_out = Carry(NONE if facts.final else owed - amount, found.points, _open(books, facts))
    statement = Statement(
        machine=facts.machine,
        terms=facts.terms_digest,
        window=facts.window,
        closing=facts.closing or facts.final,
        final=facts.final,
        currency=terms.currency.code,
        digits=terms.currency.digits or 0,
        amount=amount,
        exact=exact,
        carry_in=carry,
        carry_out=carry_out,
        slice_seconds=terms.slice_seconds,
        slices=tree.size,
        root=tree.root,
        lines=lines,
        sla=tuple(books.sla),
        meters=_totals(terms, books, found),
        oee=_oee(terms, books, found),
        anchors=tuple(sorted(set(facts.anchors), key=lambda one: (one.seq, one.manifest))),
        restated=restated,
        title=terms.title,
    )
    return Result(statement, tree)


def _check(terms: Terms, facts: Facts) -> None:
    window = facts.window
    if not 0 <= window.time_from <= window.time_to or window.seconds > LONGEST:
        raise UsageError(f"a statement cannot be about [{window.time_from}, {window.time_to})")
    if terms.currency.digits is None:
        raise UsageError("currency.digits: the terms do not say what a minor unit is")
    for number, meter in enumerate(terms.meters):
        if not isinstance(meter, Executed) and meter.gaps is None:
            raise UsageError(f"meters[{number}].gaps: the terms do not say what a gap counts as")
    if problems := reference_problems(terms):
        raise UsageError("\n  ".join(["the terms cannot be computed with:", *problems]))


def _booked(terms: Terms, facts: Facts, carry: Carry) -> tuple[Books, Metered]:
    books = Books(terms, facts.window, carry, 10 ** (terms.currency.digits or 0))
    if not facts.window.seconds:
        settle(books, facts.window.time_to, facts.closing or facts.final)
        return books, Metered({}, {}, {}, carry.meters)
    edges = slice_edges(terms, facts.window)
    executed = times(facts.executed)
    found = metered(terms, replace(facts, carry=carry), edges, executed)
    downtime = _downtime(terms, facts, executed)
    for figures in _figures(found, downtime, edges.tolist(), between(executed, edges)):
        charges = books.charge(figures)
        books.count(figures)
        end = figures.span.time_to
        last = end == facts.window.time_to and (facts.closing or facts.final)
        for line in settle(books, end, last):
            charges[line.name] = charges.get(line.name, NONE) + line.amount
        books.add(figures, charges)
    return books, found


def _figures(
    found: Metered, downtime: dict[str, tuple[list[int], list[int]]], edges: list[int], executed: list[int]
) -> Iterator[Figures]:
    for at, (begin, end) in enumerate(pairwise(edges)):
        yield Figures(
            Span(begin, end),
            executed[at],
            {name: each[at] for name, each in found.quantities.items()},
            {name: each[at] for name, each in found.status.items()},
            {name: (counted[at], left_out[at]) for name, (counted, left_out) in downtime.items()},
        )


def _downtime(terms: Terms, facts: Facts, executed: Times) -> dict[str, tuple[list[int], list[int]]]:
    """For each availability SLA the seconds of downtime that count and those that do not, by slice."""
    edges = slice_edges(terms, facts.window)
    planned = planned_times(terms.planned, LocalTime.of(terms.calendar), facts.window).union(times(facts.planned))
    down = times(_span(one) for one in facts.downtimes).without(executed)
    found = {}
    for sla in terms.sla:
        if isinstance(sla, Availability):
            ours = times(_span(one) for one in facts.downtimes if _whose(sla, one) in sla.counts)
            counted = ours.without(executed).without(planned)
            found[sla.name] = between(counted, edges), between(down.without(counted), edges)
    return found


def _span(downtime: Downtime) -> Span:
    return Span(downtime.time_from, downtime.time_to)


def _whose(sla: Availability, downtime: Downtime) -> Attribution:
    if downtime.attribution is not Attribution.UNKNOWN:
        return downtime.attribution
    by_cause: Attribution = getattr(sla.causes, downtime.cause.name.lower())
    return by_cause


def settle(books: Books, end: int, closing: bool) -> list[Line]:
    """Settle the calendar periods that end; what that charges is entered and returned."""
    ended = [period for period in PERIODS if closing or books.open[period].span.time_to <= end]
    lines: list[Line] = []
    for period in ended:
        for tariff in books.terms.tariffs:
            if isinstance(tariff, Minimum) and tariff.per is period and books.open[period].seconds:
                lines += _kept(books, true_up(tariff, books.terms, books.open[period], end, books.minor))
        for sla in books.terms.sla:
            if sla.per is period and books.open[period].seconds:
                result, line = judged(sla, books.terms, books.open, books.scales, end, books.minor)
                books.sla.append(result)
                lines += _kept(books, line)
    for period in ended:
        books.begin_again(period, end)
    return lines


def _kept(books: Books, line: Line | None) -> list[Line]:
    if line is None:
        return []
    books.book(line)
    return [line]


def _open(books: Books, facts: Facts) -> dict[Period, Progress]:
    return {} if facts.closing or facts.final else books.carried()


def _restated(facts: Facts) -> tuple[Carry, tuple[Line, ...], tuple[Restated, ...]]:
    """Compute earlier windows anew: what the window goes on from, what changes in them, and their slices' roots."""
    if not facts.corrections:
        return facts.carry, (), ()
    check_corrections(facts)
    carry, now, restated = facts.corrections[0].facts.carry, Standing(), []
    for one in facts.corrections:
        _check(one.terms, one.facts)
        books, found = _booked(one.terms, one.facts, carry)
        now.add(one.facts.window, books.lines())
        restated.append(Restated(one.facts.window, SliceTree.of(books.slices).root))
        carry = Carry(NONE, found.points, _open(books, one.facts))
    lines = charged_before(facts.corrections).changed_to(now)
    return replace(carry, balance=facts.carry.balance), lines, tuple(restated)


def _totals(terms: Terms, books: Books, found: Metered) -> tuple[MeterTotal, ...]:
    totals = []
    for meter in terms.meters:
        scale = books.scales[meter.name]
        quantity = sum(found.quantities.get(meter.name, []))
        totals.append(MeterTotal(meter.name, quantity, scale.unit, scale.whole, found.gaps.get(meter.name, 0)))
    return tuple(totals)


def _oee(terms: Terms, books: Books, found: Metered) -> OeeResult | None:
    if terms.oee is None:
        return None
    seconds = {name: sum(each) for name, each in found.status.items()}
    quantities = {name: sum(each) for name, each in found.quantities.items()}
    return effectiveness(terms.oee, seconds, quantities, books.scales)
