"""What is promised and what follows: service levels, caps, planned windows, effectiveness. Part of the terms."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from maas_core.billing.meter_terms import Gaps
from maas_core.billing.shapes import SIGNAL_PATTERN, Moment, Number, key, label, labels
from maas_core.billing.tariff_terms import Period
from maas_core.ports.downtime import Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What the customer gets when a figure is too low."""

    below: Number = key(
        "In percent: the credit is given for less than this. The lowest one that applies counts.", low=0
    )
    percent: Number = key("Of the period's charges.", low=0, high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """What the OEM gets when a figure is high."""

    at_least: Number = key("In percent. The highest one that applies counts.", low=0)
    percent: Number = key("Of the period's charges.", low=0, high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Whose matter a downtime is that nobody has attributed, by the cause on the ledger."""

    failure: Attribution = key("Cause FAILURE.", default=Attribution.UNKNOWN)
    quality: Attribution = key("Cause QUALITY.", default=Attribution.UNKNOWN)
    planned: Attribution = key("Cause PLANNED, outside the planned windows.", default=Attribution.CUSTOMER)
    operator: Attribution = key("Cause OPERATOR.", default=Attribution.CUSTOMER)


def _per() -> Any:
    return key("The period that is judged, at its end.", default=Period.MONTH)


def _of() -> Any:
    return labels("The tariffs whose charges credits and bonuses are percents of; left out: all.", default=())


def _credits() -> Any:
    return key("Bands that give a credit.", default=(), most=20)


def _bonuses() -> Any:
    return key("Bands that give a bonus.", default=(), most=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Up time by agreed time. Down time in a planned window, or that is nobody's in `counts`, is in neither."""

    kind: Literal["availability"] = "availability"
    name: str = label("Its name on the statement.")
    per: Period = _per()
    counts: tuple[Attribution, ...] = key(
        "Whose downtime counts.", default=(Attribution.OEM, Attribution.UNKNOWN), least=1, most=4
    )
    causes: Causes = key("Downtime that nobody has attributed.", default=Causes())
    of: tuple[str, ...] = _of()
    credits: tuple[Credit, ...] = _credits()
    bonuses: tuple[Bonus, ...] = _bonuses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What was made by what could have been made in the time."""

    kind: Literal["performance"] = "performance"
    name: str = label("Its name on the statement.")
    made: str = label("The meter of what was made.")
    time: str = label("The meter of the time (`running` or `executed`).")
    ideal: Number = key("Units in an hour at full speed.", low=0)
    per: Period = _per()
    of: tuple[str, ...] = _of()
    credits: tuple[Credit, ...] = _credits()
    bonuses: tuple[Bonus, ...] = _bonuses()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodShare:
    """What was made well by what was made."""

    kind: Literal["quality"] = "quality"
    name: str = label("Its name on the statement.")
    good: str = label("The meter of what was made well.")
    made: str = label("The meter of all that was made.")
    per: Period = _per()
    of: tuple[str, ...] = _of()
    credits: tuple[Credit, ...] = _credits()
    bonuses: tuple[Bonus, ...] = _bonuses()


Sla = Availability | Performance | GoodShare


class Capped(StrEnum):
    """What a cap holds for."""

    CREDITS = "credits"
    BONUSES = "bonuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that all credits, or all bonuses, come to in a period."""

    on: Capped = key("`credits` or `bonuses`.")
    per: Period = key("The period.", default=Period.MONTH)
    percent: Number | None = key("Of the charges in the period so far.", default=None, low=0, high=100)
    amount: Number | None = key("In major units.", default=None, low=0)


class Weekday(StrEnum):
    """A day of the week, local time."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A planned window of every week."""

    kind: Literal["weekly"] = "weekly"
    day: Weekday = key("On which day, local time.")
    begin: int = key("Seconds after local midnight.", low=0, high=86_399)
    length: int = key("Seconds.", low=1, high=604_800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A planned window that was agreed on beforehand."""

    kind: Literal["once"] = "once"
    begin: Moment = key("From when.")
    end: Moment = key("Until when, exclusive.")


Planned = Weekly | Once


@dataclass(frozen=True, slots=True, kw_only=True)
class Statuses:
    """Which values of the status signal mean what (ISO 22400-2); any other value is unknown."""

    production: tuple[int, ...] = key("Making parts.", default=(), most=64)
    setup: tuple[int, ...] = key("Being set up.", default=(), most=64)
    idle: tuple[int, ...] = key("Ready, and waiting.", default=(), most=64)
    down: tuple[int, ...] = key("Broken.", default=(), most=64)
    planned: tuple[int, ...] = key("Not to be used: maintenance, no shift.", default=(), most=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oee:
    """Overall equipment effectiveness, for the statement's information; nothing is charged by it."""

    signal: str | None = key(
        "The status signal; left out: started on the ledger is production.", default=None, pattern=SIGNAL_PATTERN
    )
    statuses: Statuses = key("Its values.", default=Statuses())
    gaps: Gaps | None = key("After how long without a reading the status is unknown.", default=None)
    made: str | None = label("The meter of what was made.", default=None)
    good: str | None = label("The meter of what was made well.", default=None)
    ideal: Number | None = key("Units in an hour at full speed.", default=None, low=0)
