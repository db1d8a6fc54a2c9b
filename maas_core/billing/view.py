"""A statement laid out for people: what page and PDF have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256

from maas_core.billing.effectiveness import STATUSES
from maas_core.billing.exact import decimal_text, grouped
from maas_core.billing.slices import Slice, SliceTree
from maas_core.billing.statement import Line, LineKind, OeeResult, SlaResult, Statement

DAY = 86_400
MOST_BARS = 62
KINDS = {
    LineKind.USAGE: "",
    LineKind.REPRICING: "repricing",
    LineKind.TRUE_UP: "true-up",
    LineKind.CREDIT: "credit",
    LineKind.BONUS: "bonus",
    LineKind.ADJUSTMENT: "adjustment",
}


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the table."""

    name: str
    kind: str
    span: str
    quantity: str
    rate: str
    amount: str
    why: str
    negative: bool


@dataclass(frozen=True, slots=True)
class SumView:
    """A line below the table."""

    text: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class SlaView:
    """How a promise was kept."""

    name: str
    span: str
    ratio: str
    outcome: str
    amount: str
    kept: bool


@dataclass(frozen=True, slots=True)
class ShareView:
    """A status and its share of the window."""

    name: str
    hours: str
    percent: float
    """For drawing only."""


@dataclass(frozen=True, slots=True)
class BarView:
    """Some days of charges."""

    label: str
    told: str
    """For whoever points at it."""
    height: float
    """Of the highest, 0 to 1; for drawing only."""
    used: float
    """How much of the time the machine was started, 0 to 1; for drawing only."""
    tick: bool


@dataclass(frozen=True, slots=True)
class View:
    """All that is shown."""

    heading: str
    title: str
    machine: str
    """Empty on a quote."""
    window: str
    currency: str
    amount: str
    amount_text: str
    lines: tuple[LineView, ...]
    sums: tuple[SumView, ...]
    sla: tuple[SlaView, ...]
    shares: tuple[ShareView, ...]
    ratios: tuple[tuple[str, str], ...]
    meters: tuple[tuple[str, str, str], ...]
    bars: tuple[BarView, ...]
    bar_days: int
    bar_most: str
    provenance: tuple[tuple[str, str], ...]
    anchors: tuple[tuple[int, str], ...]
    restated: tuple[tuple[str, str], ...]


def view(statement: Statement, slices: SliceTree | None, heading: str) -> View:
    """Lay a statement out. Without its slices there are no bars."""
    one = statement
    bars, days, most = _bars(one, slices.slices()) if slices else ((), 1, "")
    return View(
        heading=heading,
        title=one.title,
        machine=one.machine.hex() if any(one.machine) else "",
        window=_span(one.window.time_from, one.window.time_to),
        currency=one.currency,
        amount=_money(Fraction(one.amount), one.digits),
        amount_text="to be paid out to the customer" if one.amount < 0 else "to be paid by the customer",
        lines=tuple(_line(line, one.digits) for line in one.lines),
        sums=_sums(one),
        sla=tuple(_sla(result, one.digits) for result in one.sla),
        shares=_shares(one.oee),
        ratios=_ratios(one.oee),
        meters=tuple(
            (meter.name, f"{grouped(decimal_text(meter.exact, 3))} {meter.unit}", str(meter.gaps))
            for meter in one.meters
        ),
        bars=bars,
        bar_days=days,
        bar_most=most,
        provenance=_provenance(one),
        anchors=tuple((used.seq, used.manifest.hex()) for used in one.anchors),
        restated=tuple((_span(again.span.time_from, again.span.time_to), again.root.hex()) for again in one.restated),
    )


def _line(line: Line, digits: int) -> LineView:
    return LineView(
        line.name,
        KINDS[line.kind],
        _span(line.span.time_from, line.span.time_to),
        "" if line.quantity is None else f"{grouped(decimal_text(line.quantity, 3))} {line.unit}",
        "" if line.rate is None else grouped(decimal_text(line.rate, 6)) + (" %" if line.unit == "%" else ""),
        _money(line.amount, digits, 2),
        line.why,
        line.amount < 0,
    )


def _sums(one: Statement) -> tuple[SumView, ...]:
    """From the sum of all lines to what is to be paid."""
    left = one.carry_in.balance + one.exact - one.amount
    found = [SumView("Sum of all lines, exact", _money(one.exact, one.digits, 4))]
    if one.carry_in.balance:
        found.append(SumView("Brought forward", _money(one.carry_in.balance, one.digits, 4)))
    if left:
        what = "Rounded off" if one.final else "Carried forward"
        if left < -1 and not one.final:
            what = "Credit carried forward"
        found.append(SumView(what, _money(-left, one.digits, 4)))
    found.append(SumView(f"Amount in {one.currency}", _money(Fraction(one.amount), one.digits), strong=True))
    return tuple(found)


def _sla(result: SlaResult, digits: int) -> SlaView:
    ratio = "nothing to measure" if result.ratio is None else f"{decimal_text(100 * result.ratio, 3)} %"
    outcome = "kept"
    if result.percent < 0:
        outcome = f"missed: credit of {decimal_text(-result.percent, 3)} %"
    elif result.percent > 0:
        outcome = f"bonus of {decimal_text(result.percent, 3)} %"
    outcome += ", limited by a cap" if result.capped else ""
    amount = _money(result.amount, digits, 2) if result.percent else ""
    return SlaView(
        result.name, _span(result.span.time_from, result.span.time_to), ratio, outcome, amount, result.percent >= 0
    )


def _shares(oee: OeeResult | None) -> tuple[ShareView, ...]:
    if oee is None:
        return ()
    whole = sum(oee.seconds.values()) or 1
    return tuple(
        ShareView(name, grouped(decimal_text(Fraction(oee.seconds[name], 3600), 1)), 100 * oee.seconds[name] / whole)
        for name in STATUSES
        if oee.seconds.get(name)
    )


def _ratios(oee: OeeResult | None) -> tuple[tuple[str, str], ...]:
    if oee is None:
        return ()
    found = {
        "availability": oee.availability,
        "effectiveness": oee.effectiveness,
        "quality": oee.quality,
        "OEE": oee.oee,
    }
    return tuple((name, f"{decimal_text(100 * one, 1)} %") for name, one in found.items() if one is not None)


def _provenance(one: Statement) -> tuple[tuple[str, str], ...]:
    machine = (("Machine", one.machine.hex()),) if any(one.machine) else ()
    return (
        *machine,
        ("Terms (SHA-256)", one.terms.hex()),
        ("Statement (SHA-256)", sha256(one.dumps()).hexdigest()),
        ("Slices", f"{one.slices} of {one.slice_seconds} s"),
        ("Root over the slices", one.root.hex()),
        ("Engine and protocol", f"{one.engine}, {one.protocol}"),
    )


def _bars(one: Statement, slices: Sequence[Slice]) -> tuple[tuple[BarView, ...], int, str]:
    """Charges of the tariffs by day, or by several days where there are too many."""
    tariffs = {line.name for line in one.lines if line.kind in (LineKind.USAGE, LineKind.REPRICING)}
    begin = one.window.time_from // DAY
    days = max(1, -(-(-(-one.window.time_to // DAY) - begin) // MOST_BARS))
    groups: dict[int, list[Slice]] = {}
    for cut in slices:
        groups.setdefault((cut.time_from // DAY - begin) // days, []).append(cut)
    charges = {number: sum((_of(cut, tariffs) for cut in group), Fraction(0)) for number, group in groups.items()}
    most = max([*charges.values(), Fraction(0)])
    bars = []
    for number, group in groups.items():
        first = datetime.fromtimestamp((begin + number * days) * DAY, UTC)
        seconds = sum(cut.time_to - cut.time_from for cut in group)
        money = _money(charges[number], one.digits)
        bars.append(
            BarView(
                f"{first.day} {first:%b}",
                f"from {first:%Y-%m-%d}: {one.currency} {money}",
                float(max(charges[number], Fraction(0)) / most) if most else 0.0,
                sum(cut.executed for cut in group) / seconds,
                number % _every(len(groups)) == 0,
            )
        )
    return tuple(bars), days, _money(most, one.digits)


def _every(bars: int) -> int:
    return max(1, -(-bars // 10))


def _of(cut: Slice, names: Iterable[str]) -> Fraction:
    return sum((cut.charges.get(name, Fraction(0)) for name in sorted(names)), Fraction(0))


def _money(minor: Fraction, digits: int, more: int = 0) -> str:
    """Minor units as a number of major ones; with up to `more` decimals beyond the minor unit, if they are not 0."""
    return grouped(decimal_text(minor / 10**digits, digits + more, digits))


def _span(begin: int, end: int) -> str:
    return f"{_moment(begin)} to {_moment(end)}"


def _moment(seconds: int) -> str:
    found = datetime.fromtimestamp(seconds, UTC)
    if seconds % DAY == 0:
        return found.strftime("%Y-%m-%d")
    return found.strftime("%Y-%m-%d %H:%M" if seconds % 60 == 0 else "%Y-%m-%d %H:%M:%S")
