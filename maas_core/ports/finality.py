"""FinalityWaiting: the facts that waiting for finality is based on. The policy is the core's."""

from collections.abc import Sequence
from typing import Protocol

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, Unavailable


class FinalityWaiting(Protocol):
    """One endpoint's view of the chain."""

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The newest block."""

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """Whether the block is part of the chain that this endpoint holds for the right one now."""

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """Up to which height the ledger itself calls blocks final; None if it does not say (finality by DEPTH)."""

    def observers(self) -> "Sequence[FinalityWaiting]":
        """Other endpoints that can be asked independently, for k-of-m agreement."""
