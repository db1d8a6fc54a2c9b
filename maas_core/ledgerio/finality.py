"""Up to which height blocks are final under a policy, from the facts that the ledger reports."""

from collections.abc import Iterable, Sequence

from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicy, Native
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, Unavailable

NOTHING = -1
"""A height below all blocks."""


def final_heights(
    policies: Iterable[FinalityPolicy],
    waiting: FinalityWaiting,
    candidates: Sequence[BlockRef],
    default_depth: int,
    deadline: Deadline,
) -> dict[FinalityPolicy, int]:
    """For each policy the height up to which blocks are final; `NOTHING` if that cannot be told now.

    `candidates` are the blocks that might become final, ascending. An observer that does not answer agrees to nothing.
    """
    heights: dict[FinalityPolicy, int] = {}
    head: BlockRef | Unavailable | None = None
    for policy in policies:
        match policy:
            case Native():
                height = waiting.final_height(deadline)
                heights[policy] = NOTHING if height is None or isinstance(height, Unavailable) else height
            case Depth(blocks):
                head = waiting.head(deadline) if head is None else head
                depth = default_depth if blocks is None else blocks
                heights[policy] = NOTHING if isinstance(head, Unavailable) else head.height - depth
            case Agreement():
                heights[policy] = _agreed_height(policy, [waiting, *waiting.observers()], candidates, deadline)
    return heights


def _agreed_height(
    policy: Agreement, observers: Sequence[FinalityWaiting], candidates: Sequence[BlockRef], deadline: Deadline
) -> int:
    deep_enough = [(one, _reach(one, policy.blocks, deadline)) for one in observers] if candidates else []
    for block in reversed(candidates):
        voters = [observer for observer, reach in deep_enough if reach >= block.height]
        if _have_votes(voters, block, policy.k, deadline):
            return block.height
    return NOTHING


def _reach(observer: FinalityWaiting, depth: int, deadline: Deadline) -> int:
    head = observer.head(deadline)
    return NOTHING if isinstance(head, Unavailable) else head.height - depth


def _have_votes(voters: Sequence[FinalityWaiting], block: BlockRef, needed: int, deadline: Deadline) -> bool:
    votes = 0
    for left, observer in zip(range(len(voters), 0, -1), voters, strict=True):
        if votes >= needed or votes + left < needed:
            break
        votes += observer.is_canonical(block, deadline) is True
    return votes >= needed
