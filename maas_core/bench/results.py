"""The shape of a summary: figures by pairing, mode and operation, comparisons and thresholds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maas_core.bench.statistics import EVEN, LEVEL, Difference, Interval


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
class Fairness:
    """Whether both maintainers win alike the tickets that both want."""

    won: int
    """By the rival."""
    contested: int
    share: Interval
    """The rival's; 0.5 is even."""
    p_even: float
    """How likely a share at least as far from even is if each is as likely to win as the other (exact binomial test);
    tickets are taken as independent of each other."""
    maintainer_region: str = ""
    rival_region: str = ""

    @property
    def even(self) -> bool:
        """Whether nothing speaks against it: one half is within the interval, and the test does not reject it."""
        return self.share.low <= EVEN <= self.share.high or self.p_even >= 1 - LEVEL


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
    runs: int = 0
    """With those that measured capacity."""
    fairness: Fairness | None = None

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
