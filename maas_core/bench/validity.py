"""Whether a run's figures can be believed: rules that were fixed before anything was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import cpu_count

import numpy as np

from maas_core.bench.record import Mode, RunRecord
from maas_core.bench.rows import Columns
from maas_core.bench.statistics import Values, steady_from

LEAST_ACHIEVED = 0.98
BEHIND_SECONDS = 0.1
"""An operation that the driver handed over later than this was begun by a starved driver."""
BURST_PART = 0.5
"""Of a burst's time: a driver that needs less hands over twice as fast as the work is done, so there is always some."""
MOST_BEHIND = 0.01
FIRST_PART = 0.2
"""The part of a window by which it is judged how long an operation takes before any queue has grown,"""
ENOUGH = 100
"""by the 95th percentile of so many operations or more, by the slowest of fewer."""
CUTS = (0.8, 0.85, 0.9, 0.95, 1.0)
"""Parts of a window at whose end it is asked what has ended."""
FEW_REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of one run."""

    invalid: tuple[str, ...]
    """Why its figures must not be used; empty: they may be."""
    warnings: tuple[str, ...]


def judge(run: RunRecord, rows: Columns) -> Verdict:
    """Judge a run by its measured rows."""
    invalid = []
    if len(rows) == 0:
        return Verdict(("nothing was measured",), ())
    if not rows.ok.any():
        invalid.append("nothing took effect")
    late, patience = behind_share(run, rows), patience_of(run)
    if late > MOST_BEHIND:
        invalid.append(
            f"the driver was starved: {late:.1%} of the operations were handed over more than "
            f"{patience * 1000:.0f} ms late (accepted: {MOST_BEHIND:.0%})"
        )
    if run.is_open and run.mode != Mode.SHARE:  # what is lacking there is a finding: `share_goodput`
        achieved = achieved_share(run, rows)
        if achieved < LEAST_ACHIEVED:
            invalid.append(
                f"achieved {achieved:.1%} of the intended rate (accepted: from {LEAST_ACHIEVED:.0%}): "
                "the pairing cannot keep up"
            )
    return Verdict(tuple(invalid), tuple(_warnings(run, rows)))


def behind(rows: Columns) -> Values:
    """Seconds by which the driver was late, for each operation."""
    return rows.begun - rows.intended


def patience_of(run: RunRecord) -> float:
    """Seconds that an operation may be handed over late. All of a burst is due at once: there, a part of the whole."""
    is_burst = run.planned > 0 and not run.is_open
    return max(BEHIND_SECONDS, BURST_PART * run.seconds) if is_burst else BEHIND_SECONDS


def behind_share(run: RunRecord, rows: Columns) -> float:
    """The share of operations that were handed over too late."""
    return float((behind(rows) > patience_of(run)).mean())


def achieved_share(run: RunRecord, rows: Columns) -> float:
    """The share of what was intended that ended in time: soon enough for there to be no queue.

    A pairing that keeps up ends what comes in as fast as it comes in, however long each one takes. One that does not
    has a queue, which a long drain would hide. So at several times towards the window's end it is asked which share of
    what was intended until then had ended, given the time that one took at the beginning; the median counts, since a
    ledger may be late with a single block. Sessions that were never begun count as not ended.
    """
    length = run.end - run.begin
    latency = rows.included - rows.intended
    first = latency[(rows.intended < run.begin + FIRST_PART * length) & ~np.isnan(latency)]
    allowance = float(np.percentile(first, 95 if len(first) >= ENOUGH else 100)) if len(first) else 0.0
    rejected = np.isin(rows.outcome, ("lost", "rejected", "failed")) & np.isnan(rows.included)
    done = np.where(rejected, -np.inf, np.nan_to_num(rows.included, nan=np.inf))
    ends = [run.begin + part * length for part in CUTS]
    shares = [float((done[rows.intended < end] <= end + allowance).mean()) for end in ends if rows.intended.min() < end]
    begun = min(1.0, run.begun / run.planned) if run.planned else 1.0
    return float(np.median(shares)) * begun


def _warnings(run: RunRecord, rows: Columns) -> Sequence[str]:
    found = []
    cores = cpu_count() or 1
    if run.load_before > cores:
        found.append(f"the machine was busy before it began: load {run.load_before:.1f} on {cores} cores")
    if run.mode == Mode.CORE and run.is_open:
        order = np.argsort(rows.intended)
        latency = (rows.included - rows.intended)[order]
        latency = latency[~np.isnan(latency)]
        if steady_from(latency) is None:
            found.append("latency never became steady (MSER-5), or the window was too short to tell")
    failed = float(np.isin(rows.outcome, ("rejected", "failed", "unfinished")).mean())
    if failed > 0.01:
        found.append(f"over 1 % of the operations failed or did not end: {failed:.1%}")
    return found
