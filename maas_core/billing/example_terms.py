"""Worked examples: what the engine must reproduce before anybody may sign. Part of the terms."""

from dataclasses import dataclass
from typing import Literal

from maas_core.billing.shapes import SIGNAL_PATTERN, Moment, Number, free_text, key, label
from maas_core.ports.downtime import Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleReadings:
    """Readings of one signal in an example."""

    signal: str = key("The signal.", pattern=SIGNAL_PATTERN)
    start: Moment = key("When the first one was measured.")
    every: int = key("Seconds between two.", low=1, high=31_536_000)
    values: tuple[Number, ...] = key("The values.", least=1, most=2000)
    repeat: int = key("How often the values are gone through.", default=1, low=1, high=100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleStop:
    """A time in which the machine stood still in an example."""

    begin: Moment = key("From when.")
    end: Moment = key("Until when, exclusive.")
    cause: Literal["failure", "quality", "planned", "operator"] = key("As on the ledger.", default="failure")
    attribution: Attribution = key("Whose matter it was.", default=Attribution.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLine:
    """A line that must be on the example's statement."""

    name: str = label("The tariff, SLA or other name on the line.")
    amount: Number = key("All lines of that name together, exactly, in major units.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example: the engine must reproduce it before anybody may sign."""

    name: str = free_text("What it shows.", least=1)
    begin: Moment = key("From when the statement is.")
    end: Moment = key("Until when, exclusive.")
    readings: tuple[ExampleReadings, ...] = key("Readings of signals.", default=(), most=50)
    stops: tuple[ExampleStop, ...] = key("Times without use.", default=(), most=50)
    final: bool = key("Whether it is the last statement.", default=False)
    amount: Number = key("What the statement comes to, in major units; negative: paid out.")
    lines: tuple[ExpectedLine, ...] = key("Lines that it must have.", default=(), most=100)
