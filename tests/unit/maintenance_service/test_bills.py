"""What maintainers are paid and what is known of them, computed by each party for itself."""

import pytest

from maas_core.node.billing.papers import RULING
from maas_core.node.invoices import Claim, service_invoice
from maas_core.ports.downtime import Attribution
from maas_core.proofs import canonical
from maas_core.protocol.events import InvoiceRuled
from maas_core.protocol.states import InvoiceState
from tests.support.repair import BIDS, FIRST_RECOVERY, R, fail_and_award, repaired
from tests.support.shop import AUDITOR, CUSTOMER, NEAR, OEM, Shop


def test_every_party_computes_the_same_record_and_downtime(shop: Shop) -> None:
    fail_and_award(shop)
    repaired(shop, NEAR, FIRST_RECOVERY, Attribution.CUSTOMER)
    shop.run(CUSTOMER)
    seen = []
    for party in (OEM, CUSTOMER, NEAR, AUDITOR):
        with shop.node(party) as node:
            node.sync()
            seen.append((node.maintenance.performance(), node.maintenance.downtime(shop.machine, 0, 2**33)))
    assert all(one == seen[0] for one in seen)
    [near, far] = seen[0][0]
    assert (near.closed, near.repeat_failures, far.assigned) == (1, 1, 0)
    assert seen[0][1][0].attribution == Attribution.CUSTOMER


def test_the_bill_of_a_ticket_is_recomputed_and_accepted_and_a_repeat_is_claimed(shop: Shop) -> None:
    fail_and_award(shop)
    repaired(shop, NEAR, FIRST_RECOVERY)
    shop.run(CUSTOMER, NEAR, CUSTOMER, NEAR)
    with shop.node(CUSTOMER) as customer:
        customer.sync()
        bills = {seen.record.issuer: seen.record for seen in customer.invoices.all()}
        # 1200 s from open to award: 5 % bonus on the bid of 30000; the repeat owes half of 30000
        assert (bills[NEAR].amount, bills[NEAR].payer, bills[NEAR].state) == (31_500, CUSTOMER, InvoiceState.ACCEPTED)
        assert (bills[CUSTOMER].amount, bills[CUSTOMER].payer) == (15_000, NEAR)
        assert bills[CUSTOMER].state == InvoiceState.ACCEPTED
        assert len(customer.invoices.all()) == 2
    with shop.node(AUDITOR) as auditor:
        auditor.sync()
        assert all(auditor.maintenance.check(one.invoice).ok for one in bills.values())


@pytest.mark.parametrize("hidden", [False, True])
def test_a_forged_bill_is_disputed_and_ruled_on_even_if_it_is_kept_from_the_auditor(shop: Shop, hidden: bool) -> None:
    shop.configure(NEAR, BIDS[NEAR].replace("bill = true", "bill = false"))
    fail_and_award(shop)
    repaired(shop, NEAR, FIRST_RECOVERY)
    shop.run(CUSTOMER)

    with shop.node(NEAR) as near:
        near.sync()
        bill = near.maintenance.bills.bill((shop.machine, R, 1))
        assert bill is not None
        document = bill.document(near.parties.deployment().record.deployment)
        forged = canonical.dumps({**document, "amount": 99_999})
        statement = near.documents.publish("service statement", forged, [CUSTOMER] if hidden else [CUSTOMER, AUDITOR])
        claim = Claim(99_999, 978, statement, near.clock.now() + 86_400)
        invoice = near.maintenance.bills.invoice_id((shop.machine, R, 1))
        near.submissions.wait(near.submissions.send(service_invoice(invoice, CUSTOMER, claim)))
    shop.run(CUSTOMER)
    with shop.node(CUSTOMER) as customer:
        record = customer.invoices.get(invoice).record
        assert (record.state, record.claim) == (InvoiceState.DISPUTED, 31_500)
        assert customer.maintenance.check(invoice).why == "amount is 99999, here 31500"

    with shop.node(AUDITOR) as auditor:
        auditor.sync()
        ruled = auditor.billing.rule(invoice)
        auditor.submissions.wait(ruled.submission)
        assert (ruled.amount, auditor.billing.rule(invoice).submission.id) == (31_500, ruled.submission.id)
        [event] = [one.event for one in auditor.invoices.history(invoice) if isinstance(one.event, InvoiceRuled)]
        ruling = canonical.loads(auditor.documents.read(event.ruling, RULING))
        assert ruling["ruled"] == "31500"
        assert ("cannot be used" if hidden else "amount is 99999, here 31500") in ruling["why"]
    with shop.node(NEAR) as near:
        near.sync()
        record = near.invoices.get(invoice).record
        assert (record.state, record.amount) == (InvoiceState.ACCEPTED, 31_500)


def test_a_statement_that_names_no_ticket_is_disputed_and_harms_nobody(shop: Shop) -> None:

    made_up = {"subject": "ticket", "machine": shop.machine.hex(), "kind": "reactive", "n": 7, "currency": "EUR"}
    documents = (canonical.dumps(made_up), canonical.dumps({**made_up, "n": -1}), b"no statement")
    with shop.node(NEAR) as near:
        near.sync()
        for content in documents:
            statement = near.documents.publish("service statement", content, [CUSTOMER])
            claim = Claim(99_999, 978, statement, near.clock.now() + 86_400)
            near.submissions.wait(near.invoices.issue_service(CUSTOMER, claim)[1])
        unread = near.documents.publish("service statement", documents[0], [])
        claim = Claim(1, 978, unread, near.clock.now() + 86_400)
        near.submissions.wait(near.invoices.issue_service(CUSTOMER, claim)[1])
    shop.run(CUSTOMER)
    with shop.node(CUSTOMER) as customer:
        states = [(seen.record.state, seen.record.claim) for seen in customer.invoices.all()]
    assert sorted(states) == [(InvoiceState.ISSUED, 0)] * 3 + [(InvoiceState.DISPUTED, 0)]
