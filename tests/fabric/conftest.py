"""One network for all tests that do not break it; those that do start their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.settings import Settings

PEOPLE = "board,auditor,rival,stranger,trader,suspended,removed,second"


@pytest.fixture(scope="session")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FabricDevnet]:
    """Three organisations, one orderer."""
    network = FabricDevnet(Settings(people=PEOPLE, batch_timeout="100ms"), tmp_path_factory.mktemp("fabric"))
    network.up(lambda _: None)
    yield network
    network.down()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node's folder."""
    return tmp_path
