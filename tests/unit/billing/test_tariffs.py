"""Every tariff by cases that were computed by hand; amounts are in euros."""

from typing import Any

import pytest

from maas_core.billing.statement import LineKind
from tests.unit.billing.world import (
    APRIL,
    DAY,
    ENERGY,
    FEBRUARY,
    GAPS,
    HOUR,
    JANUARY,
    MARCH,
    PIECES,
    RUNNING,
    STARTED,
    YEAR_END,
    amounts,
    bill,
    euros,
    facts,
    stop,
    terms,
)

UNIT = {"kind": "per_unit", "name": "use", "meter": "pieces", "price": "0.25"}
TIERS = [
    {"above": "0", "up_to": "100", "price": "2"},
    {"above": "100", "up_to": "250", "price": "1.5"},
    {"above": "250", "price": "0.8"},
]


def tiered(mode: str, per: str = "month") -> dict[str, Any]:
    return {"kind": "tiered", "name": "use", "meter": "pieces", "mode": mode, "per": per, "tiers": TIERS}


def pieces(*steps: tuple[int, int]) -> dict[str, list[tuple[int, int]]]:
    """A counter that begins at 1000 just before January and shows so many pieces more at each time."""
    total, readings = 1000, [(JANUARY, 1000)]
    for time, count in steps:
        total += count
        readings.append((time, total))
    return {"count": readings}


def test_per_unit_is_quantity_times_price() -> None:
    result = bill(terms(meters=[PIECES], tariffs=[UNIT]), facts(JANUARY, FEBRUARY, pieces((JANUARY + DAY, 37))))
    assert amounts(result)["use"] == euros("9.25")  # 37 x 0.25
    assert result.statement.amount == 925


def test_decimals_of_the_signal_scale_the_quantity() -> None:
    agreed = terms(meters=[ENERGY], tariffs=[{"kind": "per_unit", "name": "use", "meter": "energy", "price": "0.3"}])
    result = bill(agreed, facts(JANUARY, FEBRUARY, {"kwh": [(JANUARY + HOUR, 125), (JANUARY + 2 * HOUR, 75)]}))
    assert amounts(result)["use"] == euros("6")  # (12.5 + 7.5) x 0.3


GRADUATED = [
    # pieces, euros
    (0, "0"),
    (1, "2"),
    (100, "200"),  # 100 x 2
    (101, "201.5"),  # 100 x 2 + 1 x 1.5
    (250, "425"),  # 100 x 2 + 150 x 1.5
    (300, "465"),  # 100 x 2 + 150 x 1.5 + 50 x 0.8
]


@pytest.mark.parametrize(("count", "expected"), GRADUATED)
def test_graduated_tiers_price_each_unit_by_its_tier(count: int, expected: str) -> None:
    agreed = terms(meters=[PIECES], tariffs=[tiered("graduated")])
    assert amounts(bill(agreed, facts(JANUARY, FEBRUARY, pieces((JANUARY + DAY, count)))))["use"] == euros(expected)


VOLUME = [
    (0, "0"),
    (100, "200"),  # 100 x 2
    (101, "151.5"),  # 101 x 1.5
    (250, "375"),  # 250 x 1.5
    (251, "200.8"),  # 251 x 0.8
]


@pytest.mark.parametrize(("count", "expected"), VOLUME)
def test_volume_tiers_price_all_units_by_the_last_tier(count: int, expected: str) -> None:
    agreed = terms(meters=[PIECES], tariffs=[tiered("volume")])
    assert amounts(bill(agreed, facts(JANUARY, FEBRUARY, pieces((JANUARY + DAY, count)))))["use"] == euros(expected)


def test_a_volume_tier_reached_later_reprices_what_was_charged_before() -> None:
    agreed = terms(meters=[PIECES], tariffs=[tiered("volume")])
    used = pieces((JANUARY + DAY, 90), (JANUARY + 9 * DAY, 60))
    lines = {line.kind: line for line in bill(agreed, facts(JANUARY, FEBRUARY, used)).statement.lines[1:]}
    assert lines[LineKind.USAGE].amount == 60 * 150
    assert lines[LineKind.REPRICING].amount == 90 * (150 - 200)
    assert lines[LineKind.REPRICING].quantity == 90


def test_a_tier_table_begins_again_with_its_period() -> None:
    used = pieces((JANUARY + DAY, 150), (FEBRUARY + DAY, 150))
    monthly = bill(terms(meters=[PIECES], tariffs=[tiered("graduated")]), facts(JANUARY, MARCH, used))
    yearly = bill(terms(meters=[PIECES], tariffs=[tiered("graduated", "year")]), facts(JANUARY, MARCH, used))
    assert amounts(monthly)["use"] == euros("550")  # twice 100 x 2 + 50 x 1.5
    assert amounts(yearly)["use"] == euros("465")  # as for 300 in one go


def test_a_counter_that_is_put_back_takes_tiers_back_too() -> None:
    agreed = terms(meters=[ENERGY], tariffs=[{**tiered("graduated"), "meter": "energy"}])
    result = bill(agreed, facts(JANUARY, FEBRUARY, {"kwh": [(JANUARY + DAY, 1200), (JANUARY + 2 * DAY, -400)]}))
    assert amounts(result)["use"] == euros("160")  # 80 x 2


FLAT = [
    # from, to, per, euros of 310 (January has 31 days, the quarter 91, the year 366)
    (JANUARY, FEBRUARY, "month", "310"),
    (JANUARY, JANUARY + DAY, "month", "10"),
    (JANUARY + 12 * HOUR, JANUARY + 36 * HOUR, "month", "10"),
    (JANUARY, MARCH, "month", "620"),
    (JANUARY, APRIL, "quarter", "310"),
    (JANUARY, JANUARY + 183 * DAY, "year", "155"),
]


@pytest.mark.parametrize(("begin", "end", "per", "expected"), FLAT)
def test_a_flat_fee_accrues_by_seconds_of_its_period(begin: int, end: int, per: str, expected: str) -> None:
    agreed = terms(tariffs=[{"kind": "flat", "name": "fee", "amount": "310", "per": per}])
    assert amounts(bill(agreed, facts(begin, end)))["fee"] == euros(expected)


def test_a_flat_fee_is_owed_while_the_machine_stands_still() -> None:
    agreed = terms(tariffs=[{"kind": "flat", "name": "fee", "amount": "310"}])
    result = bill(agreed, facts(JANUARY, FEBRUARY, stops=[stop(JANUARY + DAY, JANUARY + 20 * DAY)]))
    assert amounts(result)["fee"] == euros("310")


def test_an_hour_is_charged_for_the_time_that_a_status_lasts() -> None:
    agreed = terms(meters=[RUNNING], tariffs=[{"kind": "per_hour", "name": "use", "meter": "running", "price": "7.2"}])
    used = {"status": [(JANUARY, 0), (JANUARY + HOUR, 1), (JANUARY + 3 * HOUR + 1800, 2)]}
    assert amounts(bill(agreed, facts(JANUARY, FEBRUARY, used)))["use"] == euros("18")  # 2.5 h x 7.2


def test_an_hour_is_charged_for_the_time_started_on_the_ledger() -> None:
    agreed = terms(tariffs=[{"kind": "per_hour", "name": "use", "meter": "started", "price": "3"}], meters=[STARTED])
    result = bill(agreed, facts(JANUARY, JANUARY + DAY, stops=[stop(JANUARY + HOUR, JANUARY + 5 * HOUR)]))
    assert amounts(result)["use"] == euros("60")  # 20 h x 3


MINIMUM = [
    # spent in January, true-up to 100
    (0, "100"),
    (396, "1"),  # 396 x 0.25 = 99
    (400, "0"),
    (900, "0"),
]


@pytest.mark.parametrize(("count", "missing"), MINIMUM)
def test_a_minimum_charges_what_is_missing_at_the_end_of_its_period(count: int, missing: str) -> None:
    agreed = terms(meters=[PIECES], tariffs=[UNIT, {"kind": "minimum", "name": "least", "amount": "100"}])
    found = amounts(bill(agreed, facts(JANUARY, FEBRUARY, pieces((JANUARY + DAY, count)))))
    assert found.get("least", 0) == euros(missing)


def test_a_minimum_is_not_charged_before_its_period_ends() -> None:
    agreed = terms(
        meters=[PIECES], tariffs=[UNIT, {"kind": "minimum", "name": "least", "amount": "100", "per": "year"}]
    )
    january = bill(agreed, facts(JANUARY, FEBRUARY, pieces((JANUARY + DAY, 40))))
    assert "least" not in amounts(january)
    rest = bill(agreed, facts(FEBRUARY, YEAR_END, {}, carry=january.statement.carry_out))
    assert amounts(rest)["least"] == euros("90")  # 100 - 40 x 0.25


@pytest.mark.parametrize(("prorate", "missing"), [(True, "10"), (False, "31")])
def test_a_period_covered_in_part_has_its_part_of_the_minimum(prorate: bool, missing: str) -> None:
    least = {"kind": "minimum", "name": "least", "amount": "31", "prorate": prorate}
    agreed = terms(meters=[PIECES], tariffs=[UNIT, least])
    result = bill(agreed, facts(JANUARY, JANUARY + 10 * DAY, final=True))
    assert amounts(result)["least"] == euros(missing)


def test_a_minimum_counts_the_tariffs_that_it_names() -> None:
    fee = {"kind": "flat", "name": "fee", "amount": "70"}
    least = {"kind": "minimum", "name": "least", "amount": "100", "of": ["use"]}
    result = bill(terms(meters=[PIECES], tariffs=[UNIT, fee, least]), facts(JANUARY, FEBRUARY, pieces((MARCH, 1))))
    assert amounts(result) == {"use": 0, "fee": 70, "least": 100}


SILO = {"kind": "level", "name": "pieces", "signal": "fill", "unit": "t", "every": HOUR, "refill": "5", "gaps": GAPS}


def test_a_silo_is_charged_by_what_goes_out_and_not_by_what_comes_in() -> None:
    fill = [100, 97, 95, 96, 92, 140, 138]  # out: 3 + 2 - 1 (noise) + 4, refill of 48, then 2
    readings = [(JANUARY + number * HOUR, level) for number, level in enumerate(fill)]
    result = bill(terms(meters=[SILO], tariffs=[UNIT]), facts(JANUARY, FEBRUARY, {"fill": readings}))
    assert amounts(result)["use"] == euros("2.5")  # 10 x 0.25


def test_a_silo_filled_slowly_is_told_from_use_by_comparing_hours() -> None:
    falling = [(JANUARY + number * 60, 100 - number // 30) for number in range(60)]
    rising = [(JANUARY + HOUR + number * 60, 100 + number) for number in range(60)]
    after = [(JANUARY + 2 * HOUR + 60, 156)]
    used = {"fill": falling + rising + after}
    result = bill(terms(meters=[SILO], tariffs=[UNIT]), facts(JANUARY, FEBRUARY, used))
    # At the ends of the hours 99, 159, 156: a refill of 60, then 3 go out.
    assert amounts(result)["use"] == euros("0.75")


def test_tariffs_stand_on_the_statement_in_the_order_of_the_terms() -> None:
    fee = {"kind": "flat", "name": "fee", "amount": "31"}
    least = {"kind": "minimum", "name": "least", "amount": "1000"}
    agreed = terms(meters=[PIECES], tariffs=[fee, UNIT, least])
    lines = bill(agreed, facts(JANUARY, MARCH, pieces((JANUARY + DAY, 4)))).statement.lines
    assert [line.name for line in lines] == ["fee", "use", "least"] * 2
