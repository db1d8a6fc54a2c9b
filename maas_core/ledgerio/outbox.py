"""What happens to a submission when the ledger answers: pure transitions, one for each outcome.

The rules behind them: what was signed is remembered until the submission is finished; nothing new is signed while an
earlier attempt may still be included; only an event in a final block, or a rejection in one, ends a submission that was
sent; and where a submission stands follows from its attempts alone, in whatever order the answers came.
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
    return _settled(submission.with_attempt(TrackedAttempt(attempt)), "")


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
            return _with_state(submission, tracked, AttemptState.SENT, answer.reason)
        case BroadcastStatus.RETRY_SAME:
            return replace(submission, reason=answer.reason)
        case BroadcastStatus.RESIGN | BroadcastStatus.DEAD:
            return _with_state(submission, tracked, AttemptState.DEAD, answer.reason)
        case BroadcastStatus.REFUSED:
            dead = _with_state(submission, tracked, AttemptState.DEAD, answer.reason)
            return refused(dead, Refused(answer.reason, answer.rejection))


def receipt(submission: Submission, answer: Receipt) -> Submission:
    """What the ledger knows of one attempt."""
    tracked = submission.attempt(answer.transaction)
    if tracked is None or submission.finished:
        return submission
    match answer.status:
        case ReceiptStatus.PENDING:
            return _with_state(submission, tracked, AttemptState.SENT, "")
        case ReceiptStatus.STUCK:
            return _with_state(submission, tracked, AttemptState.SENT, answer.reason or "waits, and cannot be included")
        case ReceiptStatus.INCLUDED:
            return included(submission, answer.transaction, answer.block, answer.cost)
        case ReceiptStatus.REJECTED:
            return _rejected(submission, tracked, answer)
        case ReceiptStatus.DEAD:
            return _with_state(submission, tracked, AttemptState.DEAD, answer.reason or "can no longer be included")
        case ReceiptStatus.UNKNOWN:
            return _with_state(submission, tracked, AttemptState.SIGNED, submission.reason)
        case ReceiptStatus.UNAVAILABLE:
            return submission


def included(submission: Submission, transaction: bytes, block: BlockRef | None, cost: int | None = None) -> Submission:
    """An attempt took effect in a block that is not final yet."""
    tracked = submission.attempt(transaction)
    if tracked is None or submission.finished:
        return submission
    changed = submission.with_attempt(replace(tracked, state=AttemptState.INCLUDED, block=block))
    return _settled(replace(changed, cost=submission.cost if cost is None else cost), "")


def undone(submission: Submission, above: int) -> Submission:
    """Blocks higher than `above` left the chain: what was seen in them has to be looked up again."""
    changed = submission
    for tracked in submission.attempts:
        if tracked.block is not None and tracked.block.height > above:
            changed = changed.with_attempt(replace(tracked, state=AttemptState.SENT, block=None))
    return submission if changed is submission else _settled(replace(changed, cost=None), submission.reason)


def ended(submission: Submission) -> Submission:
    """The block in which it is included is final: so is what happened to it there."""
    applied = any(one.state == AttemptState.INCLUDED for one in submission.attempts)
    return replace(submission, state=SubmissionState.FINAL if applied else SubmissionState.REJECTED)


def expired(submission: Submission) -> Submission:
    """Nothing of it can be included any more and its time is over."""
    return replace(submission, state=SubmissionState.EXPIRED, reason=submission.reason or "its time ran out")


def given_up(submission: Submission) -> Submission:
    """Nothing of it can be included any more and it was tried often enough."""
    told = f"given up after {len(submission.attempts)} attempts"
    reason = f"{told}; the last: {submission.reason}" if submission.reason else told
    return replace(submission, state=SubmissionState.EXPIRED, reason=reason)


def is_tried_enough(submission: Submission, attempts: int | None) -> bool:
    """Whether so many attempts are dead, and none else is left."""
    return attempts is not None and len(submission.attempts) >= attempts and not submission.live()


def may_expire(submission: Submission, now: int) -> bool:
    """Whether nothing can be included and nothing new may be signed."""
    over = submission.not_after is not None and now > submission.not_after
    return over and not submission.live() and not submission.finished


def is_beyond_doubt(submission: Submission, final_time: int) -> bool:
    """Whether what was given up is dead on every branch: its expiry lies before the ledger time that is final.

    Until then a reorganisation can bring a block in which an expired attempt is in time after all. An attempt without
    an expiry is as dead as the backend says.
    """
    dead = [one.attempt.expires for one in submission.attempts if one.state == AttemptState.DEAD]
    return all(expires is None or expires < final_time for expires in dead)


def _with_state(submission: Submission, tracked: TrackedAttempt, state: AttemptState, reason: str) -> Submission:
    return _settled(submission.with_attempt(replace(tracked, state=state, block=None)), reason)


def _rejected(submission: Submission, tracked: TrackedAttempt, answer: Receipt) -> Submission:
    changed = submission.with_attempt(replace(tracked, state=AttemptState.REJECTED, block=answer.block))
    told = replace(changed, rejection=answer.rejection, probable=answer.probable, cost=answer.cost)
    return _settled(told, answer.reason or submission.reason)


def _settled(submission: Submission, reason: str) -> Submission:
    """The submission in the state that its attempts together say."""
    states = {one.state for one in submission.live()}
    if AttemptState.INCLUDED in states:
        block, reason = _highest(submission, AttemptState.INCLUDED), ""
    else:
        block = _highest(submission, AttemptState.REJECTED) if states == {AttemptState.REJECTED} else None
    told = AttemptState.REJECTED in states and AttemptState.INCLUDED not in states
    return replace(
        submission,
        state=_where(states),
        block=block,
        reason=reason,
        rejection=submission.rejection if told else None,
        probable=submission.probable and told,
    )


def _where(states: set[AttemptState]) -> SubmissionState:
    """Where a submission with live attempts in these states stands."""
    if AttemptState.INCLUDED in states or states == {AttemptState.REJECTED}:
        return SubmissionState.INCLUDED
    if not states:
        return SubmissionState.INTENDED
    return SubmissionState.SENT if AttemptState.SENT in states else SubmissionState.SIGNED


def _highest(submission: Submission, state: AttemptState) -> BlockRef | None:
    blocks = [one.block for one in submission.attempts if one.state == state and one.block is not None]
    return max(blocks, key=lambda block: block.height, default=None)
