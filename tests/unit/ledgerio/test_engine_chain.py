"""The engine follows the chain, folds what is final, and stops at a contradiction."""

from typing import Any

import pytest

from maas_core.errors import HaltedError
from maas_core.ledgerio.engine import EngineSettings, Progress
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef
from maas_core.protocol import commands as c
from maas_core.testing.sim_ledger import SimLedger
from maas_core.testing.sim_story import MACHINES
from tests.support.ledgerio import NEW, OTHER, Bench, register

S = SubmissionState


def checkpoint(bench: Bench) -> int:
    found = bench.engine.chain.checkpoint
    return -1 if found is None else found.height


def grow(bench: Bench, blocks: int) -> None:
    """Blocks, each of which the node looks at."""
    for _ in range(blocks):
        bench.mine()
        bench.step()


def start(bench: Bench) -> c.StartMachine:
    return c.StartMachine(MACHINES[0], bench.chain.head.state["machine", MACHINES[0]].version, 5)


def included(bench: Bench) -> Bench:
    """One submission in a block that is not final."""
    bench.submit(register())
    bench.step()
    bench.mine()
    bench.step()
    return bench


def test_final_records_are_those_of_the_last_final_block_and_provisional_ones_of_the_last() -> None:
    bench = included(Bench())

    assert checkpoint(bench) == bench.chain.head.ref.height - 3
    assert ("machine", NEW) not in bench.engine.records()
    assert ("machine", NEW) in bench.engine.provisional()
    at = bench.chain.ancestor(3)
    assert bench.journal.records == dict(at.state.items())  # type: ignore[attr-defined]


def test_the_provisional_view_is_kept_until_the_chain_moves() -> None:
    bench = included(Bench())
    before = bench.engine.provisional()
    bench.step()
    assert bench.engine.provisional() is before

    bench.mine()
    bench.step()

    assert bench.engine.provisional() is not before


def test_long_histories_are_read_page_by_page() -> None:
    bench = Bench(settings=EngineSettings(page_events=2))
    bench.submit(register())

    bench.step()

    assert bench.engine.chain.tip == bench.chain.head.ref


def test_a_reorganisation_takes_the_submission_back_and_it_is_included_again() -> None:
    bench = included(Bench())

    bench.replace_blocks(1)
    bench.step()
    assert (bench.one().state, bench.one().block) == (S.SENT, None)
    assert ("machine", NEW) not in bench.engine.provisional()
    bench.mine(4)
    bench.step()

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)


def test_what_left_the_chain_left_the_journal_too() -> None:
    bench = included(Bench())
    gone = bench.chain.head.ref

    bench.replace_blocks(1)
    bench.step()

    assert bench.journal.chain == bench.engine.chain
    assert gone not in [one.block for one in bench.journal.chain.unfinal]


def test_a_block_that_left_without_a_successor_is_dropped_at_once() -> None:
    bench = included(Bench())
    gone = bench.chain.head.ref

    bench.chain.adopt(bench.chain.ancestor(1))
    bench.step()

    assert bench.journal.chain.tip == bench.engine.chain.tip != gone
    assert ("machine", NEW) not in bench.engine.provisional()


def test_of_two_blocks_on_which_submissions_ended_the_higher_one_is_pinned() -> None:
    bench = Bench(policies=FinalityPolicies(Depth(9), {"register_machine": Depth(1)}))
    bench.submit(register())
    bench.step()
    bench.mine()
    bench.step()
    bench.submit(register(OTHER))
    bench.step()
    bench.mine()
    bench.mine()
    bench.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.FINAL, S.FINAL]
    assert bench.journal.chain.pinned == bench.one(2).block


def test_what_ends_with_the_fold_of_its_block_pins_nothing() -> None:
    bench = included(Bench())
    bench.mine(3)
    bench.step()

    assert (bench.one().state, bench.journal.chain.pinned) == (S.FINAL, None)


def test_a_reorganisation_that_moves_the_transaction_to_another_block_is_followed() -> None:
    bench = included(Bench())

    bench.replace_blocks(1, empty=False)
    bench.step()

    found = bench.chain.head.included[bench.one().attempts[0].attempt.transaction]
    assert (bench.one().state, bench.one().block) == (S.INCLUDED, found[0])


def test_a_transaction_that_moves_back_and_forth_between_two_attempts_is_counted_once() -> None:
    bench = included(Bench())
    before = bench.one()

    bench.replace_blocks(1)
    bench.step()
    bench.replace_blocks(2, empty=False)
    bench.step()

    assert len(bench.one().attempts) == len(before.attempts) == 1
    assert bench.one().state == S.INCLUDED


def test_a_pool_that_forgot_the_transaction_after_a_reorganisation_gets_it_again() -> None:
    bench = included(Bench())
    bench.replace_blocks(1)
    bench.chain.pool.clear()

    bench.step(3, seconds=3.0)
    bench.mine(4)
    bench.step()

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)


def halted(bench: Bench) -> Bench:
    """The chain contradicts what was called final."""
    included(bench)
    bench.mine(3)
    bench.step()
    bench.replace_blocks(6)
    bench.step()
    return bench


def test_a_chain_without_the_last_final_block_halts_the_node() -> None:
    bench = halted(Bench())

    halt = bench.engine.chain.halt
    assert halt is not None
    assert halt == bench.journal.chain.halt
    assert halt.reason == "the ledger's chain no longer contains the last final block"
    assert bench.one().state == S.FINAL


def test_a_halted_node_sends_and_takes_nothing_any_more() -> None:
    bench = halted(Bench())
    bench.journal.submit([NewSubmission(b"x" * 16, register(OTHER), 0)])
    sent = len(bench.endpoint.broadcasts)

    progress = bench.engine.step()

    assert progress == Progress(0, 0, "the ledger's chain no longer contains the last final block")
    assert len(bench.endpoint.broadcasts) == sent
    with pytest.raises(HaltedError, match="maasctl ledger resolve"):
        bench.submit(register(OTHER))


def test_a_halt_outlives_the_process() -> None:
    bench = halted(Bench())

    assert bench.restart().step().trouble.startswith("the ledger's chain no longer")


def test_an_endpoint_that_is_behind_is_trouble_and_no_halt() -> None:
    bench = included(Bench())
    bench.endpoint.view = lambda: bench.chain.ancestor(5)

    progress = bench.engine.step()

    assert progress.trouble.endswith("behind what is final here")
    assert bench.engine.chain.halt is None


@pytest.mark.parametrize("call", ["is_canonical", "head", "events"])
def test_silence_while_following_changes_nothing(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = included(Bench())
    bench.mine(3)
    before = bench.journal.chain.checkpoint

    def silent(*arguments: Any) -> Any:
        bench.endpoint.trouble.lose_requests = True
        try:
            return getattr(SimLedger, call)(bench.endpoint, *arguments)
        finally:
            bench.endpoint.trouble.lose_requests = False

    monkeypatch.setattr(bench.endpoint, call, silent)
    bench.step()
    assert (bench.journal.chain.checkpoint, bench.one().state) == (before, S.INCLUDED)

    monkeypatch.undo()
    bench.step()
    assert bench.one().state == S.FINAL


def test_an_endpoint_that_changes_branch_between_two_questions_makes_nothing_final(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = included(Bench())
    bench.mine(2)
    bench.step()
    before = bench.journal.chain

    def moves(_: Deadline) -> BlockRef:
        bench.replace_blocks(3)
        bench.mine(3, empty=True)
        return bench.chain.head.ref

    monkeypatch.setattr(bench.endpoint, "head", moves)
    bench.step()

    assert bench.journal.chain.checkpoint == before.checkpoint
    assert bench.one().state == S.INCLUDED
