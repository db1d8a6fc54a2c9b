"""One run with its rows, and the figures that it has by itself."""

from dataclasses import dataclass
from math import nan

import numpy as np

from maas_core.bench.record import RunRecord
from maas_core.bench.rows import Columns
from maas_core.bench.statistics import Values
from maas_core.bench.validity import Verdict, achieved_share, behind

FAILED = ("rejected", "failed", "unfinished")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run, its rows, and what is to be thought of it."""

    run: RunRecord
    rows: Columns
    verdict: Verdict

    @property
    def seconds(self) -> float:
        """Over which operations are counted: the window; if there was no schedule, to the last included."""
        run, rows = self.run, self.rows
        if run.is_open or len(rows) == 0 or np.isnan(rows.included).all():
            return max(run.end - run.begin, 1e-9)
        return max(float(np.nanmax(rows.included)) - float(rows.intended.min()), 1e-9)

    @property
    def offered(self) -> float:
        """Operations a second that were intended, lost races left out."""
        return int((self.rows.outcome != "lost").sum()) / self.seconds

    @property
    def goodput(self) -> float:
        """Operations a second that took effect."""
        return int(self.rows.ok.sum()) / self.seconds

    @property
    def achieved(self) -> float:
        """The share of what was intended that was done in time; 1 without a schedule."""
        return achieved_share(self.run, self.rows) if self.run.is_open and len(self.rows) else 1.0

    def cpu_ms(self, seconds: float) -> float:
        """So many seconds of processor time of the whole run, as milliseconds for one operation that took effect."""
        run = self.run
        counted = min(1.0, (run.end - run.begin) / run.seconds) if run.is_open else 1.0
        return 1000 * seconds * counted / max(int(self.rows.ok.sum()), 1)

    @property
    def figures(self) -> dict[str, float]:
        """By `RUN_FIGURES`; nan: not told."""
        rows, lag = self.rows, behind(self.rows)
        return {
            "goodput": self.goodput,
            "failure_share": float(np.isin(rows.outcome, FAILED).sum() / max(len(rows), 1)),
            "achieved_share": self.achieved,
            "cpu_ms": self.cpu_ms(self.run.cpu),
            "network_cpu_ms": self.cpu_ms(nan if self.run.network_cpu is None else self.run.network_cpu),
            "behind_p99": float(np.percentile(lag, 99)) if len(lag) else 0.0,
        }


def latency(rows: Columns, stage: str) -> Values:
    """Seconds from intended to a stage, of all that took effect and came to it."""
    took = getattr(rows, stage) - rows.intended
    values: Values = took[rows.ok & ~np.isnan(took)]
    return values
