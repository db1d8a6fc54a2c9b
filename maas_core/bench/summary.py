"""From rows to figures: one summary for a folder of runs."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from maas_core.bench.figures import COMMANDS, LEDGER_FIGURES, OBJECTS, OVERHEAD_FIGURES, RUN_FIGURES, STORING, in_order
from maas_core.bench.measured import Measured, latency
from maas_core.bench.overhead import overhead
from maas_core.bench.record import PROVENANCE, SCENARIO, Mode, read_json, read_runs
from maas_core.bench.results import (
    Checked,
    Comparison,
    Fairness,
    ModeFigures,
    OperationFigures,
    PairingSummary,
    Summary,
)
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
from maas_core.bench.topology.placed import as_placed
from maas_core.bench.validity import FEW_REPETITIONS, judge

SEED = 20_220_701


def read_measured(folder: Path) -> list[Measured]:
    """All runs of a folder with their rows, save trials. Raises `MaasError`."""
    measured = []
    for run in (one for one in read_runs(folder) if one.mode != Mode.TRIAL):
        rows = read_rows(folder / run.file, run.begin, run.end)
        measured.append(Measured(run, rows, judge(run, rows)))
    return measured


def summarise(folder: Path) -> tuple[Scenario, list[Measured], Summary]:
    """The summary of a folder that `bench run` wrote."""
    scenario = as_placed(load_scenario(folder / SCENARIO), read_json(folder / PROVENANCE))
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
    pairings = [
        _pairing(scenario, runs, [one for one in measured if one.run.ledger == runs[0].run.ledger], random)
        for runs in by_pairing.values()
    ]
    warnings = []
    if len({one.run.repetition for one in measured}) < FEW_REPETITIONS:
        warnings.append(
            f"under {FEW_REPETITIONS} repetitions: the intervals hardly know how one run differs from the next"
        )
    checked = [
        done
        for one in scenario.thresholds
        for pairing in (_first_of_each(pairings) if one.figure in LEDGER_FIGURES else pairings)
        if (done := _check(one, pairing)) is not None
    ]
    return Summary(
        scenario.name, scenario.question, pairings, _comparisons(by_pairing, random), checked, tuple(warnings)
    )


def _pairing(
    scenario: Scenario, runs: Sequence[Measured], ledger_runs: Sequence[Measured], random: np.random.Generator
) -> PairingSummary:
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
        overhead(runs, ledger_runs, random),
        tuple(f"{place}: {reason}" for place, verdict in told for reason in verdict.invalid),
        tuple(f"{place}: {reason}" for place, verdict in told for reason in verdict.warnings),
        len(runs),
        _fairness(scenario, runs),
    )


def _mode(runs: Sequence[Measured], random: np.random.Generator) -> ModeFigures:
    rows = [one.rows for one in runs]
    names = in_order(name for one in rows for name in one.operations)
    chosen = {name: [one.where(one.operation == name) for one in rows] for name in names}
    groups = {COMMANDS: [name for name in names if name not in STORING], OBJECTS: [n for n in names if n in STORING]}
    for group, members in groups.items():
        if members:
            chosen[group] = [one.where(np.isin(one.operation, members)) for one in rows]
    told = [one.figures for one in runs]
    per_run = {name: np.array([one[name] for one in told]) for name in RUN_FIGURES}
    return ModeFigures(
        runs[0].run.mode,
        len(runs),
        float(np.mean([one.offered for one in runs])),
        {name: _mean(values, random) for name, values in per_run.items()},
        {name: _operation(columns, random) for name, columns in chosen.items()},
        runs[0].run.cost_unit,
        int(sum(one.undone.sum() for one in rows)),
    )


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


def _fairness(scenario: Scenario, runs: Sequence[Measured]) -> Fairness | None:
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
    share = Share(won["rival"], sum(won.values()))
    if not share.possible:
        return None
    regions = (scenario.region("maintainer"), scenario.region("rival"))
    return Fairness(share.won, share.possible, share.interval, share.p_even, *regions)


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


def _first_of_each(pairings: Sequence[PairingSummary]) -> list[PairingSummary]:
    """One pairing of each ledger, whose capacity they all have in common."""
    return list({one.ledger: one for one in reversed(pairings)}.values())[::-1]


def _check(threshold: Threshold, pairing: PairingSummary) -> Checked | None:
    """None: it is not meant for this pairing."""
    if threshold.ledger not in ("", pairing.ledger):
        return None
    name = pairing.ledger if threshold.figure in LEDGER_FIGURES else pairing.name
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
            return Checked(name, threshold.figure, threshold.operation, accepted, None, met=True,
                           note="this ledger counts no cost")  # fmt: skip
        found = core.operations.get(threshold.operation)
        value = None if found is None else found.figures.get(threshold.figure)
    if value is None:
        return Checked(name, threshold.figure, threshold.operation, accepted, None, met=False,
                       note="too few samples to tell")  # fmt: skip
    most = threshold.at_most if threshold.at_most is not None else float("inf")
    least = threshold.at_least if threshold.at_least is not None else float("-inf")
    return Checked(name, threshold.figure, threshold.operation, accepted, value, least <= value.value <= most)
