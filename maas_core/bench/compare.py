"""Two folders of runs compared: the same pairings, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maas_core.bench.measured import Measured, latency
from maas_core.bench.record import Mode
from maas_core.bench.statistics import difference
from maas_core.bench.summary import SEED, read_measured
from maas_core.bench.words import told
from maas_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Compared:
    """One operation of one pairing, with the core."""

    pairing: str
    operation: str
    first_p50: float
    """Seconds until included."""
    second_p50: float
    ratio: str
    """Of the second by the first, with its interval."""
    cliffs_delta: float
    told_apart: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of them."""

    rows: Sequence[Compared]
    invalid: Sequence[str]


def compare(first: Path, second: Path) -> Comparison:
    """Raises `UsageError` if they have no pairing in common."""
    ours, theirs = read_measured(first), read_measured(second)
    shared = sorted({one.run.pairing for one in ours} & {one.run.pairing for one in theirs})
    if not shared:
        raise UsageError(f"{first} and {second} have no pairing in common")
    random = np.random.default_rng(SEED)
    rows = [
        row for pairing in shared for row in _compared(pairing, _core(ours, pairing), _core(theirs, pairing), random)
    ]
    invalid = [
        f"{folder}: {one.run.pairing}, {one.run.mode}, repetition {one.run.repetition + 1}: {reason}"
        for folder, side in ((first, ours), (second, theirs))
        for one in side
        for reason in one.verdict.invalid
    ]
    return Comparison(rows, invalid)


def _core(measured: Sequence[Measured], pairing: str) -> list[Measured]:
    return [one for one in measured if one.run.pairing == pairing and one.run.mode == Mode.CORE]


def _compared(
    pairing: str, ours: Sequence[Measured], theirs: Sequence[Measured], random: np.random.Generator
) -> list[Compared]:
    names = [name for name in _operations(ours) if name in _operations(theirs)]
    found = []
    for name in names:
        sides = [
            [latency(one.rows.where(one.rows.operation == name), "included") for one in side] for side in (ours, theirs)
        ]
        different = difference(sides[1], sides[0], random)
        if different is not None:
            medians = [float(np.median(np.concatenate(side))) for side in sides]
            found.append(
                Compared(pairing, name, round(medians[0], 6), round(medians[1], 6), told(different.ratio),
                         round(different.delta.value, 3), different.told_apart)
            )  # fmt: skip
    return found


def _operations(measured: Sequence[Measured]) -> list[str]:
    return list(dict.fromkeys(name for one in measured for name in one.rows.operations))
