"""Tariffs: what a quantity or a time costs. Part of the terms."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from maas_core.billing.shapes import Number, key, label, labels


class Period(StrEnum):
    """A period of the billing calendar."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How many billing months it has."""
        return {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[self]


class TierMode(StrEnum):
    """How tiers price a quantity."""

    GRADUATED = "graduated"
    """Each unit at the price of the tier that it falls into."""
    VOLUME = "volume"
    """All units of the period at the price of the tier that the total falls into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """A fee for time, whatever the machine does; accrues second by second."""

    kind: Literal["flat"] = "flat"
    name: str = label("Its name on the statement.")
    amount: Number = key("For a full period, in major units.", low=0)
    per: Period = key("The period that it is for.", default=Period.MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerUnit:
    """A price for each unit."""

    kind: Literal["per_unit"] = "per_unit"
    name: str = label("Its name on the statement.")
    meter: str = label("The meter that counts.")
    price: Number = key("For one unit of the meter, in major units.", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerHour:
    """A price for each hour of a meter that counts time (`running` or `executed`)."""

    kind: Literal["per_hour"] = "per_hour"
    name: str = label("Its name on the statement.")
    meter: str = label("The meter that counts.")
    price: Number = key("For one hour, in major units.", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A range of quantities with one price."""

    above: Number = key("Where it begins, in units; the first begins at 0.", low=0)
    up_to: Number | None = key("Where it ends, in units; left out: never.", default=None, low=0)
    price: Number = key("For one unit, in major units.", low=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiered:
    """A price that depends on how much was used in a period of the calendar."""

    kind: Literal["tiered"] = "tiered"
    name: str = label("Its name on the statement.")
    meter: str = label("The meter that counts.")
    mode: TierMode = key(
        "`graduated`: each unit at its tier's price. `volume`: all units at the price of the last tier."
    )
    per: Period = key("When counting begins again.", default=Period.MONTH)
    tiers: tuple[Tier, ...] = key("From 0 on, without gap or overlap.", least=1, most=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """A minimum spend: what is missing at the end of a period is charged then (the true-up)."""

    kind: Literal["minimum"] = "minimum"
    name: str = label("Its name on the statement.")
    amount: Number = key("For a full period, in major units.", low=0)
    per: Period = key("At whose end the true-up is charged.", default=Period.MONTH)
    of: tuple[str, ...] = labels("The tariffs that count towards it; left out: all others.", default=())
    prorate: bool = key("Whether a period that the agreement covers in part has its part of the minimum.", default=True)


Tariff = Flat | PerUnit | PerHour | Tiered | Minimum
