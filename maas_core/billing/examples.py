"""Worked examples: facts written by hand in the terms, and whether the engine comes to the result that stands there."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from maas_core.billing.chunks import united
from maas_core.billing.engine import Result, compute
from maas_core.billing.exact import decimal_text
from maas_core.billing.example_terms import Example, ExampleReadings
from maas_core.billing.facts import Carry, Chunk, Facts, Span
from maas_core.billing.intervals import times
from maas_core.billing.meter_terms import Executed
from maas_core.billing.terms import Terms
from maas_core.errors import UsageError
from maas_core.ports.downtime import Downtime
from maas_core.ports.readings import Series
from maas_core.protocol.states import StopCause

MACHINE = bytes(16)
PLACES = 9


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that an example expects otherwise."""

    what: str
    expected: Fraction
    computed: Fraction

    def __str__(self) -> str:
        return f"{self.what}: expected {_shown(self.expected)}, computed {_shown(self.computed)}"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of an example."""

    example: Example
    result: Result
    differences: tuple[Difference, ...]

    @property
    def reproduced(self) -> bool:
        """Whether the engine came to what the example says."""
        return not self.differences


def worked(terms: Terms, example: Example) -> Outcome:
    """Compute an example. Raises `UsageError` for one that contradicts itself."""
    result = compute(terms, facts_of(terms, example))
    statement = result.statement
    minor = 10**statement.digits
    found = [Difference("amount", example.amount, Fraction(statement.amount, minor))]
    for line in example.lines:
        computed = sum((one.amount for one in statement.lines if one.name == line.name), Fraction(0)) / minor
        found.append(Difference(f"lines of {line.name}", line.amount, computed))
    return Outcome(example, result, tuple(one for one in found if one.expected != one.computed))


def facts_of(terms: Terms, example: Example) -> Facts:
    """The facts that an example describes."""
    window = Span(example.begin, example.end)
    if window.seconds <= 0:
        raise UsageError(f"example {example.name!r}: its window is empty")
    stops = [Span(one.begin, one.end) for one in example.stops]
    used = times([window]).without(times(stops))
    return Facts(
        machine=MACHINE,
        window=window,
        executed=tuple(Span(begin, end) for begin, end in zip(used.starts.tolist(), used.ends.tolist(), strict=True)),
        telemetry=[_chunk(terms, example.readings, window)],
        downtimes=tuple(
            Downtime(one.begin, one.end, StopCause[one.cause.upper()], one.attribution, None, ongoing=False)
            for one in example.stops
        ),
        carry=Carry(),
        final=example.final,
    )


def _chunk(terms: Terms, readings: Iterable[ExampleReadings], window: Span) -> Chunk:
    decimals = {one.signal: getattr(one, "decimals", 0) for one in terms.meters if not isinstance(one, Executed)}
    parts: dict[str, list[Series]] = {}
    for one in readings:
        parts.setdefault(one.signal, []).append(_series(one, decimals.get(one.signal, 0)))
    series = {name: united(each).between(window.time_from, window.time_to) for name, each in parts.items()}
    return Chunk(window.time_from, window.time_to, series, decimals)


def _series(readings: ExampleReadings, decimals: int) -> Series:
    scaled = [one * 10**decimals for one in readings.values]
    for one in scaled:
        if one.denominator != 1 or abs(one) >= 2**63:
            shown = decimal_text(one / 10**decimals, PLACES)
            raise UsageError(f"an example's reading {shown} of {readings.signal} has more than {decimals} decimals")
    values = np.tile(np.array([int(one) for one in scaled], np.int64), readings.repeat)
    return Series(readings.start + readings.every * np.arange(len(values)), values, np.zeros(len(values), np.uint8))


def _shown(value: Fraction) -> str:
    text = decimal_text(value, PLACES)
    return text if Fraction(text) == value else f"{text}..."
