"""The whole result at a glance: a line for each pairing, and one for each ledger's capacity."""

from dataclasses import dataclass

from maas_core.bench.figures import COMMANDS, OBJECTS
from maas_core.bench.pictures import cost_of
from maas_core.bench.record import Mode
from maas_core.bench.results import PairingSummary, Summary
from maas_core.bench.scenario import Kind, Scenario
from maas_core.bench.statistics import Interval
from maas_core.bench.words import seconds

NOTHING = ""


@dataclass(frozen=True, slots=True)
class PairingLine:
    """Medians over all repetitions, as text; empty: not measured."""

    pairing: str
    valid: bool
    included: str
    """Commands, from intended to in a block."""
    p95: str
    final: str
    core_adds: str
    """To the median until included, by the bare client."""
    core_adds_to_final: str
    objects: str
    """Storing and fetching."""
    objects_by_client: str
    """The same by that of the backend's own calls."""
    goodput: str
    """Operations a second, of those offered."""
    million_readings: str
    """What the ledger takes for a million readings anchored."""


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """What one ledger takes of anchors of one machine each, nothing stored."""

    ledger: str
    valid: bool
    bare_client: str
    """Commands a second in a burst."""
    with_core: str
    """The same burst with the core, by the bare client's."""
    cpu_ms: str
    """Processor time of the clients for one command of the burst: with the core / without."""
    share_in_time: str
    """At the scenario's share of raw capacity: what took effect in time by what was offered."""
    share_core_adds: str
    """There, to the median until included."""


def pairing_lines(scenario: Scenario, summary: Summary) -> list[PairingLine]:
    """One for each pairing that was measured with the core."""
    return [_line(scenario, one) for one in summary.pairings if str(Mode.CORE) in one.modes]


def _line(scenario: Scenario, one: PairingSummary) -> PairingLine:
    core = one.modes[str(Mode.CORE)]

    def figure(operation: str, name: str) -> Interval | None:
        found = core.operations.get(operation)
        return found.figures[name] if found else None

    goodput = core.figures["goodput"]
    return PairingLine(
        one.name,
        not _invalid(one, is_main=True),
        _time(figure(COMMANDS, "included_p50")),
        _time(figure(COMMANDS, "included_p95")),
        _time(figure(COMMANDS, "final_p50")),
        _time(one.overhead["added_p50"]),
        _time(one.overhead["final_added_p50"]),
        _time(figure(OBJECTS, "included_p50")),
        _times(one.overhead["objects_ratio"]),
        f"{goodput.value:.4g} of {core.offered:.4g}/s" if goodput else NOTHING,
        per_million(scenario, one),
    )


def _invalid(one: PairingSummary, *, is_main: bool) -> bool:
    """Whether one of its own runs is invalid, or one that measured the ledger's capacity."""
    return any(Mode(reason.partition(",")[0]).is_main == is_main for reason in one.invalid)


def capacity_lines(summary: Summary) -> list[CapacityLine]:
    """One for each ledger whose capacity was measured."""
    by_ledger = {one.ledger: one.overhead for one in reversed(summary.pairings) if one.overhead["capacity"]}
    lines = []
    for ledger, told in sorted(by_ledger.items()):
        cpu = [told[name] for name in ("saturation_cpu_ms", "saturation_raw_cpu_ms")]
        raw, in_time = told["capacity"], told["share_goodput"]
        lines.append(
            CapacityLine(
                ledger,
                not any(_invalid(one, is_main=False) for one in summary.pairings if one.ledger == ledger),
                f"{raw.value:,.0f}/s" if raw else NOTHING,
                _times(told["saturation_ratio"]),
                " / ".join(f"{one.value:.3g}" for one in cpu if one),
                f"{in_time.value:.1%}" if in_time else NOTHING,
                _time(told["share_added_p50"]),
            )
        )
    return lines


def per_million(scenario: Scenario, one: PairingSummary) -> str:
    """The ledger's cost of a million readings anchored; where it counts none, commands. Empty: none are anchored."""
    if scenario.workload.kind is not Kind.ANCHORING and str(Kind.ANCHORING) not in scenario.workload.mix:
        return NOTHING
    commands = 1e6 / (scenario.workload.readings * scenario.workload.items)
    cost = cost_of(one, "anchor_telemetry")
    unit = one.modes[str(Mode.CORE)].cost_unit if str(Mode.CORE) in one.modes else ""
    return f"{cost.value * commands:,.0f} {unit}" if cost is not None else f"{commands:,.1f} commands"


def _time(interval: Interval | None) -> str:
    return NOTHING if interval is None else seconds(interval.value)


def _times(interval: Interval | None) -> str:
    return NOTHING if interval is None else f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"
