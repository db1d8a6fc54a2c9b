"""A new version of the chaincode is taken over while a node is under load; services of each organisation, with TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from maas_ledger_fabric.devnet.lifecycle import Definition
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.plan import CHAINCODE
from maas_ledger_fabric.devnet.settings import Settings
from maas_ledger_fabric.package import chaincode_package, package_id

from maas_core.devnets.ports import LOOPBACK, free_ports, is_listening
from maas_core.devnets.processes import Supervised
from maas_core.ports.devnet import DevnetState
from maas_core.testing.ledger_cast import cast_of
from maas_core.testing.ledger_network import Network
from tests.fabric.load import Load, killed, started
from tests.support.fabric import playing, wait_until

NEW = "maas_2"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FabricDevnet]:
    """Each organisation has a chaincode service of its own."""
    devnet = FabricDevnet(Settings(services="each"), tmp_path_factory.mktemp("upgrade"))
    devnet.up(lambda _: None)
    yield devnet
    devnet.down()


@pytest.fixture(scope="module")
def players(network: FabricDevnet) -> Iterator[Network]:
    with playing(network) as everybody:
        yield everybody


@pytest.fixture
def load(players: Network) -> Load:
    return Load(cast_of(players), players.ledgers["oem"])


def test_one_organisations_chaincode_may_be_away(network: FabricDevnet, load: Load) -> None:
    name = "chaincode-customer"
    load.run(6, [(1, killed(network, name)), (4, started(network, name))])
    load.finish()
    load.check()
    assert load.rejected() == []


@pytest.fixture
def new_service(network: FabricDevnet) -> Iterator[tuple[Path, str]]:
    """The new package and its id; its service runs."""
    [port] = free_ports(1)
    content = chaincode_package(NEW, f"{LOOPBACK}:{port}", None)
    file = network.plan.folder / "new.tar.gz"
    file.write_bytes(content)
    service = Supervised(network.plan.run, "chaincode-new")
    identifier = package_id(NEW, content)
    environment = {"CORE_CHAINCODE_ID_NAME": identifier, "CHAINCODE_SERVER_ADDRESS": f"{LOOPBACK}:{port}"}
    service.start([network.tools.service], environment=environment)
    service.wait_ready(lambda: is_listening(port), 10)
    yield file, identifier
    service.stop()


def test_a_new_sequence_is_taken_over_under_load_and_data_stays(
    network: FabricDevnet, load: Load, new_service: tuple[Path, str]
) -> None:
    file, identifier = new_service
    orgs = network.plan.orgs
    before = load.cast.oem.does(load.cast.registration(load.cast.terms[:16])).block
    record = load.cast.oem.reads("machine", load.cast.terms[:16])
    new = Definition(CHAINCODE, "2", 2)

    def install_and_approve() -> None:
        network.lifecycle.install(orgs, [file] * len(orgs))
        network.lifecycle.approve(orgs, [identifier] * len(orgs), new)

    load.run(8, [(1, install_and_approve), (3, lambda: network.lifecycle.commit(orgs[0], new, orgs))])
    load.finish()
    load.check()
    assert load.rejected() == []
    assert network.lifecycle.committed(orgs[0], CHAINCODE) == 2

    for org in orgs:
        network.process(f"chaincode-{org.name}").kill()
    assert network.status().state is DevnetState.DEGRADED
    wait_until(lambda: load.cast.oem.head().height > before.height, 10, "blocks go on")
    load.run(2)
    load.finish()
    load.check()
    assert load.cast.customer.reads("machine", load.cast.terms[:16]) == record
