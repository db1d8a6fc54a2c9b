"""The vectors marked timeless on a Clique network: a contract of its own for each, which also tries the deployment."""

from collections.abc import Iterator

import pytest
from maas_ledger_eth.deploying import deploy
from maas_ledger_eth.keystore import new_secret, signer_of
from maas_ledger_eth.opening import open_ledger

from maas_core.ports.clock import SystemClock
from maas_core.protocol.vectors.story import Vector
from maas_core.testing.ledger_network import Network
from tests.support.eth import context_of
from tests.support.eth_network import EthNetwork
from tests.support.timeless import LEAVES, VECTORS, play


@pytest.fixture(params=LEAVES, ids=[one.name for one in LEAVES])
def vector(request: pytest.FixtureRequest) -> Vector:
    chosen: Vector = request.param
    return chosen


@pytest.fixture
def network(calm_eth: EthNetwork) -> Iterator[Network]:
    contract = deploy(calm_eth.settings(), signer_of(new_secret()), SystemClock(), 60).contract
    settings = calm_eth.settings(contract=contract)
    opened = {label: open_ledger(settings, context_of(signer_of(new_secret()))) for label in VECTORS.identities}
    yield Network(opened, patience=30, poll=0.02)
    for ledger in opened.values():
        ledger.workflow.close()


def test_a_vector_holds(network: Network, vector: Vector) -> None:
    play(network, vector)


def test_there_are_some_and_not_too_many() -> None:
    assert 0 < len(VECTORS.vectors) <= 20
