"""What happens to a submission when the ledger answers: pure transitions, one for each outcome.

The rules behind them: what was signed is remembered until the submission is finished; nothing new is signed while an
earlier attempt may still be included; and only an event in a final block, or a rejection in one, ends a submission
that was sent.
"""

from dataclasses import replace

from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    BroadcastStatus,
    Receipt,
    ReceiptStatus,
    Refused,
)


def signed(submission: Submission, attempt: Attempt) -> Submission:
    """A new attempt, not yet broadcast."""
    return replace(submission.with_attempt(TrackedAttempt(attempt)), state=SubmissionState.SIGNED, reason="")


def refused(submission: Submission, answer: Refused) -> Submission:
    """The backend could not make a transaction of it: the end, unless an earlier attempt may still be included."""
    if submission.live():
        return replace(submission, reason=answer.reason)
    return replace(
        submission, state=SubmissionState.REJECTED, rejection=answer.rejection, reason=answer.reason, block=None
    )


def broadcast(submission: Submission, answer: Broadcast) -> Submission:
    """The outcome of sending one attempt."""
    tracked = submission.attempt(answer.transaction)
    if tracked is None or submission.finished:
        return submission
    match answer.status:
        case BroadcastStatus.ACCEPTED | BroadcastStatus.KNOWN | BroadcastStatus.UNAVAILABLE:
            return _sent(submission, tracked, answer.reason)
        case BroadcastStatus.RETRY_SAME:
            return replace(submission, reason=answer.reason)
        case BroadcastStatus.RESIGN | BroadcastStatus.DEAD:
            return _dead(submission, tracked, answer.reason)
        case BroadcastStatus.REFUSED:
            return refused(_dead(submission, tracked, answer.reason), Refused(answer.reason, answer.rejection))


def receipt(submission: Submission, answer: Receipt) -> Submission:
    """What the ledger knows of one attempt."""
    tracked = submission.attempt(answer.transaction)
    if tracked is None or submission.finished:
        return submission
    match answer.status:
        case ReceiptStatus.PENDING:
            return _sent(submission, tracked, "")
        case ReceiptStatus.INCLUDED:
            return included(submission, answer.transaction, answer.block, answer.cost)
        case ReceiptStatus.REJECTED:
            return _rejected(submission, tracked, answer)
        case ReceiptStatus.DEAD:
            return _dead(submission, tracked, "can no longer be included")
        case ReceiptStatus.UNKNOWN:
            return _to_send_again(submission, tracked)
        case ReceiptStatus.UNAVAILABLE:
            return submission


def included(submission: Submission, transaction: bytes, block: BlockRef | None, cost: int | None = None) -> Submission:
    """An attempt took effect in a block that is not final yet."""
    tracked = submission.attempt(transaction)
    if tracked is None or submission.finished:
        return submission
    return replace(
        submission.with_attempt(replace(tracked, state=AttemptState.INCLUDED, block=block)),
        state=SubmissionState.INCLUDED,
        block=block,
        cost=submission.cost if cost is None else cost,
        rejection=None,
        probable=False,
        reason="",
    )


def undone(submission: Submission, above: int) -> Submission:
    """Blocks higher than `above` left the chain: what was seen in them has to be looked up again."""
    changed = submission
    for tracked in submission.attempts:
        if tracked.block is not None and tracked.block.height > above:
            changed = changed.with_attempt(replace(tracked, state=AttemptState.SENT, block=None))
    if changed is submission:
        return submission
    return replace(changed, state=SubmissionState.SENT, block=None, rejection=None, probable=False)


def ended(submission: Submission) -> Submission:
    """The block in which it is included is final: so is what happened to it there."""
    rejected = all(one.state == AttemptState.REJECTED for one in submission.live())
    return replace(submission, state=SubmissionState.REJECTED if rejected else SubmissionState.FINAL)


def expired(submission: Submission) -> Submission:
    """Nothing of it can be included any more and its time is over."""
    return replace(submission, state=SubmissionState.EXPIRED, reason=submission.reason or "its time ran out")


def retracted(submission: Submission) -> Submission:
    """The operator took it back."""
    return replace(submission, state=SubmissionState.RETRACTED)


def may_expire(submission: Submission, now: int) -> bool:
    """Whether nothing can be included and nothing new may be signed."""
    over = submission.not_after is not None and now > submission.not_after
    return over and not submission.live() and not submission.finished


def wants_attempt(submission: Submission) -> bool:
    """Whether a new attempt has to be signed: none of the earlier ones can be included any more."""
    return submission.state == SubmissionState.INTENDED


def _sent(submission: Submission, tracked: TrackedAttempt, reason: str) -> Submission:
    changed = submission.with_attempt(replace(tracked, state=AttemptState.SENT, block=None))
    return replace(changed, state=SubmissionState.SENT, reason=reason, block=None, rejection=None, probable=False)


def _to_send_again(submission: Submission, tracked: TrackedAttempt) -> Submission:
    changed = submission.with_attempt(replace(tracked, state=AttemptState.SIGNED, block=None))
    return replace(changed, state=SubmissionState.SIGNED, block=None, rejection=None, probable=False)


def _dead(submission: Submission, tracked: TrackedAttempt, reason: str) -> Submission:
    changed = submission.with_attempt(replace(tracked, state=AttemptState.DEAD, block=None))
    state = SubmissionState.SENT if changed.live() else SubmissionState.INTENDED
    return replace(changed, state=state, reason=reason, block=None, rejection=None, probable=False)


def _rejected(submission: Submission, tracked: TrackedAttempt, answer: Receipt) -> Submission:
    changed = submission.with_attempt(replace(tracked, state=AttemptState.REJECTED, block=answer.block))
    others = [one for one in changed.live() if one.attempt.transaction != answer.transaction]
    if any(one.state != AttemptState.REJECTED for one in others):
        return replace(changed, state=SubmissionState.SENT)
    return replace(
        changed,
        state=SubmissionState.INCLUDED,
        block=answer.block,
        cost=answer.cost,
        rejection=answer.rejection,
        probable=answer.probable,
    )
