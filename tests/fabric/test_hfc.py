"""The same suite through fabric-sdk-py, which runs in a process of its own; what one client writes the other reads."""

from collections.abc import Iterator

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.hfc.setup import make_environment

from maas_core.testing.ledger_suite import PARTICIPANTS, LedgerSuite, Network
from tests.support.fabric import ledger_of

THROUGH_GATEWAY = {"maintainer", "auditor"}
"""These use the other client, so every test between them and the rest is one of working together."""


class TestHfc(LedgerSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def network(cls, devnet: FabricDevnet) -> Iterator[Network]:
        make_environment(lambda _: None)
        ledgers = {
            name: ledger_of(devnet, name, client="gateway" if name in THROUGH_GATEWAY else "hfc")
            for name in PARTICIPANTS
        }
        yield Network(ledgers, patience=30, moment=12)
        for ledger in ledgers.values():
            ledger.workflow.close()
