"""Quotes: what is assumed is what is billed."""

from fractions import Fraction
from typing import Any

import pytest

from maas_core.billing.facts import Span
from maas_core.billing.quote import Assumption, quote
from maas_core.errors import UsageError
from tests.unit.billing.world import APRIL, DAY, FEBRUARY, HOUR, JANUARY, STARTED, terms

GAPS = {"after": 900, "then": "nothing"}
METERS: list[dict[str, Any]] = [
    {"kind": "counter", "unit": "1", "decimals": 2},
    {"kind": "increments", "unit": "1", "stamp": "start"},
    {"kind": "increments", "unit": "1", "stamp": "end"},
    {"kind": "integral", "unit": "1", "decimals": 3, "per": "hour", "gaps": {"after": 3600, "then": "nothing"}},
    {"kind": "integral", "unit": "1", "decimals": 3, "per": "minute"},
    {"kind": "level", "unit": "1", "every": 900, "refill": "5"},
    {"kind": "running", "values": [1, 2]},
    {"kind": "parts", "unit": "1", "values": [7], "gaps": {"after": 90_000, "then": "nothing"}},
]


def agreed(meter: dict[str, Any]) -> Any:
    unit = {"kind": "per_unit", "name": "use", "meter": "m", "price": "2"}
    return terms(meters=[{"name": "m", "signal": "s", "gaps": GAPS, **meter}, STARTED], tariffs=[unit])


@pytest.mark.parametrize("meter", METERS, ids=[f"{one['kind']} {number}" for number, one in enumerate(METERS)])
def test_what_is_assumed_for_a_month_is_counted_in_each(meter: dict[str, Any]) -> None:
    statement = quote(agreed(meter), Assumption(Span(JANUARY, APRIL), {"m": Fraction(360)})).statement
    assert statement.meters[0].exact == 3 * 360
    assert statement.amount == 3 * 720_00


def test_a_month_in_part_has_its_part() -> None:
    half = Assumption(Span(JANUARY, JANUARY + 31 * DAY // 2), {"m": Fraction(360)})
    assert quote(agreed(METERS[0]), half).statement.meters[0].exact == 180


@pytest.mark.parametrize("seconds", [1, 2, 100, HOUR])
@pytest.mark.parametrize("meter", METERS, ids=[f"{one['kind']} {number}" for number, one in enumerate(METERS)])
def test_an_end_just_after_a_month_begins_is_no_trouble(meter: dict[str, Any], seconds: int) -> None:
    found = quote(agreed(meter), Assumption(Span(JANUARY, FEBRUARY + seconds), {"m": Fraction(360)})).statement
    assert 360 <= found.meters[0].exact < 361


def test_downtime_is_the_oem_s_each_month() -> None:
    up = {"kind": "availability", "name": "up", "credits": [{"below": "99", "percent": "5"}]}
    found = quote(terms(sla=[up]), Assumption(Span(JANUARY, APRIL), downtime=10 * HOUR)).statement.sla
    assert [one.whole - one.part for one in found] == [10 * HOUR] * 3


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("a meter that is not there", {"x": Fraction(1)}, "accepted: m"),
    ("a meter of the ledger", {"started": Fraction(1)}, "accepted: m"),
    ("more hours than a month has", {"m": Fraction(800)}, "a month has 744 hours"),
    ("less than nothing", {"m": Fraction(-1)}, "out of range"),
]


@pytest.mark.parametrize(("assumed", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_no_machine_can_do_is_refused(assumed: dict[str, Fraction], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        quote(agreed(METERS[6]), Assumption(Span(JANUARY, FEBRUARY), assumed))


def test_a_quote_for_no_time_is_refused() -> None:
    with pytest.raises(UsageError, match="ends after it begins"):
        quote(agreed(METERS[0]), Assumption(Span(JANUARY, JANUARY)))


def test_more_parts_than_seconds_are_refused() -> None:
    with pytest.raises(UsageError, match="no time for"):
        quote(agreed(METERS[7]), Assumption(Span(JANUARY, FEBRUARY), {"m": Fraction(2_000_000)}))
