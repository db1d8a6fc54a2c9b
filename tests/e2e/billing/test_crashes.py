"""A process may end anywhere between computing, publishing and sending: the next one goes on, once."""

from collections.abc import Callable
from typing import Any

import pytest

from maas_core.errors import UsageError
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.node.billing.intents import Intents
from maas_core.node.billing.papers import Papers
from maas_core.node.billing.results import Results
from maas_core.node.documents import Documents
from maas_core.node.submissions import Submissions
from maas_core.protocol.states import InvoiceState
from tests.support.billing import AUDITOR, CUSTOMER, FEBRUARY, JANUARY, MARCH, OEM, Trade
from tests.support.forgery import issue_forged, readings_times


class Killed(BaseException):
    """The process ends here."""


def _dies(before: bool, original: Callable[..., Any]) -> Callable[..., Any]:
    def method(*arguments: Any, **options: Any) -> Any:
        if not before:
            original(*arguments, **options)
        raise Killed

    return method


POINTS = {
    "before computing": (Results, "next", True),
    "after computing": (Results, "next", False),
    "before the first document": (Documents, "publish", True),
    "after the first document": (Documents, "publish", False),
    "after all documents": (Papers, "publish", False),
    "before the decision is stored": (Intents, "decide", True),
    "after the decision is stored": (Intents, "decide", False),
    "before the submission is stored": (SqlJournal, "submit", True),
    "after the submission is stored": (SqlJournal, "submit", False),
    "while sending": (Submissions, "_step", True),
}


@pytest.mark.parametrize("point", POINTS)
def test_an_invoice_that_was_interrupted_is_issued_once(
    months: Trade, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    where, name, before = POINTS[point]
    with monkeypatch.context() as patch:
        patch.setattr(where, name, _dies(before, getattr(where, name)))
        with pytest.raises(Killed):
            months.issue(FEBRUARY)
    months.reopen(OEM)
    months.issue(FEBRUARY)
    months.reopen(OEM)
    assert len(months.nodes[OEM].invoices.all()) == 1
    assert months.respond(months.nodes[OEM].invoices.all()[0].record.invoice).check.ok
    months.issue(MARCH)
    assert len(months.nodes[CUSTOMER].invoices.all()) == 2


@pytest.mark.parametrize("point", ["after the first document", "after all documents", "after the decision is stored"])
def test_a_dispute_and_its_ruling_that_were_interrupted_are_made_once(
    months: Trade, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    where, name, before = POINTS[point]
    invoice = issue_forged(months, FEBRUARY, readings_times(2, JANUARY))
    for party, act in ((CUSTOMER, "respond"), (AUDITOR, "rule")):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, _dies(before, getattr(where, name)))
            with pytest.raises(Killed):
                getattr(months.nodes[party].billing, act)(invoice)
        months.reopen(party)
        months.done(party, getattr(months.nodes[party].billing, act)(invoice))
    assert months.nodes[OEM].invoices.get(invoice).record.state == InvoiceState.ACCEPTED
    names = [type(one.event).__name__ for one in months.nodes[OEM].invoices.history(invoice)]
    assert names == ["InvoiceIssued", "InvoiceDisputed", "InvoiceRuled"]


def test_asking_twice_gives_the_same_invoice(months: Trade) -> None:
    billing = months.nodes[OEM].billing
    first, second = billing.issue(months.machine, FEBRUARY), billing.issue(months.machine, FEBRUARY)
    assert (first.invoice, first.submission.id) == (second.invoice, second.submission.id)


def test_another_end_than_what_is_on_its_way_is_refused(months: Trade) -> None:
    billing = months.nodes[OEM].billing
    billing.issue(months.machine, FEBRUARY)
    with pytest.raises(UsageError, match=r"a bill up to .* is on its way"):
        billing.issue(months.machine, MARCH)


def test_a_refused_invoice_can_be_decided_anew(months: Trade) -> None:
    """The answer's date has passed when the command reaches the ledger, which refuses it."""
    billing = months.nodes[OEM].billing
    refused = billing.issue(months.machine, FEBRUARY, respond_by=1)
    months.nodes[OEM].sync()
    again = billing.issue(months.machine, FEBRUARY)
    assert again.invoice != refused.invoice
    months.done(OEM, again)
    assert len(months.nodes[CUSTOMER].invoices.all()) == 1
