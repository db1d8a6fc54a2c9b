"""The books of one statement: slices go in one after another, lines and slices come out.

Calendar periods are settled when a slice ends one: minimum spend first, then service levels. What belongs to a period
that is not over is carried to the next statement, so where a window ends changes only when something is charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from maas_core.billing.calendar import BillingCalendar
from maas_core.billing.facts import Carry, Progress, Span
from maas_core.billing.meter_terms import Scale, scale_of
from maas_core.billing.pricing import Charge, TierTable, flat_charge, unit_charge
from maas_core.billing.slices import Slice
from maas_core.billing.statement import Line, LineKind, SlaResult
from maas_core.billing.tariff_terms import Flat, Minimum, PerHour, Period, PerUnit, Tariff, Tiered
from maas_core.billing.terms import Terms
from maas_core.errors import UsageError

PERIODS = (Period.MONTH, Period.QUARTER, Period.YEAR)
"""In the order in which they are settled when several end at once."""

HOUR = 3600
NONE = Fraction(0)


@dataclass(slots=True)
class OpenPeriod:
    """A calendar period that is not over."""

    span: Span
    seconds: int = 0
    executed: int = 0
    quantities: dict[str, int] = field(default_factory=dict)
    charges: dict[str, Fraction] = field(default_factory=dict)
    downtime: dict[str, tuple[int, int]] = field(default_factory=dict)
    credits: Fraction = NONE
    bonuses: Fraction = NONE

    @staticmethod
    def again(span: Span, progress: Progress) -> "OpenPeriod":
        """As the last statement left it."""
        return OpenPeriod(
            span,
            progress.seconds,
            progress.executed,
            dict(progress.quantities),
            dict(progress.charges),
            dict(progress.downtime),
            progress.credits,
            progress.bonuses,
        )

    def progress(self) -> Progress:
        """For the next statement."""
        charges = {name: one for name, one in self.charges.items() if one}
        quantities = {name: one for name, one in self.quantities.items() if one}
        downtime = {name: one for name, one in self.downtime.items() if any(one)}
        return Progress(
            self.span.time_from, self.seconds, self.executed, quantities, charges, downtime, self.credits, self.bonuses
        )

    def charged(self, names: tuple[str, ...]) -> Fraction:
        """What some tariffs came to so far."""
        return sum((self.charges.get(name, NONE) for name in names), NONE)


@dataclass(slots=True)
class LineDraft:
    """A line that slices add to."""

    kind: LineKind
    span: Span
    rate: Fraction
    quantity: Fraction
    amount: Fraction
    why: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a slice before it is priced."""

    span: Span
    executed: int
    quantities: Mapping[str, int]
    status: Mapping[str, int]
    downtime: Mapping[str, tuple[int, int]]


class Books:
    """Takes the slices of one window in their order."""

    def __init__(self, terms: Terms, window: Span, carry: Carry, minor: int) -> None:
        """`minor` is how many minor units a major one has."""
        self.terms, self.window, self.minor = terms, window, minor
        self.calendar = BillingCalendar.of(terms.calendar)
        self.scales: dict[str, Scale] = {meter.name: scale_of(meter) for meter in terms.meters}
        self.open = {period: self._begun(period, carry.periods.get(period)) for period in PERIODS}
        self.slices: list[Slice] = []
        self.sla: list[SlaResult] = []
        self.settled: list[Line] = []
        self._drafts: dict[tuple[str, LineKind, int, int], LineDraft] = {}
        self._tiers = {
            tariff.name: TierTable.of(tariff, self.scales[tariff.meter], minor)
            for tariff in terms.tariffs
            if isinstance(tariff, Tiered)
        }

    def add(self, figures: Figures, charges: dict[str, Fraction]) -> None:
        """Enter a slice with all that is charged in it."""
        self.slices.append(
            Slice(
                len(self.slices),
                figures.span.time_from,
                figures.span.time_to,
                figures.executed,
                figures.quantities,
                {name: one for name, one in figures.status.items() if one},
                {name: one for name, one in figures.downtime.items() if any(one)},
                {name: one for name, one in charges.items() if one},
            )
        )

    def count(self, figures: Figures) -> None:
        """Bring a slice's figures into the open periods."""
        for one in self.open.values():
            one.seconds += figures.span.seconds
            one.executed += figures.executed
            for name, (counted, left_out) in figures.downtime.items():
                before = one.downtime.get(name, (0, 0))
                one.downtime[name] = before[0] + counted, before[1] + left_out

    def charge(self, figures: Figures) -> dict[str, Fraction]:
        """What the tariffs charge for a slice; before its quantities are counted, since tiers go by what was before."""
        charges: dict[str, Fraction] = {}
        month = self.open[Period.MONTH].span.time_from
        for tariff in self.terms.tariffs:
            amount = NONE
            for one in self._charges(tariff, figures):
                self._draft(tariff.name, one, month, figures.span)
                amount += one.amount
            charges[tariff.name] = amount
        for period in self.open.values():
            for name, amount in charges.items():
                period.charges[name] = period.charges.get(name, NONE) + amount
            for name, quantity in figures.quantities.items():
                period.quantities[name] = period.quantities.get(name, 0) + quantity
        return charges

    def book(self, line: Line) -> None:
        """Enter what is charged at the end of a period."""
        self.settled.append(line)
        for period in self.open.values():
            if line.kind is LineKind.TRUE_UP:
                period.charges[line.name] = period.charges.get(line.name, NONE) + line.amount
            elif line.kind is LineKind.CREDIT:
                period.credits -= line.amount
            else:
                period.bonuses += line.amount

    def begin_again(self, period: Period, time: int) -> None:
        """Open the calendar period that a time is in."""
        self.open[period] = OpenPeriod(self.calendar.period(period, time))

    def carried(self) -> dict[Period, Progress]:
        """Open periods, for the next statement."""
        return {period: one.progress() for period, one in self.open.items()}

    def lines(self) -> tuple[Line, ...]:
        """All lines, month by month: tariffs in the order of the terms, tier by tier, then what was settled."""
        drafted = [(key[2], key[3], self._line(key, draft)) for key, draft in self._drafts.items()]
        month = Period.MONTH
        settled = [(self.calendar.period(month, one.span.time_to - 1).time_from, 0, one) for one in self.settled]
        order = {one.name: at for at, one in enumerate((*self.terms.tariffs, *self.terms.sla))}
        kinds = list(LineKind)
        rows = sorted(
            [*drafted, *settled], key=lambda row: (row[0], order[row[2].name], row[1], kinds.index(row[2].kind))
        )
        return tuple(line for _, _, line in rows)

    def _begun(self, period: Period, progress: Progress | None) -> OpenPeriod:
        span = self.calendar.period(period, self.window.time_from)
        if progress is None:
            return OpenPeriod(span)
        if progress.period_from != span.time_from:
            raise UsageError(f"what is carried belongs to the {period} from {progress.period_from}, not to this one")
        return OpenPeriod.again(span, progress)

    def _charges(self, tariff: Tariff, figures: Figures) -> list[Charge]:
        match tariff:
            case Flat():
                period = self.open[tariff.per].span
                return [flat_charge(tariff, figures.span.seconds, period, self.minor)]
            case PerUnit() | PerHour():
                quantity = figures.quantities[tariff.meter]
                return [unit_charge(tariff, quantity, self.scales[tariff.meter], self.minor)]
            case Tiered():
                before = self.open[tariff.per].quantities.get(tariff.meter, 0)
                return list(self._tiers[tariff.name].charges(before, figures.quantities[tariff.meter]))
            case Minimum():
                return []

    def _draft(self, name: str, charge: Charge, month: int, span: Span) -> None:
        kind = LineKind.REPRICING if charge.repricing else LineKind.USAGE
        draft = self._drafts.get((name, kind, month, charge.tier))
        if draft is None:
            why = f"tier {charge.tier + 1}" if name in self._tiers else ""
            self._drafts[name, kind, month, charge.tier] = LineDraft(
                kind, span, charge.rate, charge.quantity, charge.amount, why
            )
            return
        draft.span = Span(draft.span.time_from, span.time_to)
        if charge.quantity:
            draft.quantity += charge.quantity
            draft.amount += charge.amount

    def _line(self, key: tuple[str, LineKind, int, int], draft: LineDraft) -> Line:
        name = key[0]
        tariff = next(one for one in self.terms.tariffs if one.name == name)
        if isinstance(tariff, Flat):
            period = self.calendar.period(tariff.per, draft.span.time_from)
            quantity, unit = draft.quantity / period.seconds, str(tariff.per)
        elif isinstance(tariff, Minimum):
            quantity, unit = draft.quantity, ""
        else:
            scale = self.scales[tariff.meter]
            quantity, unit = draft.quantity / scale.whole, scale.unit
        why = "units charged before, now at another tier's price" if draft.kind is LineKind.REPRICING else draft.why
        return Line(name, draft.kind, draft.span, draft.amount, quantity, unit, draft.rate, why)
