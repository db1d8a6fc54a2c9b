"""Real networks of geth signers. One is shared by all tests that do not harm it; tests with faults make their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eth_network import EthNetwork


@pytest.fixture(scope="session")
def eth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EthNetwork]:
    """Three signers, a block a second, gas is free."""
    with EthNetwork(tmp_path_factory.mktemp("eth")) as network:
        yield network


@pytest.fixture(scope="session")
def calm_eth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EthNetwork]:
    """One signer: nobody replaces its blocks, so what was included stays; for suites that have no word for less.

    It seals as transactions come: suites take a thousand steps, each of which waits for its block.
    """
    with EthNetwork(tmp_path_factory.mktemp("calm"), signers=1, period=0) as network:
        yield network


@pytest.fixture
def own_eth(tmp_path: Path) -> Iterator[EthNetwork]:
    """A network of three signers that a test may harm."""
    with EthNetwork(tmp_path / "own") as network:
        yield network


@pytest.fixture
def five_signers(tmp_path: Path) -> Iterator[EthNetwork]:
    """A network of five signers that a test may split."""
    with EthNetwork(tmp_path / "five", signers=5, watchdog=False) as network:
        yield network
