"""Statements as canonical JSON, and back with every value checked."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from maas_core.billing.exact import fraction, fraction_text, integer
from maas_core.billing.facts import AnchorUsed, Carry, Point, Progress, Span
from maas_core.billing.statement import (
    FORMAT,
    Line,
    LineKind,
    MeterTotal,
    OeeResult,
    Restated,
    SlaResult,
    Statement,
)
from maas_core.billing.tariff_terms import Period
from maas_core.errors import IntegrityError
from maas_core.proofs import canonical

T = TypeVar("T")
LARGEST = 16 << 20
"""Bytes of a statement."""


def written(statement: Statement) -> bytes:
    """A statement's document."""
    one = statement
    return canonical.dumps(
        {
            "format": FORMAT,
            "title": one.title,
            "machine": one.machine.hex(),
            "terms": one.terms.hex(),
            "window": _span(one.window),
            "closing": one.closing,
            "final": one.final,
            "currency": {"code": one.currency, "digits": one.digits},
            "amount": str(one.amount),
            "exact": fraction_text(one.exact),
            "carry_in": _carry(one.carry_in),
            "carry_out": _carry(one.carry_out),
            "slices": {"seconds": one.slice_seconds, "count": one.slices, "root": one.root.hex()},
            "lines": [_line(line) for line in one.lines],
            "sla": [_sla(result) for result in one.sla],
            "meters": [_meter(meter) for meter in one.meters],
            "oee": None if one.oee is None else _oee(one.oee),
            "anchors": [{"seq": used.seq, "manifest": used.manifest.hex()} for used in one.anchors],
            "restated": [{"window": _span(again.span), "root": again.root.hex()} for again in one.restated],
            "engine": one.engine,
            "protocol": one.protocol,
        }
    )


def read(content: bytes) -> Statement:
    """A statement from its document. Raises `IntegrityError` for anything that `written` would not have written."""
    if len(content) > LARGEST:
        raise IntegrityError(f"a statement of {len(content)} bytes; accepted: up to {LARGEST}")
    value = canonical.loads(content)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise IntegrityError(f"not a document of the form {FORMAT}")
    try:
        statement = _statement(value)
    except (LookupError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise IntegrityError(f"not a statement: {type(error).__name__} {error}") from None
    if written(statement) != content:
        raise IntegrityError("not a statement: it holds something that a statement does not have")
    return statement


def _statement(value: dict[str, Any]) -> Statement:
    slices, currency = value["slices"], value["currency"]
    return Statement(
        title=_text(value["title"]),
        machine=bytes.fromhex(value["machine"]),
        terms=bytes.fromhex(value["terms"]),
        window=_read_span(value["window"]),
        closing=_flag(value["closing"]),
        final=_flag(value["final"]),
        currency=_text(currency["code"]),
        digits=_count(currency["digits"]),
        amount=integer(value["amount"]),
        exact=fraction(value["exact"]),
        carry_in=_read_carry(value["carry_in"]),
        carry_out=_read_carry(value["carry_out"]),
        slice_seconds=_count(slices["seconds"]),
        slices=_count(slices["count"]),
        root=bytes.fromhex(slices["root"]),
        lines=tuple(_read_line(one) for one in _list(value["lines"])),
        sla=tuple(_read_sla(one) for one in _list(value["sla"])),
        meters=tuple(_read_meter(one) for one in _list(value["meters"])),
        oee=_optional(value["oee"], _read_oee),
        anchors=tuple(
            AnchorUsed(_count(one["seq"]), bytes.fromhex(one["manifest"])) for one in _list(value["anchors"])
        ),
        restated=tuple(
            Restated(_read_span(one["window"]), bytes.fromhex(one["root"])) for one in _list(value["restated"])
        ),
        engine=_text(value["engine"]),
        protocol=_text(value["protocol"]),
    )


def _span(span: Span) -> list[int]:
    return [span.time_from, span.time_to]


def _carry(carry: Carry) -> dict[str, Any]:
    meters = {
        name: [{"time": one.time, "value": str(one.value)} for one in points] for name, points in carry.meters.items()
    }
    periods = {str(period): _progress(one) for period, one in carry.periods.items()}
    return {"balance": fraction_text(carry.balance), "meters": meters, "periods": periods}


def _progress(one: Progress) -> dict[str, Any]:
    return {
        "from": one.period_from,
        "seconds": one.seconds,
        "executed": one.executed,
        "quantities": {name: str(quantity) for name, quantity in one.quantities.items()},
        "charges": {name: fraction_text(amount) for name, amount in one.charges.items()},
        "downtime": {name: list(pair) for name, pair in one.downtime.items()},
        "credits": fraction_text(one.credits),
        "bonuses": fraction_text(one.bonuses),
    }


def _line(one: Line) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": str(one.kind),
        "span": _span(one.span),
        "amount": fraction_text(one.amount),
        "quantity": _fraction_or_none(one.quantity),
        "unit": one.unit,
        "rate": _fraction_or_none(one.rate),
        "why": one.why,
    }


def _sla(one: SlaResult) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "span": _span(one.span),
        "part": fraction_text(one.part),
        "whole": fraction_text(one.whole),
        "percent": fraction_text(one.percent),
        "amount": fraction_text(one.amount),
        "capped": one.capped,
    }


def _meter(one: MeterTotal) -> dict[str, Any]:
    return {
        "name": one.name,
        "quantity": str(one.quantity),
        "unit": one.unit,
        "scale": str(one.scale),
        "gaps": one.gaps,
    }


def _oee(one: OeeResult) -> dict[str, Any]:
    return {
        "seconds": dict(one.seconds),
        "availability": _fraction_or_none(one.availability),
        "effectiveness": _fraction_or_none(one.effectiveness),
        "quality": _fraction_or_none(one.quality),
    }


def _fraction_or_none(value: Fraction | None) -> str | None:
    return None if value is None else fraction_text(value)


def _read_carry(value: dict[str, Any]) -> Carry:
    meters = {
        name: tuple(Point(_count(one["time"]), integer(one["value"])) for one in _list(points))
        for name, points in _table(value["meters"]).items()
    }
    periods = {Period(name): _read_progress(one) for name, one in _table(value["periods"]).items()}
    return Carry(fraction(value["balance"]), meters, periods)


def _read_progress(value: dict[str, Any]) -> Progress:
    return Progress(
        period_from=_whole(value["from"]),
        seconds=_count(value["seconds"]),
        executed=_count(value["executed"]),
        quantities={name: integer(one) for name, one in _table(value["quantities"]).items()},
        charges={name: fraction(one) for name, one in _table(value["charges"]).items()},
        downtime={name: (_count(one[0]), _count(one[1])) for name, one in _table(value["downtime"]).items()},
        credits=fraction(value["credits"]),
        bonuses=fraction(value["bonuses"]),
    )


def _read_line(value: dict[str, Any]) -> Line:
    return Line(
        _text(value["name"]),
        LineKind(value["kind"]),
        _read_span(value["span"]),
        fraction(value["amount"]),
        _optional(value["quantity"], fraction),
        _text(value["unit"]),
        _optional(value["rate"], fraction),
        _text(value["why"]),
    )


def _read_sla(value: dict[str, Any]) -> SlaResult:
    return SlaResult(
        _text(value["name"]),
        _text(value["kind"]),
        _read_span(value["span"]),
        fraction(value["part"]),
        fraction(value["whole"]),
        fraction(value["percent"]),
        fraction(value["amount"]),
        _flag(value["capped"]),
    )


def _read_meter(value: dict[str, Any]) -> MeterTotal:
    scale = integer(value["scale"])
    if scale < 1:
        raise ValueError("a scale is positive")
    return MeterTotal(
        _text(value["name"]), integer(value["quantity"]), _text(value["unit"]), scale, _count(value["gaps"])
    )


def _read_oee(value: dict[str, Any]) -> OeeResult:
    seconds = {name: _count(one) for name, one in _table(value["seconds"]).items()}
    ratios = [_optional(value[key], fraction) for key in ("availability", "effectiveness", "quality")]
    return OeeResult(seconds, *ratios)


def _read_span(value: Any) -> Span:
    begin, end = _list(value)
    return Span(_whole(begin), _whole(end))


def _optional(value: Any, reader: Callable[[Any], T]) -> T | None:
    return None if value is None else reader(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _count(value: Any) -> int:
    if _whole(value) < 0:
        raise ValueError(f"{value} is negative")
    return int(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value
