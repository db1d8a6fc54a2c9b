"""What the core costs: its runs by the bare client's, of the same repetitions on the same networks."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from maas_core.bench.figures import OVERHEAD_FIGURES, STORING
from maas_core.bench.measured import Measured, latency
from maas_core.bench.record import Mode
from maas_core.bench.rows import Columns
from maas_core.bench.statistics import Interval, mean_interval

Pair = Callable[[Measured, Measured], float | None]
"""A figure of a run with the core and the one without; None: it cannot be told."""


def overhead(
    runs: Sequence[Measured], ledger_runs: Sequence[Measured], random: np.random.Generator
) -> Mapping[str, Interval | None]:
    """All `OVERHEAD_FIGURES`, None where nothing tells. `ledger_runs`: those of the same ledger on any storage."""
    paired: dict[str, tuple[Sequence[Measured], Mode, Mode, Pair]] = {
        "added_p50": (runs, Mode.CORE, Mode.RAW, _added(_commands, "included")),
        "final_added_p50": (runs, Mode.CORE, Mode.RAW, _added(_commands, "final")),
        "goodput_ratio": (runs, Mode.CORE, Mode.RAW, _goodput_ratio),
        "objects_added_p50": (runs, Mode.CORE, Mode.RAW, _added(_objects, "included")),
        "objects_ratio": (runs, Mode.CORE, Mode.RAW, _objects_ratio),
        "capacity": (ledger_runs, Mode.BURST, Mode.CAPACITY, lambda _, raw: raw.goodput),
        "saturation_ratio": (ledger_runs, Mode.BURST, Mode.CAPACITY, _goodput_ratio),
        "saturation_cpu_ms": (ledger_runs, Mode.BURST, Mode.CAPACITY, lambda core, _: core.cpu_ms(core.run.cpu)),
        "saturation_raw_cpu_ms": (ledger_runs, Mode.BURST, Mode.CAPACITY, lambda _, raw: raw.cpu_ms(raw.run.cpu)),
        "share_added_p50": (ledger_runs, Mode.SHARE, Mode.SHARE_RAW, _added(_commands, "included")),
        "share_goodput": (ledger_runs, Mode.SHARE, Mode.SHARE_RAW, _in_time),
    }
    return {name: _figure(*paired[name], random) for name in OVERHEAD_FIGURES}


def _figure(
    runs: Sequence[Measured], ours: Mode, theirs: Mode, pair: Pair, random: np.random.Generator
) -> Interval | None:
    """Its mean over the repetitions that have both."""
    core = {one.run.repetition: one for one in runs if one.run.mode == ours}
    raw = {one.run.repetition: one for one in runs if one.run.mode == theirs}
    values = [pair(core[one], raw[one]) for one in sorted(core.keys() & raw.keys())]
    told = [one for one in values if one is not None]
    return mean_interval(np.array(told), random) if told else None


def _commands(rows: Columns) -> Columns:
    """What goes to a ledger; where nothing does, all."""
    chosen = ~np.isin(rows.operation, list(STORING))
    return rows.where(chosen) if chosen.any() else rows


def _objects(rows: Columns) -> Columns:
    return rows.where(np.isin(rows.operation, list(STORING)))


def _added(part: Callable[[Columns], Columns], stage: str) -> Pair:
    def added(core: Measured, raw: Measured) -> float | None:
        ours, theirs = latency(part(core.rows), stage), latency(part(raw.rows), stage)
        return float(np.median(ours) - np.median(theirs)) if len(ours) and len(theirs) else None

    return added


def _objects_ratio(core: Measured, raw: Measured) -> float | None:
    ours, theirs = latency(_objects(core.rows), "included"), latency(_objects(raw.rows), "included")
    return float(np.median(ours) / np.median(theirs)) if len(ours) and len(theirs) else None


def _goodput_ratio(core: Measured, raw: Measured) -> float | None:
    return core.goodput / raw.goodput if raw.goodput else None


def _in_time(core: Measured, _: Measured) -> float | None:
    return min(core.achieved, float(core.rows.ok.mean())) if len(core.rows) else None
