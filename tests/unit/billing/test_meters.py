"""Every meter by hand, and all of them against slow loops in plain Python that say the same in another way."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas_core.billing.facts import Facts, Span
from maas_core.ports.readings import Series
from tests.unit.billing.world import HOUR, JANUARY, MACHINE, chunk, series, terms
from tests.unit.billing.world import bill as computed

END = JANUARY + 10 * HOUR
COUNTER = {"kind": "counter", "name": "m", "signal": "s", "unit": "1", "gaps": {"after": 2 * HOUR, "then": "bridge"}}
NOTHING = {"after": 2 * HOUR, "then": "nothing"}


def quantity(meter: dict[str, Any], readings: list[tuple[int, int]], executed: Any = None, quality: Any = ()) -> int:
    """What a meter counts in ten hours; readings at hours after the beginning."""
    found = series([(JANUARY + int(hour * HOUR), value) for hour, value in readings], quality)
    return quantities(meter, found, executed)[0]


def quantities(meter: dict[str, Any], found: Series, executed: Any = None, cut: int | None = None) -> tuple[int, int]:
    """The quantity and the gaps of a meter in ten hours."""
    agreed = terms(meters=[meter], tariffs=[{"kind": "flat", "name": "fee", "amount": "0"}], slice_seconds=HOUR)
    spans = ((-1, 10),) if executed is None else executed
    used = tuple(Span(JANUARY + int(begin * HOUR), JANUARY + int(end * HOUR)) for begin, end in spans)
    edges = [JANUARY, *([cut] if cut else []), END]
    chunks = [chunk(begin, end, {"s": found}) for begin, end in itertools.pairwise(edges)]
    total = computed(agreed, Facts(MACHINE, Span(JANUARY, END), used, chunks)).statement.meters[0]
    return total.quantity, total.gaps


CASES: list[tuple[str, dict[str, Any], list[tuple[float, int]], int]] = [
    ("a counter counts its differences", {}, [(0, 5), (1, 7), (2, 12)], 7),
    ("the first reading ever of a counter is where it begins", {}, [(3, 100)], 0),
    ("a gap is bridged", {}, [(0, 5), (5, 9)], 4),
    ("a gap counts nothing", {"gaps": NOTHING}, [(0, 5), (5, 9), (6, 10)], 1),
    ("a gap begins after the time named, not at it", {"gaps": NOTHING}, [(0, 5), (2, 9)], 4),
    ("a counter set by hand counts on from there", {}, [(0, 5), (1, 2), (2, 3)], 1),
    ("a counter that was reset counts from 0", {"decrease": "reset"}, [(0, 5), (1, 2), (2, 3)], 3),
    ("a counter runs over", {"decrease": "rollover", "modulus": "10"}, [(0, 8), (1, 2), (2, 3)], 5),
    (
        "a run over in a gap counts nothing",
        {"decrease": "rollover", "modulus": "9", "gaps": NOTHING},
        [(0, 8), (5, 2)],
        0,
    ),
    ("increments are added", {"kind": "increments"}, [(0, 5), (1, 7), (2, -2)], 10),
    (
        "missing increments count nothing",
        {"kind": "increments", "gaps": {"after": HOUR, "then": "nothing"}},
        [(0, 5), (4, 7)],
        12,
    ),
    (
        "missing increments count as the one before",
        {"kind": "increments", "gaps": {"after": HOUR, "then": "bridge"}},
        [(0, 5), (4, 7)],
        27,
    ),
    (
        "an increment half an interval late is not missing",
        {"kind": "increments", "gaps": {"after": HOUR, "then": "bridge"}},
        [(0, 5), (1.4, 7)],
        12,
    ),
    ("a gauge holds until the next value", {"kind": "integral"}, [(0, 5), (1, 7), (1.5, 0)], 5 * HOUR + 7 * 1800),
    ("a gauge holds no longer than a gap", {"kind": "integral", "gaps": NOTHING}, [(0, 5), (4, 0)], 10 * HOUR),
    (
        "a gauge holds over a bridged gap to the end",
        {"kind": "integral", "gaps": {"after": HOUR, "then": "bridge"}},
        [(1, 5)],
        45 * HOUR,
    ),
    (
        "running is the time of some values",
        {"kind": "running", "values": [1, 3]},
        [(0, 1), (1, 3), (2, 2), (3, 1), (4, 0)],
        3 * HOUR,
    ),
    ("each entry is a part", {"kind": "parts", "values": [1, 3]}, [(0, 1), (1, 0), (2, 3), (3, 1), (4, 0), (5, 1)], 2),
    ("a level counts falls", {"kind": "level", "every": HOUR, "refill": "9"}, [(0, 50), (1, 48), (2, 45)], 5),
    ("a refill is not use", {"kind": "level", "every": HOUR, "refill": "9"}, [(0, 50), (1, 40), (2, 49), (3, 48)], 11),
    ("a rise below a refill is noise", {"kind": "level", "every": HOUR, "refill": "9"}, [(0, 50), (1, 40), (2, 48)], 2),
    (
        "a level is compared at the last value of each time",
        {"kind": "level", "every": 2 * HOUR, "refill": "9"},
        [(0, 50), (1, 47), (1.9, 48), (2, 70), (3, 45)],
        3,
    ),
]


@pytest.mark.parametrize(
    ("changes", "readings", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_a_meter_counts(changes: dict[str, Any], readings: list[tuple[int, int]], expected: int) -> None:
    meter = {**COUNTER, **changes}
    if meter["kind"] == "running":
        del meter["unit"]
    assert quantity(meter, readings) == expected


EXECUTED = [
    ("a step counts if the machine was used just before its end", {}, [(0, 5), (2, 7), (4, 10)], [(0, 3)], 2),
    ("a step that ends with the use counts", {}, [(0, 5), (3, 7)], [(1, 3)], 2),
    ("a meter that always counts does", {"when": "always"}, [(0, 5), (2, 7), (4, 10)], [(0, 3)], 5),
    ("an increment stamped at its end counts for the time before", {"kind": "increments"}, [(3, 7)], [(0, 3)], 7),
    ("an increment stamped at its start does not", {"kind": "increments", "stamp": "start"}, [(3, 7)], [(0, 3)], 0),
    (
        "a gauge counts while the machine is used",
        {"kind": "integral"},
        [(0, 5), (2, 0)],
        [(0, 0.5), (1, 1.25)],
        13_500 // 5,
    ),
]


@pytest.mark.parametrize(
    ("changes", "readings", "used", "expected"), [case[1:] for case in EXECUTED], ids=[case[0] for case in EXECUTED]
)
def test_a_meter_counts_use_only(changes: dict[str, Any], readings: Any, used: Any, expected: int) -> None:
    if changes.get("kind") == "integral":
        expected *= 5
    assert quantity({**COUNTER, **changes}, readings, used) == expected


def test_readings_of_low_quality_do_not_count_unless_the_terms_say_so() -> None:
    readings = [(0, 5), (1, 90), (2, 7)]
    assert quantity(COUNTER, readings, quality=[0, 2, 0]) == 2
    assert quantity({**COUNTER, "kind": "increments"}, readings, quality=[0, 1, 0]) == 12
    assert quantity({**COUNTER, "kind": "increments", "quality": "uncertain"}, readings, quality=[0, 1, 0]) == 102


def test_an_unavailable_value_ends_the_one_before() -> None:
    assert (
        quantity({**COUNTER, "kind": "integral"}, [(0, 5), (1, 0), (2, 6), (3, 0)], quality=[0, 3, 0, 0]) == 11 * HOUR
    )


def test_gaps_are_counted() -> None:
    found = series([(JANUARY, 1), (JANUARY + 3 * HOUR, 2), (JANUARY + 4 * HOUR, 3)])
    assert quantities(COUNTER, found)[1] == 1
    assert quantities({**COUNTER, "kind": "integral"}, found)[1] == 2  # the last value is older than 2 h at the end


# The same by loops

Loop = Callable[[list[tuple[int, int]]], int]


def loop_counter(readings: list[tuple[int, int]]) -> int:
    total = 0
    for (_, one), (_, after) in itertools.pairwise(readings):
        total += after - one if after >= one else 0
    return total


def loop_increments(readings: list[tuple[int, int]]) -> int:
    return sum(value for _, value in readings)


def loop_integral(readings: list[tuple[int, int]]) -> int:
    total = 0
    for number, (time, value) in enumerate(readings):
        following = readings[number + 1][0] if number + 1 < len(readings) else END
        total += value * min(following - time, 2 * HOUR)
    return total


def loop_level(readings: list[tuple[int, int]]) -> int:
    last_of = {time // HOUR: value for time, value in readings}
    levels = [last_of[stretch] for stretch in sorted(last_of)]
    return sum(one - after for one, after in itertools.pairwise(levels) if after - one < 1000)


LOOPS: dict[str, tuple[dict[str, Any], Loop]] = {
    "counter": ({}, loop_counter),
    "increments": ({"kind": "increments", "gaps": NOTHING}, loop_increments),
    "integral": ({"kind": "integral", "gaps": NOTHING}, loop_integral),
    "level": ({"kind": "level", "every": HOUR, "refill": "1000"}, loop_level),
}
SMALL = st.integers(-5_000, 5_000)
ANY = st.integers(-(2**63), 2**63 - 1)


def readings_of(values: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[int, int]]]:
    times = st.lists(st.integers(JANUARY, END - 1), unique=True, min_size=1, max_size=40).map(sorted)
    return times.flatmap(
        lambda found: st.lists(values, min_size=len(found), max_size=len(found)).map(
            lambda chosen: list(zip(found, chosen, strict=True))
        )
    )


@pytest.mark.parametrize("kind", LOOPS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_meter_counts_what_a_loop_counts(kind: str, data: st.DataObject) -> None:
    changes, loop = LOOPS[kind]
    values = SMALL if kind == "level" else st.one_of(SMALL, ANY)
    readings = data.draw(readings_of(values))
    assert quantities({**COUNTER, **changes}, series(readings))[0] == loop(readings)


@pytest.mark.parametrize("kind", [*LOOPS, "running", "parts"])
@given(readings=readings_of(st.integers(-3, 3)), cut=st.integers(JANUARY + 1, END - 1))
@settings(max_examples=60, deadline=None)
def test_how_telemetry_is_cut_into_chunks_does_not_matter(kind: str, readings: Any, cut: int) -> None:
    changes = LOOPS.get(kind, ({"kind": kind, "values": [1, 2]}, None))[0]
    meter = {**COUNTER, **changes, **({"refill": "2"} if kind == "level" else {})}
    if kind == "running":
        del meter["unit"]
    found = series(readings)
    assert quantities(meter, found, cut=cut) == quantities(meter, found)


def test_sums_beyond_64_bits_are_exact() -> None:
    values = [2**63 - 1, -(2**63), 2**63 - 1]
    found = Series(JANUARY + np.arange(3), np.array(values), np.zeros(3, np.uint8))
    assert quantities({**COUNTER, "kind": "increments"}, found)[0] == 2**63 - 2
    held = quantities({**COUNTER, "kind": "integral", "gaps": NOTHING}, found)[0]
    assert held == -1 + (2**63 - 1) * 2 * HOUR
    most = Series(JANUARY + np.arange(5), np.full(5, 2**63 - 1), np.zeros(5, np.uint8))
    assert quantities({**COUNTER, "kind": "increments"}, most)[0] == 5 * (2**63 - 1)
    swing = Series(JANUARY + np.arange(4), np.array([-(2**63), 2**63 - 1] * 2), np.zeros(4, np.uint8))
    assert quantities({**COUNTER, "decrease": "rebase"}, swing)[0] == 2 * (2**64 - 1)
