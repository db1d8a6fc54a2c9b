"""The node's own chain of blocks that are not final: follows the ledger, and walks back when it reorganises."""

from collections.abc import Sequence
from dataclasses import dataclass

from maas_core.ledgerio.journal import ChainState, Halt
from maas_core.ledgerio.lanes import action_of
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, EventBlock, Unavailable, WorkflowLedger
from maas_core.protocol.events import Event


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look at the ledger brought."""

    drop_above: int | None = None
    """Unfinal blocks higher than this are not part of the chain any more."""
    blocks: tuple[EventBlock, ...] = ()
    """New blocks on top; one without events marks how far was looked."""
    halt: Halt | None = None
    trouble: str = ""
    more: bool = False
    """There may be more to read at once."""


def follow(
    chain: ChainState, workflow: WorkflowLedger, waiting: FinalityWaiting, limit: int, deadline: Deadline
) -> Followed:
    """One look: check that the tip still stands, else walk back; then read the next page of events."""
    kept = _last_canonical(chain, waiting, deadline)
    if isinstance(kept, Followed):
        return kept
    drop_above = None if kept == _tip(chain) else _height(kept)
    page = workflow.events(kept, limit, deadline)
    if isinstance(page, Unavailable):
        return Followed(drop_above, trouble=page.reason)
    if page.through is None:
        return Followed(drop_above)
    blocks = page.blocks
    if not blocks or blocks[-1].block != page.through:
        blocks = (*blocks, EventBlock(page.through))
    return Followed(drop_above, blocks, more=bool(page.blocks))


def _tip(chain: ChainState) -> BlockRef | None:
    return chain.unfinal[-1].block if chain.unfinal else chain.checkpoint


def _height(block: BlockRef | None) -> int:
    return -1 if block is None else block.height


def _last_canonical(chain: ChainState, waiting: FinalityWaiting, deadline: Deadline) -> BlockRef | Followed | None:
    for entry in reversed(chain.unfinal):
        stands = waiting.is_canonical(entry.block, deadline)
        if isinstance(stands, Unavailable):
            return Followed(trouble=stands.reason)
        if stands:
            return _unless_pinned_is_gone(chain, entry.block)
    return _checked_checkpoint(chain, waiting, deadline)


def _checked_checkpoint(chain: ChainState, waiting: FinalityWaiting, deadline: Deadline) -> BlockRef | Followed | None:
    if chain.checkpoint is None:
        return _unless_pinned_is_gone(chain, None)
    stands = waiting.is_canonical(chain.checkpoint, deadline)
    if isinstance(stands, Unavailable):
        return Followed(trouble=stands.reason)
    if not stands:
        return Followed(halt=Halt(chain.checkpoint, "the ledger's chain no longer contains the last final block"))
    return _unless_pinned_is_gone(chain, chain.checkpoint)


def _unless_pinned_is_gone(chain: ChainState, kept: BlockRef | None) -> BlockRef | Followed | None:
    if chain.pinned is not None and chain.pinned.height > _height(kept):
        return Followed(halt=Halt(chain.pinned, "a block on which something was called final left the chain"))
    return kept


def advanced(chain: ChainState, followed: Followed) -> ChainState:
    """The chain after a look."""
    kept = chain.unfinal
    if followed.drop_above is not None:
        kept = tuple(one for one in kept if one.block.height <= followed.drop_above)
    return ChainState(chain.checkpoint, (*kept, *followed.blocks), chain.pinned, followed.halt or chain.halt)


class HeightFor:
    """The final height that counts for a block: the lowest over the policies of its events."""

    def __init__(self, default: int, by_action: dict[str, int]) -> None:
        self._default = default
        self._by_action = by_action

    def of_action(self, action: str) -> int:
        """The final height for one business action."""
        return self._by_action.get(action, self._default)

    def __call__(self, entry: EventBlock) -> int:
        """The final height for a block."""
        if not self._by_action:
            return self._default
        return min([self._default, *(self.of_action(action) for action in _actions(entry))])


def foldable(unfinal: Sequence[EventBlock], height_for: HeightFor) -> int:
    """How many of the first unfinal blocks are final in all their events."""
    count = 0
    for entry in unfinal:
        if entry.block.height > height_for(entry):
            break
        count += 1
    return count


def _actions(entry: EventBlock) -> set[str]:
    return {action_of(one.event) for one in entry.events if isinstance(one.event, Event)}
