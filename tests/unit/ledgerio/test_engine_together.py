"""Commands whose preparation needs the network are prepared together, and are given up after so many attempts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from maas_core.ledgerio.engine import Engine
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import (
    Attempt,
    Broadcast,
    BroadcastStatus,
    LedgerProfile,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Sequencing,
    Unavailable,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.rejections import Code, Rejection
from maas_core.testing.memory_journal import MemoryJournal
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_ledger import PROFILE
from tests.support.ledgerio import register

REJECTION = Rejection(Code.ALREADY_EXISTS)
Answer = Prepared | Refused | Unavailable


class Ledger:
    """Prepares many at once; keeps what it is asked, answers what it is told."""

    def __init__(self, profile: LedgerProfile) -> None:
        self.profile = profile
        self.asked: list[list[Command]] = []
        self.answers: dict[bytes, Answer] = {}
        self.receipt = Receipt(b"", ReceiptStatus.PENDING)

    def prepare_all(self, commands: Sequence[Command], deadline: Deadline) -> list[Answer]:
        self.asked.append(list(commands))
        return [self._answer(one) for one in commands]

    def _answer(self, command: Any) -> Answer:
        number = sum(map(len, self.asked))
        usual = Prepared(Attempt(bytes([number]) * 16 + command.machine, b"signed"))
        return self.answers.get(command.machine, usual)

    def prepare(self, *_: object) -> Answer:
        raise AssertionError("asked for one command alone")

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        return [Broadcast(one.transaction, BroadcastStatus.ACCEPTED) for one in attempts]

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        return [replace(self.receipt, transaction=one) for one in transactions]

    def events(self, *_: object) -> Unavailable:
        return Unavailable("not asked here")


class Finality:
    def is_canonical(self, *_: object) -> bool:
        return True


class Bench:
    def __init__(self, **profile: Any) -> None:
        self.ledger: Any = Ledger(replace(PROFILE, sequencing=Sequencing.FREE, **profile))
        self.finality: Any = Finality()
        self.journal = MemoryJournal()
        opened = OpenLedger(cast("Any", self.ledger), cast("Any", self.finality))
        self.clock = SimClock()
        self.engine = Engine(opened, self.journal, FinalityPolicies(Depth(0)), self.clock)

    def submit(self, *machines: bytes) -> None:
        new = [NewSubmission(one, register(one), self.clock.now(), self.clock.now() + 60) for one in machines]
        self.engine.submit(new)

    def states(self) -> list[SubmissionState]:
        return [one.state for one in self.journal.submissions.values()]

    def one(self) -> Submission:
        return self.journal.submissions[1]


M, N, P, Q = (bytes([value]) * 16 for value in range(1, 5))


def test_all_that_are_ready_are_prepared_in_one_call() -> None:
    bench = Bench()
    bench.submit(M, N, P)
    bench.engine.step()
    assert [len(commands) for commands in bench.ledger.asked] == [3]
    assert bench.states() == [SubmissionState.SENT] * 3


def test_each_gets_its_own_answer_and_what_could_not_be_asked_is_asked_again() -> None:
    bench = Bench()
    bench.ledger.answers = {N: Refused("too late", REJECTION), P: Unavailable("one endorser is behind")}
    bench.submit(M, N, P, Q)
    progress = bench.engine.step()
    assert bench.states() == [
        SubmissionState.SENT,
        SubmissionState.REJECTED,
        SubmissionState.INTENDED,
        SubmissionState.SENT,
    ]
    assert bench.journal.submissions[2].rejection == REJECTION
    assert progress.trouble
    bench.ledger.answers = {}
    bench.engine.step()
    assert bench.states()[2] is SubmissionState.SENT
    assert [len(commands) for commands in bench.ledger.asked] == [4, 1]


def test_nothing_is_asked_for_when_nothing_is_ready() -> None:
    bench = Bench()
    bench.engine.step()
    assert bench.ledger.asked == []


def test_one_whose_time_ran_out_is_not_prepared_with_the_others() -> None:
    bench = Bench()
    bench.submit(M)
    bench.clock.pass_time(61)
    bench.submit(N)
    bench.engine.step()
    assert bench.states() == [SubmissionState.EXPIRED, SubmissionState.SENT]
    assert [len(commands) for commands in bench.ledger.asked] == [1]


def dead_again(bench: Bench, times: int) -> None:
    """The attempt that is under way dies, so many times."""
    for _ in range(times):
        [*_, last] = bench.one().attempts
        dead = replace(last, state=AttemptState.DEAD)
        changed = replace(bench.one().with_attempt(dead), state=SubmissionState.INTENDED, reason="MVCC_READ_CONFLICT")
        bench.journal.submissions[1] = changed
        bench.ledger.receipt = Receipt(b"", ReceiptStatus.DEAD)
        opened = OpenLedger(bench.ledger, bench.finality)
        bench.engine = Engine(opened, bench.journal, FinalityPolicies(Depth(0)), bench.clock)
        bench.engine.step()


def test_after_so_many_dead_attempts_it_is_given_up_visibly() -> None:
    bench = Bench(attempts=3)
    bench.submit(M)
    bench.engine.step()
    dead_again(bench, 2)
    assert (bench.one().state, len(bench.one().attempts)) == (SubmissionState.SENT, 3)
    dead_again(bench, 1)
    assert (bench.one().state, len(bench.one().attempts)) == (SubmissionState.EXPIRED, 3)
    assert bench.one().reason == "given up after 3 attempts; the last: MVCC_READ_CONFLICT"


def test_without_a_bound_it_is_tried_on() -> None:
    bench = Bench()
    bench.submit(M)
    bench.engine.step()
    dead_again(bench, 30)
    assert (bench.one().state, len(bench.one().attempts)) == (SubmissionState.SENT, 31)


def test_a_transaction_without_effect_is_told_with_the_ledgers_word() -> None:
    from maas_core.ledgerio import outbox
    from tests.support.ledgerio import block, submission, tracked

    sent = submission(tracked(1, AttemptState.SENT), state=SubmissionState.SENT)
    answer = Receipt(
        sent.attempts[0].attempt.transaction,
        ReceiptStatus.REJECTED,
        block(3),
        reason="ENDORSEMENT_POLICY_FAILURE: the transaction had no effect",
    )
    told = outbox.ended(outbox.receipt(sent, answer))
    assert (told.state, told.rejection) == (SubmissionState.REJECTED, None)
    assert told.reason == "ENDORSEMENT_POLICY_FAILURE: the transaction had no effect"
