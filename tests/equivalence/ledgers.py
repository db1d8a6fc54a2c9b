"""The implementations that are compared with the model."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.equivalence.ledger import LedgerUnderTest

NAMES = ("evm", "chaincode")


@contextmanager
def open_ledger(name: str) -> Iterator[LedgerUnderTest]:
    """The ledger of that name, closed after use; imports only what that ledger needs."""
    if name == "evm":
        from tests.equivalence.evm_ledger import EvmLedger
        from tests.support.evm import open_evm

        with open_evm() as evm:
            yield EvmLedger(evm)
    else:
        from tests.equivalence.chaincode_ledger import ChaincodeLedger

        with closing(ChaincodeLedger()) as ledger:
            yield ledger
