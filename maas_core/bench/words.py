"""The answer in words: what was compared, and what came of it, never a bare winner."""

from collections.abc import Sequence

from maas_core.bench.figures import COMMANDS, OBJECTS, STORING
from maas_core.bench.results import Comparison, ModeFigures, PairingSummary, Summary
from maas_core.bench.scenario import LoadKind, Scenario
from maas_core.bench.statistics import Interval

EVEN = 0.5
PAPER = "the paper"
MOST_LINES = 6

PAPER_GAS = {
    "register_machine": 1_833_417,
    "issue_invoice": 110_287,
    "accept_machine": 72_012,
    "accept_ticket": 57_110,
    "open_ticket": 48_165,
    "close_ticket": 41_291,
    "stop_machine": 41_040,
    "start_machine": 37_157,
    "reset_machine": 37_148,
    "complete_ticket": 36_315,
}
"""Table 1 of Tran et al., Machine-as-a-Service, Engineering Reports 2022: gas on their chain."""


def seconds(value: float | None) -> str:
    """Seconds for people."""
    if value is None:
        return "not told"
    sign, size = ("-", -value) if value < 0 else ("", value)
    if size < 1:
        return f"{sign}{size * 1000:.3g} ms"
    return f"{sign}{size:.3g} s"


def told(interval: Interval | None, unit: str = "") -> str:
    """A figure with its interval."""
    if interval is None:
        return "not told"
    if unit == "s":
        return f"{seconds(interval.value)} ({seconds(interval.low)} to {seconds(interval.high)})"
    parts = [
        f"{one:,.0f}" if abs(one) >= 1000 else f"{one:.3g}" for one in (interval.value, interval.low, interval.high)
    ]
    return f"{parts[0]}{' ' + unit if unit else ''} ({parts[1]} to {parts[2]})"


def main_operation(mode: ModeFigures) -> str:
    """What the answer is about: commands, or objects where there are none."""
    return COMMANDS if COMMANDS in mode.operations else OBJECTS


def compared(scenario: Scenario, summary: Summary) -> str:
    """What was compared."""
    load = scenario.load
    how = {
        LoadKind.OPEN: f"{load.rate:g} sessions a second"
        if load.rate
        else f"{load.share_of_raw or 0:.0%} of raw capacity",
        LoadKind.CLOSED: f"{load.clients} client{'s' if load.clients > 1 else ''} with random think time",
        LoadKind.BURST: f"a burst of {load.sessions} sessions",
    }[load.kind]
    names = ", ".join(one.name for one in summary.pairings)
    arriving = f", arrivals {load.arrivals}" if load.kind is LoadKind.OPEN else ""
    return f"{scenario.workload.kind} on {names}: {how}{arriving}"


def answers(summary: Summary) -> list[str]:
    """The answer, a line for each thing to know."""
    lines = [_of_pairing(one) for one in summary.pairings if "core" in one.modes]
    lines += [_of_comparison(one) for one in _telling(summary)]
    lines += [line for one in summary.pairings for line in _of_fairness(one)]
    return lines


def troubles(summary: Summary) -> list[str]:
    """Why runs are invalid; the first few in full."""
    lines = [f"{one.name}, {line}" for one in summary.pairings for line in one.invalid]
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + ([f"and {more} more of {sum(map(_runs, summary.pairings))} runs"] if more > 0 else [])


def warnings(summary: Summary) -> list[str]:
    """What to bear in mind, by kind and with how many runs it concerns."""
    counted: dict[tuple[str, str], int] = {}
    for one in summary.pairings:
        for line in one.warnings:
            kind = line.split(": ", 1)[1].split(":")[0].split(" (")[0]
            counted[one.name, kind] = counted.get((one.name, kind), 0) + 1
    runs = {one.name: _runs(one) for one in summary.pairings}
    return [
        *summary.warnings,
        *(f"{name}, {count} of {runs[name]} runs: {kind}" for (name, kind), count in counted.items()),
    ]


def _runs(one: PairingSummary) -> int:
    return sum(mode.runs for mode in one.modes.values())


def _of_pairing(one: PairingSummary) -> str:
    core = one.modes["core"]
    name = main_operation(core)
    figures = core.operations[name].figures
    words = [f"{one.name}: {name} take {told(figures['included_p50'], 's')} at the median"]
    if figures["included_p95"] is not None:
        words.append(f"95 % are done within {seconds(figures['included_p95'].value)}")
    if figures["final_p50"] is not None and name == COMMANDS:
        words.append(f"final after {seconds(figures['final_p50'].value)}")
    goodput = core.figures["goodput"]
    if goodput is not None:
        words.append(f"goodput {goodput.value:.4g}/s of {core.offered:.4g}/s")
    added, ratio = one.overhead["added_p50"], one.overhead["goodput_ratio"]
    if added is not None and ratio is not None:
        adds = f"adds {seconds(added.value)}" if added.value > 0 else "adds nothing at the median"
        words.append(f"the core {adds} and reaches {ratio.value:.0%} of the bare client's goodput")
    return "; ".join(words) + "."


def _telling(summary: Summary) -> list[Comparison]:
    """All commands and all objects, on the first storage and the first ledger: the others are in the table."""
    storage, ledger = summary.pairings[0].storage, summary.pairings[0].ledger
    return [
        one
        for one in summary.comparisons
        if (one.operation == COMMANDS and one.first.endswith(f" + {storage}"))
        or (one.operation == OBJECTS and one.first.startswith(f"{ledger} + "))
    ]


def _of_comparison(one: Comparison) -> str:
    ratio, delta = one.difference.ratio, one.difference.delta
    if not one.told_apart:
        return f"{one.first} and {one.second} cannot be told apart in {one.operation} (ratio {told(ratio)})."
    first, second, value, low, high = one.first, one.second, ratio.value, ratio.low, ratio.high
    if value < 1:
        first, second, value, low, high = second, first, 1 / value, 1 / high, 1 / low
    return (
        f"In {one.operation}, {first} takes {value:.3g} times as long as {second} ({low:.3g} to {high:.3g}; "
        f"Cliff's delta {abs(delta.value):.2f})."
    )


def _of_fairness(one: PairingSummary) -> list[str]:
    share = one.fairness
    if share is None:
        return []
    even = share.low <= EVEN <= share.high
    verdict = "no sign of unfairness" if even else "not even"
    interval = f"{share.low:.0%} to {share.high:.0%}"
    return [f"{one.name}: the rival won {share.value:.0%} ({interval}) of contested tickets: {verdict}."]


def paper_rows(pairings: Sequence[PairingSummary]) -> list[tuple[str, int, list[str]]]:
    """The paper's Table 1 beside what was measured here: operation, the paper's gas, ours by pairing."""
    counted = [one for one in pairings if "core" in one.modes and one.modes["core"].cost_unit == "gas"]
    rows = []
    for name, gas in PAPER_GAS.items():
        found = [one.modes["core"].operations.get(name) for one in counted]
        if any(found):
            costs = [None if one is None else one.figures["cost_mean"] for one in found]
            rows.append((name, gas, ["" if cost is None else f"{cost.value:,.0f}" for cost in costs]))
    return rows


def is_object(operation: str) -> bool:
    """Whether an operation is about objects."""
    return operation in STORING or operation == OBJECTS
