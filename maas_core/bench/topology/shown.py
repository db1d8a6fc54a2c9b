"""Regions for the report: what was meant to lie between them, and what did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from maas_core.bench.topology.placed import REGIONS


@dataclass(frozen=True, slots=True)
class Cell:
    """A round trip; seconds."""

    intended: float
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """From one place to others."""

    name: str
    region: str
    cells: Sequence[Cell | None]
    """None: the place itself."""


@dataclass(frozen=True, slots=True)
class Reach:
    """From participants to the processes of a pairing's ledger."""

    pairing: str
    processes: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole section."""

    emulation: str
    regions: Sequence[str]
    matrix: Sequence[Row]
    reaches: Sequence[Reach]
    pairs: Sequence[Mapping[str, Any]]
    relay: Mapping[str, Any] | None


def shown(provenance: Mapping[str, Any]) -> Shown | None:
    """From provenance.json; None: the run was in no regions. Medians over repetitions."""
    told = provenance.get(REGIONS)
    if told is None:
        return None
    regions, measured = list(told["intended"]), told["measured"]
    matrix = [
        Row(one, "", [None if one == other else _between(told, measured, one, other) for other in regions])
        for one in regions
    ]
    pairings = list(dict.fromkeys(one["pairing"] for one in measured))
    reaches = [_reach(told, name, [one for one in measured if one["pairing"] == name]) for name in pairings]
    return Shown(told["emulation"], regions, matrix, reaches, told["pairs"], told["relay"])


def _between(told: Mapping[str, Any], measured: Sequence[Mapping[str, Any]], one: str, other: str) -> Cell:
    return _cell(told["intended"][one][other], [run["between_regions"][one][other] for run in measured])


def _reach(told: Mapping[str, Any], pairing: str, measured: Sequence[Mapping[str, Any]]) -> Reach:
    places = told["processes"].get(pairing.partition(" + ")[0], {})
    processes = list(dict.fromkeys(name for run in measured for row in run["to_processes"].values() for name in row))
    rows = []
    for actor, region in told["participants"].items():
        cells: list[Cell | None] = []
        for name in processes:
            there = places.get(name, told["home"])
            intended = 0.0 if there == region else told["intended"][region][there]
            cells.append(_cell(intended, [run["to_processes"][actor][name] for run in measured]))
        rows.append(Row(actor, region, cells))
    return Reach(pairing, processes, rows)


def _cell(intended: float, trips: Iterable[Mapping[str, float | None]]) -> Cell:
    found = list(trips)
    return Cell(intended, _median(one["before"] for one in found), _median(one["after"] for one in found))


def _median(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return median(known) if known else None
