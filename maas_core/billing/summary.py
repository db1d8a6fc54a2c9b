"""Terms and statements as short rows for people."""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from maas_core.billing.data_terms import Data
from maas_core.billing.exact import decimal_text
from maas_core.billing.meter_terms import Executed, Meter, scale_of
from maas_core.billing.sla_terms import Once, Planned, Sla
from maas_core.billing.statement import Line, Statement
from maas_core.billing.tariff_terms import Flat, Minimum, Tariff, Tiered
from maas_core.billing.terms import Terms

DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that terms say."""

    part: str
    name: str
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a statement."""

    name: str
    kind: str
    begin: str
    end: str
    quantity: str
    rate: str
    amount: str
    why: str


def summary(terms: Terms) -> list[Row]:
    """What terms say, in the order in which it is computed."""
    money = terms.currency
    calendar = terms.calendar
    return [
        Row("title", "", "", terms.title),
        Row("currency", money.code, "", f"minor unit of {money.digits} digits"),
        Row("calendar", calendar.zone, "", f"billing year from {calendar.year_start}"),
        *(Row("meter", one.name, one.kind, _meter(one)) for one in terms.meters),
        *(Row("tariff", one.name, one.kind, _tariff(one, terms)) for one in terms.tariffs),
        *(Row("sla", one.name, one.kind, _sla(one)) for one in terms.sla),
        *(Row("cap", str(one.on), "", _cap(one.percent, one.amount, one.per)) for one in terms.caps),
        *(Row("planned", "", one.kind, _planned(one)) for one in terms.planned),
        Row("rounding", terms.rounding.place, "", str(terms.rounding.mode)),
        Row("slices", "", "", f"{terms.slice_seconds} s"),
        *([] if terms.data is None else [Row("data", "", str(terms.data.lock), _data(terms.data))]),
        *(Row("example", "", "", f"{one.name}: {_number(one.amount)}") for one in terms.examples),
    ]


def _data(data: Data) -> str:
    said = [
        f"{what} kept for {days} days"
        for what, days in (("batches", data.batches_days), ("documents", data.documents_days))
        if days
    ]
    said += [f"only in {', '.join(data.regions)}"] if data.regions else []
    said += [f"not in {', '.join(data.forbidden_regions)}"] if data.forbidden_regions else []
    return "; ".join(said) or "nothing is asked for"


def line_rows(statement: Statement) -> list[LineRow]:
    """The lines of a statement; amounts in major units."""
    return [line_row(one, statement.digits) for one in statement.lines]


def line_row(line: Line, digits: int) -> LineRow:
    """A line; its amount in major units, exact up to six decimals."""
    return LineRow(
        line.name,
        str(line.kind).replace("_", "-"),
        day(line.span.time_from),
        day(line.span.time_to),
        "" if line.quantity is None else f"{_number(line.quantity)} {line.unit}",
        "" if line.rate is None else _number(line.rate) + (" %" if line.unit == "%" else ""),
        decimal_text(line.amount / 10**digits, max(DECIMALS, digits), digits),
        line.why,
    )


def day(seconds: int) -> str:
    """A time in UTC; without the clock at midnight."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%d" if seconds % 86_400 == 0 else "%Y-%m-%d %H:%M:%S")


def _number(value: Fraction) -> str:
    return decimal_text(value, DECIMALS)


def _meter(meter: Meter) -> str:
    if isinstance(meter, Executed):
        return "hours started on the ledger"
    gap = "no rule for gaps" if meter.gaps is None else f"gap after {meter.gaps.after} s counts as {meter.gaps.then}"
    return f"{scale_of(meter).unit} from {meter.signal}; {gap}"


def _tariff(tariff: Tariff, terms: Terms) -> str:
    code = terms.currency.code
    match tariff:
        case Flat():
            return f"{_number(tariff.amount)} {code} a {tariff.per}"
        case Minimum():
            return f"at least {_number(tariff.amount)} {code} a {tariff.per}"
        case Tiered():
            steps = ", ".join(f"from {_number(one.above)}: {_number(one.price)}" for one in tariff.tiers)
            return f"{tariff.meter}, {tariff.mode} a {tariff.per}; {steps} {code}"
    return f"{tariff.meter}, {_number(tariff.price)} {code} each"


def _sla(sla: Sla) -> str:
    lost = [f"below {_number(one.below)} %: -{_number(one.percent)} %" for one in sla.credits]
    won = [f"from {_number(one.at_least)} %: +{_number(one.percent)} %" for one in sla.bonuses]
    return f"a {sla.per}; " + ", ".join(lost + won)


def _cap(percent: Fraction | None, amount: Fraction | None, per: str) -> str:
    shown = [f"{_number(percent)} % of the charges"] if percent is not None else []
    return " and ".join(shown + ([_number(amount)] if amount is not None else [])) + f" a {per}"


def _planned(one: Planned) -> str:
    if isinstance(one, Once):
        return f"{day(one.begin)} to {day(one.end)}"
    hours, minutes = divmod(one.begin // 60, 60)
    return f"{one.day} {hours:02d}:{minutes:02d}, {one.length} s"
