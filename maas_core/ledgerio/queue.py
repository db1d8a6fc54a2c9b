"""The unfinished submissions of one node in memory, and which of them are to be signed, sent or looked up next."""

from collections.abc import Iterable

from maas_core.ledgerio.lanes import lanes_of
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState
from maas_core.ports.workflow import Attempt
from maas_core.protocol.records import Key


class Queue:
    """A mirror of the journal's unfinished submissions; the times in it are forgotten with the process."""

    def __init__(self, submissions: Iterable[Submission], last_seq: int) -> None:
        self.last_seq = last_seq
        self._open: dict[int, Submission] = {}
        self._lanes: dict[int, frozenset[Key]] = {}
        self._seq_of: dict[bytes, int] = {}
        self._not_before: dict[bytes, float] = {}
        self._look_up_at: dict[bytes, float] = {}
        self._stuck: set[bytes] = set()
        self._cost_asked: set[int] = set()
        self.update(submissions)

    def __len__(self) -> int:
        return len(self._open)

    def __getitem__(self, seq: int) -> Submission:
        return self._open[seq]

    def get(self, seq: int) -> Submission | None:
        """An unfinished submission."""
        return self._open.get(seq)

    def all(self) -> list[Submission]:
        """All of them in their order."""
        return list(self._open.values())

    def seq_of(self, transaction: bytes) -> int | None:
        """Whose attempt a transaction is; None for somebody else's or a finished one."""
        return self._seq_of.get(transaction)

    def add(self, submissions: Iterable[Submission]) -> None:
        """Take over newly stored ones."""
        self.update(one for one in submissions if one.seq > self.last_seq)

    def update(self, submissions: Iterable[Submission]) -> None:
        """Take over what was stored; finished ones leave."""
        for submission in submissions:
            self.last_seq = max(self.last_seq, submission.seq)
            if submission.finished:
                self._forget(submission)
                continue
            self._open[submission.seq] = submission
            self._lanes.setdefault(submission.seq, lanes_of(submission.command))
            for one in submission.attempts:
                self._seq_of[one.attempt.transaction] = submission.seq

    def _forget(self, submission: Submission) -> None:
        self._open.pop(submission.seq, None)
        self._lanes.pop(submission.seq, None)
        self._cost_asked.discard(submission.seq)
        for one in submission.attempts:
            transaction = one.attempt.transaction
            self._seq_of.pop(transaction, None)
            self._not_before.pop(transaction, None)
            self._look_up_at.pop(transaction, None)
            self._stuck.discard(transaction)

    def ready_to_sign(self, most: int) -> list[Submission]:
        """Submissions without a live attempt that no earlier one on the same record holds up."""
        ready: list[Submission] = []
        busy: set[Key] = set()
        for submission in self._open.values():
            if submission.state == SubmissionState.INCLUDED:
                continue
            lanes = self._lanes[submission.seq]
            if submission.state == SubmissionState.INTENDED and busy.isdisjoint(lanes):
                ready.append(submission)
                if len(ready) == most:
                    break
            busy |= lanes
        return ready

    def to_broadcast(self, most: int, now: float) -> list[tuple[int, Attempt]]:
        """Attempts that are not known to have reached the ledger, in the order of their sequence."""
        waiting = [
            (submission.seq, one.attempt)
            for submission in self._open.values()
            if submission.state in (SubmissionState.SIGNED, SubmissionState.SENT)
            for one in submission.attempts
            if one.state == AttemptState.SIGNED and self._not_before.get(one.attempt.transaction, now) <= now
        ]
        waiting.sort(key=lambda pair: (pair[1].sequence or 0, pair[0]))
        return waiting[:most]

    def touched(self, transaction: bytes, not_before: float) -> None:
        """An attempt was just broadcast: not again before that time."""
        self._not_before[transaction] = not_before

    def is_due(self, transaction: bytes, now: float) -> bool:
        """Whether an attempt may be broadcast again."""
        return self._not_before.get(transaction, now) <= now

    def chain_moved(self) -> None:
        """There are new blocks: all that was sent may be in them."""
        self._look_up_at.clear()

    def to_look_up(self, now: float) -> list[tuple[int, bytes]]:
        """Attempts that were sent and not seen in a block, in the order of their sequence."""
        waiting = [
            (submission.seq, one.attempt)
            for submission in self._open.values()
            if submission.state == SubmissionState.SENT
            for one in submission.attempts
            if one.state == AttemptState.SENT and self._look_up_at.get(one.attempt.transaction, now) <= now
        ]
        waiting.sort(key=lambda pair: (pair[1].sequence or 0, pair[0]))
        return [(seq, attempt.transaction) for seq, attempt in waiting]

    def looked_up(self, transactions: Iterable[bytes], again_at: float) -> None:
        """Receipts were just asked for."""
        self._look_up_at.update((transaction, again_at) for transaction in transactions)

    def stuck(self, transaction: bytes) -> None:
        """The ledger says of an attempt that it waits in vain."""
        self._stuck.add(transaction)

    def take_stuck(self) -> tuple[Submission, Attempt] | None:
        """The first in sequence of those that wait in vain and were not replaced yet; the others wait for it."""
        found = [
            (submission, submission.attempts[-1].attempt)
            for submission in map(self._open.get, {self._seq_of.get(one, 0) for one in self._stuck})
            if submission is not None and submission.state == SubmissionState.SENT
            if submission.attempts[-1].attempt.transaction in self._stuck
        ]
        self._stuck.clear()
        return min(found, key=lambda pair: (pair[1].sequence or 0, pair[0].seq), default=None)

    def without_cost(self, most: int) -> list[Submission]:
        """Included ones of one block whose cost is not known and was not asked for."""
        found = (one for one in self._open.values() if one.state == SubmissionState.INCLUDED and one.cost is None)
        left = [one for one in found if one.seq not in self._cost_asked]
        return [one for one in left if one.block == left[0].block][:most]

    def asked_for_cost(self, seqs: Iterable[int]) -> None:
        """Whether they were told or not: at the end they are asked for once more."""
        self._cost_asked.update(seqs)

    def included(self) -> list[Submission]:
        """Submissions in a block that is not final."""
        return [one for one in self._open.values() if one.state == SubmissionState.INCLUDED]
