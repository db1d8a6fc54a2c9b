"""Where transactions are included in the order of a counter: what waits in vain, what costs, what is not asked for."""

from dataclasses import replace

import pytest

from maas_core.ledgerio.engine import EngineSettings
from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.workflow import Attempt, Prepared, Receipt, ReceiptStatus, Sequencing
from maas_core.testing.sim_ledger import PROFILE
from tests.support.ledgerio import OTHER, Bench, register

A, S = AttemptState, SubmissionState
COUNTED = replace(PROFILE, sequencing=Sequencing.NONCE, cost_unit="gas", commands_per_broadcast=100)
STUCK, PENDING = Receipt(b"", ReceiptStatus.STUCK), Receipt(b"", ReceiptStatus.PENDING)


def waiting(count: int = 1) -> Bench:
    """Submissions that were sent, and time to look at them again."""
    bench = Bench(profile=COUNTED)
    bench.submit(*(register(number.to_bytes(16, "big")) for number in range(100, 100 + count)))
    bench.step()
    return bench


def look(bench: Bench, *answers: Receipt) -> None:
    """The next looks at receipts are answered so; then a step that acts on it."""
    bench.endpoint.answers = list(answers)
    bench.step(seconds=bench.settings.resend_seconds + 1)
    bench.endpoint.answers = []


def test_what_waits_in_vain_gets_a_second_attempt_and_the_first_lives_on() -> None:
    bench = waiting()
    look(bench, STUCK)

    bench.step()

    first, second = bench.one().attempts
    assert (first.state, second.state) == (A.SENT, A.SENT)
    assert bench.endpoint.pending[-1].replaces == first.attempt
    assert first.attempt in bench.endpoint.pending[-1].attempts


def test_of_two_living_attempts_one_takes_effect() -> None:
    bench = waiting()
    look(bench, STUCK)
    bench.step()

    bench.mine(6)
    bench.step(2)

    assert (bench.one().state, bench.applied()) == (S.FINAL, 1)


def test_what_was_only_just_sent_is_not_replaced() -> None:
    bench = Bench(profile=COUNTED, settings=EngineSettings(resend_seconds=60))
    bench.submit(register())
    bench.step()
    bench.endpoint.answers = [STUCK]
    bench.mine(1, empty=True)

    bench.step(2)

    assert bench.endpoint.answers == []

    assert len(bench.one().attempts) == 1


def test_only_the_first_in_sequence_is_replaced_since_the_others_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(profile=COUNTED)
    prepare = bench.endpoint.prepare
    sequence = iter((8, 7, 9, 6))

    def counted(*asked: object) -> object:
        made = prepare(*asked)  # type: ignore[arg-type]
        assert isinstance(made, Prepared)
        return Prepared(replace(made.attempt, sequence=next(sequence)))

    monkeypatch.setattr(bench.endpoint, "prepare", counted)
    bench.submit(register(), register(OTHER), register(b"\x0b" * 16))
    bench.step()
    look(bench, STUCK)

    bench.step(3)

    assert [[one.attempt.sequence for one in bench.one(seq).attempts] for seq in (1, 2, 3)] == [[8], [7, 6], [9]]


def test_receipts_of_those_that_wait_for_one_that_waits_are_not_asked_for() -> None:
    bench = waiting(100)
    bench.endpoint.asked.clear()

    look(bench, PENDING)

    assert [len(one) for one in bench.endpoint.asked] == [8]


def test_all_are_looked_up_when_the_ledger_has_forgotten_them() -> None:
    bench = waiting(100)
    bench.chain.pool.clear()
    bench.endpoint.asked.clear()

    bench.step(seconds=bench.settings.resend_seconds + 1)

    assert [len(one) for one in bench.endpoint.asked] == [8, 16, 32, 44]
    assert {bench.one(seq).attempts[0].state for seq in range(1, 101)} == {A.SIGNED}


def test_the_cost_of_what_was_first_seen_by_its_event_is_asked_for_before_the_end() -> None:
    bench = waiting()
    bench.mine(2)
    bench.step()
    assert (bench.one().state, bench.one().cost) == (S.INCLUDED, None)
    receipts = bench.endpoint.receipts

    def with_cost(transactions: list[bytes], deadline: object) -> list[Receipt]:
        return [replace(one, cost=41_000) for one in receipts(transactions, deadline)]  # type: ignore[arg-type]

    bench.endpoint.receipts = with_cost  # type: ignore[method-assign,assignment]
    bench.mine(4)
    bench.step()

    assert (bench.one().state, bench.one().cost) == (S.FINAL, 41_000)


def test_a_ledger_that_does_not_tell_the_cost_now_holds_nothing_up() -> None:
    bench = waiting()
    bench.mine(2)
    bench.step()
    bench.mine(4)
    bench.endpoint.answers = [Receipt(b"", ReceiptStatus.UNAVAILABLE)]

    bench.step()

    assert (bench.one().state, bench.one().cost) == (S.FINAL, None)


def test_attempts_without_a_sequence_are_looked_up_in_the_order_of_their_submissions() -> None:
    bench = waiting(3)
    attempts: list[Attempt] = [bench.one(seq).attempts[0].attempt for seq in (1, 2, 3)]
    bench.endpoint.asked.clear()

    look(bench, PENDING)

    assert bench.endpoint.asked == [[one.transaction for one in attempts]]
