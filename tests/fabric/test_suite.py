"""The ledger suite on a real network: every participant works through its own organisation's peer."""

from collections.abc import Iterator

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet

from maas_core.testing.ledger_suite import PARTICIPANTS, LedgerSuite, Network
from tests.support.fabric import ledger_of


class TestFabric(LedgerSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def network(cls, devnet: FabricDevnet) -> Iterator[Network]:
        ledgers = {name: ledger_of(devnet, name) for name in PARTICIPANTS}
        yield Network(ledgers, patience=20, moment=6)
        for ledger in ledgers.values():
            ledger.workflow.close()
