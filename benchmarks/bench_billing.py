"""The billing engine over a year at 1 Hz: an invoice from 31.5 million readings that come in daily chunks."""

import json
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.figures import Figure
from maas_core.billing.bisection import Local, first_difference
from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import Chunk, Facts, Span
from maas_core.billing.slices import SliceTree
from maas_core.billing.terms import Terms
from maas_core.billing.terms_file import canonical_terms, read_terms
from maas_core.ports.readings import Series
from tests.support.memory import peak_mib

DAY = 86_400
DAYS = 365
BEGIN = 1_672_531_200
GAPS = {"after": 60, "then": "nothing"}
METERS: dict[str, dict[str, Any]] = {
    "integral": {"kind": "integral", "unit": "kW.h", "decimals": 3, "per": "hour"},
    "counter": {"kind": "counter", "unit": "kW.h", "decimals": 3, "decrease": "reset"},
    "running": {"kind": "running", "values": [1, 3, 5]},
}
TIERS = [{"above": "0", "up_to": "50000", "price": "0.14"}, {"above": "50000", "price": "0.12"}]


def run() -> list[Figure]:
    """Each meter in a process of its own, so that its peak of memory is its own."""
    figures = []
    for kind in METERS:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "benchmarks.bench_billing", kind], check=True, capture_output=True, text=True
        )
        seconds, peak = json.loads(done.stdout)
        figures += [
            Figure(f"invoice over a year at 1 Hz, {kind}", seconds, "s", 6, "lower"),
            Figure(f"peak memory of that, {kind}", peak, "MiB", 512, "lower"),
        ]
    return [*figures, Figure("exchanges to the first differing hour of a year", _exchanges(), "", 14, "lower")]


def _terms(kind: str) -> Terms:
    document = {
        "format": "maas-terms/1",
        "title": "Benchmark",
        "currency": {"code": "EUR", "digits": 2},
        "meters": [{"name": "use", "signal": "s", "gaps": GAPS, **METERS[kind]}],
        "tariffs": [
            {"kind": "tiered", "name": "use", "meter": "use", "mode": "graduated", "tiers": TIERS},
            {"kind": "flat", "name": "base", "amount": "850"},
            {"kind": "minimum", "name": "minimum", "amount": "5000"},
        ],
        "sla": [{"kind": "availability", "name": "up", "credits": [{"below": "99", "percent": "5"}]}],
    }
    return read_terms(canonical_terms(json.dumps(document).encode()))


def _chunks(kind: str) -> Iterator[Chunk]:
    generator = np.random.default_rng(7)
    seconds = np.arange(DAY, dtype=np.int64)
    good = np.zeros(DAY, np.uint8)
    total = 0
    for day in range(DAYS):
        values = generator.integers(0, 6 if kind == "running" else 90_000, DAY)
        if kind == "counter":
            values = total + np.cumsum(values)
            total = int(values[-1])
        begin = BEGIN + day * DAY
        yield Chunk(begin, begin + DAY, {"s": Series(begin + seconds, values, good)})


def _invoice(kind: str) -> Result:
    window = Span(BEGIN, BEGIN + DAYS * DAY)
    used = tuple(Span(BEGIN + day * DAY, BEGIN + day * DAY + 80_000) for day in range(DAYS))
    return compute(_terms(kind), Facts(bytes(16), window, used, _chunks(kind)))


def _exchanges() -> float:
    """The most over all hours of a year: the tree's height, shown by asking for each hundredth hour."""
    leaves = [f'{{"index":{number}}}'.encode() for number in range(24 * DAYS)]
    ours = SliceTree(leaves)
    most = 0
    for wrong in [*range(0, len(leaves), 100), len(leaves) - 1]:
        theirs = SliceTree([*leaves[:wrong], b"{}", *leaves[wrong + 1 :]])
        found = first_difference(ours, theirs.root, theirs.size, Local(theirs))
        assert found is not None
        assert found.index == wrong
        most = max(most, found.exchanges)
    return float(most)


def _measure(kind: str) -> None:
    begun = perf_counter()
    for _ in _chunks(kind):
        pass
    making = perf_counter() - begun
    begun = perf_counter()
    _invoice(kind)
    seconds = perf_counter() - begun - making
    print(json.dumps([seconds, peak_mib()]))


if __name__ == "__main__":
    _measure(sys.argv[1])
