"""The vectors marked timeless on a real network: a chaincode of its own for each."""

from collections.abc import Iterator

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.ready import wait_until_endorsing

from maas_core.protocol.vectors.story import Vector
from maas_core.testing.ledger_network import Network
from tests.support.fabric import ledger_of
from tests.support.timeless import LEAVES, VECTORS, play


@pytest.fixture(params=LEAVES, ids=[one.name for one in LEAVES])
def vector(request: pytest.FixtureRequest) -> Vector:
    chosen: Vector = request.param
    return chosen


@pytest.fixture
def network(devnet: FabricDevnet, vector: Vector) -> Iterator[Network]:
    name = f"vector{LEAVES.index(vector)}"
    devnet.define(name, devnet.package_ids())
    wait_until_endorsing(devnet.plan, 20, name)
    ledgers = {label: ledger_of(devnet, person(label), chaincode=name) for label in VECTORS.identities}
    yield Network(ledgers, patience=20)
    for ledger in ledgers.values():
        ledger.workflow.close()


def person(label: str) -> str:
    """The participant of the devnet that plays a sender."""
    return label.split(maxsplit=1)[0]


def test_a_vector_holds(network: Network, vector: Vector) -> None:
    play(network, vector)
