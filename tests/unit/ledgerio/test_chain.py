"""Following the ledger, walking back, and stopping at a contradiction."""

from collections.abc import Sequence

import pytest

from maas_core.ledgerio.chain import Followed, HeightFor, advanced, foldable, follow, height_of, ripe_submissions
from maas_core.ledgerio.journal import ChainState, Halt
from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, EventBlock, EventPage, Unavailable, WorkflowLedger
from maas_core.protocol.events import DeploymentFounded, MachineDeclined, MachineStarted
from maas_core.protocol.rules import Rules
from maas_core.protocol.types import ZERO_DIGEST
from tests.support.ledgerio import SOON, block, entry, limited, submission, tracked

STARTED = MachineStarted(b"m" * 16, 3, 7)
FOUNDED = DeploymentFounded(b"d" * 32, ZERO_DIGEST, b"i" * 32, b"p" * 32, Rules(1, 60, 1, 1, 60, 0))


class Chain:
    """A ledger of which only these blocks are canonical."""

    def __init__(self, *canonical: BlockRef, page: EventPage | Unavailable | None = None) -> None:
        self.canonical = canonical
        self.page = page or EventPage((), None)
        self.after: list[BlockRef | None] = []
        self.asked: list[int] = []
        self.silent_about: Sequence[BlockRef] = ()
        self.top: BlockRef | Unavailable = canonical[-1] if canonical else block(0)

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        limited(deadline)
        return self.top

    def is_canonical(self, one: BlockRef, deadline: Deadline) -> bool | Unavailable:
        limited(deadline)
        self.asked.append(one.height)
        return Unavailable("silence") if one in self.silent_about else one in self.canonical

    def final_height(self, deadline: Deadline) -> int | None:
        limited(deadline)
        return None

    def observers(self) -> Sequence[FinalityWaiting]:
        return ()

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        limited(deadline)
        self.after.append(after)
        return self.page

    def look(self, state: ChainState) -> Followed:
        """What `follow` makes of it."""
        workflow: WorkflowLedger = self  # type: ignore[assignment]
        return follow(state, workflow, self, 10, SOON)


def known(*heights: int, checkpoint: int | None = 1, pinned: BlockRef | None = None) -> ChainState:
    """A chain of which these blocks are not final."""
    start = None if checkpoint is None else block(checkpoint)
    return ChainState(start, tuple(entry(block(one)) for one in heights), pinned)


def test_a_chain_of_which_nothing_is_known_is_read_from_the_beginning() -> None:
    chain = Chain(block(1), page=EventPage((entry(block(1), STARTED),), block(1)))

    assert chain.look(ChainState(None, ())) == Followed(None, (entry(block(1), STARTED),), more=True)
    assert chain.after == [None]


def test_new_blocks_go_on_top_and_one_without_events_marks_how_far_was_looked() -> None:
    chain = Chain(block(1), block(2), page=EventPage((entry(block(3), STARTED),), block(5)))

    followed = chain.look(known(2))

    assert followed == Followed(None, (entry(block(3), STARTED), EventBlock(block(5))), more=True)
    assert chain.after == [block(2)]


def test_blocks_without_events_are_looked_through_at_once() -> None:
    assert Chain(block(1), page=EventPage((), block(9))).look(known()) == Followed(
        None, (EventBlock(block(9)),), more=False
    )


def test_nothing_new_changes_nothing() -> None:
    assert Chain(block(1), block(2)).look(known(2)) == Followed()


def test_only_the_tip_is_asked_about_while_it_stands() -> None:
    chain = Chain(block(1), block(2), block(3))

    chain.look(known(2, 3))

    assert chain.asked == [3]


def test_after_a_reorganisation_it_walks_back_to_the_last_block_that_stands() -> None:
    chain = Chain(block(1), block(2), page=EventPage((entry(block(3, "b"), STARTED),), block(3, "b")))

    followed = chain.look(known(2, 3, 4))

    assert followed == Followed(2, (entry(block(3, "b"), STARTED),), more=True)
    assert (chain.asked, chain.after) == ([4, 3, 2], [block(2)])


def test_all_unfinal_blocks_may_leave_down_to_the_checkpoint() -> None:
    assert Chain(block(1)).look(known(2, 3)) == Followed(1)


def test_without_a_checkpoint_all_blocks_may_leave() -> None:
    chain = Chain(block(9, "b"))

    assert chain.look(known(2, 3, checkpoint=None)) == Followed(-1)
    assert chain.after == [None]


def test_it_halts_when_the_chain_has_grown_past_the_checkpoint_without_it() -> None:
    chain = Chain(block(1, "b"), block(2, "b"))

    followed = chain.look(known(2))

    assert followed.halt == Halt(block(1), "the ledger's chain no longer contains the last final block")
    assert chain.after == []


def test_an_endpoint_that_is_behind_the_checkpoint_is_trouble_and_no_contradiction() -> None:
    chain = Chain(block(4))

    followed = chain.look(known(checkpoint=5))

    assert followed == Followed(trouble="the ledger's endpoint is at block 4, behind what is final here")


def test_an_endpoint_that_catches_up_between_two_questions_is_no_contradiction() -> None:
    class CatchesUp(Chain):
        def head(self, deadline: Deadline) -> BlockRef:
            limited(deadline)
            self.canonical = (block(5), block(6))
            return block(6)

    assert CatchesUp(block(4)).look(known(checkpoint=5)) == Followed()


def test_it_halts_when_a_pinned_block_left_the_chain() -> None:
    chain = Chain(block(1), block(2), block(3, "b"))

    followed = chain.look(known(2, 3, pinned=block(3)))

    assert followed.halt == Halt(block(3), "a block on which something was called final left the chain")


def test_it_halts_when_a_pinned_block_left_and_nothing_but_the_checkpoint_stands() -> None:
    chain = Chain(block(1), block(3, "b"))

    assert chain.look(known(3, pinned=block(3))).halt is not None
    assert Chain(block(3, "b")).look(known(3, checkpoint=None, pinned=block(3))).halt is not None


def test_a_pinned_block_below_what_stands_is_not_asked_about() -> None:
    chain = Chain(block(1), block(3))

    assert chain.look(known(3, pinned=block(3))) == Followed()
    assert chain.asked == [3]


def test_a_pinned_block_that_stands_above_the_blocks_kept_is_no_contradiction() -> None:
    assert Chain(block(1), block(4), block(9)).look(known(5, pinned=block(4))) == Followed(1)


@pytest.mark.parametrize("silent_about", [block(2), block(1), block(4)])
def test_silence_about_a_block_is_trouble_and_changes_nothing(silent_about: BlockRef) -> None:
    chain = Chain(block(1), block(7))
    chain.silent_about = [silent_about]

    followed = chain.look(known(2, pinned=block(4)))

    assert followed == Followed(trouble="silence")


def test_silence_about_the_head_is_trouble_and_no_halt() -> None:
    chain = Chain(block(7))
    chain.top = Unavailable("no head")

    assert chain.look(known(2)) == Followed(trouble="no head")


def test_silence_about_events_still_drops_what_left() -> None:
    assert Chain(block(1), page=Unavailable("no page")).look(known(2)) == Followed(1, trouble="no page")


def test_the_chain_after_a_look_has_lost_and_won_blocks() -> None:
    halt = Halt(block(1), "x")
    followed = Followed(2, (EventBlock(block(3, "b")),), halt)

    after = advanced(known(2, 3, 4, pinned=block(2)), followed)

    kept = (entry(block(2)), EventBlock(block(3, "b")))
    assert after == ChainState(block(1), kept, block(2), halt)
    assert advanced(after, Followed()) == after


def test_the_tip_is_the_last_block_that_was_looked_at() -> None:
    assert [known(2, 3).tip, known().tip, known(checkpoint=None).tip] == [block(3), block(1), None]
    assert [height_of(None), height_of(block(0))] == [-1, 0]


def test_the_strictest_policy_of_its_events_counts_for_a_block() -> None:
    heights = HeightFor(10, {"start_machine": 7, "decline_machine": 12})
    declined = MachineDeclined(b"m" * 16, 2, 2)

    assert heights(entry(block(1))) == 10
    assert heights(entry(block(1), STARTED, FOUNDED)) == 7
    assert heights(entry(block(1), declined)) == 10
    assert [heights.of_action("start_machine"), heights.of_action("found")] == [7, 10]
    assert HeightFor(10, {})(entry(block(1), STARTED)) == 10


def test_blocks_are_folded_up_to_the_first_that_is_not_final_in_all_its_events() -> None:
    unfinal = [entry(block(5)), entry(block(7)), entry(block(8), STARTED), entry(block(9))]

    assert foldable(unfinal, HeightFor(9, {"start_machine": 7})) == 2
    assert foldable(unfinal, HeightFor(9, {})) == 4
    assert foldable(unfinal, HeightFor(4, {})) == 0


def test_a_submission_is_ripe_when_its_block_is_final_and_followed() -> None:
    one = submission(tracked(1, AttemptState.INCLUDED, block(6)), state=SubmissionState.INCLUDED, block=block(6))
    chain = known(2, 6)

    assert ripe_submissions([one], chain, (), HeightFor(6, {})) == [(one, block(6))]
    assert ripe_submissions([one], chain, (), HeightFor(5, {})) == []
    assert ripe_submissions([one], known(2), (), HeightFor(6, {})) == []
    assert ripe_submissions([one], chain, (), HeightFor(5, {"register_machine": 6})) == [(one, block(6))]
    assert ripe_submissions([submission(state=SubmissionState.INCLUDED)], chain, (), HeightFor(6, {})) == []


def test_what_is_folded_is_final_whatever_the_policies_can_tell_now() -> None:
    one = submission(tracked(1, AttemptState.REJECTED, block(6)), state=SubmissionState.INCLUDED, block=block(6))

    assert ripe_submissions([one], known(checkpoint=6), (), HeightFor(-1, {})) == [(one, block(6))]
    assert ripe_submissions([one], known(6), (entry(block(6)),), HeightFor(-1, {})) == [(one, block(6))]
