"""The shape of a summary: figures by pairing, mode and operation, comparisons and thresholds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maas_core.bench.statistics import Difference, Interval


@dataclass(frozen=True, slots=True)
class OperationFigures:
    """One operation of one pairing in one mode, over all repetitions."""

    count: int
    outcomes: Mapping[str, int]
    figures: Mapping[str, Interval | None]
    """By `OPERATION_FIGURES`; None: too few samples, or not told."""


@dataclass(frozen=True, slots=True)
class ModeFigures:
    """One pairing in one mode."""

    mode: str
    runs: int
    offered: float
    """Operations a second that were intended, lost races left out."""
    figures: Mapping[str, Interval | None]
    """By `RUN_FIGURES`."""
    operations: Mapping[str, OperationFigures]
    cost_unit: str
    undone: int
    """Inclusions that left the chain again."""


@dataclass(frozen=True, slots=True)
class PairingSummary:
    """One pairing."""

    ledger: str
    storage: str
    modes: Mapping[str, ModeFigures]
    overhead: Mapping[str, Interval | None]
    """By `OVERHEAD_FIGURES`."""
    invalid: Sequence[str]
    warnings: Sequence[str]
    fairness: Interval | None = None
    """Of contested tickets, the share that went to the rival; 0.5 is even."""

    @property
    def name(self) -> str:
        """Ledger and storage."""
        return f"{self.ledger} + {self.storage}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two pairings in one operation, until included."""

    first: str
    second: str
    operation: str
    difference: Difference
    told_apart: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A threshold for one pairing."""

    pairing: str
    figure: str
    operation: str
    accepted: str
    value: Interval | None
    met: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """All of it."""

    name: str
    question: str
    pairings: Sequence[PairingSummary]
    comparisons: Sequence[Comparison]
    thresholds: Sequence[Checked]
    warnings: Sequence[str] = field(default=())

    @property
    def valid(self) -> bool:
        """Whether every run is."""
        return not any(one.invalid for one in self.pairings)

    @property
    def met(self) -> bool:
        """Whether every threshold is."""
        return all(one.met for one in self.thresholds)
