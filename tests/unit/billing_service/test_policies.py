"""What `[billing]` and `[payments]` do by themselves: accept, dispute, pay, settle, within their limits."""

from pathlib import Path
from typing import Any

import pytest

from maas_core.config.writing import as_toml
from maas_core.errors import UsageError
from maas_core.ports.clock import SystemClock
from maas_core.ports.payments import PaymentState
from maas_core.protocol.states import InvoiceState
from tests.support.billing import CUSTOMER, FEBRUARY, IBANS, JANUARY, MAINTAINER, OEM, Trade
from tests.support.forgery import issue_forged, readings_times


class Later(SystemClock):
    """A clock that stands still at a moment."""

    def __init__(self, time: int) -> None:
        self.time = time

    def now(self) -> int:
        return self.time


POLICIES: dict[int, dict[str, Any]] = {
    CUSTOMER: {"respond": True, "accept_up_to": 1_000_000, "pay_up_to": 1_000_000},
    OEM: {"settle": True},
}


@pytest.fixture
def trade(months: Trade) -> Trade:
    """Nodes with policies."""
    for party, policy in POLICIES.items():
        configure(months, party, policy)
    return months


def configure(trade: Trade, party: int, policy: dict[str, Any]) -> None:
    """Give a node a table [billing]."""
    file = trade.config(party)
    kept = file.read_text(encoding="utf-8").split("\n[billing]")[0]
    file.write_text(kept + "\n" + as_toml({"billing": policy}, {}), encoding="utf-8")
    trade.reopen(party)


def step(trade: Trade, party: int) -> list[str]:
    told = trade.nodes[party].billing.step()
    trade.sync()
    trade.sync()
    return told


def state(trade: Trade, invoice: bytes) -> InvoiceState:
    return InvoiceState(trade.nodes[OEM].invoices.get(invoice).record.state)


def outgoing(trade: Trade) -> list[Path]:
    return sorted((trade.folder / "customer" / "payments" / "outgoing").glob("*.xml"))


def bank_returns(trade: Trade, party: str, invoice: bytes, amount: str, way: str) -> None:
    place = trade.folder / party / "payments" / "statements"
    place.mkdir(parents=True, exist_ok=True)
    (place / "1.xml").write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Ntry>'
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<AcctSvcrRef>2024-17</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{invoice.hex()}</EndToEndId></Refs>"
        "</TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    )


def test_an_honest_invoice_is_accepted_paid_and_settled_by_policy(trade: Trade) -> None:
    invoice = trade.issue(FEBRUARY)
    amount = trade.nodes[OEM].invoices.get(invoice).record.amount
    assert step(trade, CUSTOMER) == [f"accepts {invoice.hex()[:8]}: it recomputes"]
    assert state(trade, invoice) is InvoiceState.ACCEPTED
    assert "orders payment" in step(trade, CUSTOMER)[0]
    [file] = outgoing(trade)
    text = file.read_text()
    assert f"<EndToEndId>{invoice.hex()}</EndToEndId>" in text
    assert IBANS[OEM] in text
    assert f'<InstdAmt Ccy="EUR">{amount // 100}.{amount % 100:02d}</InstdAmt>' in text
    assert step(trade, CUSTOMER) == []
    assert step(trade, OEM) == []
    bank_returns(trade, "oem", invoice, f"{amount // 100}.{amount % 100:02d}", "CRDT")
    assert step(trade, OEM) == [f"settles {invoice.hex()[:8]}: 2024-17"]
    assert state(trade, invoice) is InvoiceState.SETTLED
    assert step(trade, OEM) + step(trade, CUSTOMER) == []
    assert len(outgoing(trade)) == 1


def test_a_false_invoice_is_disputed_and_never_paid_by_policy(trade: Trade) -> None:
    invoice = issue_forged(trade, FEBRUARY, readings_times(2, JANUARY))
    assert step(trade, CUSTOMER)[0].startswith(f"disputes {invoice.hex()[:8]}: slice 0, ")
    assert state(trade, invoice) is InvoiceState.DISPUTED
    assert step(trade, CUSTOMER) == []
    assert outgoing(trade) == []


def test_above_the_limits_nothing_is_accepted_or_paid(trade: Trade) -> None:
    invoice = trade.issue(FEBRUARY)
    amount = trade.nodes[OEM].invoices.get(invoice).record.amount
    configure(trade, CUSTOMER, {"accept_up_to": amount - 1, "pay_up_to": amount - 1})
    assert step(trade, CUSTOMER) == []
    trade.respond(invoice)
    assert step(trade, CUSTOMER) == []
    configure(trade, CUSTOMER, {"pay_up_to": amount})
    assert "orders payment" in step(trade, CUSTOMER)[0]


def test_without_a_table_nothing_happens_by_itself(months: Trade) -> None:
    months.issue(FEBRUARY)
    assert step(months, CUSTOMER) + step(months, OEM) == []


def test_the_wrong_amount_in_the_bank_settles_nothing(trade: Trade) -> None:
    invoice = trade.issue(FEBRUARY)
    trade.respond(invoice)
    bank_returns(trade, "oem", invoice, "1.00", "CRDT")
    assert step(trade, OEM) == []
    report, sent = trade.nodes[OEM].payments.settle(invoice)
    assert (report.state, sent) == (PaymentState.UNKNOWN, None)
    assert "not the amount that is owed" in report.detail


def test_only_the_debtor_orders_and_only_the_creditor_settles(trade: Trade) -> None:
    invoice = trade.issue(FEBRUARY)
    with pytest.raises(UsageError, match="is ISSUED: only what is ACCEPTED"):
        trade.nodes[CUSTOMER].payments.order(invoice)
    trade.respond(invoice)
    with pytest.raises(UsageError, match="does not owe"):
        trade.nodes[OEM].payments.order(invoice)
    with pytest.raises(UsageError, match="does not get the money"):
        trade.nodes[CUSTOMER].payments.settle(invoice)


def test_what_was_ordered_is_not_ordered_again_by_another_process(trade: Trade) -> None:
    invoice = trade.issue(FEBRUARY)
    trade.respond(invoice)
    trade.nodes[CUSTOMER].payments.order(invoice)
    outgoing(trade)[0].unlink()
    trade.reopen(CUSTOMER).payments.order(invoice)
    assert step(trade, CUSTOMER) == []
    assert outgoing(trade) == []


def test_a_service_is_paid_like_a_machine_once_somebody_accepted_it(trade: Trade) -> None:
    from maas_core.node.invoices import Claim

    node = trade.nodes[MAINTAINER]
    paper = node.documents.publish("statement", b"{}", {CUSTOMER})
    claim = Claim(100, 978, paper, node.clock.now() + 1000)
    invoice, submission = node.invoices.issue_service(CUSTOMER, claim)
    node.submissions.wait(submission)
    trade.sync()
    customer = trade.nodes[CUSTOMER]
    customer.submissions.wait(customer.invoices.accept(invoice))
    assert "orders payment" in step(trade, CUSTOMER)[0]


def test_the_issuer_accepts_by_itself_only_when_the_rules_allow_it(months: Trade) -> None:
    configure(months, OEM, {"accept_overdue": True})
    invoice = months.issue(FEBRUARY)
    assert step(months, OEM) == []
    assert state(months, invoice) is InvoiceState.ISSUED
    record = months.nodes[OEM].invoices.get(invoice).record
    close_after = months.nodes[OEM].parties.deployment().record.rules.close_after
    months.nodes[OEM].clock = Later(max(record.respond_by, record.time + close_after))
    assert months.nodes[OEM].billing.step() == [f"accepts {invoice.hex()[:8]} as the issuer: nobody answered"]
