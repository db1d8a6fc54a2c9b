"""The node's own chain of blocks that are not final: follows the ledger, and walks back when it reorganises."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maas_core.ledgerio.journal import ChainState, Halt
from maas_core.ledgerio.lanes import action_of
from maas_core.ledgerio.submission import Submission
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, EventBlock, Unavailable, WorkflowLedger
from maas_core.protocol.events import Event
from maas_core.protocol.wire import command_name


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
    drop_above = None if kept == chain.tip else height_of(kept)
    page = workflow.events(kept, limit, deadline)
    if isinstance(page, Unavailable):
        return Followed(drop_above, trouble=page.reason)
    if page.through is None:
        return Followed(drop_above)
    blocks = page.blocks
    if not blocks or blocks[-1].block != page.through:
        blocks = (*blocks, EventBlock(page.through))
    return Followed(drop_above, blocks, more=bool(page.blocks))


def _last_canonical(chain: ChainState, waiting: FinalityWaiting, deadline: Deadline) -> BlockRef | Followed | None:
    for entry in reversed(chain.unfinal):
        stands = waiting.is_canonical(entry.block, deadline)
        if isinstance(stands, Unavailable):
            return Followed(trouble=stands.reason)
        if stands:
            return _unless_pinned_is_gone(chain, waiting, entry.block, deadline)
    return _checked_checkpoint(chain, waiting, deadline)


def _checked_checkpoint(chain: ChainState, waiting: FinalityWaiting, deadline: Deadline) -> BlockRef | Followed | None:
    if chain.checkpoint is None:
        return _unless_pinned_is_gone(chain, waiting, None, deadline)
    contradiction = "the ledger's chain no longer contains the last final block"
    gone = _unless_it_stands(chain.checkpoint, contradiction, waiting, deadline)
    return gone or _unless_pinned_is_gone(chain, waiting, chain.checkpoint, deadline)


def _unless_pinned_is_gone(
    chain: ChainState, waiting: FinalityWaiting, kept: BlockRef | None, deadline: Deadline
) -> BlockRef | Followed | None:
    if chain.pinned is None or chain.pinned.height <= height_of(kept):
        return kept
    contradiction = "a block on which something was called final left the chain"
    return _unless_it_stands(chain.pinned, contradiction, waiting, deadline) or kept


def _unless_it_stands(
    block: BlockRef, contradiction: str, waiting: FinalityWaiting, deadline: Deadline
) -> Followed | None:
    """A halt if the chain has grown past a block without containing it; an endpoint that is behind says nothing."""
    if waiting.is_canonical(block, deadline) is True:
        return None
    head = waiting.head(deadline)
    if isinstance(head, Unavailable):
        return Followed(trouble=head.reason)
    if head.height < block.height:
        return Followed(trouble=f"the ledger's endpoint is at block {head.height}, behind what is final here")
    stands = waiting.is_canonical(block, deadline)  # again: an endpoint that catches up may not have had it before
    if isinstance(stands, Unavailable):
        return Followed(trouble=stands.reason)
    return None if stands else Followed(halt=Halt(block, contradiction))


def height_of(block: BlockRef | None) -> int:
    """A block's height; for no block one below all."""
    return -1 if block is None else block.height


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


def ripe_submissions(
    included: Iterable[Submission], chain: ChainState, blocks: Sequence[EventBlock], heights: HeightFor
) -> list[tuple[Submission, BlockRef]]:
    """Submissions whose block is final, as far as the chain was followed; `blocks` are about to be folded."""
    folded = blocks[-1].block.height if blocks else height_of(chain.checkpoint)
    ripe: list[tuple[Submission, BlockRef]] = []
    for submission in included:
        final = max(folded, heights.of_action(command_name(type(submission.command))))
        if submission.block is not None and submission.block.height <= min(final, height_of(chain.tip)):
            ripe.append((submission, submission.block))
    return ripe


def _actions(entry: EventBlock) -> set[str]:
    return {action_of(one.event) for one in entry.events if isinstance(one.event, Event)}
