"""Up to which height blocks are final under a policy, from the facts that the ledger reports."""

from collections.abc import Sequence

from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicy, Native
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, Unavailable

NOTHING = -1
"""A height below all blocks."""


def final_height(
    policy: FinalityPolicy,
    waiting: FinalityWaiting,
    candidates: Sequence[BlockRef],
    default_depth: int,
    deadline: Deadline,
) -> int:
    """The height up to which blocks are final; `NOTHING` if that cannot be told now.

    `candidates` are the blocks that might become final, ascending. An observer that does not answer agrees to nothing.
    """
    match policy:
        case Native():
            height = waiting.final_height(deadline)
            return NOTHING if height is None or isinstance(height, Unavailable) else height
        case Depth(blocks):
            head = waiting.head(deadline)
            depth = default_depth if blocks is None else blocks
            return NOTHING if isinstance(head, Unavailable) else head.height - depth
        case Agreement():
            return _agreed_height(policy, [waiting, *waiting.observers()], candidates, deadline)


def _agreed_height(
    policy: Agreement, observers: Sequence[FinalityWaiting], candidates: Sequence[BlockRef], deadline: Deadline
) -> int:
    for block in reversed(candidates):
        votes = 0
        for left, observer in zip(range(len(observers), 0, -1), observers, strict=True):
            if votes >= policy.k or votes + left < policy.k:
                break
            votes += _agrees(observer, block, policy.blocks, deadline)
        if votes >= policy.k:
            return block.height
    return NOTHING


def _agrees(observer: FinalityWaiting, block: BlockRef, depth: int, deadline: Deadline) -> bool:
    head = observer.head(deadline)
    if isinstance(head, Unavailable) or head.height - depth < block.height:
        return False
    return observer.is_canonical(block, deadline) is True
