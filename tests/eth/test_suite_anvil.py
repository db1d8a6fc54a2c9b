"""The conformance suite on a development chain that makes a block of each transaction."""

from collections.abc import Iterator

import pytest

from maas_core.testing.ledger_suite import PARTICIPANTS, LedgerSuite, Network
from tests.support.eth_anvil import Anvil


class TestAnvil(LedgerSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def network(cls) -> Iterator[Network]:
        with Anvil() as anvil:
            ledgers = {name: anvil.open() for name in PARTICIPANTS}
            yield Network(ledgers, clock=anvil, patience=20, moment=2_000, let_pass=anvil.let_pass)
