"""A false invoice is disputed, the file proves it, the auditor rules, and the liar's misbehaviour counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from maas_core.errors import UsageError
from maas_core.evidence.checking import Verdict, check
from maas_core.evidence.file import Evidence, Fault
from maas_core.node.billing.checks import NO_SLICE
from maas_core.node.invoices import Claim
from maas_core.proofs import canonical
from maas_core.protocol.events import InvoiceDisputed
from maas_core.protocol.states import InvoiceState
from tests.support.billing import AUDITOR, CUSTOMER, DAY, FEBRUARY, JANUARY, MAINTAINER, MARCH, OEM, Trade
from tests.support.forgery import (
    Change,
    always_started,
    dearer_slice,
    honest,
    issue_forged,
    other_terms,
    readings_times,
    restated,
    stated,
    without_downtime,
    without_line,
)


@dataclass(frozen=True)
class Lie:
    """What an OEM bills, and what is found out."""

    change: Change
    fault: Fault
    text: str
    slice: int | None = None
    command: tuple[tuple[str, Any], ...] = ()


def _more(field: str, amount: int) -> Change:
    return restated(lambda one: {field: getattr(one, field) + amount})


def _dearer(terms: Any) -> Any:
    return replace(terms, tariffs=(terms.tariffs[0], replace(terms.tariffs[1], price=Fraction(1, 10))))


LIES = {
    "another amount on the ledger": Lie(honest, Fault.AMOUNT, "the ledger says 999999", None, (("amount", 999_999),)),
    "another currency on the ledger": Lie(honest, Fault.AMOUNT, "bills in currency 840", None, (("currency", 840),)),
    "an amount that is not the sum": Lie(stated(amount=999_999), Fault.SUM, "does not add up"),
    "lines that do not add up": Lie(_more("exact", 100), Fault.SUM, "its lines come to"),
    "forged readings": Lie(readings_times(3, JANUARY + 5 * DAY), Fault.METERING, "meter energy counts 218", 120),
    "a dearer slice": Lie(dearer_slice(100, "energy", 500), Fault.PRICING, "slice 100 charges energy 3736/5", 100),
    "other prices": Lie(other_terms(_dearer), Fault.PRICING, "slice 1 charges", 1),
    "a credit left out": Lie(without_line("uptime"), Fault.PRICING, "uptime -", 743),
    "downtime left out": Lie(without_downtime, Fault.METERING, "downtime is {'uptime': (3600, 0)}", 240),
    "use that never was": Lie(always_started, Fault.METERING, "was started for 0 s of it", 240),
    "a batch left out": Lie(restated(lambda one: {"anchors": one.anchors[:-1]}), Fault.BASIS, "does not use it"),
    "another engine": Lie(stated(engine="other/1"), Fault.BASIS, "was made by other/1"),
    "another title": Lie(stated(title="Cheap"), Fault.BASIS, "title are not those of its terms"),
    "an invented beginning": Lie(
        restated(lambda one: {
            "carry_in": replace(one.carry_in, balance=Fraction(5000)),
            "carry_out": replace(one.carry_out, balance=one.carry_out.balance),
            "amount": one.amount + 5000,
        }),
        Fault.CARRY,
        "computed",
        None,
    ),
    "invented meter totals": Lie(
        restated(lambda one: {"meters": tuple(replace(each, quantity=1) for each in one.meters)}),
        Fault.TOTALS,
        "is not the sum of its slices",
    ),
    "an invented service level": Lie(stated(sla=()), Fault.TOTALS, "service levels are not those"),
}  # fmt: skip

NOT_OFFLINE = {"an invented beginning"}
"""Of a first bill: that there was none before is nothing that a file can show."""


def disputed(trade: Trade, invoice: bytes) -> tuple[InvoiceDisputed, Verdict]:
    """The dispute on the ledger, and what its evidence shows to the auditor's node."""
    auditor = trade.nodes[AUDITOR]
    [event] = [one.event for one in auditor.invoices.history(invoice) if isinstance(one.event, InvoiceDisputed)]
    return event, check(Evidence.loads(auditor.documents.read(event.evidence, "evidence")))


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_found_proven_and_ruled_on(months: Trade, name: str) -> None:
    lie = LIES[name]
    right = months.nodes[OEM].billing.running(months.machine, FEBRUARY).statement.amount
    invoice = issue_forged(months, FEBRUARY, lie.change, **dict(lie.command))
    sent = months.respond(invoice)
    event, verdict = disputed(months, invoice)
    found = sent.check.difference
    assert (found.fault, found.slice, event.slice) == (
        lie.fault,
        lie.slice,
        NO_SLICE if lie.slice is None else lie.slice,
    )
    assert lie.text in verdict.text
    assert verdict.proven is (name not in NOT_OFFLINE)
    assert (verdict.by, {one.party for one in verdict.signatures} >= {OEM}) == (OEM, True)
    ruled = months.done(AUDITOR, months.nodes[AUDITOR].billing.rule(invoice))
    record = months.nodes[CUSTOMER].invoices.get(invoice).record
    assert record.state == InvoiceState.ACCEPTED
    assert record.amount == ruled.amount == (right if name != "another currency on the ledger" else 0)


def test_the_liar_loses_the_ruling_and_it_counts(months: Trade) -> None:
    invoice = issue_forged(months, FEBRUARY, readings_times(3, JANUARY + 5 * DAY))
    months.respond(invoice)
    months.done(AUDITOR, months.nodes[AUDITOR].billing.rule(invoice))
    standings = [months.nodes[CUSTOMER].parties.standing(party).record.misbehaviour for party in (OEM, CUSTOMER)]
    assert standings == [1, 0]


def test_a_false_dispute_loses_and_counts_against_the_customer(months: Trade) -> None:
    invoice = months.issue(FEBRUARY)
    customer = months.nodes[CUSTOMER]
    record = customer.invoices.get(invoice).record
    readers = {OEM, CUSTOMER, AUDITOR}
    paper = customer.documents.publish("evidence", canonical.dumps({"format": "maas-claim/1", "why": "no"}), readers)
    customer.submissions.wait(customer.invoices.dispute(invoice, 1, paper, 0, paper))
    months.sync()
    months.done(AUDITOR, months.nodes[AUDITOR].billing.rule(invoice))
    assert months.nodes[OEM].invoices.get(invoice).record.amount == record.amount
    standings = [months.nodes[OEM].parties.standing(party).record.misbehaviour for party in (OEM, CUSTOMER)]
    assert standings == [0, 1]


def test_an_issuer_can_revise_and_the_customer_accepts(months: Trade) -> None:
    invoice = issue_forged(months, FEBRUARY, readings_times(2, JANUARY))
    months.respond(invoice)
    months.done(OEM, months.nodes[OEM].billing.revise(invoice))
    assert months.respond(invoice).check.ok
    assert months.nodes[OEM].invoices.get(invoice).record.state == InvoiceState.ACCEPTED


def test_a_lie_in_one_month_does_not_spoil_the_next(months: Trade) -> None:
    first = issue_forged(months, FEBRUARY, readings_times(2, JANUARY))
    second = months.issue(MARCH)
    assert not months.nodes[CUSTOMER].billing.check(first).ok
    assert months.nodes[CUSTOMER].billing.check(second).ok


def test_a_carry_that_contradicts_the_statement_before_is_proven_by_the_two(months: Trade) -> None:
    months.issue(FEBRUARY)
    change = restated(lambda one: {
        "carry_in": replace(one.carry_in, balance=one.carry_in.balance + 5000), "amount": one.amount + 5000,
    })  # fmt: skip
    invoice = issue_forged(months, MARCH, change)
    sent = months.respond(invoice)
    _, verdict = disputed(months, invoice)
    assert sent.check.difference.fault is Fault.CARRY
    assert verdict.proven
    assert "the same issuer's statement before it ended with" in verdict.text


def test_nothing_can_be_proven_against_a_right_invoice(months: Trade) -> None:
    invoice = months.issue(FEBRUARY)
    with pytest.raises(UsageError, match="is right: there is nothing to prove"):
        months.nodes[CUSTOMER].billing.evidence(invoice)


def test_only_a_disputed_invoice_is_ruled_on_or_revised(months: Trade) -> None:
    invoice = months.issue(FEBRUARY)
    act: Callable[[bytes], Any]
    for act in (months.nodes[AUDITOR].billing.rule, months.nodes[OEM].billing.revise):
        with pytest.raises(UsageError, match="is ISSUED: this can be done while it is DISPUTED"):
            act(invoice)


def test_the_first_differing_slice_of_a_month_takes_few_exchanges_and_one_page(months: Trade) -> None:
    invoice = issue_forged(months, FEBRUARY, readings_times(2, JANUARY + 20 * DAY))
    found = months.nodes[CUSTOMER].billing.check(invoice).difference
    assert found is not None
    assert (found.slice, found.exchanges <= 10) == (480, True)


def test_evidence_is_about_machines_time_and_not_about_services(months: Trade) -> None:
    node = months.nodes[MAINTAINER]
    paper = node.documents.publish("service statement", b"{}", {CUSTOMER, AUDITOR})
    invoice, submission = node.invoices.issue_service(CUSTOMER, Claim(100, 978, paper, node.clock.now() + 1000))
    node.submissions.wait(submission)
    months.sync()
    with pytest.raises(UsageError, match="is for a service, not for a machine's time"):
        months.nodes[CUSTOMER].billing.evidence(invoice)
