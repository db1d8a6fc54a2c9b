"""A statement: what a window comes to, why, and from what. Its document is canonical JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from maas_core.billing.facts import AnchorUsed, Carry, Span

FORMAT = "maas-statement/1"
ENGINE = "maas-billing/1"
PROTOCOL = "maas/1"


class LineKind(StrEnum):
    """What a line is for."""

    USAGE = "usage"
    """A tariff."""
    REPRICING = "repricing"
    """Units of the period that were charged before, now at another volume tier's price."""
    TRUE_UP = "true_up"
    """What was missing to a minimum spend."""
    CREDIT = "credit"
    BONUS = "bonus"
    ADJUSTMENT = "adjustment"
    """What late readings change in an earlier statement."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its amount is exact."""

    name: str
    """The tariff's or SLA's."""
    kind: LineKind
    span: Span
    """What it is for: a part of the window, or of an earlier one for an adjustment."""
    amount: Fraction
    """Minor units; negative in the customer's favour."""
    quantity: Fraction | None = None
    """In `unit`."""
    unit: str = ""
    rate: Fraction | None = None
    """Major units for one `unit`, or percent for a credit or bonus."""
    why: str = ""
    """For people."""


@dataclass(frozen=True, slots=True)
class SlaResult:
    """How a promise was kept in a calendar period."""

    name: str
    kind: str
    span: Span
    """The part of the period that the agreement covers."""
    part: Fraction
    whole: Fraction
    """Zero: nothing to measure."""
    percent: Fraction
    """Of the credit (negative) or bonus that applied."""
    amount: Fraction
    """Minor units, after caps; negative in the customer's favour."""
    capped: bool

    @property
    def ratio(self) -> Fraction | None:
        """`part` by `whole`; None when there was nothing to measure."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class OeeResult:
    """Effectiveness in the window, as in ISO 22400-2; a ratio that cannot be told is None."""

    seconds: Mapping[str, int]
    """By status; "unknown" is one of them."""
    availability: Fraction | None
    effectiveness: Fraction | None
    quality: Fraction | None

    @property
    def oee(self) -> Fraction | None:
        """The product of the three."""
        if self.availability is None or self.effectiveness is None or self.quality is None:
            return None
        return self.availability * self.effectiveness * self.quality


@dataclass(frozen=True, slots=True)
class MeterTotal:
    """What a meter counted in the window."""

    name: str
    quantity: int
    unit: str
    scale: int
    """The integer that is one unit."""
    gaps: int
    """Times without readings longer than the terms allow."""

    @property
    def exact(self) -> Fraction:
        """In units."""
        return Fraction(self.quantity, self.scale)


@dataclass(frozen=True, slots=True)
class Restated:
    """An earlier window that was computed anew because of late readings."""

    span: Span
    root: bytes
    """Over its slices as they are now."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a window comes to. Amounts are in minor units; positive is owed by the customer."""

    machine: bytes
    terms: bytes
    window: Span
    closing: bool
    final: bool
    currency: str
    digits: int
    """Of the minor unit."""
    amount: int
    """To be invoiced; negative only when final: to be paid out."""
    exact: Fraction
    """The sum of all lines."""
    carry_in: Carry
    carry_out: Carry
    """`carry_in.balance + exact == amount + carry_out.balance`, but for what a final statement rounds off."""
    slice_seconds: int
    slices: int
    root: bytes
    """Of the Merkle tree over the slices."""
    lines: tuple[Line, ...] = ()
    sla: tuple[SlaResult, ...] = ()
    meters: tuple[MeterTotal, ...] = ()
    oee: OeeResult | None = None
    anchors: tuple[AnchorUsed, ...] = ()
    restated: tuple[Restated, ...] = field(default=())
    title: str = ""
    engine: str = ENGINE
    protocol: str = PROTOCOL

    def dumps(self) -> bytes:
        """The document."""
        from maas_core.billing.statement_file import written  # noqa: PLC0415 - it needs these classes

        return written(self)

    @staticmethod
    def loads(content: bytes) -> "Statement":
        """From the document. Raises `IntegrityError`."""
        from maas_core.billing.statement_file import read  # noqa: PLC0415 - it needs these classes

        return read(content)
