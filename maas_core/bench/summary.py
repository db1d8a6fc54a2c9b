"""From rows to figures: one summary for a folder of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan
from pathlib import Path

import numpy as np

from maas_core.bench.figures import COMMANDS, OBJECTS, OVERHEAD_FIGURES, RUN_FIGURES, STORING, in_order
from maas_core.bench.record import SCENARIO, Mode, RunRecord, read_runs
from maas_core.bench.results import Checked, Comparison, ModeFigures, OperationFigures, PairingSummary, Summary
from maas_core.bench.rows import Columns, read_rows
from maas_core.bench.scenario import Scenario, Threshold, load_scenario
from maas_core.bench.statistics import (
    Interval,
    Share,
    Values,
    difference,
    mean_interval,
    percentile_intervals,
)
from maas_core.bench.validity import FEW_REPETITIONS, Verdict, achieved_share, behind, judge

FAILED = ("rejected", "failed", "unfinished")
SEED = 20_220_701


@dataclass(frozen=True, slots=True)
class Measured:
    """One run, its rows, and what is to be thought of it."""

    run: RunRecord
    rows: Columns
    verdict: Verdict


def read_measured(folder: Path) -> list[Measured]:
    """All runs of a folder with their rows, save bursts that only measured a capacity. Raises `MaasError`."""
    measured = []
    for run in read_runs(folder):
        if run.mode != Mode.CAPACITY:
            rows = read_rows(folder / run.file, run.begin, run.end)
            measured.append(Measured(run, rows, judge(run, rows)))
    return measured


def summarise(folder: Path) -> tuple[Scenario, list[Measured], Summary]:
    """The summary of a folder that `bench run` wrote."""
    scenario = load_scenario(folder / SCENARIO)
    measured = read_measured(folder)
    return scenario, measured, summary_of(scenario, measured)


def summary_of(scenario: Scenario, measured: Sequence[Measured]) -> Summary:
    """Figures, comparisons and thresholds. Always the same for the same rows."""
    random = np.random.default_rng(SEED)
    names = sorted({(one.run.ledger, one.run.storage) for one in measured})
    by_pairing = {
        f"{ledger} + {storage}": [one for one in measured if (one.run.ledger, one.run.storage) == (ledger, storage)]
        for ledger, storage in names
    }
    pairings = [_pairing(runs, random) for runs in by_pairing.values()]
    warnings = []
    if len({one.run.repetition for one in measured}) < FEW_REPETITIONS:
        warnings.append(
            f"under {FEW_REPETITIONS} repetitions: the intervals hardly know how one run differs from the next"
        )
    checked = [
        done for one in scenario.thresholds for pairing in pairings if (done := _check(one, pairing)) is not None
    ]
    return Summary(
        scenario.name, scenario.question, pairings, _comparisons(by_pairing, random), checked, tuple(warnings)
    )


def _pairing(runs: Sequence[Measured], random: np.random.Generator) -> PairingSummary:
    modes = {}
    for mode in (Mode.CORE, Mode.RAW):
        chosen = [one for one in runs if one.run.mode == mode]
        if chosen:
            modes[str(mode)] = _mode(chosen, random)
    told = [(f"{one.run.mode}, repetition {one.run.repetition + 1}", one.verdict) for one in runs]
    return PairingSummary(
        runs[0].run.ledger,
        runs[0].run.storage,
        modes,
        _overhead(runs, random),
        tuple(f"{place}: {reason}" for place, verdict in told for reason in verdict.invalid),
        tuple(f"{place}: {reason}" for place, verdict in told for reason in verdict.warnings),
        _fairness(runs),
    )


def _mode(runs: Sequence[Measured], random: np.random.Generator) -> ModeFigures:
    rows = [one.rows for one in runs]
    names = in_order(name for one in rows for name in one.operations)
    chosen = {name: [one.where(one.operation == name) for one in rows] for name in names}
    groups = {COMMANDS: [name for name in names if name not in STORING], OBJECTS: [n for n in names if n in STORING]}
    for group, members in groups.items():
        if members:
            chosen[group] = [one.where(np.isin(one.operation, members)) for one in rows]
    per_run = {name: np.array([_run_figures(one)[name] for one in runs]) for name in RUN_FIGURES}
    return ModeFigures(
        runs[0].run.mode,
        len(runs),
        float(np.mean([_a_second(one, int((one.rows.outcome != "lost").sum())) for one in runs])),
        {name: _mean(values, random) for name, values in per_run.items()},
        {name: _operation(columns, random) for name, columns in chosen.items()},
        runs[0].run.cost_unit,
        int(sum(one.undone.sum() for one in rows)),
    )


def _a_second(one: Measured, count: int) -> float:
    return count / window_seconds(one)


def window_seconds(one: Measured) -> float:
    """Seconds over which a run's operations are counted: the window; if there was no schedule, to the last included."""
    run, rows = one.run, one.rows
    if run.is_open or len(rows) == 0 or np.isnan(rows.included).all():
        return max(run.end - run.begin, 1e-9)
    return max(float(np.nanmax(rows.included)) - float(rows.intended.min()), 1e-9)


def _run_figures(one: Measured) -> dict[str, float]:
    rows, count = one.rows, max(len(one.rows), 1)
    lag = behind(rows)
    done = max(int(rows.ok.sum()), 1)
    return {
        "goodput": _a_second(one, int(rows.ok.sum())),
        "failure_share": float(np.isin(rows.outcome, FAILED).sum() / count),
        "achieved_share": achieved_share(one.run, rows) if one.run.is_open and len(rows) else 1.0,
        "cpu_ms": 1000 * one.run.cpu * _counted(one) / done,
        "network_cpu_ms": 1000 * (nan if one.run.network_cpu is None else one.run.network_cpu) * _counted(one) / done,
        "behind_p99": float(np.percentile(lag, 99)) if len(lag) else 0.0,
    }


def _counted(one: Measured) -> float:
    """The part of a run's time in which its counted operations fell, so that processor time is theirs."""
    return min(1.0, (one.run.end - one.run.begin) / one.run.seconds) if one.run.is_open else 1.0


def _mean(values: Values, random: np.random.Generator) -> Interval | None:
    told = values[~np.isnan(values)]
    return mean_interval(told, random) if len(told) else None


def _operation(runs: Sequence[Columns], random: np.random.Generator) -> OperationFigures:
    figures: dict[str, Interval | None] = {}
    for stage, ranks in (("sent", (50,)), ("included", (50, 95, 99)), ("final", (50, 95))):
        latencies = [latency(one, stage) for one in runs]
        told = percentile_intervals(latencies, ranks, random)
        figures |= {f"{stage}_p{rank}": interval for rank, interval in told.items()}
    costs = [one.cost[one.ok & ~np.isnan(one.cost)] for one in runs]
    figures["cost_mean"] = _mean(np.array([one.mean() for one in costs if len(one)]), random)
    outcomes = np.concatenate([one.outcome for one in runs])
    names, counts = np.unique(outcomes, return_counts=True)
    return OperationFigures(len(outcomes), dict(zip(names.tolist(), counts.tolist(), strict=True)), figures)


def latency(rows: Columns, stage: str) -> Values:
    """Seconds from intended to a stage, of all that took effect and came to it."""
    took = getattr(rows, stage) - rows.intended
    values: Values = took[rows.ok & ~np.isnan(took)]
    return values


def _commands(rows: Columns) -> Columns:
    chosen = ~np.isin(rows.operation, list(STORING))
    return rows.where(chosen) if chosen.any() else rows


def _overhead(runs: Sequence[Measured], random: np.random.Generator) -> dict[str, Interval | None]:
    """The core by the bare client, of the same repetitions of the same networks."""
    core = {one.run.repetition: one for one in runs if one.run.mode == Mode.CORE}
    raw = {one.run.repetition: one for one in runs if one.run.mode == Mode.RAW}
    both = sorted(core.keys() & raw.keys())
    added, ratio = [], []
    for one in both:
        ours, theirs = (latency(_commands(side[one].rows), "included") for side in (core, raw))
        if len(ours) and len(theirs):
            added.append(float(np.median(ours) - np.median(theirs)))
            ratio.append(_run_figures(core[one])["goodput"] / max(_run_figures(raw[one])["goodput"], 1e-9))
    found = {"added_p50": added, "goodput_ratio": ratio}
    return {name: _mean(np.array(found[name]), random) for name in OVERHEAD_FIGURES}


def _fairness(runs: Sequence[Measured]) -> Interval | None:
    """How often the rival got a ticket that both maintainers wanted, with the core."""
    won = {"maintainer": 0, "rival": 0}
    for one in runs:
        if one.run.mode != Mode.CORE:
            continue
        raced = one.rows.where(one.rows.operation == "accept_ticket")
        contested = bool((one.rows.actor == "rival").any())
        for name in won:
            if one.run.awarded is not None:
                won[name] += one.run.awarded.get(name, 0)
            elif contested:
                won[name] += int((raced.ok & (raced.actor == name)).sum())
    total = sum(won.values())
    return Share(won["rival"], total).interval if total and won["rival"] + won["maintainer"] else None


def _comparisons(by_pairing: Mapping[str, Sequence[Measured]], random: np.random.Generator) -> list[Comparison]:
    """Commands of pairings that differ in nothing but the ledger, objects of those that differ in the storage."""
    core = {name: [one for one in runs if one.run.mode == Mode.CORE] for name, runs in by_pairing.items()}
    found = []
    for first, second in combinations([name for name, runs in core.items() if runs], 2):
        ours, theirs = core[first], core[second]
        shared = {name for one in ours for name in one.rows.operations} & {
            name for one in theirs for name in one.rows.operations
        }
        commands = [name for name in in_order(shared) if name not in STORING]
        objects = [name for name in in_order(shared) if name in STORING]
        if ours[0].run.storage == theirs[0].run.storage:
            found += [_compared(ours, theirs, COMMANDS, commands, random)] if commands else []
            found += [_compared(ours, theirs, name, [name], random) for name in commands]
        if ours[0].run.ledger == theirs[0].run.ledger:
            found += [_compared(ours, theirs, OBJECTS, objects, random)] if objects else []
            found += [_compared(ours, theirs, name, [name], random) for name in objects]
    return [one for one in found if one is not None]


def _compared(
    ours: Sequence[Measured],
    theirs: Sequence[Measured],
    operation: str,
    members: Sequence[str],
    random: np.random.Generator,
) -> Comparison | None:
    sides = [
        [latency(one.rows.where(np.isin(one.rows.operation, members)), "included") for one in side]
        for side in (ours, theirs)
    ]
    told = difference(sides[0], sides[1], random)
    if told is None:
        return None
    return Comparison(ours[0].run.pairing, theirs[0].run.pairing, operation, told, told.told_apart)


def _check(threshold: Threshold, pairing: PairingSummary) -> Checked | None:
    """None: it is not meant for this pairing."""
    if threshold.ledger not in ("", pairing.ledger):
        return None
    bound, word = (threshold.at_least, "least") if threshold.at_most is None else (threshold.at_most, "most")
    accepted = f"at {word} {bound:,.10g}"
    core = pairing.modes.get(str(Mode.CORE))
    value: Interval | None = None
    if threshold.figure in OVERHEAD_FIGURES:
        value = pairing.overhead.get(threshold.figure)
    elif core is not None and threshold.figure in RUN_FIGURES:
        value = core.figures.get(threshold.figure)
    elif core is not None:
        if threshold.figure == "cost_mean" and not core.cost_unit and threshold.operation not in STORING:
            return Checked(pairing.name, threshold.figure, threshold.operation, accepted, None, met=True,
                           note="this ledger counts no cost")  # fmt: skip
        found = core.operations.get(threshold.operation)
        value = None if found is None else found.figures.get(threshold.figure)
    if value is None:
        return Checked(pairing.name, threshold.figure, threshold.operation, accepted, None, met=False,
                       note="too few samples to tell")  # fmt: skip
    most = threshold.at_most if threshold.at_most is not None else float("inf")
    least = threshold.at_least if threshold.at_least is not None else float("-inf")
    return Checked(pairing.name, threshold.figure, threshold.operation, accepted, value, least <= value.value <= most)
