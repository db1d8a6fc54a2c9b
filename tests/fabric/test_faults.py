"""Trouble on a real network under load: every intent takes effect exactly once, or is visibly rejected."""

import signal
from collections.abc import Iterator

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.settings import Settings

from maas_core.ports.backends import OpenLedger
from maas_core.testing.ledger_cast import cast_of
from maas_core.testing.ledger_network import Network
from tests.fabric.load import Load, killed, signalled, started
from tests.support.fabric import ledger_of, playing


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FabricDevnet]:
    """Three organisations, three orderers."""
    devnet = FabricDevnet(Settings(orderers="3"), tmp_path_factory.mktemp("faults"))
    devnet.up(lambda _: None)
    yield devnet
    devnet.down()


@pytest.fixture(scope="module")
def players(network: FabricDevnet) -> Iterator[Network]:
    with playing(network) as everybody:
        yield everybody


@pytest.fixture
def load(players: Network) -> Load:
    cast = cast_of(players)
    return Load(cast, players.ledgers["oem"])


@pytest.mark.parametrize("name", ["peer-oem", "peer-customer", "orderer1", "orderer2", "orderer3", "chaincode-oem"])
def test_a_process_killed_under_load_and_started_again(network: FabricDevnet, load: Load, name: str) -> None:
    load.run(8, [(2, killed(network, name)), (4, started(network, name))])
    load.finish()
    network.wait_ready(name)
    load.check()
    assert load.rejected() == []


@pytest.mark.parametrize("name", ["peer-oem", "peer-customer"])
def test_a_peer_that_hangs(network: FabricDevnet, load: Load, name: str) -> None:
    stop, go_on = signalled(network, name, signal.SIGSTOP), signalled(network, name, signal.SIGCONT)
    load.run(10, [(2, stop), (8, go_on)])
    load.finish()
    load.check()
    assert load.rejected() == []


def test_all_orderers_away_for_twenty_seconds(network: FabricDevnet, load: Load) -> None:
    names = ("orderer1", "orderer2", "orderer3")
    away = [(2.0, killed(network, name)) for name in names]
    load.run(24, [*away, *((22.0, started(network, name)) for name in names)])
    load.finish()
    load.check()
    assert load.rejected() == []
    assert load.troubles


def test_a_node_that_dies_again_and_again_goes_on(network: FabricDevnet, load: Load) -> None:
    opened: list[OpenLedger] = []

    def die_and_start() -> None:
        opened.append(ledger_of(network, "oem"))
        load.restart(opened[-1])

    load.run(6, [(moment / 2, die_and_start) for moment in range(1, 12)])
    load.finish()
    load.check()
    assert load.rejected() == []
    for ledger in opened:
        ledger.workflow.close()
