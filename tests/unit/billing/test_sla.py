"""Every rule of service levels, caps and planned windows by cases that were computed by hand. January has 744 hours."""

from fractions import Fraction
from typing import Any

import pytest

from maas_core.billing.facts import Carry, Span
from maas_core.billing.statement import Statement
from maas_core.ports.downtime import Attribution, Downtime
from maas_core.protocol.states import StopCause
from tests.unit.billing.world import (
    APRIL,
    DAY,
    FEBRUARY,
    GAPS,
    HOUR,
    JANUARY,
    MARCH,
    RUNNING,
    STARTED,
    amounts,
    bill,
    euros,
    facts,
    stop,
    terms,
)

FEE = {"kind": "flat", "name": "fee", "amount": "1000"}
UP = {
    "kind": "availability",
    "name": "up",
    "counts": ["oem", "unknown"],
    "credits": [{"below": "99", "percent": "5"}, {"below": "95", "percent": "20"}],
    "bonuses": [{"at_least": "99.875", "percent": "3"}],
}
OEM, CUSTOMER, EXTERNAL, UNKNOWN = Attribution.OEM, Attribution.CUSTOMER, Attribution.EXTERNAL, Attribution.UNKNOWN
FAILURE, QUALITY, PLANNED, OPERATOR = StopCause.FAILURE, StopCause.QUALITY, StopCause.PLANNED, StopCause.OPERATOR


def january(*stops: Downtime, sla: dict[str, Any] | None = None, **more: Any) -> Statement:
    agreed = terms(tariffs=[FEE], sla=[{**UP, **(sla or {})}], **more)
    return bill(agreed, facts(JANUARY, FEBRUARY, stops=stops)).statement


def down(hours: float, cause: StopCause = FAILURE, whose: Attribution = OEM, day: int = 10) -> Downtime:
    return stop(JANUARY + day * DAY, JANUARY + day * DAY + int(hours * HOUR), cause, whose)


BANDS = [
    # hours of downtime, ratio, euros
    (0, Fraction(1), 30),
    (0.93, Fraction(799, 800), 30),  # exactly 99.875 %
    (1, Fraction(743, 744), 0),  # 99.87 %: neither
    (7.44, Fraction(99, 100), 0),  # exactly 99 % is not below it
    (7.5, Fraction(1473, 1488), -50),
    (37.2, Fraction(95, 100), -50),
    (38, Fraction(706, 744), -200),  # below 95 %: the higher credit, not both
]


@pytest.mark.parametrize(("hours", "ratio", "expected"), BANDS)
def test_the_band_that_a_ratio_falls_into_decides(hours: float, ratio: Fraction, expected: int) -> None:
    statement = january(down(hours))
    assert statement.sla[0].ratio == ratio
    assert statement.amount == (1000 + expected) * 100


WHOSE = [
    # cause, attribution, planned window over it, counts
    (FAILURE, OEM, False, True),
    (FAILURE, UNKNOWN, False, True),
    (FAILURE, CUSTOMER, False, False),
    (FAILURE, EXTERNAL, False, False),
    (FAILURE, OEM, True, False),
    (QUALITY, UNKNOWN, False, True),
    (PLANNED, UNKNOWN, False, False),  # by `causes` the customer's
    (PLANNED, OEM, False, True),
    (OPERATOR, UNKNOWN, False, False),
    (OPERATOR, OEM, False, True),
]


@pytest.mark.parametrize(("cause", "whose", "planned", "counts"), WHOSE)
def test_whose_downtime_counts(cause: StopCause, whose: Attribution, planned: bool, counts: bool) -> None:
    window = {"kind": "once", "begin": "2024-01-11T00:00:00Z", "end": "2024-01-12T00:00:00Z"}
    statement = january(down(10, cause, whose), planned=[window] if planned else [])
    assert statement.sla[0].whole - statement.sla[0].part == (10 * HOUR if counts else 0)
    assert statement.sla[0].part == 734 * HOUR


def test_what_a_cause_means_can_be_agreed_on() -> None:
    agreed = {"causes": {"operator": "oem", "failure": "external"}}
    assert january(down(10, OPERATOR, UNKNOWN), sla=agreed).sla[0].part == january(down(10)).sla[0].part
    assert january(down(10, FAILURE, UNKNOWN), sla=agreed).sla[0].ratio == 1


def test_only_the_part_of_a_downtime_within_a_planned_window_is_left_out() -> None:
    window = {"kind": "once", "begin": "2024-01-11T00:00:00Z", "end": "2024-01-11T06:00:00Z"}
    result = january(down(10), planned=[window]).sla[0]
    assert [result.part, result.whole] == [734 * HOUR, 738 * HOUR]


def test_a_planned_window_without_downtime_changes_nothing() -> None:
    window = {"kind": "once", "begin": "2024-01-20T00:00:00Z", "end": "2024-01-25T00:00:00Z"}
    assert january(down(10), planned=[window]).sla == january(down(10)).sla


def test_a_weekly_window_is_in_local_time() -> None:
    weekly = {"kind": "weekly", "day": "thu", "begin": 0, "length": 10 * HOUR}
    seoul = {"offsets": [{"at": "2000-01-01T00:00:00Z", "seconds": 9 * HOUR}]}
    thursday = down(10, day=10)  # 2024-01-11 was a Thursday
    assert january(thursday, planned=[weekly]).sla[0].ratio == 1
    in_seoul = terms(tariffs=[FEE], sla=[UP], planned=[weekly], calendar=seoul)
    result = bill(in_seoul, facts(JANUARY, FEBRUARY - 9 * HOUR, stops=[thursday], closing=True)).statement.sla[0]
    assert result.whole - result.part == 9 * HOUR  # there the window ends at 01:00 UTC


def test_overlapping_records_of_one_downtime_count_once() -> None:
    assert january(down(10), down(10), down(4)).sla[0].whole == 744 * HOUR


def test_time_before_the_first_start_is_in_neither_number() -> None:
    agreed = terms(tariffs=[FEE], sla=[UP])
    known = facts(JANUARY, FEBRUARY)
    late = bill(agreed, type(known)(**{**_fields(known), "executed": (Span(JANUARY + 30 * DAY, FEBRUARY),)})).statement
    assert late.sla[0].whole == DAY


def test_without_any_use_or_downtime_there_is_nothing_to_measure() -> None:
    agreed = terms(tariffs=[FEE], sla=[UP])
    known = facts(JANUARY, FEBRUARY)
    statement = bill(agreed, type(known)(**{**_fields(known), "executed": ()})).statement
    assert (statement.sla[0].ratio, statement.amount) == (None, 100_000)


def test_a_year_is_judged_at_its_end_over_all_statements() -> None:
    agreed = terms(tariffs=[FEE], sla=[{**UP, "per": "quarter"}], calendar={"offsets": [], "year_start": "01-01"})
    carry, statements = Carry(), []
    for begin, end in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH), (MARCH, APRIL)):
        statements.append(bill(agreed, facts(begin, end, stops=[down(38)], carry=carry)).statement)
        carry = statements[-1].carry_out
    assert [len(one.sla) for one in statements] == [0, 0, 1]
    assert statements[2].sla[0].ratio == Fraction(91 * 24 - 38, 91 * 24)  # 98.26 % of the quarter
    assert statements[2].amount == 100_000 - 15_000  # 5 % of three months


def test_percents_are_of_the_tariffs_named() -> None:
    use = {"kind": "per_hour", "name": "use", "meter": "started", "price": "1"}
    agreed = terms(tariffs=[FEE, use], sla=[{**UP, "of": ["use"]}])
    found = amounts(bill(agreed, facts(JANUARY, FEBRUARY, stops=[down(10)])))
    assert found["up"] == euros("-36.7")  # 5 % of 734


def test_percents_are_of_the_charges_after_the_true_up() -> None:
    agreed = terms(tariffs=[FEE, {"kind": "minimum", "name": "least", "amount": "1500"}], sla=[UP])
    found = amounts(bill(agreed, facts(JANUARY, FEBRUARY, stops=[down(10)])))
    assert [found["least"], found["up"]] == [500, -75]


PIECES = {"kind": "counter", "name": "pieces", "signal": "count", "unit": "1", "gaps": GAPS}
GOOD = {**PIECES, "name": "good", "signal": "good"}
SPEED = {
    "kind": "performance",
    "name": "speed",
    "made": "pieces",
    "time": "running",
    "ideal": "60",
    "credits": [{"below": "90", "percent": "4"}],
    "bonuses": [{"at_least": "102", "percent": "1"}],
}
SHARE = {
    "kind": "quality",
    "name": "share",
    "good": "good",
    "made": "pieces",
    "credits": [{"below": "97.5", "percent": "10"}],
}
SPEEDS = [(0, -40), (539, -40), (540, 0), (600, 0), (612, 10)]  # of 600 in 10 h


@pytest.mark.parametrize(("count", "expected"), SPEEDS)
def test_performance_is_what_was_made_by_what_could_have_been(count: int, expected: int) -> None:
    agreed = terms(meters=[PIECES, RUNNING], tariffs=[FEE], sla=[SPEED])
    used = {
        "status": [(JANUARY, 1), (JANUARY + 10 * HOUR, 0)],
        "count": [(JANUARY, 0), (JANUARY + 10 * HOUR, count)],
    }
    assert amounts(bill(agreed, facts(JANUARY, FEBRUARY, used))).get("speed", 0) == expected


@pytest.mark.parametrize(("good", "expected"), [(974, -100), (975, 0), (1000, 0)])
def test_quality_is_what_was_made_well_by_what_was_made(good: int, expected: int) -> None:
    agreed = terms(meters=[PIECES, GOOD], tariffs=[FEE], sla=[SHARE])
    used = {"count": [(JANUARY, 5), (JANUARY + DAY, 1005)], "good": [(JANUARY, 7), (JANUARY + DAY, 7 + good)]}
    assert amounts(bill(agreed, facts(JANUARY, FEBRUARY, used))).get("share", 0) == expected


def test_nothing_made_is_nothing_to_measure() -> None:
    agreed = terms(meters=[PIECES, GOOD, RUNNING], tariffs=[FEE], sla=[SHARE, SPEED])
    assert amounts(bill(agreed, facts(JANUARY, FEBRUARY))) == {"fee": 1000}


CAPS = [
    # caps, euros of a credit of 20 % of 1000
    ([], -200),
    ([{"on": "credits", "percent": "15"}], -150),
    ([{"on": "credits", "amount": "120"}], -120),
    ([{"on": "credits", "percent": "15", "amount": "120"}], -120),
    ([{"on": "credits", "percent": "15"}, {"on": "credits", "amount": "20", "per": "year"}], -20),
    ([{"on": "credits", "percent": "50"}], -200),
    ([{"on": "credits", "percent": "0"}], 0),
    ([{"on": "bonuses", "percent": "1"}], -200),
]


@pytest.mark.parametrize(("caps", "expected"), CAPS)
def test_a_cap_limits_credits(caps: list[dict[str, Any]], expected: int) -> None:
    statement = january(down(48), caps=caps)
    assert statement.sla[0].amount == expected * 100
    assert statement.sla[0].capped == (expected != -200)


@pytest.mark.parametrize(("caps", "expected"), [([], 30), ([{"on": "bonuses", "amount": "7"}], 7)])
def test_a_cap_limits_bonuses(caps: list[dict[str, Any]], expected: int) -> None:
    assert january(caps=caps).sla[0].amount == expected * 100


def test_two_levels_share_a_cap_in_the_order_of_the_terms() -> None:
    second = {**UP, "name": "second"}
    agreed = terms(tariffs=[FEE], sla=[UP, second], caps=[{"on": "credits", "amount": "250"}])
    found = amounts(bill(agreed, facts(JANUARY, FEBRUARY, stops=[down(48)])))
    assert [found["up"], found["second"]] == [-200, -50]


def test_a_cap_over_a_year_counts_what_earlier_statements_gave() -> None:
    agreed = terms(tariffs=[FEE], sla=[UP], caps=[{"on": "credits", "per": "year", "amount": "260"}])
    first = bill(agreed, facts(JANUARY, FEBRUARY, stops=[down(48)])).statement
    both = [down(48), stop(FEBRUARY + DAY, FEBRUARY + 4 * DAY)]
    second = bill(agreed, facts(FEBRUARY, MARCH, stops=both, carry=first.carry_out)).statement
    assert [one.sla[0].amount for one in (first, second)] == [-20_000, -6_000]


def test_oee_is_told_as_in_iso_22400() -> None:
    oee = {
        "signal": "status",
        "statuses": {"production": [1], "setup": [2], "idle": [3], "down": [4]},
        "gaps": {"after": 3 * HOUR, "then": "nothing"},
        "made": "pieces",
        "good": "good",
        "ideal": "100",
    }
    used = {
        # 2 h production, 1 h setup, 0.5 h idle, 1 h of a value that means nothing, 3 h down until the gap
        "status": [(JANUARY + int(at * HOUR), value) for at, value in ((0, 1), (2, 2), (3, 3), (3.5, 9), (4.5, 4))],
        "count": [(JANUARY, 0), (JANUARY + 2 * HOUR, 180)],
        "good": [(JANUARY, 0), (JANUARY + 2 * HOUR, 171)],
    }
    stops = [
        stop(JANUARY + 10 * HOUR, JANUARY + 12 * HOUR, FAILURE),
        stop(JANUARY + 12 * HOUR, JANUARY + 13 * HOUR, PLANNED),
        stop(JANUARY + 13 * HOUR, JANUARY + 15 * HOUR, OPERATOR),
    ]
    agreed = terms(meters=[PIECES, GOOD, STARTED], oee=oee)
    found = bill(agreed, facts(JANUARY, JANUARY + 20 * HOUR, used, stops)).statement.oee
    assert found is not None
    assert {name: seconds / HOUR for name, seconds in found.seconds.items()} == {
        "production": 2,
        "setup": 1,
        "idle": 2.5,
        "down": 5,
        "planned": 1,
        "unknown": 8.5,
    }
    assert found.availability == Fraction(20, 105)
    assert found.effectiveness == Fraction(180, 200)
    assert found.quality == Fraction(171, 180)
    assert found.oee == Fraction(20, 105) * Fraction(171, 200)


def _fields(known: Any) -> dict[str, Any]:
    from dataclasses import fields

    return {one.name: getattr(known, one.name) for one in fields(known)}
