"""The report's pictures: what is drawn of which rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maas_core.bench.figures import COMMANDS, OBJECTS, in_order
from maas_core.bench.measured import Measured, latency
from maas_core.bench.plots import (
    UNNAMED,
    bars_plot,
    cdf_grid,
    cdf_plot,
    colours,
    medians_plot,
    rate_plot,
    timeline_plot,
)
from maas_core.bench.record import HappenedFault, Mode
from maas_core.bench.results import PairingSummary, Summary
from maas_core.bench.rows import Columns
from maas_core.bench.scenario import Scenario
from maas_core.bench.statistics import Interval, Values
from maas_core.bench.words import PAPER, PAPER_GAS, is_object

Line = tuple[str, str, str, Values]
FEW = 2
"""More pairings than this have one line each in a legend."""
PAPER_COLOUR = "#8a94a0"
SHOWN = ((Mode.CORE, "included", "-"), (Mode.RAW, "included", ":"), (Mode.CORE, "final", "--"))


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its words."""

    title: str
    svg: str
    note: str


def pictures(scenario: Scenario, measured: Sequence[Measured], summary: Summary) -> list[Plot]:
    """All of them; what nothing was measured of is left out."""
    chosen = colours([one.name for one in summary.pairings])
    core = [one for one in measured if one.run.mode == Mode.CORE]
    return [
        *_groups(measured, chosen),
        *_medians(summary, chosen),
        *_operations(measured, chosen),
        *_rates(scenario, core, chosen),
        *_faults(core, chosen),
        *_costs(summary, chosen),
    ]


def cost_of(pairing: PairingSummary, operation: str) -> Interval | None:
    """The mean cost of a command on a ledger that counts one."""
    core = pairing.modes.get(str(Mode.CORE))
    if core is None or not core.cost_unit or operation not in core.operations:
        return None
    return core.operations[operation].figures["cost_mean"]


def _names(summary: Summary) -> list[str]:
    modes = [one.modes[str(Mode.CORE)] for one in summary.pairings if str(Mode.CORE) in one.modes]
    return in_order(name for mode in modes for name in mode.operations)


def _lines(measured: Sequence[Measured], chosen: Mapping[str, str], rows: Mapping[int, Columns]) -> list[Line]:
    """With and without the core until included, and with it until final, of each pairing; all repetitions together."""
    lines = []
    for name, colour in chosen.items():
        for mode, stage, style in SHOWN:
            values = [
                latency(rows[one.run.order], stage)
                for one in measured
                if one.run.pairing == name and one.run.mode == mode and len(rows[one.run.order])
            ]
            if sum(map(len, values)):
                label = f"{name}, {'bare client, ' if mode is Mode.RAW else ''}{stage}"
                if len(chosen) > FEW:  # the note tells the styles
                    label = name if (mode, stage) == SHOWN[0][:2] else UNNAMED
                lines.append((label, colour, style, np.concatenate(values)))
    return lines


def _groups(measured: Sequence[Measured], chosen: Mapping[str, str]) -> list[Plot]:
    plots = []
    for group in (COMMANDS, OBJECTS):
        rows = {one.run.order: _only(one.rows, objects=group == OBJECTS) for one in measured}
        if lines := _lines(measured, chosen, rows):
            note = "Solid: included, with the core. Dotted: the same without the core. Dashed: final."
            plots.append(Plot(f"How long {group} take", cdf_plot(lines), note))
    return plots


def _only(rows: Columns, *, objects: bool) -> Columns:
    return rows.where(np.array([is_object(name) == objects for name in rows.operation.tolist()], dtype=np.bool_))


def _operations(measured: Sequence[Measured], chosen: Mapping[str, str]) -> list[Plot]:
    names = in_order(name for one in measured for name in one.rows.operations)
    if len(names) < 2:
        return []
    panels = {}
    for name in names:
        rows = {one.run.order: one.rows.where(one.rows.operation == name) for one in measured}
        if lines := _lines(measured, chosen, rows):
            panels[name] = lines
    note = "% done by then, over seconds from the intended time. Colours and lines as above."
    return [Plot("Each operation and stage", cdf_grid(panels), note)] if panels else []


def _medians(summary: Summary, chosen: Mapping[str, str]) -> list[Plot]:
    groups: dict[str, dict[str, Interval]] = {name: {} for name in _names(summary)}
    for one in summary.pairings:
        core = one.modes.get(str(Mode.CORE))
        for name, operation in core.operations.items() if core else ():
            median = operation.figures["included_p50"]
            if median is not None:
                groups[name][one.name] = median
    note = "With the core, with 95 % bootstrap intervals over repetitions."
    return (
        [Plot("Medians until included", medians_plot(groups, "seconds", chosen), note)] if any(groups.values()) else []
    )


def _rates(scenario: Scenario, core: Sequence[Measured], chosen: Mapping[str, str]) -> list[Plot]:
    """By second, of each pairing's last run."""
    lines = []
    for one in _last(core, chosen):
        done = one.rows.included[one.rows.ok & ~np.isnan(one.rows.included)]
        if len(done):
            edges = np.arange(np.floor(done.min()), np.floor(done.max()) + 2)
            counts, _ = np.histogram(done, bins=edges)
            lines.append(
                (one.run.pairing, chosen[one.run.pairing], edges, np.append(counts, counts[-1]).astype(np.float64))
            )
    if not lines:
        return []
    note = f"The last repetition, with the core. Counted are operations intended from second {scenario.warm_up:g} on."
    return [Plot("Throughput over time", rate_plot(lines, _all_faults(core, chosen)), note)]


def _last(core: Sequence[Measured], chosen: Mapping[str, str]) -> list[Measured]:
    by_name = {name: [one for one in core if one.run.pairing == name] for name in chosen}
    return [max(runs, key=lambda one: one.run.order) for runs in by_name.values() if runs]


def _all_faults(core: Sequence[Measured], chosen: Mapping[str, str]) -> Sequence[HappenedFault]:
    """Of each pairing's last run, alike ones once."""
    found = {
        (fault.kind, fault.target, round(fault.begun)): fault for one in _last(core, chosen) for fault in one.run.faults
    }
    return sorted(found.values(), key=lambda fault: fault.begun)


def _faults(core: Sequence[Measured], chosen: Mapping[str, str]) -> list[Plot]:
    faults = _all_faults(core, chosen)
    if not faults:
        return []
    dots = []
    for one in _last(core, chosen):
        rows = one.rows.where(one.rows.ok & ~np.isnan(one.rows.included))
        dots.append((one.run.pairing, chosen[one.run.pairing], rows.intended, rows.included - rows.intended))
    note = "Each dot is an operation, at the time at which it was intended. The last repetition, with the core."
    return [Plot("What a fault does", timeline_plot(dots, faults), note)]


def _costs(summary: Summary, chosen: Mapping[str, str]) -> list[Plot]:
    groups: dict[str, dict[str, float]] = {}
    units = {one.modes["core"].cost_unit for one in summary.pairings if "core" in one.modes} - {""}
    for name in _names(summary):
        found = {one.name: told.value for one in summary.pairings if (told := cost_of(one, name)) is not None}
        if found and name != COMMANDS and not is_object(name):
            groups[name] = found | ({PAPER: float(PAPER_GAS[name])} if units == {"gas"} and name in PAPER_GAS else {})
    if not groups:
        return []
    bars = {name: colour for name, colour in chosen.items() if any(name in group for group in groups.values())}
    if any(PAPER in group for group in groups.values()):
        bars[PAPER] = PAPER_COLOUR
    note = "Means of all that took effect."
    if PAPER in bars and groups.pop("register_machine", None) is not None:
        note += " Registration, 1,833,417 in the paper, would hide the others; it is in the table."
    return [
        Plot(
            f"Cost of an operation, {', '.join(sorted(units))}", bars_plot(groups, ", ".join(sorted(units)), bars), note
        )
    ]
