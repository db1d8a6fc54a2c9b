"""What must hold for any terms and any facts."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maas_core.billing.chunks import ordered
from maas_core.billing.engine import Result
from maas_core.billing.facts import Carry, Chunk, Correction, Facts, Span
from maas_core.billing.statement import Statement
from maas_core.billing.terms import Terms
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.protocol.states import StopCause
from tests.unit.billing.world import APRIL, DAY, HOUR, JANUARY, MACHINE, bill, series, terms

BEGIN, END = JANUARY + 9 * DAY + 777, APRIL - 5 * DAY + 1234
GAPS = st.fixed_dictionaries({"after": st.integers(HOUR, 6 * DAY), "then": st.sampled_from(["nothing", "bridge"])})
PRICES = st.sampled_from(["0", "0.01", "0.125", "1", "3.3", "17"])
PERIODS = st.sampled_from(["month", "quarter", "year"])


def meter(kind: str, name: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {"kind": st.just(kind), "name": st.just(name), "signal": st.just("s"), "gaps": GAPS}
    unit = {} if kind == "running" else {"unit": st.just("1")}
    return st.fixed_dictionaries({**fixed, **unit, **more})


VALUES = st.just([1, 2, 5])
METERS = st.tuples(
    meter("counter", "counter", decrease=st.sampled_from(["reset", "rebase"])),
    meter("increments", "increments", stamp=st.sampled_from(["start", "end"])),
    meter("integral", "integral", per=st.sampled_from(["second", "hour"])),
    meter("level", "level", every=st.sampled_from([HOUR, 7000, DAY]), refill=st.sampled_from(["1", "4"])),
    meter("running", "running", values=VALUES),
    meter("parts", "parts", values=VALUES, when=st.sampled_from(["executed", "always"])),
)
NAMES = ("counter", "increments", "integral", "level", "running", "parts")
TIERS = [
    {"above": "0", "up_to": "3", "price": "2"},
    {"above": "3", "up_to": "8.5", "price": "1.1"},
    {"above": "8.5", "price": "0.7"},
]
TARIFFS = st.fixed_dictionaries(
    {
        "kind": st.just("tiered"),
        "name": st.just("tiers"),
        "meter": st.sampled_from(NAMES),
        "mode": st.sampled_from(["graduated", "volume"]),
        "per": PERIODS,
        "tiers": st.just(TIERS),
    }
).flatmap(
    lambda tiers: st.tuples(
        st.just(tiers),
        st.fixed_dictionaries({"kind": st.just("flat"), "name": st.just("fee"), "amount": PRICES, "per": PERIODS}),
        st.fixed_dictionaries(
            {"kind": st.just("per_unit"), "name": st.just("unit"), "meter": st.sampled_from(NAMES), "price": PRICES}
        ),
        st.fixed_dictionaries(
            {"kind": st.just("per_hour"), "name": st.just("hour"), "meter": st.just("running"), "price": PRICES}
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("minimum"),
                "name": st.just("least"),
                "amount": st.sampled_from(["0", "40", "900"]),
                "per": PERIODS,
            }
        ),
    )
)
BANDS = {
    "credits": [{"below": "99", "percent": "5"}, {"below": "90", "percent": "30"}],
    "bonuses": [{"at_least": "99.5", "percent": "2"}],
}
SLA = st.tuples(
    st.fixed_dictionaries(
        {
            "kind": st.just("availability"),
            "name": st.just("up"),
            "per": PERIODS,
            "counts": st.sampled_from([["oem"], ["oem", "unknown"]]),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("performance"),
            "name": st.just("fast"),
            "per": PERIODS,
            "made": st.just("parts"),
            "time": st.just("running"),
            "ideal": st.just("0.02"),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("quality"),
            "name": st.just("good"),
            "per": PERIODS,
            "made": st.just("parts"),
            "good": st.just("counter"),
        }
    ),
)
CAPS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"on": st.sampled_from(["credits", "bonuses"]), "per": PERIODS, "percent": st.sampled_from(["1", "10"])}
        ),
        st.fixed_dictionaries(
            {"on": st.sampled_from(["credits", "bonuses"]), "per": PERIODS, "amount": st.sampled_from(["0.5", "20"])}
        ),
    ),
    max_size=2,
)
WEEKLY = {"kind": "weekly", "day": "sun", "begin": 3 * HOUR, "length": 5 * HOUR}


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    calendar = {
        "zone": "here",
        "offsets": [
            {"at": "2023-10-29T01:00:00Z", "seconds": draw(st.sampled_from([3600, -18000, 19800]))},
            {"at": "2024-02-20T01:00:00Z", "seconds": draw(st.sampled_from([7200, -14400, 19800]))},
        ],
        "year_start": draw(st.sampled_from(["01-01", "04-01", "02-15"])),
    }
    oee = {
        "signal": "s",
        "statuses": {"production": [1, 2], "down": [3], "planned": [4]},
        "gaps": {"after": DAY, "then": "nothing"},
    }
    return terms(
        meters=list(draw(METERS)),
        tariffs=list(draw(TARIFFS)),
        sla=[{**one, **BANDS} for one in draw(SLA)],
        caps=draw(CAPS),
        planned=draw(st.sampled_from([[], [WEEKLY]])),
        calendar=calendar,
        rounding={"mode": draw(st.sampled_from(["half_up", "floor", "ceiling"]))},
        oee={**oee, "made": "parts", "good": "counter", "ideal": "3"},
    )


MOMENTS = st.integers(BEGIN, END - 1)
READINGS = st.dictionaries(MOMENTS, st.integers(-2, 9), min_size=1, max_size=40).map(
    lambda found: sorted(found.items())
)
SPANS = st.tuples(MOMENTS, st.integers(60, 9 * DAY)).map(lambda one: Span(one[0], min(one[0] + one[1], END)))


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    stops = [
        Downtime(
            span.time_from,
            span.time_to,
            draw(st.sampled_from(StopCause)),
            draw(st.sampled_from(Attribution)),
            None,
            ongoing=False,
        )
        for span in draw(st.lists(SPANS, max_size=4))
    ]
    used = draw(st.lists(SPANS, min_size=1, max_size=4))
    found = series(draw(READINGS))
    chunks = [Chunk(BEGIN, END, {"s": found})]
    return Facts(MACHINE, Span(BEGIN, END), tuple(used), chunks, downtimes=tuple(stops), final=True)


def part(known: Facts, begin: int, end: int, carry: Carry) -> Facts:
    """The facts of a part of the window."""
    found = next(iter(known.telemetry)).series["s"]
    cut = [Chunk(begin, end, {"s": found.between(begin, end)})]
    return replace(known, window=Span(begin, end), telemetry=cut, carry=carry, final=known.final and end == END)


def in_parts(agreed: Terms, known: Facts, cuts: Sequence[int]) -> list[Result]:
    results: list[Result] = []
    carry = known.carry
    edges = [BEGIN, *sorted(set(cuts)), END]
    for begin, end in itertools.pairwise(edges):
        results.append(bill(agreed, part(known, begin, end, carry)))
        carry = results[-1].statement.carry_out
    return results


def totals(results: Sequence[Result]) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for result in results:
        for line in result.statement.lines:
            found[line.name] = found.get(line.name, Fraction(0)) + line.amount
    return {name: amount for name, amount in found.items() if amount}


@given(
    agreed=any_terms(),
    known=any_facts(),
    cuts=st.lists(MOMENTS.filter(lambda one: one > BEGIN), min_size=1, max_size=4),
)
@settings(max_examples=70, deadline=None)
def test_splitting_a_window_anywhere_changes_no_sum(agreed: Terms, known: Facts, cuts: list[int]) -> None:
    whole, parts = bill(agreed, known), in_parts(agreed, known, cuts)
    assert totals(parts) == totals([whole])
    assert sum(one.statement.amount for one in parts) == whole.statement.amount
    for meter_ in whole.statement.meters:
        each = [one for result in parts for one in result.statement.meters if one.name == meter_.name]
        assert sum(one.quantity for one in each) == meter_.quantity


@given(agreed=any_terms(), known=any_facts())
@settings(max_examples=40, deadline=None)
def test_slices_sum_up_to_the_invoice(agreed: Terms, known: Facts) -> None:
    result = bill(agreed, known)
    slices = result.slices.slices()
    charged: dict[str, Fraction] = {}
    for one in slices:
        for name, amount in one.charges.items():
            charged[name] = charged.get(name, Fraction(0)) + amount
    assert {name: amount for name, amount in charged.items() if amount} == totals([result])
    assert result.statement.amount - result.statement.exact < 1
    for meter_ in result.statement.meters:
        assert sum(one.quantities[meter_.name] for one in slices) == meter_.quantity
    assert [one.time_from for one in slices[1:]] == [one.time_to for one in slices[:-1]]
    oee = result.statement.oee
    assert oee is not None
    for status, seconds in oee.seconds.items():
        assert sum(one.status.get(status, 0) for one in slices) == seconds


@given(agreed=any_terms(), known=any_facts(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_order_and_repetition_of_input_never_matter(agreed: Terms, known: Facts, data: st.DataObject) -> None:
    found = next(iter(known.telemetry)).series["s"]
    pieces = [
        Chunk(a, b, {"s": found.between(a, b)}) for a, b in [(BEGIN, JANUARY + 30 * DAY), (JANUARY + 30 * DAY, END)]
    ]
    doubled = data.draw(st.permutations([*pieces, pieces[0], Chunk(BEGIN, END, {"s": found})]))
    shuffled = replace(
        known,
        telemetry=ordered(doubled),
        executed=tuple(data.draw(st.permutations(known.executed * 2))),
        downtimes=tuple(data.draw(st.permutations(known.downtimes * 2))),
    )
    assert bill(agreed, shuffled).statement.dumps() == bill(agreed, known).statement.dumps()


@given(agreed=any_terms(), known=any_facts(), planned=st.lists(SPANS, min_size=1, max_size=3))
@settings(max_examples=70, deadline=None)
def test_a_planned_window_never_costs_the_oem(agreed: Terms, known: Facts, planned: list[Span]) -> None:
    without = bill(agreed, known).statement
    with_it = bill(agreed, replace(known, planned=tuple(planned))).statement
    assert with_it.exact >= without.exact


@given(agreed=any_terms(), known=any_facts(), cut=MOMENTS.filter(lambda one: one > BEGIN), data=st.data())
@settings(max_examples=40, deadline=None)
def test_late_readings_come_to_the_same_sum_as_if_they_had_come_in_time(
    agreed: Terms, known: Facts, cut: int, data: st.DataObject
) -> None:
    found = next(iter(known.telemetry)).series["s"]
    early = found.between(BEGIN, cut)
    kept = data.draw(st.sets(st.sampled_from(range(len(early))), max_size=len(early))) if len(early) else set()
    mask = sorted(kept)
    lacking = replace(
        known,
        telemetry=[Chunk(BEGIN, cut, {"s": type(early)(early.time[mask], early.value[mask], early.quality[mask])})],
    )
    billed = bill(agreed, replace(lacking, window=Span(BEGIN, cut), final=False)).statement
    complete = part(known, BEGIN, cut, Carry())
    second = replace(part(known, cut, END, billed.carry_out), corrections=(Correction(agreed, complete, billed),))
    late = bill(agreed, second).statement
    at_once = bill(agreed, known).statement
    assert billed.amount + late.amount == at_once.amount
    assert billed.exact + late.exact == at_once.exact


def test_a_second_correction_counts_what_the_first_has_charged() -> None:
    agreed = terms(
        meters=[
            {"kind": "increments", "name": "m", "signal": "s", "unit": "1", "gaps": {"after": DAY, "then": "nothing"}}
        ],
        tariffs=[{"kind": "per_unit", "name": "use", "meter": "m", "price": "1"}],
    )
    days = [JANUARY + number * DAY for number in range(5)]

    def known(number: int, values: Sequence[int], carry: Carry, *corrections: Correction) -> Facts:
        begin, end = days[number], days[number + 1]
        found = series([(begin + 1 + at, value) for at, value in enumerate(values)])
        return Facts(
            MACHINE,
            Span(begin, end),
            (Span(begin, end),),
            [Chunk(begin, end, {"s": found})],
            carry=carry,
            corrections=corrections,
        )

    def billed(facts: Facts) -> Statement:
        return bill(agreed, facts).statement

    first = billed(known(0, [10], Carry()))
    second = billed(known(1, [20], first.carry_out, Correction(agreed, known(0, [10, 3], Carry()), first)))
    third = billed(
        known(
            2,
            [40],
            second.carry_out,
            Correction(agreed, known(0, [10, 3, 4], Carry()), first),
            Correction(agreed, known(1, [20, 5], first.carry_out), second),
        )
    )
    assert [first.amount, second.amount, third.amount] == [1000, 2300, 4900]


@pytest.mark.parametrize("mode", ["half_up", "floor", "ceiling"])
@pytest.mark.parametrize("hours", [1, 2, 3, 4])
def test_halves_come_to_the_same_however_time_is_cut(mode: str, hours: int) -> None:
    agreed = terms(
        tariffs=[{"kind": "per_hour", "name": "use", "meter": "started", "price": "0.005"}], rounding={"mode": mode}
    )
    carry, total = Carry(), 0
    for hour in range(hours):
        span = Span(JANUARY + hour * HOUR, JANUARY + (hour + 1) * HOUR)
        one = bill(agreed, Facts(MACHINE, span, (span,), carry=carry, final=hour == hours - 1)).statement
        carry, total = one.carry_out, total + one.amount
    whole = Span(JANUARY, JANUARY + hours * HOUR)
    assert total == bill(agreed, Facts(MACHINE, whole, (whole,), final=True)).statement.amount


@pytest.mark.parametrize("mode", ["half_up", "floor", "ceiling"])
def test_what_rounding_leaves_over_is_carried(mode: str) -> None:
    agreed = terms(
        tariffs=[{"kind": "per_hour", "name": "use", "meter": "started", "price": "0.0133"}], rounding={"mode": mode}
    )
    known = Facts(MACHINE, Span(BEGIN, END), (Span(BEGIN, END),), [Chunk(BEGIN, END, {"s": series([])})], final=True)
    parts = in_parts(agreed, known, [BEGIN + number * 50_000 for number in range(1, 100)])
    assert sum(one.statement.amount for one in parts) == bill(agreed, known).statement.amount


def test_a_credit_larger_than_the_charges_is_carried_and_paid_out_at_the_end() -> None:
    agreed = terms(tariffs=[{"kind": "per_hour", "name": "use", "meter": "started", "price": "1"}])
    owed = Carry(balance=Fraction(-5000))
    known = Facts(MACHINE, Span(JANUARY, JANUARY + 10 * HOUR), (Span(JANUARY, JANUARY + DAY),), carry=owed)
    running = bill(agreed, known).statement
    assert [running.amount, running.carry_out.balance] == [0, -4000]
    final = bill(agreed, replace(known, final=True)).statement
    assert [final.amount, final.carry_out.balance] == [-4000, 0]
