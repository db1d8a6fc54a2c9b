"""Bills from ledger and storage: both sides and an auditor get the same to the byte."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from maas_core.billing.statement import LineKind
from maas_core.billing.terms_file import canonical_terms, read_terms
from maas_core.errors import UsageError
from maas_core.ports.readings import Readings
from maas_core.protocol.states import InvoiceState, StopCause
from tests.support.billing import (
    APRIL,
    AUDITOR,
    CUSTOMER,
    DAY,
    FEBRUARY,
    HOUR,
    JANUARY,
    MARCH,
    OEM,
    QUARTER,
    TERMS,
    Trade,
)


def state(trade: Trade, invoice: bytes) -> InvoiceState:
    return InvoiceState(trade.nodes[OEM].invoices.get(invoice).record.state)


def january_by_hand() -> int:
    """Euro cents of January, from the numbers that `Trade.measure` takes in."""
    tenths = sum(
        50 + time // QUARTER % 7
        for time in range(JANUARY, FEBRUARY, QUARTER)
        if not JANUARY + 10 * DAY < time <= JANUARY + 12 * DAY  # increments are stamped at their end
        and time != JANUARY  # ends when the machine was started
    )
    kwh = Fraction(tenths, 10)
    energy = 10_000 * 12 + (kwh - 10_000) * 9
    pieces = Fraction(3 * ((31 - 2) * 24 - 1), 2)
    charges = energy + pieces
    up = Fraction(29, 31)
    assert up * 100 < 95
    return round(charges * Fraction(80, 100))


def test_an_invoice_is_what_the_readings_come_to_by_hand(months: Trade) -> None:
    invoice = months.issue(FEBRUARY)
    assert months.nodes[OEM].invoices.get(invoice).record.amount == january_by_hand()


def test_an_honest_invoice_is_recomputed_and_accepted(months: Trade) -> None:
    invoice = months.issue(FEBRUARY)
    checks = [months.nodes[party].billing.check(invoice) for party in (OEM, CUSTOMER, AUDITOR)]
    assert [one.ok for one in checks] == [True] * 3
    assert months.respond(invoice).check.ok
    assert state(months, invoice) is InvoiceState.ACCEPTED


def test_a_quarter_in_three_invoices_costs_what_it_costs_in_one(months: Trade, template: Trade) -> None:
    three = [months.issue(end) for end in (FEBRUARY, MARCH, APRIL)]
    amounts = [months.nodes[OEM].invoices.get(one).record.amount for one in three]
    last = months.nodes[CUSTOMER].billing.statement(three[-1])
    whole = template.open(OEM)
    try:
        whole.sync()
        result = whole.billing.running(template.machine, APRIL)
    finally:
        whole.close()
    one = result.statement
    assert sum(amounts) + last.carry_out.balance == one.amount + one.carry_out.balance
    assert all(months.nodes[AUDITOR].billing.check(each).ok for each in three)


def test_each_month_begins_with_new_tiers(months: Trade) -> None:
    months.issue(FEBRUARY)
    second = months.nodes[OEM].billing.statement(months.issue(MARCH))
    energy = [line for line in second.lines if line.name == "energy"]
    assert [line.rate for line in energy] == [Fraction("0.12"), Fraction("0.09")]
    assert energy[0].quantity == 10_000


def test_a_quote_prices_recorded_time_by_other_terms(months: Trade) -> None:
    dearer = {**TERMS, "tariffs": [{"kind": "per_unit", "name": "pieces", "meter": "pieces", "price": "1"}]}
    terms = read_terms(canonical_terms(json.dumps(dearer).encode()))
    result = months.nodes[OEM].billing.quote(months.machine, terms, (FEBRUARY, MARCH))
    assert result.statement.exact == 100 * 3 * (29 * 24 - 1)


def test_the_running_bill_goes_as_far_as_telemetry_is_anchored(months: Trade) -> None:
    running = months.nodes[CUSTOMER].billing.running(months.machine)
    assert (running.statement.window.time_from, running.statement.window.time_to) == (JANUARY, APRIL)
    months.issue(MARCH)
    again = months.nodes[CUSTOMER].billing.running(months.machine)
    assert again.statement.window.time_from == MARCH


def test_a_bill_cannot_go_backwards(months: Trade) -> None:
    months.issue(MARCH)
    with pytest.raises(UsageError, match=r"a bill from .* ends after that"):
        months.nodes[OEM].billing.issue(months.machine, FEBRUARY)
    with pytest.raises(UsageError, match="the next bill begins where the last one ended"):
        months.nodes[OEM].billing.issue(months.machine, APRIL, begin=FEBRUARY)


def test_late_readings_become_an_adjustment_that_both_sides_compute(months: Trade) -> None:
    months.issue(FEBRUARY)
    late = np.array([JANUARY + 20 * DAY + 60], np.int64)
    months.take(Readings(
        (months.machine.hex(),), ("energy",), np.zeros(1, np.int32), np.zeros(1, np.int32), late,
        np.array([10_000], np.int64), np.zeros(1, np.uint8),
    ))  # fmt: skip
    months.anchor(APRIL)
    second = months.issue(MARCH)
    statement = months.nodes[OEM].billing.statement(second)
    adjusted = {line.name: line.amount for line in statement.lines if line.kind is LineKind.ADJUSTMENT}
    assert adjusted["energy"] == 9 * 1000
    assert adjusted["uptime"] == -Fraction(20, 100) * 9 * 1000
    assert months.respond(second).check.ok
    third = months.issue(APRIL)
    assert not [line for line in months.nodes[OEM].billing.statement(third).lines if line.kind is LineKind.ADJUSTMENT]
    assert months.nodes[AUDITOR].billing.check(third).ok


def test_a_stop_that_is_recorded_late_is_an_adjustment_too(months: Trade) -> None:
    months.issue(MARCH)
    customer = months.nodes[CUSTOMER]
    customer.submissions.wait(customer.machines.stop(months.machine, StopCause.FAILURE, FEBRUARY + 10 * DAY))
    customer.submissions.wait(customer.machines.start(months.machine, FEBRUARY + 20 * DAY))
    months.sync()
    last = months.issue(APRIL)
    kinds = {line.kind for line in months.nodes[OEM].billing.statement(last).lines}
    assert LineKind.ADJUSTMENT in kinds
    assert months.nodes[CUSTOMER].billing.check(last).ok


def amend(trade: Trade, since: int, price: str) -> None:
    """Agree on another price for pieces."""
    oem, customer = trade.nodes[OEM], trade.nodes[CUSTOMER]
    tariffs = [TERMS["tariffs"][0], {**TERMS["tariffs"][1], "price": price}]
    content = canonical_terms(json.dumps({**TERMS, "tariffs": tariffs}).encode())
    digest = oem.documents.publish("terms", content, {OEM, CUSTOMER, AUDITOR})
    n, offered = oem.machines.offer_amendment(trade.machine, digest, since)
    oem.submissions.wait(offered)
    customer.sync()
    customer.submissions.wait(customer.machines.accept_change(trade.machine, n))
    trade.sync()


def test_amended_terms_hold_from_their_day_on_and_no_bill_spans_both(months: Trade) -> None:
    amend(months, MARCH, "0.50")
    with pytest.raises(UsageError, match=r"other terms begin at .* bill up to there first"):
        months.nodes[OEM].billing.issue(months.machine, APRIL)
    invoices = [months.issue(MARCH), months.issue(APRIL)]
    first, second = (months.nodes[OEM].billing.statement(one) for one in invoices)
    assert first.closing
    assert first.terms != second.terms
    rates = {line.rate for line in second.lines if line.name == "pieces"}
    assert rates == {Fraction("0.50")}
    assert all(months.nodes[AUDITOR].billing.check(one).ok for one in invoices)


def test_terms_amended_after_the_bill_settle_what_it_left_open(months: Trade) -> None:
    """The bill up to March was issued before anybody knew that its terms would end there."""
    invoices = [months.issue(MARCH)]
    amend(months, MARCH, "0.50")
    invoices.append(months.issue(APRIL))
    assert all(months.nodes[party].billing.check(one).ok for one in invoices for party in (CUSTOMER, AUDITOR))


def test_an_audit_recomputes_all_bills_with_a_fresh_view(months: Trade) -> None:
    for end in (FEBRUARY, MARCH):
        months.respond(months.issue(end))
    rows = months.nodes[AUDITOR].billing.audit(months.machine)
    assert [(one.statement_right, one.amount_right, one.state) for one in rows] == [(True, True, "ACCEPTED")] * 2
    assert [one.recomputed for one in rows] == [one.stands for one in rows]


def test_the_final_invoice_settles_all_and_ends_the_agreement(months: Trade) -> None:
    oem, customer = months.nodes[OEM], months.nodes[CUSTOMER]
    months.issue(APRIL)
    customer.submissions.wait(customer.machines.stop(months.machine, StopCause.OPERATOR, APRIL + HOUR))
    n, offered = customer.machines.offer_termination(months.machine, APRIL + HOUR)
    customer.submissions.wait(offered)
    oem.sync()
    oem.submissions.wait(oem.machines.accept_change(months.machine, n))
    months.sync()
    final = months.issue(APRIL + DAY, final=True)
    statement = oem.billing.statement(final)
    assert statement.final
    assert statement.carry_out.balance == 0
    assert months.respond(final).check.ok
    assert replace(statement, final=False) != statement


def test_a_stranger_cannot_check_what_it_cannot_read(months: Trade) -> None:
    from maas_core.errors import NoAccessError
    from tests.support.billing import MAINTAINER

    invoice = months.issue(FEBRUARY)
    with pytest.raises(NoAccessError):
        months.nodes[MAINTAINER].billing.check(invoice)
