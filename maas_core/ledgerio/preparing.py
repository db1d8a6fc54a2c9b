"""Submissions that nothing is signed for become signed transactions: one after the other, or many in one round trip."""

from collections.abc import Sequence

from maas_core.ledgerio import outbox
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.workflow import (
    Attempt,
    Pending,
    Prepared,
    PreparesMany,
    Refused,
    Sequencing,
    Unavailable,
    WorkflowLedger,
)


class Preparing:
    """Asks the ledger to prepare; decides and stores nothing."""

    def __init__(self, workflow: WorkflowLedger, clock: Clock, call_seconds: float) -> None:
        self._workflow = workflow
        self._clock = clock
        self._seconds = call_seconds
        self.trouble = ""
        """Why the ledger could not be asked the last time, if it could not."""

    def in_flight(self, unfinished: Sequence[Submission]) -> list[Attempt]:
        """What the next attempt's counter has to go beyond; nothing where there is no counter."""
        if self._workflow.profile.sequencing == Sequencing.FREE:
            return []
        return [one.attempt for submission in unfinished for one in submission.live()]

    def signed(self, known: Sequence[Submission], unfinished: Sequence[Submission]) -> list[Submission]:
        """Of submissions that are looked up: as they are now, signed, refused or at their end.

        Left out are those for which the ledger cannot be asked. `unfinished` are all that are on their way.
        """
        self.trouble = ""
        ended = [self._ended(one) or one for one in known]
        waiting = [one for one in ended if one.state == SubmissionState.INTENDED]
        others = [one for one in ended if one.state != SubmissionState.INTENDED]
        if isinstance(self._workflow, PreparesMany):
            return [*others, *self._together(waiting, self._workflow)]
        return [*others, *self._in_turn(waiting, self.in_flight(unfinished))]

    def _ended(self, submission: Submission) -> Submission | None:
        """The submission at its end, if no further attempt is to be made; None if one is, or it has one."""
        if submission.state != SubmissionState.INTENDED:
            return None
        if outbox.may_expire(submission, self._clock.now()):
            return outbox.expired(submission)
        if outbox.is_tried_enough(submission, self._workflow.profile.attempts):
            return outbox.given_up(submission)
        return None

    def _together(self, waiting: Sequence[Submission], workflow: PreparesMany) -> list[Submission]:
        if not waiting:
            return []
        answers = workflow.prepare_all([one.command for one in waiting], self._deadline())
        found = [self._answered(one, answer) for one, answer in zip(waiting, answers, strict=True)]
        return [one for one in found if one is not None]

    def _in_turn(self, waiting: Sequence[Submission], in_flight: list[Attempt]) -> list[Submission]:
        done: list[Submission] = []
        for submission in waiting:
            replaces = submission.attempts[-1].attempt if submission.attempts else None
            answer = self._workflow.prepare(submission.command, Pending(in_flight, replaces), self._deadline())
            if isinstance(answer, Prepared) and self._workflow.profile.sequencing != Sequencing.FREE:
                in_flight.append(answer.attempt)
            known = self._answered(submission, answer)
            if known is None:
                break
            done.append(known)
        return done

    def _answered(self, submission: Submission, answer: Prepared | Refused | Unavailable) -> Submission | None:
        match answer:
            case Unavailable():
                self.trouble = answer.reason
                return None
            case Refused():
                return outbox.refused(submission, answer)
            case Prepared():
                return outbox.signed(submission, answer.attempt)

    def _deadline(self) -> Deadline:
        return Deadline.after(self._clock, self._seconds)
