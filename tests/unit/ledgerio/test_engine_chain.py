"""The engine follows the chain, folds what is final, and stops at a contradiction."""

from dataclasses import replace
from typing import Any

import pytest

from maas_core.errors import BusyError, HaltedError, StoreError
from maas_core.ledgerio.engine import EngineSettings, Progress
from maas_core.ledgerio.journal import Changes, NewSubmission
from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicies, Native
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, EventPage, LedgerEvent, Unavailable, Undecodable
from maas_core.protocol import commands as c
from maas_core.protocol.events import Event, MachineAccepted
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.states import ActionKind, Rule
from maas_core.testing.sim_ledger import SimLedger
from maas_core.testing.sim_story import BOARD, CUSTOMER, MACHINES
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


def test_a_stricter_policy_of_one_action_holds_up_its_block_and_those_behind_it() -> None:
    bench = Bench(policies=FinalityPolicies(Depth(2), {"register_machine": Depth(4)}))
    included(bench)
    height = bench.chain.head.ref.height
    grow(bench, 3)
    assert (bench.one().state, checkpoint(bench)) == (S.INCLUDED, height - 1)

    grow(bench, 1)

    assert (bench.one().state, checkpoint(bench)) == (S.FINAL, height + 2)


def test_a_laxer_policy_of_one_action_ends_its_submission_before_the_records_follow() -> None:
    bench = Bench(policies=FinalityPolicies(Depth(4), {"register_machine": Depth(1)}))
    included(bench)
    height = bench.chain.head.ref.height
    bench.mine()
    bench.step()

    assert (bench.one().state, checkpoint(bench)) == (S.FINAL, height - 3)
    assert bench.journal.chain.pinned == bench.one().block == bench.engine.chain.pinned
    assert ("machine", NEW) not in bench.engine.records()


def test_a_block_on_which_a_submission_ended_may_not_leave_the_chain() -> None:
    bench = Bench(policies=FinalityPolicies(Depth(4), {"register_machine": Depth(1)}))
    included(bench)
    bench.mine()
    bench.step()

    bench.replace_blocks(2)
    bench.step()

    assert bench.engine.chain.halt is not None
    assert bench.engine.chain.halt.block == bench.one().block


def test_the_pinned_block_never_goes_down() -> None:
    policies = FinalityPolicies(Depth(9), {"register_machine": Depth(1), "start_machine": Depth(3)})
    bench = Bench(party=CUSTOMER, policies=policies)
    bench.submit(start(bench))
    bench.step()
    bench.mine()
    bench.submit(replace(register(), machine=NEW))
    bench.step()
    bench.mine(2)
    bench.step()
    high = bench.journal.chain.pinned
    assert high == bench.one(2).block

    bench.mine(2)
    bench.step()

    assert bench.one(1).state == S.FINAL
    assert bench.journal.chain.pinned == high == bench.engine.chain.pinned


def test_a_rejection_above_the_checkpoint_is_pinned_like_a_success() -> None:
    bench = Bench(policies=FinalityPolicies(Depth(9), {"register_machine": Depth(1)}))
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()
    bench.step()
    bench.mine(empty=True)
    bench.step()

    assert (bench.one().state, bench.one().rejection) == (S.REJECTED, Rejection(Code.ALREADY_EXISTS))
    assert bench.journal.chain.pinned == bench.one().block


def test_the_deployments_rule_counts_where_a_policy_names_no_depth() -> None:
    bench = included(Bench(policies=FinalityPolicies(Depth())))

    bench.mine(5)
    bench.step()
    assert bench.one().state == S.INCLUDED
    bench.mine()
    bench.step()

    assert bench.one().state == S.FINAL


@pytest.mark.parametrize(("value", "depth"), [(2, 6), (9, 9)])
def test_of_the_final_and_the_provisional_rule_the_stricter_one_counts(value: int, depth: int) -> None:
    bench = Bench(party=BOARD, policies=FinalityPolicies(Depth()))
    grow(bench, 12)
    action = c.Action(ActionKind.SET_RULE, 0, bytes(32), 0, Rule.FINALITY_DEPTH, value, bytes(32))
    bench.submit(c.Propose(b"r" * 16, action))
    bench.step()
    grow(bench, 4)

    assert bench.chain.head.ref.height - checkpoint(bench) == depth


def test_a_ledger_that_says_what_is_final_is_taken_at_its_word() -> None:
    bench = Bench(policies=FinalityPolicies(Native()))
    bench.endpoint.final_below = 2
    included(bench)

    bench.mine(2)
    bench.step()

    assert (bench.one().state, checkpoint(bench)) == (S.FINAL, bench.chain.head.ref.height - 2)


def test_a_rejection_is_the_end_once_its_block_is_folded_though_observers_have_nothing_left_to_agree_on() -> None:
    bench = Bench(policies=FinalityPolicies(Agreement(1)))
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()

    bench.step(2)

    assert bench.engine.chain.unfinal == ()
    assert bench.one().state == S.REJECTED


def test_a_submission_whose_block_left_the_chain_unseen_is_looked_up_again() -> None:
    bench = Bench()
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()
    bench.step()
    stale = replace(bench.one(), block=replace(bench.chain.head.ref, digest=b"z" * 32))
    attempts = (replace(stale.attempts[0], block=stale.block),)
    bench.journal.submissions[1] = replace(stale, attempts=attempts)
    bench.restart()
    bench.mine(3, empty=True)

    bench.step()
    assert bench.one().state == S.SENT
    bench.step()
    bench.mine(1, empty=True)
    bench.step()

    assert bench.one().state == S.REJECTED


def test_an_end_waits_while_the_ledger_does_not_say_whether_the_block_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()
    bench.mine(empty=True)
    bench.step()
    bench.mine(2, empty=True)
    block, ask = bench.one().block, bench.endpoint.is_canonical

    def silent(one: BlockRef, deadline: Deadline) -> Any:
        return Unavailable("silence") if one == block else ask(one, deadline)

    monkeypatch.setattr(bench.endpoint, "is_canonical", silent)
    bench.step()
    assert bench.one().state == S.INCLUDED

    monkeypatch.undo()
    bench.step()
    assert bench.one().state == S.REJECTED


def test_one_event_that_cannot_be_folded_is_set_aside_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def swap(event: Event | Undecodable) -> Event | Undecodable:
        return Undecodable("0x", "new version") if isinstance(event, MachineAccepted) else event

    original = bench.endpoint.events

    def events(after: BlockRef | None, limit: int, deadline: Deadline) -> Any:
        page = original(after, limit, deadline)
        assert isinstance(page, EventPage)
        blocks = tuple(
            replace(one, events=tuple(LedgerEvent(each.transaction, swap(each.event)) for each in one.events))
            for one in page.blocks
        )
        return replace(page, blocks=blocks)

    monkeypatch.setattr(bench.endpoint, "events", events)
    included(bench)
    bench.mine(6, empty=True)
    bench.step()

    assert bench.one().state == S.FINAL
    assert ("machine", NEW) in bench.engine.records()
    subjects = {one.subject for one in bench.journal.quarantine}
    assert subjects == {"undecodable", f"machine:{MACHINES[0].hex()}"}
    assert bench.restart()._quarantined == subjects


def test_a_commit_that_fails_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.submit(register())

    def full(_: Changes) -> None:
        raise StoreError("no space left")

    monkeypatch.setattr(bench.journal, "commit", full)
    with pytest.raises(StoreError):
        bench.step()
    assert (bench.one().state, bench.endpoint.broadcasts) == (S.INTENDED, [])

    monkeypatch.undo()
    bench.step()
    assert bench.one().state == S.SENT


def test_a_writer_that_was_replaced_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def taken_over(_: Changes) -> None:
        raise BusyError("another process")

    monkeypatch.setattr(bench.journal, "commit", taken_over)
    with pytest.raises(BusyError):
        bench.step()


def test_a_quiet_step_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = included(Bench())
    bench.step()

    def never(changes: Changes) -> None:
        raise AssertionError(changes)

    monkeypatch.setattr(bench.journal, "commit", never)
    assert bench.engine.step() == Progress(0, 1)


def test_receipts_and_events_may_come_in_any_order() -> None:
    bench = Bench()
    bench.submit(register(MACHINES[0]), register())
    bench.step()
    bench.mine()
    bench.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.INCLUDED, S.INCLUDED]
    assert bench.one(1).block == bench.one(2).block == bench.chain.head.ref
