"""The check of a whole ordered log."""

import pytest

from maas_core.errors import UnavailableError
from maas_core.ledgerio.log_check import check_log
from maas_core.ledgerio.ordered import OrderedLedger
from maas_core.testing.memory_log import MemoryLog, SharedEntries
from tests.support.ordered import BOARD, CLOCK, DEPLOYMENT, FOUND, OTHER, block_at, grown, put, sent


@pytest.fixture
def shared() -> SharedEntries:
    return SharedEntries()


@pytest.fixture
def ledger(shared: SharedEntries) -> OrderedLedger:
    return OrderedLedger(MemoryLog(shared, BOARD))


def test_two_participants_come_to_the_same_state(shared: SharedEntries, ledger: OrderedLedger) -> None:
    grown(ledger, 5)
    one, other = check_log(MemoryLog(shared, BOARD), CLOCK), check_log(MemoryLog(shared, OTHER), CLOCK)
    assert one == other
    assert one.deployment == DEPLOYMENT
    assert (one.accepted, one.rejected, one.malformed) == (6, 0, 0)


def test_a_check_counts_what_it_met(shared: SharedEntries, ledger: OrderedLedger) -> None:
    sent(ledger, FOUND, FOUND, FOUND)
    put(shared, b"garbage")
    report = check_log(MemoryLog(shared, BOARD), CLOCK)
    assert (report.accepted, report.rejected, report.malformed) == (1, 2, 1)
    assert (report.head, report.audited, report.fault) == (block_at(shared, 4), False, None)


def test_a_check_of_a_log_that_does_not_answer_says_how_far_it_came(shared: SharedEntries) -> None:
    put(shared, b"garbage")
    shared.reads_left = 1
    with pytest.raises(UnavailableError, match="up to entry 1"):
        check_log(MemoryLog(shared, BOARD), CLOCK)
