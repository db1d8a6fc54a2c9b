"""Maintainers' terms and bills, with amounts computed by hand."""

from typing import Any

import pytest

from maas_core.errors import IntegrityError, UsageError
from maas_core.maintenance.alarms import Alarm
from maas_core.maintenance.bill import repeat_bill, ticket_bill
from maas_core.maintenance.documents import (
    Report,
    Site,
    alarm_table,
    read_report,
    read_work,
    report_document,
    site_of,
    work_document,
)
from maas_core.maintenance.service import Band, ServiceTerms, read_terms
from maas_core.ports.downtime import Attribution
from maas_core.proofs import canonical
from tests.unit.maintenance.ledger import DAY, FAST, MACHINE, OEM, SEALED, Ledger, R

TERMS: dict[str, Any] = {
    "version": 1,
    "currency": "EUR",
    "price": 25_001,
    "response": [{"within": 3600, "bonus": 500}, {"within": 14_400}, {"penalty": 1000}],
    "resolution": [{"within": 86_400, "bonus": 700}, {"penalty": 2000}],
    "repeat": {"days": 90, "penalty": 5000},
    "most": {"bonus": 1000, "penalty": 6000},
}


def closed(response: int, resolution: int) -> Ledger:
    """A first-come ticket of FAST, opened at 0."""
    ledger = Ledger().open(0).accept(response, FAST).complete(resolution)
    return ledger.close(resolution + 1, FAST, 5, (response, resolution))


def amounts(ledger: Ledger, terms: dict[str, Any] = TERMS) -> dict[str, int]:
    bill = ticket_bill(ledger.stories()[MACHINE, R, 1], read_terms(terms))
    assert bill.amount == sum(line.amount for line in bill.lines)
    return {line.what: line.amount for line in bill.lines}


@pytest.mark.parametrize(
    ("response", "resolution", "expected"),
    [
        # 25001: 5 % is 1250.05, 7 % is 1750.07 and, with at most 10 % (2500.1) of bonus, 1250 are left for it
        (3600, 86_400, {"price": 25_001, "response bonus": 1250, "resolution bonus": 1250}),
        (3601, 86_400, {"price": 25_001, "resolution bonus": 1750}),
        (14_400, 86_401, {"price": 25_001, "resolution penalty": -5000}),
        (14_401, 86_401, {"price": 25_001, "response penalty": -2500, "resolution penalty": -5000}),
    ],
)
def test_a_ticket_is_billed_with_bonus_and_penalty(response: int, resolution: int, expected: dict[str, int]) -> None:
    assert amounts(closed(response, resolution)) == expected


def test_penalties_stop_at_the_cap() -> None:
    terms = {**TERMS, "most": {"penalty": 2500}}
    # 25 % of 25001 is 6250.25; the first penalty takes 2500 of it
    assert amounts(closed(14_401, 86_401), terms) == {
        "price": 25_001,
        "response penalty": -2500,
        "resolution penalty": -3750,
    }


def test_the_price_of_an_awarded_ticket_is_what_was_bid() -> None:
    ledger = Ledger().open(0, selection=SEALED).reveal(FAST, 700).award(200, FAST).complete(90_000)
    ledger.close(90_001, FAST, 5, (200, 90_000))
    # 5 % of 700 is 35, 20 % is 140
    assert amounts(ledger) == {"price": 700, "response bonus": 35, "resolution penalty": -140}


def test_a_bid_does_not_count_for_who_took_a_released_ticket() -> None:
    ledger = Ledger().open(0, selection=SEALED).reveal(FAST, 700).award(200, FAST).release(300, FAST)
    ledger.accept(4000, FAST).complete(5000).close(5001, FAST, 5, (3700, 4700))
    assert amounts(ledger)["price"] == 25_001


def test_a_repeat_failure_is_a_bill_of_the_payer_to_the_maintainer() -> None:
    ledger = closed(14_401, 86_401).open(86_401 + 90 * DAY - 1, 2)
    told = ledger.stories()
    bill = repeat_bill(told[MACHINE, R, 1], list(told.values()), read_terms(TERMS))
    assert bill is not None
    assert (bill.payee, bill.payer) == (OEM, FAST)
    # at most 60 % of 25001 is 15000; 2500 + 5000 are used up; 50 % would be 12500
    assert bill.amount == 7500
    assert bill.facts["repeat"] == {"n": 2, "opened_at": 86_401 + 90 * DAY - 1}


def test_a_failure_after_the_days_owes_nothing() -> None:
    told = closed(10, 20).open(20 + 90 * DAY, 2).stories()
    assert repeat_bill(told[MACHINE, R, 1], list(told.values()), read_terms(TERMS)) is None


def test_an_open_ticket_cannot_be_billed() -> None:
    with pytest.raises(UsageError, match="not closed"):
        ticket_bill(Ledger().open(0).accept(1, FAST).stories()[MACHINE, R, 1], read_terms(TERMS))


def test_a_statement_says_what_it_was_computed_from() -> None:
    bill = ticket_bill(closed(10, 20).stories()[MACHINE, R, 1], read_terms(TERMS))
    document = bill.document(b"d" * 32)
    assert canonical.loads(canonical.dumps(document)) == document
    assert (document["payee"], document["payer"], document["subject"]) == (FAST, OEM, "ticket")
    assert document["facts"]["response"] == 10


@pytest.mark.parametrize("price", [0, 1, 9999, 25_001, 2**49 - 1])
@pytest.mark.parametrize(("response", "resolution"), [(0, 1), (14_401, 86_401), (14_401, 20_000)])
def test_a_bill_is_never_below_zero(price: int, response: int, resolution: int) -> None:
    terms = {
        **TERMS,
        "price": price,
        "most": {},
        "response": [{"penalty": 10_000}],
        "resolution": [{"penalty": 10_000}],
    }
    assert sum(amounts(closed(response, resolution), terms).values()) == 0


def test_terms_are_read_completely() -> None:
    assert read_terms(TERMS) == ServiceTerms(
        currency="EUR",
        price=25_001,
        response=(Band(3600, bonus=500), Band(14_400), Band(None, penalty=1000)),
        resolution=(Band(86_400, bonus=700), Band(None, penalty=2000)),
        repeat_days=90,
        repeat_penalty=5000,
        most_bonus=1000,
        most_penalty=6000,
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, r"service\.version: 2 is not accepted; accepted: 1"),
        ({"currency": "XXX"}, "'XXX' is no currency"),
        ({"currency": 978}, r"service\.currency: missing"),
        ({"price": -1}, r"service\.price: -1 is not accepted; accepted: a whole number"),
        ({"price": 1.5}, r"service\.price: 1\.5 is not accepted"),
        ({"price": True}, r"service\.price: True is not accepted"),
        ({"prize": 1}, r"service\.prize: unknown; accepted: currency"),
        ({"response": {}}, r"service\.response: \{\} is no list"),
        ({"response": [{"within": 5}]}, r"response\[0\]\.within: the last band"),
        ({"response": [{"bonus": 5}, {}]}, r"response\[0\]\.within: the last band"),
        ({"response": [{"within": 5}, {"within": 5}, {}]}, "does not grow"),
        ({"response": [{"bonus": 1, "penalty": 1}]}, "a bonus and a penalty"),
        ({"response": [{"penalty": 10_001}]}, "from 0 to 10000"),
        ({"repeat": {"months": 3}}, r"service\.repeat\.months: unknown"),
        ({"most": 1}, r"service\.most: 1 is no table"),
    ],
)
def test_wrong_terms_are_refused_with_place_and_what_is_accepted(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_terms({**TERMS, **change})


def test_documents_are_read_as_they_were_written() -> None:
    alarm = alarm_table(Alarm("hot", 1, 2, 2**60), "temperature")
    content = work_document("replace bearing", alarm=alarm, service=TERMS, site=Site(48_137_154, -11_576_124))
    work = read_work(content)
    assert (work.what, work.service) == ("replace bearing", read_terms(TERMS))
    assert site_of(work.raw) == Site(48_137_154, -11_576_124)
    report = Report(Attribution.EXTERNAL, "fuse", 1234)
    assert read_report(report_document(report)) == report


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"version":1}',
        b'{"version":2,"what":"x"}',
        b'{"extra":1,"version":1,"what":"x"}',
        b'{"what":"x", "version":1}',
        b'{"service":{"version":1},"version":1,"what":"x"}',
        b"[]",
        b"not json",
    ],
)
def test_what_is_no_work_document_is_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        read_work(content)


@pytest.mark.parametrize(
    "change", [{"attribution": "nobody"}, {"finished_at": -1}, {"finished_at": "1"}, {"done": 1}, {"more": 1}]
)
def test_what_is_no_report_is_refused(change: dict[str, Any]) -> None:
    good = {"version": 1, "attribution": "oem", "done": "x", "finished_at": 1}
    with pytest.raises(IntegrityError):
        read_report(canonical.dumps({**good, **change}))


@pytest.mark.parametrize("site", [None, {}, {"latitude": 1}, {"latitude": 10**9, "longitude": 0}, {"latitude": "1"}])
def test_a_site_that_makes_no_sense_is_none(site: Any) -> None:
    assert site_of({"site": site}) is None
