"""Which submissions are signed, sent and looked up next."""

from maas_core.ledgerio.queue import Queue
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.protocol.commands import Command
from tests.support.ledgerio import NEW, OTHER, attempt, block, register, stop_of, submission, tracked

A, S = AttemptState, SubmissionState


def of(
    seq: int, command: Command | None = None, state: SubmissionState = S.INTENDED, *tries: TrackedAttempt
) -> Submission:
    return submission(*tries, state=state, seq=seq, command=command or register(seq.to_bytes(16, "big")))


def queue(*submissions: Submission) -> Queue:
    return Queue(submissions, 0)


def seqs(submissions: list[Submission]) -> list[int]:
    return [one.seq for one in submissions]


def test_what_is_about_different_records_is_signed_together_in_order() -> None:
    assert seqs(queue(of(1), of(2), of(3)).ready_to_sign(10)) == [1, 2, 3]


def test_no_more_are_signed_than_asked_for() -> None:
    assert seqs(queue(of(1), of(2), of(3)).ready_to_sign(2)) == [1, 2]


def test_a_submission_waits_for_an_earlier_one_on_the_same_record() -> None:
    waiting = queue(of(1, register(NEW)), of(2, stop_of(NEW)), of(3, register(OTHER)))

    assert seqs(waiting.ready_to_sign(10)) == [1, 3]


def test_one_that_waits_holds_up_those_behind_it() -> None:
    waiting = queue(of(1, register(NEW), S.SENT, tracked(1, A.SENT)), of(2, stop_of(NEW)), of(3, stop_of(NEW)))

    assert seqs(waiting.ready_to_sign(10)) == []


def test_every_earlier_record_is_kept_in_mind() -> None:
    waiting = queue(of(1, register(NEW)), of(2, register(OTHER)), of(3, stop_of(NEW)), of(4, stop_of(OTHER)))

    assert seqs(waiting.ready_to_sign(10)) == [1, 2]


def test_one_that_is_included_holds_nobody_up() -> None:
    included = of(1, register(NEW), S.INCLUDED, tracked(1, A.INCLUDED, block(3)))

    assert seqs(queue(included, of(2, stop_of(NEW))).ready_to_sign(10)) == [2]
    assert seqs(queue(included, of(2)).included()) == [1]


def test_finished_ones_leave_and_free_their_lane() -> None:
    waiting = queue(of(1, register(NEW), S.SENT, tracked(1, A.SENT)), of(2, stop_of(NEW)))

    waiting.update([of(1, register(NEW), S.REJECTED, tracked(1, A.DEAD))])

    assert (seqs(waiting.all()), seqs(waiting.ready_to_sign(10)), len(waiting)) == ([2], [2], 1)
    assert (waiting.get(1), waiting.seq_of(attempt(1).transaction), waiting.last_seq) == (None, None, 2)


def test_a_changed_one_keeps_its_place() -> None:
    waiting = queue(of(1), of(2))

    waiting.update([of(1, None, S.SENT, tracked(1, A.SENT))])

    assert (seqs(waiting.all()), waiting[1].state, waiting.seq_of(attempt(1).transaction)) == ([1, 2], S.SENT, 1)


def test_what_is_known_is_not_taken_over_again() -> None:
    waiting = queue(of(1), of(2))
    waiting.update([of(2, None, S.SENT, tracked(1, A.SENT))])

    waiting.add([of(2), of(3)])

    assert (waiting[2].state, seqs(waiting.all()), waiting.last_seq) == (S.SENT, [1, 2, 3], 3)


def test_a_queue_begins_after_what_was_stored_last() -> None:
    waiting = Queue([of(1)], 7)

    waiting.add([of(7), of(8)])

    assert (seqs(waiting.all()), waiting.last_seq) == ([1, 8], 8)


def test_signed_attempts_are_sent_in_the_order_of_their_sequence() -> None:
    late, early = (TrackedAttempt(attempt(n)) for n in (1, 2))
    late, early = (
        TrackedAttempt(one.attempt.__class__(one.attempt.transaction, b"", number))
        for one, number in ((late, 9), (early, 8))
    )
    waiting = queue(of(1, None, S.SIGNED, late), of(2, None, S.SIGNED, early), of(3, None, S.SIGNED, tracked(3)))

    assert [seq for seq, _ in waiting.to_broadcast(10, 0.0)] == [3, 2, 1]
    assert [seq for seq, _ in waiting.to_broadcast(1, 0.0)] == [3]


def test_only_signed_attempts_of_submissions_under_way_are_sent() -> None:
    waiting = queue(
        of(1, None, S.SENT, tracked(1, A.SENT), tracked(2)),
        of(2, None, S.INCLUDED, tracked(3, A.INCLUDED, block(1)), tracked(4)),
        of(3, None, S.INTENDED, tracked(5, A.DEAD)),
    )

    assert waiting.to_broadcast(10, 0.0) == [(1, attempt(2))]


def test_what_was_just_sent_is_not_sent_again_before_its_time() -> None:
    waiting = queue(of(1, None, S.SIGNED, tracked(1)))

    waiting.touched(attempt(1).transaction, 10.0)

    assert waiting.to_broadcast(10, 9.9) == []
    assert waiting.to_broadcast(10, 10.0) == [(1, attempt(1))]
    assert [waiting.is_due(attempt(1).transaction, now) for now in (9.9, 10.0)] == [False, True]
    assert waiting.is_due(b"never sent", 0.0)


def test_what_was_sent_is_looked_up_again_after_a_while_or_when_the_chain_moves() -> None:
    waiting = queue(of(1, None, S.SENT, tracked(1, A.SENT)), of(2, None, S.SENT, tracked(2), tracked(3, A.SENT)))
    both = [(1, attempt(1).transaction), (2, attempt(3).transaction)]
    assert waiting.to_look_up(0.0) == both

    waiting.looked_up([transaction for _, transaction in both], 5.0)
    assert waiting.to_look_up(4.9) == []
    assert waiting.to_look_up(5.0) == both

    waiting.chain_moved()
    assert waiting.to_look_up(0.0) == both


def test_only_submissions_that_are_sent_are_looked_up() -> None:
    signed = of(1, None, S.SIGNED, tracked(1))
    included = of(2, None, S.INCLUDED, tracked(2, A.INCLUDED, block(1)), tracked(3, A.SENT))

    assert queue(signed, included).to_look_up(0.0) == []


def test_the_times_of_a_finished_submission_are_forgotten() -> None:
    waiting = queue(of(1, None, S.SENT, tracked(1, A.SENT)))
    waiting.touched(attempt(1).transaction, 10.0)
    waiting.looked_up([attempt(1).transaction], 10.0)

    waiting.update([of(1, None, S.FINAL, tracked(1, A.INCLUDED, block(1)))])
    waiting.update([of(1, None, S.SENT, tracked(1, A.SENT))])

    assert waiting.to_look_up(0.0) == [(1, attempt(1).transaction)]
    assert waiting.is_due(attempt(1).transaction, 0.0)
