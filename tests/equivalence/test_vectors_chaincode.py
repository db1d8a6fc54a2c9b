"""The vectors through the Go chaincode."""

import pytest

from tests.equivalence.ledger import LedgerUnderTest
from tests.equivalence.vectors import names, run


@pytest.mark.parametrize(("file", "name"), names())
def test_the_chaincode_answers_as_the_vector_says(chaincode: LedgerUnderTest, file: str, name: str) -> None:
    run(chaincode, file, name)
