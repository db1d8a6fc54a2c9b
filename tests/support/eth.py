"""What tests of the Ethereum backend need."""

from pathlib import Path

from maas_ledger_eth.transport.tester import ChainInProcess

from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, SystemClock
from maas_core.ports.signer import Signer


def context_of(signer: Signer | None, clock: Clock | None = None) -> Context:
    """What the core hands to a backend."""
    return Context(clock or SystemClock(), signer, Path())


class ChainTime:
    """The time of the chain in this process: its newest block's, moved by hand."""

    def __init__(self, chain: ChainInProcess) -> None:
        self._chain = chain

    def now(self) -> int:
        """Ledger time."""
        [head] = self._chain.batch([("eth_getBlockByNumber", ["latest", False])], 1)
        return int(head["timestamp"], 16)

    def monotonic(self) -> float:
        """As the machine has it."""
        return SystemClock().monotonic()

    def let_pass(self, seconds: int) -> None:
        """Move it."""
        self._chain.travel(self.now() + seconds)
