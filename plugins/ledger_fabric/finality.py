"""Facts about blocks: what a peer has committed is final, and other organisations' peers can be asked, too."""

from collections.abc import Sequence

from maas_ledger_fabric.follower import Follower

from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, Unavailable


class FabricFinality:
    """The chain as one peer tells it."""

    def __init__(self, follower: Follower, observers: Sequence["FabricFinality"] = ()) -> None:
        self._follower = follower
        self._observers = tuple(observers)

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The newest block."""
        top = self._follower.top(deadline)
        return top if isinstance(top, Unavailable) else top.ref

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """Whether this peer has that block, with the same validation codes."""
        found = self._follower.reference(block.height, deadline)
        if isinstance(found, Unavailable):
            return found
        return found is not None and found.digest == block.digest

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """All that is committed."""
        head = self.head(deadline)
        return head if isinstance(head, Unavailable) else head.height

    def observers(self) -> Sequence[FinalityWaiting]:
        """Peers of other organisations."""
        return self._observers
