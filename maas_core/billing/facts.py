"""What a statement is computed from: times of use, downtime, telemetry, and what the statement before left over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from maas_core.billing.tariff_terms import Period
from maas_core.ports.downtime import Downtime
from maas_core.ports.readings import Series

if TYPE_CHECKING:
    from maas_core.billing.statement import Statement
    from maas_core.billing.terms import Terms


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A time [time_from, time_to), seconds UTC."""

    time_from: int
    time_to: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.time_to - self.time_from


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Telemetry of one stretch of time, as a batch gives it; what lies outside the window is not counted."""

    time_from: int
    time_to: int
    series: Mapping[str, Series]
    """By signal; signals that no meter reads are passed over."""
    decimals: Mapping[str, int] = field(default_factory=dict)
    """Of each signal; a signal whose decimals differ from the meter's is refused."""


@dataclass(frozen=True, slots=True)
class AnchorUsed:
    """A batch that went into a statement."""

    seq: int
    manifest: bytes
    """The SHA-256 of its manifest, as anchored."""


@dataclass(frozen=True, slots=True)
class Point:
    """A reading that the next statement goes on from."""

    time: int
    value: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What has come together in a calendar period that is not over."""

    period_from: int
    """When the calendar period began, also if the agreement began later."""
    seconds: int = 0
    """How much of it the agreement has covered."""
    executed: int = 0
    """Seconds of that in which the machine was EXECUTED."""
    quantities: Mapping[str, int] = field(default_factory=dict)
    """By meter, in the meter's integers."""
    charges: Mapping[str, Fraction] = field(default_factory=dict)
    """By tariff, minor units."""
    downtime: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By availability SLA: seconds that count, seconds that are left out."""
    credits: Fraction = Fraction(0)
    bonuses: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Carry:
    """What one statement hands to the next."""

    balance: Fraction = Fraction(0)
    """Minor units that the customer still owes (or is owed, if negative): rounding and credit carried forward."""
    meters: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    """By meter: the last reading; of a level the last compared one and the latest one."""
    periods: Mapping[Period, Progress] = field(default_factory=dict)
    """Open calendar periods; none before the first statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """An earlier statement's window, now that late readings are known.

    A correction needs all windows from the first one with late readings to the one before the new statement, ascending,
    since tiers, minimum spend and counters lead from each to the next.
    """

    terms: "Terms"
    facts: "Facts"
    """As they are now; `carry` of all but the first and `corrections` are not used."""
    billed: "Statement"
    """The statement that was issued for this window."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Everything about one machine and one window that the terms may ask for."""

    machine: bytes
    window: Span
    executed: tuple[Span, ...]
    """When the machine was EXECUTED, by business time; any order, also outside the window (1 s before it counts)."""
    telemetry: Iterable[Chunk] = ()
    """Ascending and not overlapping; read once. `chunks.ordered` makes it so from anything."""
    downtimes: tuple[Downtime, ...] = ()
    """Any order; also outside the window."""
    planned: tuple[Span, ...] = ()
    """Planned windows that were agreed on beside those in the terms."""
    anchors: tuple[AnchorUsed, ...] = ()
    """The batches that `telemetry` comes from, for the statement's provenance."""
    terms_digest: bytes = bytes(32)
    """Of the terms as the ledger names them."""
    carry: Carry = field(default_factory=Carry)
    closing: bool = False
    """These terms end with the window: open periods are settled at its end."""
    final: bool = False
    """The agreement ends: as `closing`, and a credit that is left over is paid out."""
    corrections: tuple[Correction, ...] = ()
