"""What a fleet costs in a year: from measured operations, with every assumption told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maas_core.bench.record import Mode
from maas_core.bench.results import ModeFigures, PairingSummary, Summary
from maas_core.bench.scenario import Scenario

YEAR = 31_557_600
"""Seconds of a Julian year."""
GIB = 2**30
GROWTH = (1_000, 10_000, 100_000, 1_000_000)

ONCE = ("register_machine", "accept_machine", "start_machine")
BILLING = ("issue_invoice", "accept_invoice", "settle_invoice")
FAILURE = ("stop_machine", "open_ticket", "accept_ticket", "complete_ticket", "close_ticket", "reset_machine",
           "start_machine")  # fmt: skip


def _help(text: str, least: float = 0) -> dict[str, Any]:
    return {"help": text, "min": least}


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is estimated; the fields are the options of `maasctl bench estimate`."""

    machines: int = field(default=1000, metadata=_help("Machines.", 1))
    interval: float = field(default=1.0, metadata=_help("Seconds between two readings of a machine.", 0.001))
    batch: float = field(default=3600.0, metadata=_help("Seconds that one anchor stands for.", 1))
    items: int = field(default=100, metadata=_help("Anchors in one command.", 1))
    reading_bytes: float = field(
        default=3.0, metadata=_help("Bytes that a reading takes in an encrypted batch.", 0.001)
    )
    batch_bytes: float = field(default=2048.0, metadata=_help("Bytes of envelope, manifest and file frame of a batch."))
    redundancy: float = field(default=2.0, metadata=_help("Copies of each object.", 1))
    invoices: float = field(default=12.0, metadata=_help("Invoices of a machine in a year."))
    failures: float = field(default=2.0, metadata=_help("Failures of a machine in a year."))
    unit_price: float = field(default=0.0, metadata=_help("Price of one unit of the ledger's cost, e.g. of one gas."))
    gib_price: float = field(default=0.0, metadata=_help("Price of a GiB stored for a month."))
    core_hour_price: float = field(default=0.0, metadata=_help("Price of an hour of one core."))


@dataclass(frozen=True, slots=True)
class Bill:
    """A year of one pairing."""

    pairing: str
    machines: int
    commands: float
    """In a year, the first one with its registrations."""
    commands_a_second: float
    share_of_measured: float | None
    """Of the goodput measured here; None: nothing comparable was measured. Above 1: it does not fit."""
    cost: float | None
    """In the ledger's unit; None: the ledger counts none, or an operation was not measured."""
    cost_unit: str
    stored_gib: float
    """At the year's end, all copies."""
    client_core_hours: float
    money: float
    """Ledger, storage (the year's mean), and clients' cores, by the given prices."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """All bills, and what they rest on."""

    bills: Sequence[Bill]
    assumptions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Slopes:
    """What one operation takes, by pairing, as measured."""

    pairing: str
    cost: Mapping[str, float]
    """Of one; for anchors, of one item."""
    cost_unit: str
    cpu_ms: float
    goodput: float


def slopes(scenario: Scenario, summary: Summary) -> list[Slopes]:
    """From one folder's summary."""
    found = []
    for one in summary.pairings:
        core = one.modes.get(str(Mode.CORE))
        if core is None:
            continue
        costs = {
            name: told.value / (scenario.workload.items if name == "anchor_telemetry" else 1)
            for name, figures in core.operations.items()
            if (told := figures.figures["cost_mean"]) is not None
        }
        cpu = one.overhead["saturation_cpu_ms"] or core.figures["cpu_ms"]
        found.append(Slopes(one.name, costs, core.cost_unit, cpu.value if cpu else 0.0, _reached(one, core)))
    return found


def _reached(pairing: PairingSummary, core: ModeFigures) -> float:
    """Operations a second with the core: in a burst if one was measured, else what was offered and took effect."""
    raw, ratio, goodput = pairing.overhead["capacity"], pairing.overhead["saturation_ratio"], core.figures["goodput"]
    if raw and ratio:
        return raw.value * ratio.value
    return goodput.value if goodput else 0.0


def merged(all_slopes: Sequence[Slopes]) -> list[Slopes]:
    """Of several folders: by ledger and storage, each operation from the first that has it."""
    by_pairing: dict[str, Slopes] = {}
    for one in all_slopes:
        known = by_pairing.get(one.pairing)
        if known is None:
            by_pairing[one.pairing] = one
        else:
            by_pairing[one.pairing] = Slopes(
                one.pairing, {**one.cost, **known.cost}, known.cost_unit, max(known.cpu_ms, one.cpu_ms),
                max(known.goodput, one.goodput),
            )  # fmt: skip
    return list(by_pairing.values())


def estimate(fleet: Fleet, measured: Sequence[Slopes]) -> Estimate:
    """The fleet, and the same with other numbers of machines."""
    sizes = sorted({fleet.machines, *GROWTH})
    bills = [_bill(fleet, one, size) for one in measured for size in sizes]
    return Estimate(bills, [*_assumptions(fleet), *_gaps(measured)])


def counts(fleet: Fleet, machines: int) -> dict[str, float]:
    """Operations of a year; of anchors, items."""
    counted: dict[str, float] = {"anchor_telemetry": machines * YEAR / fleet.batch}
    for names, each in ((ONCE, 1.0), (BILLING, fleet.invoices), (FAILURE, fleet.failures)):
        for name in names:
            counted[name] = counted.get(name, 0.0) + machines * each
    return counted


def _bill(fleet: Fleet, slope: Slopes, machines: int) -> Bill:
    counted = counts(fleet, machines)
    commands = sum(counted.values()) - counted["anchor_telemetry"] * (1 - 1 / fleet.items)
    lacking = [name for name, count in counted.items() if count and name not in slope.cost]
    cost = None if lacking or not slope.cost_unit else sum(count * slope.cost[name] for name, count in counted.items())
    readings = machines * YEAR / fleet.interval
    stored = fleet.redundancy * (readings * fleet.reading_bytes + counted["anchor_telemetry"] * fleet.batch_bytes)
    hours = commands * slope.cpu_ms / 3_600_000
    money = (cost or 0.0) * fleet.unit_price + stored / GIB / 2 * 12 * fleet.gib_price + hours * fleet.core_hour_price
    rate = commands / YEAR
    return Bill(
        slope.pairing,
        machines,
        round(commands),
        round(rate, 4),
        round(rate / slope.goodput, 4) if slope.goodput else None,
        None if cost is None else round(cost),
        slope.cost_unit,
        round(stored / GIB, 1),
        round(hours, 1),
        round(money, 2),
    )


def _assumptions(fleet: Fleet) -> list[str]:
    return [
        (
            f"a reading every {fleet.interval:g} s and an anchor every {fleet.batch:g} s for each machine, "
            f"{fleet.items} anchors in one command"
        ),
        (
            f"{fleet.reading_bytes:g} bytes for a reading and {fleet.batch_bytes:g} for a batch's frame, "
            f"{fleet.redundancy:g} copies, nothing deleted within the year"
        ),
        (
            f"{fleet.invoices:g} undisputed invoices and {fleet.failures:g} failures for each machine in a year; "
            "all machines registered in that year"
        ),
        (
            "cost and processor time grow in proportion with operations; an anchor costs what a command did by "
            "its number of anchors, so fewer in one command cost more"
        ),
        (
            f"prices: {fleet.unit_price:g} for a unit of ledger cost, {fleet.gib_price:g} for a GiB and month, "
            f"{fleet.core_hour_price:g} for a core's hour; what the ledger's own members cost is not in it"
        ),
        (
            "the share of measured goodput is of what was offered or reached on the measuring machine, "
            "whose cores the network uses too"
        ),
    ]


def _gaps(measured: Sequence[Slopes]) -> list[str]:
    needed = {"anchor_telemetry", *ONCE, *BILLING, *FAILURE}
    lines = []
    for one in measured:
        lacking = sorted(needed - one.cost.keys())
        if one.cost_unit and lacking:
            lines.append(f"{one.pairing}: no cost, since these were not measured: {', '.join(lacking)}")
        elif not one.cost_unit:
            lines.append(f"{one.pairing}: this ledger counts no cost")
    return lines
