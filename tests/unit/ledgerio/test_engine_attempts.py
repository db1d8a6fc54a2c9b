"""The engine signs again only when nothing signed before can be included, and ends what cannot be sent."""

import pytest

from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import (
    Broadcast,
    BroadcastStatus,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code, Rejection
from tests.support.ledgerio import OTHER, Bench, register

A, S = AttemptState, SubmissionState
SILENT = Receipt(b"", ReceiptStatus.UNAVAILABLE)
UNKNOWN = Receipt(b"", ReceiptStatus.UNKNOWN)

A, S = AttemptState, SubmissionState
SILENT = Receipt(b"", ReceiptStatus.UNAVAILABLE)
UNKNOWN = Receipt(b"", ReceiptStatus.UNKNOWN)


def sent(bench: Bench) -> Bench:
    """One submission on its way."""
    bench.submit(register())
    bench.step()
    return bench


@pytest.mark.parametrize("status", [BroadcastStatus.RESIGN, BroadcastStatus.DEAD])
def test_what_can_no_longer_be_included_is_signed_again(status: BroadcastStatus) -> None:
    bench = Bench()
    bench.endpoint.outcomes = [status]
    sent(bench)
    assert bench.one().state == S.INTENDED

    bench.step()

    assert [one.state for one in bench.one().attempts] == [A.DEAD, A.SENT]
    assert bench.endpoint.pending[1].replaces == bench.one().attempts[0].attempt
    assert bench.endpoint.asked[0] == [bench.one().attempts[0].attempt.transaction]


def test_a_refusal_before_the_ledger_took_it_is_the_end() -> None:
    bench = Bench()
    bench.endpoint.outcomes = [Broadcast(b"", BroadcastStatus.REFUSED, "no", Rejection(Code.NOT_ACTIVE))]

    sent(bench)

    assert (bench.one().state, bench.one().rejection) == (S.REJECTED, Rejection(Code.NOT_ACTIVE))
    assert bench.engine.unfinished() == []


def test_what_cannot_become_a_transaction_is_rejected_and_the_next_one_is_sent() -> None:
    bench = Bench()
    bench.endpoint.prepares = [Refused("too long")]
    bench.submit(register(), register(OTHER))

    bench.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.REJECTED, S.SENT]


def test_while_nothing_can_be_prepared_nothing_is_lost() -> None:
    bench = Bench()
    bench.endpoint.prepares = [Unavailable("no node")]
    bench.submit(register(), register(OTHER))

    progress = bench.engine.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.INTENDED] * 2
    assert progress.trouble == "no node"
    bench.step()
    assert [bench.one(seq).state for seq in (1, 2)] == [S.SENT] * 2


def test_what_is_prepared_before_the_ledger_goes_silent_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.submit(register(), register(OTHER))
    prepare = bench.endpoint.prepare

    def once(command: c.Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        answer = prepare(command, pending, deadline)
        bench.endpoint.prepares = [Unavailable("no node")]
        return answer

    monkeypatch.setattr(bench.endpoint, "prepare", once)
    bench.step()

    assert [bench.one(seq).state for seq in (1, 2)] == [S.SENT, S.INTENDED]


def dead_at_first(bench: Bench) -> Bench:
    """The first attempt was given up."""
    bench.endpoint.outcomes = [BroadcastStatus.DEAD]
    return sent(bench)


def test_an_attempt_given_up_for_dead_that_was_included_after_all_is_found_before_another_is_signed() -> None:
    bench = dead_at_first(Bench())
    bench.endpoint.answers = [Receipt(b"", ReceiptStatus.INCLUDED, bench.chain.head.ref)]

    bench.step()

    assert [one.state for one in bench.one().attempts] == [A.INCLUDED]


def test_no_second_attempt_while_the_ledger_does_not_tell_about_the_first() -> None:
    bench = dead_at_first(Bench())
    bench.endpoint.answers = [SILENT, SILENT, SILENT]

    troubles = [bench.engine.step().trouble for _ in range(3)]

    assert len(bench.one().attempts) == 1
    assert troubles == ["the ledger does not tell what became of an earlier attempt"] * 3
    bench.step()
    assert len(bench.one().attempts) == 2


def test_an_expired_attempt_is_replaced_only_when_final_ledger_time_is_past_it() -> None:
    bench = Bench()
    bench.endpoint.lifetime = 12
    bench.endpoint.trouble.delay = True
    sent(bench)
    bench.chain.mailbox.clear()
    bench.mine(3, empty=True)
    bench.step(2, seconds=1.0)
    bench.step(2, seconds=3.0)
    assert [one.state for one in bench.one().attempts] == [A.DEAD]
    assert bench.one().state == S.INTENDED

    bench.endpoint.trouble.delay = False
    bench.mine(3, empty=True)
    bench.step(2)

    expires = bench.one().attempts[0].attempt.expires
    checkpoint = bench.engine.chain.checkpoint
    assert expires is not None
    assert checkpoint is not None
    assert checkpoint.time > expires
    assert [one.state for one in bench.one().attempts] == [A.DEAD, A.SENT]


def test_an_expired_attempt_that_a_reorganisation_includes_is_the_one_that_counts() -> None:
    bench = Bench()
    bench.endpoint.lifetime = 12
    sent(bench)
    fork = bench.chain.head
    bench.mine(3, empty=True)
    bench.step(2)
    assert bench.one().state == S.INTENDED

    earlier = bench.chain.mine(fork.ref.time + 1, on=fork)
    bench.mine(3, on=earlier)
    bench.step()

    assert [one.state for one in bench.one().attempts] == [A.INCLUDED]
    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)


def test_a_submission_expires_when_its_time_is_over_and_nothing_is_under_way() -> None:
    bench = Bench()
    bench.endpoint.prepares = [Unavailable("no node")]
    bench.submit(register(), not_after=bench.clock.now() + 10)
    bench.step()
    bench.step(seconds=11.0)

    assert (bench.one().state, bench.one().reason) == (S.EXPIRED, "its time ran out")


def test_a_submission_on_its_way_does_not_expire() -> None:
    bench = Bench()
    bench.submit(register(), not_after=bench.clock.now() + 10)
    bench.step()

    bench.mine(6)
    bench.step()

    assert bench.one().state == S.FINAL


def test_before_it_expires_the_ledger_is_asked_what_became_of_its_attempts() -> None:
    bench = Bench()
    bench.endpoint.outcomes = [BroadcastStatus.DEAD]
    bench.submit(register(), not_after=bench.clock.now() + 10)
    bench.step()
    bench.endpoint.answers = [Receipt(b"", ReceiptStatus.PENDING), Receipt(b"", ReceiptStatus.PENDING)]

    bench.step(seconds=11.0)

    assert bench.one().state == S.SENT
