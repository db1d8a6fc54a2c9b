"""The terms of an agreement, as read from their document. docs/terms.md is the reference."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from maas_core.billing.data_terms import Data
from maas_core.billing.example_terms import Example
from maas_core.billing.meter_terms import Meter
from maas_core.billing.shapes import Moment, free_text, key
from maas_core.billing.sla_terms import Cap, Oee, Planned, Sla
from maas_core.billing.tariff_terms import Tariff

FORMAT = "maas-terms/1"


class Mode(StrEnum):
    """How an amount is rounded to minor units; what it leaves over is carried to the next statement."""

    HALF_UP = "half_up"
    """To the nearest, a half upwards: floor(x + 1/2)."""
    FLOOR = "floor"
    CEILING = "ceiling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The currency and its minor unit."""

    code: str = key("ISO 4217 letters.", pattern=r"^[A-Z]{3}$")
    digits: int | None = key(
        "Decimal digits of the minor unit, as in ISO 4217. The linter insists on it.", default=None, low=0, high=4
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """From when on local time is how far ahead of UTC."""

    at: Moment = key("From when on.")
    seconds: int = key("Seconds ahead of UTC.", low=-50_400, high=50_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The billing calendar. Its offsets stand here, since installed time zone data differ from host to host."""

    zone: str = free_text("The zone's name, for people, e.g. Asia/Seoul.", default="UTC")
    offsets: tuple[Offset, ...] = key(
        "The zone's offsets, ascending; the first holds before its time, too.", default=(), most=200
    )
    year_start: str = key(
        "Where a billing year begins, month and day, local time. Months and quarters begin at the same day.",
        default="01-01",
        pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """The one place where anything is rounded: a statement's total."""

    place: Literal["statement"] = key("Where: at the statement's total.", default="statement")
    mode: Mode = key("How.", default=Mode.HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """When an invoice is to be answered and paid."""

    respond_days: int = key("Days to accept or dispute.", default=14, low=1, high=365)
    due_days: int = key("Days to pay after acceptance.", default=30, low=0, high=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What two parties agree on: what is counted, what it costs, and what is owed when it fails."""

    format: Literal["maas-terms/1"] = "maas-terms/1"
    title: str = free_text("What it is about, for people.", least=1)
    currency: Money = key("The currency of all amounts.")
    meters: tuple[Meter, ...] = key("How quantities come out of signals.", most=64)
    tariffs: tuple[Tariff, ...] = key("What it costs.", least=1, most=64)
    calendar: Calendar = key("The billing calendar.", default=Calendar())
    sla: tuple[Sla, ...] = key("What is promised.", default=(), most=32)
    caps: tuple[Cap, ...] = key("The most that credits and bonuses come to.", default=(), most=12)
    planned: tuple[Planned, ...] = key("Windows in which downtime is nobody's fault.", default=(), most=200)
    oee: Oee | None = key("How effectiveness is told.", default=None)
    rounding: Rounding = key("Rounding.", default=Rounding())
    payment: Payment = key("When an invoice is to be answered and paid.", default=Payment())
    data: Data | None = key("How long data are kept, and where they may lie.", default=None)
    slice_seconds: int = key("Seconds of a slice; slices are what a dispute names.", default=3600, low=60, high=86_400)
    examples: tuple[Example, ...] = key("Worked examples. The linter insists on one.", default=(), most=50)
