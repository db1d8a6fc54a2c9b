"""Terms and facts for the tests of billing: short to write, read through the real reader."""

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import Carry, Chunk, Facts, Span
from maas_core.billing.reading import moment
from maas_core.billing.terms import Terms
from maas_core.billing.terms_file import canonical_terms, read_terms
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.ports.readings import Series
from maas_core.protocol.states import StopCause

MACHINE = b"machine-0001-abc"
JANUARY = moment("2024-01-01T00:00:00Z")
FEBRUARY = moment("2024-02-01T00:00:00Z")
MARCH = moment("2024-03-01T00:00:00Z")
APRIL = moment("2024-04-01T00:00:00Z")
YEAR_END = moment("2025-01-01T00:00:00Z")
HOUR, DAY = 3600, 86_400

GAPS = {"after": 60 * DAY, "then": "nothing"}
PIECES = {"kind": "counter", "name": "pieces", "signal": "count", "unit": "piece", "gaps": GAPS}
ENERGY = {"kind": "increments", "name": "energy", "signal": "kwh", "unit": "kW.h", "decimals": 1, "gaps": GAPS}
RUNNING = {"kind": "running", "name": "running", "signal": "status", "values": [1], "gaps": GAPS}
STARTED = {"kind": "executed", "name": "started"}


def document(**parts: Any) -> dict[str, Any]:
    """A terms document with one tariff that costs nothing, and what the test says."""
    return {
        "format": "maas-terms/1",
        "title": "Test",
        "currency": {"code": "EUR", "digits": 2},
        "meters": [STARTED],
        "tariffs": [{"kind": "per_hour", "name": "hours", "meter": "started", "price": "0"}],
        "slice_seconds": DAY,
        **parts,
    }


def terms(**parts: Any) -> Terms:
    """Such terms, read."""
    return read_terms(canonical_terms(json.dumps(document(**parts)).encode()))


def series(readings: Iterable[tuple[int, int]], quality: Sequence[int] = ()) -> Series:
    """Readings (time, value) as a series."""
    pairs = list(readings)
    grades = list(quality) or [0] * len(pairs)
    return Series(
        np.array([time for time, _ in pairs], np.int64),
        np.array([value for _, value in pairs], np.int64),
        np.array(grades, np.uint8),
    )


def chunk(begin: int, end: int, signals: Mapping[str, Series]) -> Chunk:
    """A chunk of what lies in a window."""
    return Chunk(begin, end, {name: one.between(begin, end) for name, one in signals.items()})


def facts(
    begin: int,
    end: int,
    signals: Mapping[str, Iterable[tuple[int, int]]] | None = None,
    stops: Iterable[Downtime] = (),
    **more: Any,
) -> Facts:
    """Facts of a window in which the machine is used but for the stops."""
    downtimes = tuple(stops)
    executed = [Span(begin - 1, end)]
    for stop in downtimes:
        executed = [piece for one in executed for piece in _around(one, stop)]
    found = {name: series(readings) for name, readings in (signals or {}).items()}
    return Facts(MACHINE, Span(begin, end), tuple(executed), [chunk(begin, end, found)], downtimes=downtimes, **more)


def stop(
    begin: int,
    end: int,
    cause: StopCause = StopCause.FAILURE,
    attribution: Attribution = Attribution.OEM,
) -> Downtime:
    """A time in which the machine stood still."""
    return Downtime(begin, end, cause, attribution, None, ongoing=False)


def bill(agreed: Terms, known: Facts) -> Result:
    """A statement, and what must hold for every statement."""
    result = compute(agreed, known)
    one = result.statement
    own = [line for line in one.lines if line.kind != "adjustment"]
    assert one.exact == sum((line.amount for line in one.lines), Fraction(0))
    assert sum((cut.amount for cut in result.slices.slices()), Fraction(0)) == sum(line.amount for line in own)
    if not one.final:
        assert one.carry_in.balance + one.exact == one.amount + one.carry_out.balance
    return result


def amounts(result: Result) -> dict[str, Fraction]:
    """What each name on a statement comes to, in major units."""
    found: dict[str, Fraction] = {}
    for line in result.statement.lines:
        found[line.name] = found.get(line.name, Fraction(0)) + line.amount / 10**result.statement.digits
    return found


def euros(text: str) -> Fraction:
    """A decimal number."""
    return Fraction(text)


def following(carry: Carry, known: Facts) -> Facts:
    """The same facts, going on from a statement."""
    from dataclasses import replace

    return replace(known, carry=carry)


def _around(span: Span, cut: Downtime) -> list[Span]:
    pieces = [
        Span(span.time_from, min(span.time_to, cut.time_from)),
        Span(max(span.time_from, cut.time_to), span.time_to),
    ]
    return [one for one in pieces if one.seconds > 0]
