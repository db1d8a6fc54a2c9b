"""Meters: how quantities come out of signals. Part of the terms."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from maas_core.billing.shapes import SIGNAL_PATTERN, Number, key, label

UNIT_PATTERN = r"^[!-~]{1,40}$"


class Quality(StrEnum):
    """The worst quality of a reading that still counts."""

    GOOD = "good"
    UNCERTAIN = "uncertain"


class When(StrEnum):
    """In which states of the machine a meter counts."""

    EXECUTED = "executed"
    ALWAYS = "always"


class Gap(StrEnum):
    """What a gap counts as."""

    NOTHING = "nothing"
    BRIDGE = "bridge"
    """As if the readings on both sides followed each other."""


class Decrease(StrEnum):
    """What it means that a counter shows less than before."""

    RESET = "reset"
    """It began again at zero: what it shows now is counted."""
    ROLLOVER = "rollover"
    """It ran over at `modulus`."""
    REBASE = "rebase"
    """It was changed by hand: counting goes on from the new value, the step itself counts nothing."""


class Stamp(StrEnum):
    """Which part of time a reading of increments speaks of."""

    START = "start"
    END = "end"


class Per(StrEnum):
    """The time base of an integral."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"

    @property
    def seconds(self) -> int:
        """How long it is."""
        return {Per.SECOND: 1, Per.MINUTE: 60, Per.HOUR: 3600}[self]


def _signal() -> Any:
    return key("The signal that it reads, by the name in the batches.", pattern=SIGNAL_PATTERN)


def _decimals() -> Any:
    return key("The signal's decimals in the batches; others are refused.", default=0, low=0, high=9)


def _unit(meaning: str = "The unit of what it counts (UCUM), e.g. kW.h.") -> Any:
    return key(meaning, pattern=UNIT_PATTERN)


def _quality() -> Any:
    return key("The worst quality that counts.", default=Quality.GOOD)


def _when() -> Any:
    return key("`executed`: only while the machine is started on the ledger.", default=When.EXECUTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """When readings are missing, and what that counts as."""

    after: int = key("Seconds without a reading that make a gap.", low=1, high=31_536_000)
    then: Gap = key("`nothing`: a gap counts nothing. `bridge`: as if the readings around it followed each other.")


def _gaps() -> Any:
    return key("What a gap counts as. The linter insists on it.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A total that only grows: counts the differences, each at the time of the later reading."""

    kind: Literal["counter"] = "counter"
    name: str = label("What tariffs call it.")
    signal: str = _signal()
    unit: str = _unit()
    decimals: int = _decimals()
    decrease: Decrease = key("What a smaller value means.", default=Decrease.REBASE)
    modulus: Number | None = key("Where it runs over; only with `rollover`.", default=None, low=0)
    gaps: Gaps | None = _gaps()
    quality: Quality = _quality()
    when: When = _when()


@dataclass(frozen=True, slots=True, kw_only=True)
class Increments:
    """Each reading is a quantity of its own, e.g. the energy of a quarter of an hour."""

    kind: Literal["increments"] = "increments"
    name: str = label("What tariffs call it.")
    signal: str = _signal()
    unit: str = _unit()
    decimals: int = _decimals()
    stamp: Stamp = key("Whether a reading's time is the `start` or the `end` of what it speaks of.", default=Stamp.END)
    gaps: Gaps | None = _gaps()
    quality: Quality = _quality()
    when: When = _when()


@dataclass(frozen=True, slots=True, kw_only=True)
class Integral:
    """A gauge over time, e.g. kW to kW.h: each value holds until the next."""

    kind: Literal["integral"] = "integral"
    name: str = label("What tariffs call it.")
    signal: str = _signal()
    unit: str = _unit("The unit of the integral (UCUM), e.g. kW.h.")
    decimals: int = _decimals()
    per: Per = key("The time base: kW to kW.h is per `hour`.", default=Per.HOUR)
    gaps: Gaps | None = _gaps()
    quality: Quality = _quality()
    when: When = _when()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The fill level of a silo or tank: counts what goes out, and tells refills from it."""

    kind: Literal["level"] = "level"
    name: str = label("What tariffs call it.")
    signal: str = _signal()
    unit: str = _unit()
    decimals: int = _decimals()
    every: int = key(
        "Seconds between the levels that are compared: the last one in each such time.", low=1, high=86_400
    )
    refill: Number = key("A rise of at least so much is a refill; a smaller one is noise and is netted.", low=0)
    gaps: Gaps | None = _gaps()
    quality: Quality = _quality()
    when: When = _when()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Time during which a status signal has one of some values; counts seconds, its unit is the hour."""

    kind: Literal["running"] = "running"
    name: str = label("What tariffs call it.")
    signal: str = _signal()
    values: tuple[int, ...] = key("The values that mean running.", least=1, most=64)
    gaps: Gaps | None = _gaps()
    quality: Quality = _quality()
    when: When = _when()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Each time that a status signal enters one of some values is a part; for a part counter use `counter`."""

    kind: Literal["parts"] = "parts"
    name: str = label("What tariffs call it.")
    signal: str = _signal()
    values: tuple[int, ...] = key("The values that mean that a part was made.", least=1, most=64)
    unit: str = key("What a part is called.", default="part", pattern=UNIT_PATTERN)
    gaps: Gaps | None = _gaps()
    quality: Quality = _quality()
    when: When = _when()


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """Time in which the machine is started on the ledger; needs no telemetry. Its unit is the hour."""

    kind: Literal["executed"] = "executed"
    name: str = label("What tariffs call it.")


Meter = Counter | Increments | Integral | Level | Running | Parts | Executed
Metered = Counter | Increments | Integral | Level | Running | Parts
"""Those that read a signal."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What a meter's integers mean: one unit is `10 ** decimals * divisor`."""

    unit: str
    decimals: int
    divisor: int

    @property
    def whole(self) -> int:
        """The integer that is one unit."""
        return int(10**self.decimals * self.divisor)


def scale_of(meter: Meter) -> Scale:
    """What a meter's integers mean."""
    match meter:
        case Integral():
            return Scale(meter.unit, meter.decimals, meter.per.seconds)
        case Running() | Executed():
            return Scale("h", 0, 3600)
        case Parts():
            return Scale(meter.unit, 0, 1)
    return Scale(meter.unit, meter.decimals, 1)
