"""Real servers, one of each for a test process; tests with faults start their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.servers import S3Server, Swarm


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server."""
    with S3Server.started(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def own_s3(tmp_path: Path) -> Iterator[S3Server]:
    """An S3 server that the test may harm."""
    with S3Server.started(tmp_path / "s3") as server:
        yield server


@pytest.fixture(scope="session")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swarm]:
    """A private swarm of three."""
    with Swarm.started(tmp_path_factory.mktemp("ipfs"), 3) as swarm:
        yield swarm
