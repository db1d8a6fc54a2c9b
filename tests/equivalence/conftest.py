"""One ledger of each kind for each test process."""

from collections.abc import Iterator

import pytest

from tests.equivalence.ledger import LedgerUnderTest
from tests.equivalence.ledgers import open_ledger


@pytest.fixture(scope="session")
def evm() -> Iterator[LedgerUnderTest]:
    with open_ledger("evm") as ledger:
        yield ledger


@pytest.fixture(scope="session")
def chaincode() -> Iterator[LedgerUnderTest]:
    with open_ledger("chaincode") as ledger:
        yield ledger
