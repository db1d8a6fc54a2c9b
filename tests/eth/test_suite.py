"""The conformance suite on a Clique network."""

import pytest

from maas_core.testing.ledger_suite import LedgerSuite, Network
from tests.support.eth_network import EthNetwork, gather


class TestClique(LedgerSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def network(cls, calm_eth: EthNetwork) -> Network:
        network = calm_eth.suite()
        gather(network)
        return network
