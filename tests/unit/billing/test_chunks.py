"""Telemetry in any order as the engine wants it, and telemetry that the engine refuses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.billing.chunks import chunk_of, ordered, united
from maas_core.billing.engine import compute
from maas_core.billing.facts import Carry, Chunk, Correction, Progress, Span
from maas_core.billing.meter_terms import Counter
from maas_core.billing.tariff_terms import Period
from maas_core.errors import UsageError
from tests.unit.billing.world import DAY, FEBRUARY, JANUARY, MARCH, PIECES, facts, series, terms

AGREED = terms(meters=[PIECES], tariffs=[{"kind": "per_unit", "name": "use", "meter": "pieces", "price": "1"}])
ROW = st.tuples(st.integers(0, 5), st.integers(-3, 3), st.integers(0, 3))


@given(rows=st.lists(ROW, max_size=12), data=st.data())
def test_of_readings_of_one_time_the_same_is_kept_whatever_their_order(
    rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    def kept(chosen: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        one = united([series([(time, value) for time, value, _ in chosen], [grade for _, _, grade in chosen])])
        return list(zip(one.time.tolist(), one.value.tolist(), one.quality.tolist(), strict=True))

    best = {time: min((grade, value) for at, value, grade in rows if at == time) for time, _, _ in rows}
    expected = [(time, best[time][1], best[time][0]) for time in sorted(best)]
    assert kept(rows) == kept(data.draw(st.permutations(rows))) == expected


def test_chunks_that_overlap_become_one() -> None:
    one = Chunk(0, 10, {"a": series([(1, 1), (9, 9)])}, {"a": 2})
    two = Chunk(5, 20, {"a": series([(9, 9), (12, 4)]), "b": series([(6, 6)])})
    three = Chunk(20, 30, {"a": series([(20, 1)])})
    found = ordered([three, two, one, one])
    assert [(chunk.time_from, chunk.time_to) for chunk in found] == [(0, 20), (20, 30)]
    assert found[0].series["a"].time.tolist() == [1, 9, 12]
    assert found[0].series["b"].time.tolist() == [6]
    assert found[0].decimals == {"a": 2}


def test_a_chunk_holds_what_lies_in_its_time() -> None:
    assert chunk_of({"a": series([(9, 1), (3, 2), (30, 3)])}, 0, 10).series["a"].time.tolist() == [3, 9]


def telemetry(*chunks: Chunk) -> str:
    with pytest.raises(UsageError) as caught:
        compute(AGREED, replace(facts(JANUARY, FEBRUARY), telemetry=chunks))
    return str(caught.value)


def test_telemetry_that_contradicts_itself_is_refused() -> None:
    first, second = Chunk(JANUARY, JANUARY + 10, {}), Chunk(JANUARY + 9, JANUARY + 20, {})
    assert "chunks must ascend" in telemetry(first, second)
    assert "chunks must ascend" in telemetry(Chunk(JANUARY + 5, JANUARY, {}))
    outside = Chunk(JANUARY, JANUARY + 10, {"count": series([(JANUARY + 10, 1)])})
    assert "outside their chunk" in telemetry(outside)
    twice = Chunk(JANUARY, JANUARY + 10, {"count": series([(JANUARY + 1, 1), (JANUARY + 1, 1)])})
    assert "do not ascend" in telemetry(twice)
    scaled = Chunk(JANUARY, JANUARY + 10, {"count": series([(JANUARY + 1, 1)])}, {"count": 3})
    assert "has 3 decimals in the telemetry and 0 in the terms" in telemetry(scaled)


def test_windows_that_make_no_sense_are_refused() -> None:
    for window in (Span(FEBRUARY, JANUARY), Span(-5, 5), Span(0, 2**31)):
        with pytest.raises(UsageError, match="cannot be about"):
            compute(AGREED, replace(facts(JANUARY, FEBRUARY), window=window))


def test_terms_that_leave_something_open_cannot_be_computed_with() -> None:
    known = facts(JANUARY, FEBRUARY)
    with pytest.raises(UsageError, match="what a minor unit is"):
        compute(replace(AGREED, currency=replace(AGREED.currency, digits=None)), known)
    meter = AGREED.meters[0]
    assert isinstance(meter, Counter)
    with pytest.raises(UsageError, match=r"meters\[0\].gaps"):
        compute(replace(AGREED, meters=(replace(meter, gaps=None),)), known)
    with pytest.raises(UsageError, match="there is no meter pieces"):
        compute(replace(AGREED, meters=()), known)


def test_what_is_carried_from_another_period_is_refused() -> None:
    carry = Carry(periods={Period.MONTH: Progress(JANUARY)})
    with pytest.raises(UsageError, match="belongs to the month"):
        compute(AGREED, facts(FEBRUARY, MARCH, carry=carry))


def test_corrections_must_lead_to_the_new_window() -> None:
    first = compute(AGREED, facts(JANUARY, JANUARY + DAY)).statement
    known = facts(FEBRUARY, MARCH, carry=first.carry_out)
    correction = Correction(AGREED, facts(JANUARY, JANUARY + DAY), first)
    with pytest.raises(UsageError, match="does not lead to"):
        compute(AGREED, replace(known, corrections=(correction,)))
    other = replace(first, machine=b"x" * 16)
    follows = facts(JANUARY + DAY, FEBRUARY, carry=first.carry_out)
    with pytest.raises(UsageError, match="names another statement"):
        compute(AGREED, replace(follows, corrections=(replace(correction, billed=other),)))


def test_a_final_statement_of_no_time_settles_what_is_open() -> None:
    agreed = terms(tariffs=[{"kind": "minimum", "name": "least", "amount": "31"}], meters=[PIECES])
    first = compute(agreed, facts(JANUARY, JANUARY + 10 * DAY)).statement
    end = JANUARY + 10 * DAY
    final = compute(agreed, facts(end, end, carry=first.carry_out, final=True)).statement
    assert [first.amount, final.amount] == [0, 1000]
    assert final.slices == 0
