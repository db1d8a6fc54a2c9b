"""The answer in words: what was compared, and what came of it, never a bare winner."""

from collections.abc import Iterable, Mapping, Sequence

from maas_core.bench.figures import COMMANDS, OBJECTS, STORING
from maas_core.bench.results import Comparison, ModeFigures, PairingSummary, Summary
from maas_core.bench.scenario import LoadKind, Scenario
from maas_core.bench.statistics import Interval

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
    arriving = f", arrivals {load.arrivals}" if load.kind is LoadKind.OPEN else ""
    mix = ", ".join(f"{weight:g} {name}" for name, weight in scenario.workload.mix.items())
    work = f"{scenario.workload.kind}{f' ({mix})' if mix else ''}"
    return f"{work} on {_crossed(summary)}: {how}{arriving}"


def _crossed(summary: Summary) -> str:
    """The pairings; if they are all of some ledgers with some storages, these."""
    ledgers, storages = ({getattr(one, kind): None for one in summary.pairings} for kind in ("ledger", "storage"))
    if min(len(ledgers), len(storages)) > 1 and len(summary.pairings) == len(ledgers) * len(storages):
        return f"each of {_listed(ledgers)} with each of {_listed(storages)} storage"
    return ", ".join(one.name for one in summary.pairings)


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}"


def answers(summary: Summary) -> list[str]:
    """The answer, a line for each thing to know."""
    pairings = [_of_pairing(one) for one in summary.pairings if "core" in one.modes]
    return [*headlines(summary), *pairings, *findings(summary)]


def findings(summary: Summary) -> list[str]:
    """How pairings differ, what the core leaves of capacity, and who wins."""
    return [
        *(_of_comparison(one) for one in _telling(summary)),
        *_of_capacity(summary),
        *_of_paper(summary),
        *(line for one in summary.pairings for line in _of_fairness(one)),
    ]


def headlines(summary: Summary) -> list[str]:
    """Of several ledgers or storages, how long they take."""
    return [
        *_medians(summary, COMMANDS, "included_p50", "Commands are in a block after (medians)"),
        *_medians(summary, COMMANDS, "final_p50", "They are final after"),
        *_medians(summary, OBJECTS, "included_p50", "Objects are stored or fetched after"),
    ]


def _medians(summary: Summary, operation: str, figure: str, begin: str) -> list[str]:
    """Commands by ledger, objects by storage; least to most over the pairings with it. Only where there are several."""
    found: dict[str, list[float]] = {}
    for one in summary.pairings:
        core = one.modes.get("core")
        told = core.operations[operation].figures[figure] if core and operation in core.operations else None
        if told is not None:
            found.setdefault(one.ledger if operation == COMMANDS else one.storage, []).append(told.value)
    if len(found) < 2:
        return []
    ordered = sorted(found.items(), key=lambda item: min(item[1]))
    parts = [f"{name} {_span(values)}" for name, values in ordered]
    return [f"{begin}: {', '.join(parts)}."]


def _span(values: Sequence[float]) -> str:
    low, high = seconds(min(values)), seconds(max(values))
    return low if low == high else f"{low} to {high}"


def _of_capacity(summary: Summary) -> list[str]:
    by_ledger = {one.ledger: one.overhead for one in reversed(summary.pairings)}
    lines = []
    for ledger, told in sorted(by_ledger.items()):
        raw, ratio = told["capacity"], told["saturation_ratio"]
        in_time, added = told["share_goodput"], told["share_added_p50"]
        if raw and ratio and in_time and added:
            adds = f"{seconds(added.value)} are added" if added.value > 0 else "nothing is added"
            lines.append(
                f"{ledger} takes {raw.value:,.0f} commands a second from a bare client in a burst; with the core it is "
                f"{ratio.value:.0%} ({ratio.low:.0%} to {ratio.high:.0%}) of that. At a share of it, "
                f"{in_time.value:.1%} of what is offered is done in time and {adds} at the median."
            )
    return lines


def troubles(summary: Summary) -> list[str]:
    """Why runs are invalid; the first few in full."""
    lines = [f"{one.name}, {line}" for one in summary.pairings for line in one.invalid]
    more = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + (
        [f"and {more} more of {sum(one.runs for one in summary.pairings)} runs"] if more > 0 else []
    )


def warnings(summary: Summary) -> list[str]:
    """What to bear in mind, by kind and with how many runs it concerns."""
    counted: dict[str, dict[str, int]] = {}
    for one in summary.pairings:
        for line in one.warnings:
            kind = line.split(": ", 1)[1].split(":")[0].split(" (")[0]
            found = counted.setdefault(kind, {})
            found[one.name] = found.get(one.name, 0) + 1
    runs = {one.name: one.runs for one in summary.pairings}
    return [*summary.warnings, *(_warning(kind, found, runs) for kind, found in counted.items())]


def _warning(kind: str, found: Mapping[str, int], runs: Mapping[str, int]) -> str:
    count, possible = sum(found.values()), sum(runs[name] for name in found)
    where = next(iter(found)) if len(found) == 1 else f"{len(found)} of {len(runs)} pairings"
    return f"{where}, {count} of {possible} runs: {kind}"


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
    found = one.fairness
    if found is None:
        return []
    places = [f"the {name}{f' in {region}' if region else ''}" for name, region in (
        ("rival", found.rival_region), ("maintainer", found.maintainer_region))]  # fmt: skip
    share = f"{found.share.value:.0%} ({found.share.low:.0%} to {found.share.high:.0%})"
    verdict = "no sign of unfairness" if found.even else "they do not win alike"
    won = f"{one.name}: {places[0]} won {share} of {found.contested} tickets that {places[1]} wanted too"
    return [f"{won}: {verdict} ({_probability(found.p_even)} if both were alike, exact binomial test)."]


def _probability(value: float) -> str:
    return f"p = {value:.2g}" if value >= 0.001 else "p < 0.001"


def _of_paper(summary: Summary) -> list[str]:
    """Where all of the paper's Table 1 was measured."""
    lines = []
    for one in summary.pairings:
        saved = [1 - gas / PAPER_GAS[name] for name, gas in _gas(one).items()]
        less = [share for share in saved if share > 0]
        if len(saved) == len(PAPER_GAS):
            by = f", by {min(less):.0%} to {max(less):.0%}" if less else ""
            told = f"{len(less)} of {len(saved)} operations of the paper's Table 1 cost less gas here{by}"
            lines.append(f"{one.name}: {told}.")
    return lines


def paper_rows(pairings: Sequence[PairingSummary]) -> list[tuple[str, int, list[str]]]:
    """The paper's Table 1 beside what was measured here: operation, the paper's gas, ours by pairing."""
    counted = [_gas(one) for one in pairings if "core" in one.modes and one.modes["core"].cost_unit == "gas"]
    return [
        (name, gas, [f"{ours[name]:,.0f}" if name in ours else "" for ours in counted])
        for name, gas in PAPER_GAS.items()
        if any(name in ours for ours in counted)
    ]


def _gas(one: PairingSummary) -> dict[str, float]:
    """Mean gas of the paper's operations, of those that were measured; nothing on ledgers that count none."""
    core = one.modes.get("core")
    if core is None or core.cost_unit != "gas":
        return {}
    found = {name: core.operations[name].figures["cost_mean"] for name in PAPER_GAS if name in core.operations}
    return {name: cost.value for name, cost in found.items() if cost is not None}


def is_object(operation: str) -> bool:
    """Whether an operation is about objects."""
    return operation in STORING or operation == OBJECTS
