"""The engine takes submissions to their end, whatever the ledger answers or does not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.ledgerio.engine import EngineSettings, Progress
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import (
    Attempt,
    Broadcast,
    BroadcastStatus,
    Pending,
    Receipt,
    ReceiptStatus,
    Sequencing,
)
from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code, Rejection
from maas_core.testing.sim_ledger import PROFILE
from maas_core.testing.sim_story import CUSTOMER, MACHINES, OEM, TERMS
from tests.support.ledgerio import NEW, OTHER, Bench, register

A, S = AttemptState, SubmissionState
SILENT = Receipt(b"", ReceiptStatus.UNAVAILABLE)
UNKNOWN = Receipt(b"", ReceiptStatus.UNKNOWN)


def sent(bench: Bench) -> Bench:
    """One submission on its way."""
    bench.submit(register())
    bench.step()
    return bench


def test_a_submission_goes_from_intended_to_final() -> None:
    bench = Bench()
    bench.submit(register())
    assert bench.one().state == S.INTENDED

    bench.step()
    assert bench.one().state == S.SENT
    bench.mine()
    bench.step()
    assert (bench.one().state, bench.one().block) == (S.INCLUDED, bench.chain.head.ref)
    bench.mine(2)
    bench.step()
    assert bench.one().state == S.INCLUDED
    bench.mine()
    bench.step()

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)
    assert bench.engine.records()["machine", NEW].oem == OEM


def test_progress_tells_what_moved_and_what_waits() -> None:
    bench = Bench()
    bench.step()
    bench.submit(register(), register(OTHER))

    first, second = bench.engine.step(), bench.engine.step()

    assert (first.moved, first.unfinished, first.trouble) == (4, 2, "")
    assert (second.moved, second.unfinished) == (0, 2)
    assert [one.seq for one in bench.engine.unfinished()] == [1, 2]


def test_progress_counts_looks_submissions_and_folded_blocks() -> None:
    bench = Bench(settings=EngineSettings(page_events=2))
    pages = bench.engine.step().moved
    bench.submit(register(), register(MACHINES[0]))

    moved = [bench.engine.step().moved]
    for _ in range(4):
        bench.mine()
        moved.append(bench.engine.step().moved)

    assert pages > 10
    assert moved == [4, 3, 2, 2, 4]


def test_the_first_trouble_is_told() -> None:
    bench = Bench(profile=replace(PROFILE, commands_per_broadcast=1))
    bench.endpoint.outcomes = [
        Broadcast(b"", BroadcastStatus.RETRY_SAME, "the first"),
        Broadcast(b"", BroadcastStatus.RETRY_SAME, "the second"),
        BroadcastStatus.ACCEPTED,
    ]
    bench.step()
    bench.submit(register(), register(OTHER), register(b"\x0b" * 16))

    assert bench.engine.step() == Progress(6, 3, "the first")


def test_one_that_is_in_doubt_does_not_hold_up_the_others() -> None:
    bench = Bench()
    bench.endpoint.lifetime = 12
    sent(bench)
    bench.mine(3, empty=True)
    bench.step(2)
    bench.submit(register(OTHER))
    bench.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.INTENDED, S.SENT]


def test_one_that_is_not_known_yet_does_not_keep_others_from_being_looked_up() -> None:
    bench = Bench()
    bench.endpoint.trouble.delay = True
    sent(bench)
    bench.endpoint.trouble.delay = False
    bench.chain.mailbox.clear()
    bench.clock.pass_time(1.0)
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()
    bench.engine._queue.touched(bench.one(1).attempts[0].attempt.transaction, bench.clock.monotonic() + 1)
    bench.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.SENT, S.INCLUDED]


def test_nothing_is_sent_before_it_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.submit(register())
    stored: list[SubmissionState] = []
    broadcast = bench.endpoint.broadcast

    def watched(attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        stored.append(bench.one().state)
        return broadcast(attempts, deadline)

    monkeypatch.setattr(bench.endpoint, "broadcast", watched)
    bench.step()

    assert stored == [S.SIGNED]


def test_the_same_id_is_stored_once() -> None:
    bench = Bench()
    [first] = bench.submit(register())
    bench.step()

    again = bench.engine.submit([replace_id(first.id)])

    assert [one.seq for one in again] == [1]
    assert len(bench.journal.submissions) == 1


def replace_id(one: bytes) -> NewSubmission:
    return NewSubmission(one, register(OTHER), 5)


def test_a_response_that_is_lost_is_found_by_looking_up() -> None:
    bench = Bench()
    bench.endpoint.trouble.lose_responses = True
    sent(bench)
    assert bench.one().state == S.SENT

    bench.endpoint.trouble.lose_responses = False
    bench.mine(4)
    bench.step()

    assert (bench.one().state, bench.applied(), len(bench.endpoint.broadcasts)) == (S.FINAL, 1, 1)


def test_a_request_that_is_lost_is_sent_again_with_the_same_bytes() -> None:
    bench = Bench()
    bench.endpoint.trouble.lose_requests = True
    sent(bench)
    assert (bench.one().state, bench.chain.pool) == (S.SENT, {})

    bench.endpoint.trouble.lose_requests = False
    bench.step(2, seconds=3.0)

    assert bench.endpoint.broadcasts == [[one.attempt.transaction] for one in bench.one().attempts] * 2
    assert len(bench.chain.pool) == 1


def test_an_attempt_that_is_not_known_yet_is_given_time() -> None:
    bench = Bench()
    bench.endpoint.trouble.delay = True
    sent(bench)

    bench.step(2, seconds=1.0)

    assert (bench.one().state, len(bench.endpoint.broadcasts)) == (S.SENT, 1)


@pytest.mark.parametrize("status", [BroadcastStatus.RETRY_SAME])
def test_what_is_not_taken_now_is_sent_again_later(status: BroadcastStatus) -> None:
    bench = Bench()
    bench.endpoint.outcomes = [status]
    sent(bench)
    bench.step()
    assert (len(bench.endpoint.broadcasts), bench.one().reason) == (1, "retry same")

    bench.step(seconds=3.0)

    assert len(bench.endpoint.broadcasts) == 2
    assert bench.one().state == S.SENT
    assert len(bench.one().attempts) == 1


def test_submissions_on_one_record_are_sent_one_after_another() -> None:
    bench = Bench(party=CUSTOMER)
    version = bench.chain.head.state["machine", MACHINES[0]].version
    bench.submit(c.StartMachine(MACHINES[0], version, 5), c.StopMachine(MACHINES[0], version + 1, 6, 4, bytes(32)))

    bench.step(2)
    assert [bench.one(seq).state for seq in (1, 2)] == [S.SENT, S.INTENDED]
    bench.mine()
    bench.step(2)
    assert [bench.one(seq).state for seq in (1, 2)] == [S.INCLUDED, S.SENT]
    bench.mine(4)
    bench.step()
    assert [bench.one(seq).state for seq in (1, 2)] == [S.FINAL, S.FINAL]


def test_submissions_of_another_process_are_taken_over() -> None:
    bench = Bench()
    bench.journal.submit([NewSubmission(b"x" * 16, register(), 0)])

    bench.step()

    assert bench.one().state == S.SENT


def test_batches_keep_to_what_the_ledger_takes_at_once() -> None:
    bench = Bench(profile=replace(PROFILE, commands_per_broadcast=2), settings=EngineSettings(batch=3))
    bench.submit(*(register(bytes([number]) * 16) for number in range(1, 6)))

    bench.step()
    assert [len(one) for one in bench.endpoint.broadcasts] == [2, 1]
    bench.step()
    assert [len(one) for one in bench.endpoint.broadcasts] == [2, 1, 2]
    assert [len(one) for one in bench.endpoint.asked] == [3, 2]


def test_with_a_counter_prepare_learns_of_all_that_may_still_be_included() -> None:
    bench = Bench(profile=replace(PROFILE, sequencing=Sequencing.NONCE))
    bench.submit(register(), register(OTHER))
    bench.step()
    bench.submit(register(b"\x0b" * 16))
    bench.step()

    assert [len(one.attempts) for one in bench.endpoint.pending] == [0, 1, 2]


def test_without_a_counter_prepare_is_not_burdened() -> None:
    bench = Bench()
    bench.submit(register(), register(OTHER))
    bench.step()

    assert [len(one.attempts) for one in bench.endpoint.pending] == [0, 0]


def test_a_restart_goes_on_where_the_last_process_stopped() -> None:
    bench = sent(Bench())
    bench.mine()
    bench.step()

    bench.restart()
    bench.mine(3)
    bench.step()

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)
    assert [one.seq for one in bench.submit(register(OTHER))] == [2]


def test_a_rejection_in_a_block_is_provisional_until_the_block_is_final() -> None:
    bench = Bench()
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()
    bench.step()
    assert (bench.one().state, bench.one().rejection) == (S.INCLUDED, Rejection(Code.ALREADY_EXISTS))

    bench.mine(3, empty=True)
    bench.step()

    assert (bench.one().state, bench.one().rejection) == (S.REJECTED, Rejection(Code.ALREADY_EXISTS))


def test_a_rejection_is_undone_by_a_reorganisation_in_which_the_command_takes_effect() -> None:
    bench = Bench(party=CUSTOMER)
    bench.submit(c.AcceptMachine(NEW, 1, TERMS))
    bench.step()
    fork = bench.chain.head
    bench.mine()
    bench.step()
    assert bench.one().rejection == Rejection(Code.UNKNOWN_RECORD)

    registered = bench.chain.mine(fork.ref.time + 1, on=fork, choose=lambda _: False)
    other = Bench()
    other.chain.pool.clear()
    transaction = other.endpoint.prepare(register(), Pending(), other.engine._deadline())
    bench.endpoint.broadcast([transaction.attempt], bench.engine._deadline())  # type: ignore[union-attr]
    bench.mine(1, on=registered, empty=True)
    made = bench.chain.mine(bench.clock.now() + 1, choose=lambda one: isinstance(one.command, c.RegisterMachine))
    bench.mine(1, on=made)
    bench.step()
    assert (bench.one().state, bench.one().rejection) == (S.INCLUDED, None)
    bench.mine(3)
    bench.step()

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)


STATUSES = st.sampled_from([one for one in BroadcastStatus if one != BroadcastStatus.REFUSED])
ANSWERS = st.sampled_from([ReceiptStatus.UNKNOWN, ReceiptStatus.PENDING, ReceiptStatus.DEAD, ReceiptStatus.UNAVAILABLE])


@given(st.lists(STATUSES, max_size=6), st.lists(ANSWERS, max_size=12))
def test_whatever_the_ledger_answers_no_attempt_is_signed_while_another_is_live(
    outcomes: list[BroadcastStatus], answers: list[ReceiptStatus]
) -> None:
    bench = Bench(policies=FinalityPolicies(Depth(1)))
    bench.endpoint.outcomes = list(outcomes)
    bench.endpoint.answers = [Receipt(b"", status) for status in answers]
    bench.submit(register())
    for _ in range(12):
        before = bench.one()
        bench.step(seconds=4.0)
        new = len(bench.one().attempts) > len(before.attempts)
        assert not (new and before.live())
    bench.endpoint.outcomes, bench.endpoint.answers = [], []
    for _ in range(6):
        bench.mine()
        bench.step()

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)
