"""What the engine calls final, under each policy, and what it stores about it."""

from dataclasses import replace
from typing import Any

import pytest

from maas_core.errors import BusyError, StoreError
from maas_core.ledgerio.engine import Progress
from maas_core.ledgerio.journal import Changes
from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicies, Native
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, EventPage, LedgerEvent, Unavailable, Undecodable
from maas_core.protocol import commands as c
from maas_core.protocol.events import Event, MachineAccepted
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.states import ActionKind, Rule
from maas_core.testing.sim_story import BOARD, CUSTOMER, MACHINES
from tests.support.ledgerio import NEW, Bench, register

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
