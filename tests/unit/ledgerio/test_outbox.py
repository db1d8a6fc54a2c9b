"""What happens to a submission when the ledger answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.ledgerio import outbox
from maas_core.ledgerio.submission import FINISHED, AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.ports.workflow import Broadcast, BroadcastStatus, Receipt, ReceiptStatus, Refused
from maas_core.protocol.rejections import Code, Rejection
from tests.support.ledgerio import STALE, attempt, block, submission, tracked

A, S = AttemptState, SubmissionState
B, R = BroadcastStatus, ReceiptStatus


def told(*attempts: TrackedAttempt, status: BroadcastStatus, number: int = 1) -> Submission:
    """A submission after a broadcast's outcome."""
    before = submission(*attempts, state=S.SIGNED)
    return outbox.broadcast(before, Broadcast(attempt(number).transaction, status, "why"))


def answered(before: Submission, status: ReceiptStatus, number: int = 1, height: int = 5) -> Submission:
    """A submission after a receipt."""
    rejected = status == R.REJECTED
    seen = block(height) if status in (R.INCLUDED, R.REJECTED) else None
    answer = Receipt(attempt(number).transaction, status, seen, STALE if rejected else None, rejected, 7)
    return outbox.receipt(before, answer)


def states(one: Submission) -> list[AttemptState]:
    return [each.state for each in one.attempts]


def test_a_new_attempt_is_signed_and_not_sent() -> None:
    signed = outbox.signed(submission(tracked(1, A.DEAD), reason="gave up"), attempt(2))

    assert (signed.state, signed.reason, states(signed)) == (S.SIGNED, "", [A.DEAD, A.SIGNED])


@pytest.mark.parametrize(
    ("status", "attempt_state", "state"),
    [
        (B.ACCEPTED, A.SENT, S.SENT),
        (B.KNOWN, A.SENT, S.SENT),
        (B.UNAVAILABLE, A.SENT, S.SENT),
        (B.RETRY_SAME, A.SIGNED, S.SIGNED),
        (B.RESIGN, A.DEAD, S.INTENDED),
        (B.DEAD, A.DEAD, S.INTENDED),
        (B.REFUSED, A.DEAD, S.REJECTED),
    ],
)
def test_each_outcome_of_a_broadcast_has_one_consequence(
    status: BroadcastStatus, attempt_state: AttemptState, state: SubmissionState
) -> None:
    after = told(tracked(1), status=status)

    assert (states(after), after.state, after.reason) == ([attempt_state], state, "why")


@pytest.mark.parametrize(
    ("status", "attempt_state", "state"),
    [
        (R.UNKNOWN, A.SIGNED, S.SIGNED),
        (R.PENDING, A.SENT, S.SENT),
        (R.INCLUDED, A.INCLUDED, S.INCLUDED),
        (R.REJECTED, A.REJECTED, S.INCLUDED),
        (R.DEAD, A.DEAD, S.INTENDED),
        (R.UNAVAILABLE, A.SENT, S.SENT),
    ],
)
def test_each_receipt_has_one_consequence(
    status: ReceiptStatus, attempt_state: AttemptState, state: SubmissionState
) -> None:
    after = answered(submission(tracked(1, A.SENT), state=S.SENT), status)

    assert (states(after), after.state) == ([attempt_state], state)


def test_a_refusal_with_the_protocols_code_keeps_the_code() -> None:
    sent = submission(tracked(1), state=S.SIGNED)

    after = outbox.broadcast(sent, Broadcast(attempt(1).transaction, B.REFUSED, "no", STALE))

    assert (after.state, after.rejection, after.reason, after.block) == (S.REJECTED, STALE, "no", None)


def test_a_refusal_is_not_the_end_while_an_earlier_attempt_may_be_included() -> None:
    after = told(tracked(1), tracked(2, A.SENT), status=B.REFUSED)

    assert (after.state, states(after), after.rejection) == (S.SENT, [A.DEAD, A.SENT], None)


def test_what_cannot_be_prepared_is_rejected() -> None:
    after = outbox.refused(submission(), Refused("too long", Rejection(Code.LIMIT_EXCEEDED)))

    assert (after.state, after.reason, after.rejection) == (S.REJECTED, "too long", Rejection(Code.LIMIT_EXCEEDED))


def test_what_cannot_be_prepared_again_waits_for_the_live_attempt() -> None:
    after = outbox.refused(submission(tracked(1, A.SENT), state=S.SENT), Refused("too long"))

    assert (after.state, after.reason) == (S.SENT, "too long")


def test_inclusion_notes_block_and_cost_and_clears_what_was_said_before() -> None:
    before = submission(tracked(1, A.SENT), state=S.SENT, reason="slow", rejection=STALE, probable=True)

    after = answered(before, R.INCLUDED)

    assert (after.block, after.cost, after.reason, after.rejection, after.probable) == (block(5), 7, "", None, False)
    assert after.attempts[0].block == block(5)


def test_an_event_without_a_cost_keeps_the_cost_that_is_known() -> None:
    before = submission(tracked(1, A.SENT), state=S.SENT, cost=7)

    assert outbox.included(before, attempt(1).transaction, block(5)).cost == 7
    assert outbox.included(before, attempt(1).transaction, block(5), 0).cost == 0


def test_a_rejection_in_a_block_is_provisional_and_says_all_that_is_known() -> None:
    after = answered(submission(tracked(1, A.SENT), state=S.SENT, reason="slow"), R.REJECTED)

    assert (after.state, after.block, after.rejection) == (S.INCLUDED, block(5), STALE)
    assert (after.probable, after.cost, after.reason) == (True, 7, "slow")


def test_a_dead_attempt_says_why_it_is_dead() -> None:
    assert answered(submission(tracked(1, A.SENT), state=S.SENT), R.DEAD).reason == "can no longer be included"


def test_a_rejection_counts_only_when_no_other_attempt_is_under_way() -> None:
    before = submission(tracked(1, A.SENT), tracked(2, A.SENT), state=S.SENT)

    one = answered(before, R.REJECTED, 1)
    both = answered(one, R.REJECTED, 2, height=9)

    assert (one.state, one.block) == (S.SENT, None)
    assert (both.state, both.block, both.rejection) == (S.INCLUDED, block(9), STALE)


def test_of_two_rejections_the_later_block_has_to_be_final() -> None:
    before = submission(tracked(1, A.SENT), tracked(2, A.SENT), state=S.SENT)

    both = answered(answered(before, R.REJECTED, 2, height=9), R.REJECTED, 1, height=5)

    assert both.block == block(9)


@pytest.mark.parametrize("status", [R.REJECTED, R.PENDING, R.UNKNOWN, R.DEAD])
def test_whatever_becomes_of_the_other_attempt_an_inclusion_stays(status: ReceiptStatus) -> None:
    before = answered(submission(tracked(1, A.SENT), tracked(2, A.SENT), state=S.SENT), R.INCLUDED)

    after = answered(before, status, 2, height=9)

    assert (after.state, after.block, after.rejection, after.probable) == (S.INCLUDED, block(5), None, False)


def test_an_inclusion_beats_a_rejection_that_was_seen_first() -> None:
    before = answered(submission(tracked(1, A.DEAD), tracked(2, A.SENT), state=S.SENT), R.REJECTED, 2, height=9)

    after = outbox.included(before, attempt(1).transaction, block(8))

    assert (after.state, after.block, after.rejection, after.probable) == (S.INCLUDED, block(8), None, False)
    assert outbox.ended(after).state == S.FINAL


def test_when_the_last_open_attempt_dies_the_rejection_of_the_other_one_counts() -> None:
    before = answered(submission(tracked(1, A.SENT), tracked(2, A.SENT), state=S.SENT), R.REJECTED)

    after = answered(before, R.DEAD, 2)

    assert (after.state, after.block, after.rejection) == (S.INCLUDED, block(5), STALE)


def test_blocks_that_left_the_chain_take_back_what_was_seen_in_them() -> None:
    before = answered(submission(tracked(1, A.SENT), state=S.SENT), R.INCLUDED)

    after = outbox.undone(before, 4)

    assert (after.state, after.block, states(after), after.attempts[0].block) == (S.SENT, None, [A.SENT], None)


def test_a_rejection_in_a_block_that_left_the_chain_is_taken_back() -> None:
    after = outbox.undone(answered(submission(tracked(1, A.SENT), state=S.SENT, reason="slow"), R.REJECTED), 4)

    assert (after.state, after.rejection, after.probable, after.reason) == (S.SENT, None, False, "slow")


def test_blocks_that_stay_change_nothing() -> None:
    before = answered(submission(tracked(1, A.SENT), state=S.SENT), R.INCLUDED)

    assert outbox.undone(before, 5) is before


def test_an_inclusion_below_survives_when_the_block_of_another_attempt_leaves() -> None:
    rejected = answered(submission(tracked(1, A.DEAD), tracked(2, A.SENT), state=S.SENT), R.REJECTED, 2, height=9)
    before = outbox.included(rejected, attempt(1).transaction, block(5))

    after = outbox.undone(before, 8)

    assert (after.state, after.block, states(after)) == (S.INCLUDED, block(5), [A.INCLUDED, A.SENT])


@pytest.mark.parametrize(
    ("attempts", "state"),
    [
        ([tracked(1, A.INCLUDED, block(5))], S.FINAL),
        ([tracked(1, A.REJECTED, block(5))], S.REJECTED),
        ([tracked(1, A.REJECTED, block(5)), tracked(2, A.INCLUDED, block(6))], S.FINAL),
        ([tracked(1, A.DEAD), tracked(2, A.REJECTED, block(6))], S.REJECTED),
    ],
)
def test_the_end_is_final_if_any_attempt_took_effect(attempts: list[TrackedAttempt], state: SubmissionState) -> None:
    assert outbox.ended(submission(*attempts, state=S.INCLUDED)).state == state


def test_an_expired_submission_says_why() -> None:
    assert outbox.expired(submission()).reason == "its time ran out"
    assert outbox.expired(submission(reason="no funds")).reason == "no funds"
    assert outbox.expired(submission()).state == S.EXPIRED


@pytest.mark.parametrize(
    ("one", "now", "may"),
    [
        (submission(not_after=100), 101, True),
        (submission(not_after=100), 100, False),
        (submission(not_after=None), 10**9, False),
        (submission(tracked(1, A.DEAD), not_after=100), 101, True),
        (submission(tracked(1, A.SENT), not_after=100, state=S.SENT), 101, False),
        (submission(not_after=100, state=S.RETRACTED), 101, False),
    ],
)
def test_only_what_cannot_be_included_any_more_may_expire(one: Submission, now: int, may: bool) -> None:
    assert outbox.may_expire(one, now) is may


@pytest.mark.parametrize(
    ("attempts", "final_time", "beyond_doubt"),
    [
        ([], 0, True),
        ([tracked(1, A.DEAD, expires=100)], 101, True),
        ([tracked(1, A.DEAD, expires=100)], 100, False),
        ([tracked(1, A.DEAD)], 0, True),
        ([tracked(1, A.DEAD, expires=100), tracked(2, A.DEAD, expires=200)], 150, False),
        ([tracked(1, A.DEAD, expires=100), tracked(2, A.SENT, expires=200)], 150, True),
    ],
)
def test_an_expired_attempt_is_dead_for_good_once_final_ledger_time_is_past_it(
    attempts: list[TrackedAttempt], final_time: int, beyond_doubt: bool
) -> None:
    assert outbox.is_beyond_doubt(submission(*attempts), final_time) is beyond_doubt


@pytest.mark.parametrize("state", sorted(FINISHED))
def test_a_finished_submission_never_changes(state: SubmissionState) -> None:
    done = submission(tracked(1, A.SENT), state=state)

    assert all(outbox.broadcast(done, Broadcast(attempt(1).transaction, status)) is done for status in B)
    assert all(outbox.receipt(done, Receipt(attempt(1).transaction, status)) is done for status in R)
    assert outbox.included(done, attempt(1).transaction, block(1)) is done


def test_answers_about_strangers_change_nothing() -> None:
    one = submission(tracked(1, A.SENT), state=S.SENT)

    assert all(outbox.broadcast(one, Broadcast(b"stranger", status)) is one for status in B)
    assert all(outbox.receipt(one, Receipt(b"stranger", status)) is one for status in R)
    assert outbox.included(one, b"stranger", block(1)) is one


BROADCASTS = st.tuples(st.just("broadcast"), st.integers(0, 3), st.sampled_from(B), st.just(0))
RECEIPTS = st.tuples(st.just("receipt"), st.integers(0, 3), st.sampled_from(R), st.integers(1, 9))
UNDONE = st.tuples(st.just("undone"), st.just(0), st.none(), st.integers(0, 9))
ANSWERS = st.lists(st.one_of(BROADCASTS, RECEIPTS, UNDONE), max_size=30)


def take(one: Submission, answer: tuple[str, int, object, int]) -> Submission:
    """Apply an answer as the engine would; sign again when nothing is live."""
    what, index, status, height = answer
    if what == "undone":
        return one if one.finished else outbox.undone(one, height)
    transaction = one.attempts[index % len(one.attempts)].attempt.transaction
    if isinstance(status, BroadcastStatus):
        return outbox.broadcast(one, Broadcast(transaction, status))
    assert isinstance(status, ReceiptStatus)
    seen = block(height) if status in (R.INCLUDED, R.REJECTED) else None
    return outbox.receipt(one, Receipt(transaction, status, seen))


@given(ANSWERS)
def test_in_whatever_order_answers_come_the_state_is_what_the_attempts_say(
    answers: list[tuple[str, int, object, int]],
) -> None:
    one = outbox.signed(submission(), attempt(1))
    for answer in answers:
        after = take(one, answer)
        assert not one.finished or after == one
        one = after
        if one.state == S.INTENDED:
            assert not one.live()
            one = outbox.signed(one, attempt(len(one.attempts) + 1))
        live = {each.state for each in one.live()}
        included = A.INCLUDED in live or live == {A.REJECTED}
        assert one.finished or (one.state == S.INCLUDED) == included
        assert one.finished or bool(one.block) == included
        assert all(bool(each.block) == (each.state in (A.INCLUDED, A.REJECTED)) for each in one.attempts)
        assert one.finished or (one.state == S.SENT) == (not included and A.SENT in live)
