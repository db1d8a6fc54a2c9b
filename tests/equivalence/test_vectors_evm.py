"""The vectors through the Solidity contract."""

import pytest

from tests.equivalence.ledger import LedgerUnderTest
from tests.equivalence.vectors import STEPS_BACK, names, run


@pytest.mark.parametrize(("file", "name"), names(but=STEPS_BACK))
def test_the_contract_answers_as_the_vector_says(evm: LedgerUnderTest, file: str, name: str) -> None:
    run(evm, file, name)
