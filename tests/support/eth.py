"""What tests of the Ethereum backend need."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maas_ledger_eth.transport.tester import ChainInProcess

from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import BlockRef, Receipt, Unavailable


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


class Settled:
    """A ledger that speaks of a block only when it has stood for a moment.

    Signers of Clique replace a block that came out of turn by the one in turn, mostly within some hundredths of a
    second. Tests that follow from "the newest block" mean one that stays.
    """

    MOMENT = 0.25
    """Seconds."""

    def __init__(self, ledger: OpenLedger) -> None:
        self._workflow = ledger.workflow
        self._finality = ledger.finality
        self._membership = ledger.membership

    def opened(self) -> OpenLedger:
        """As the suite takes it."""
        view: Any = self
        return OpenLedger(view, view, self._membership)

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The newest block that stood for a moment."""
        while True:
            head = self._finality.head(deadline)
            if isinstance(head, Unavailable) or self._stands(head, deadline):
                return head

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """Receipts of blocks that stood for a moment."""
        while True:
            receipts = self._workflow.receipts(transactions, deadline)
            blocks = {one.block for one in receipts if one.block is not None}
            newest = max(blocks, key=lambda block: block.height, default=None)
            if newest is None or self._stands(newest, deadline):
                return receipts

    def _stands(self, block: BlockRef, deadline: Deadline) -> bool:
        time.sleep(self.MOMENT)
        return self._finality.is_canonical(block, deadline) is True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finality if hasattr(self._finality, name) else self._workflow, name)
