"""A short story on the chain in this process; the whole suite runs on real ones in tests/eth."""

from dataclasses import replace

import pytest
from maas_ledger_eth.keystore import new_secret, signer_of
from maas_ledger_eth.opening import open_ledger
from maas_ledger_eth.settings import ChainKind, Settings

from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import BlockRef, BroadcastStatus, EventPage, Pending, Prepared, ReceiptStatus
from maas_core.protocol import commands as c
from maas_core.protocol.events import DeploymentFounded
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import RULES, fresh_digest
from tests.support.eth import context_of

SETTINGS = Settings(("tester:story",), chain=ChainKind.ANVIL)


def soon() -> Deadline:
    return Deadline.after(SystemClock(), 10)


@pytest.fixture(scope="module")
def ledger() -> OpenLedger:
    return open_ledger(SETTINGS, context_of(signer_of(new_secret())))


def test_commands_events_records_and_rejections(ledger: OpenLedger) -> None:
    workflow, found = ledger.workflow, c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES)
    receipts = []
    for command in (found, replace(found, deployment=fresh_digest())):
        prepared = workflow.prepare(command, Pending(), soon())
        assert isinstance(prepared, Prepared)
        [sent] = workflow.broadcast([prepared.attempt], soon())
        assert sent.status is BroadcastStatus.ACCEPTED
        receipts += workflow.receipts([prepared.attempt.transaction], soon())
    assert [one.status for one in receipts] == [ReceiptStatus.INCLUDED, ReceiptStatus.REJECTED]
    assert receipts[1].rejection == Rejection(Code.ALREADY_EXISTS)
    assert receipts[1].probable
    assert receipts[0].cost
    page = workflow.events(None, 10, soon())
    assert isinstance(page, EventPage)
    [block] = page.blocks
    assert block.block == receipts[0].block
    event = block.events[0].event
    assert isinstance(event, DeploymentFounded)
    assert event.deployment == found.deployment
    assert workflow.read_record(("deployment",), soon()) is not None
    head = ledger.finality.head(soon())
    assert isinstance(head, BlockRef)
    assert ledger.finality.is_canonical(head, soon()) is True
    assert ledger.finality.is_canonical(replace(head, digest=bytes(32)), soon()) is False


def test_nodes_that_name_the_same_chain_share_it(ledger: OpenLedger) -> None:
    other = open_ledger(SETTINGS, context_of(None))
    assert other.finality.head(soon()) == ledger.finality.head(soon())
