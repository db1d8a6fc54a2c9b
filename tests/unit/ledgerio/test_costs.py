"""What included commands cost is asked for by block where the ledger can tell, else one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import pytest

from maas_core.ledgerio.costs import SEVERAL, with_costs
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import Attempt, BlockRef, Receipt, ReceiptStatus, Unavailable, WorkflowLedger
from maas_core.protocol.commands import Join
from maas_core.testing.sim_ledger import PROFILE

BLOCK, OTHER = BlockRef(7, bytes(32), 1_000), BlockRef(8, b"\1" * 32, 1_001)
SOON = Deadline.after(SystemClock(), 5)


class Ledger:
    """Tells the costs of transactions one by one, and notes what it was asked."""

    profile = replace(PROFILE, cost_unit="gas")

    def __init__(self) -> None:
        self.asked: list[object] = []

    def receipts(self, transactions: Sequence[bytes], _: Deadline) -> list[Receipt]:
        self.asked += transactions
        return [Receipt(one, ReceiptStatus.INCLUDED, BLOCK, cost=one[0]) for one in transactions]


class BlockLedger(Ledger):
    """Tells those of a block at once, or not today."""

    well = True

    def costs(self, block: BlockRef, _: Deadline) -> Mapping[bytes, int] | Unavailable:
        self.asked.append(block)
        first = 0 if block == BLOCK else 10
        told = {bytes([place]): place for place in range(first, first + 10)}
        return told if self.well else Unavailable("no such method")


def ripe(count: int, block: BlockRef = BLOCK, first: int = 0) -> list[tuple[Submission, BlockRef]]:
    found = []
    for place in range(first, first + count):
        attempt = TrackedAttempt(Attempt(bytes([place]), b"", place, None), AttemptState.INCLUDED, block)
        name = bytes([place]) * 16
        included = Submission(place, name, Join(bytes(32)), 0, SubmissionState.INCLUDED, (attempt,), block=block)
        found.append((included, block))
    return found


def costs(found: Sequence[tuple[Submission, BlockRef]]) -> list[int | None]:
    return [one.cost for one, _ in found]


@pytest.mark.parametrize("ledger", [Ledger(), BlockLedger()])
def test_every_cost_is_told_whatever_the_ledger_can(ledger: Ledger) -> None:
    found = ripe(10) + ripe(2, OTHER, 10)
    assert costs(with_costs(found, as_workflow(ledger), SOON)) == list(range(12))


def test_a_block_with_several_is_asked_for_once_and_few_one_by_one() -> None:
    ledger = BlockLedger()
    with_costs(ripe(SEVERAL) + ripe(SEVERAL - 1, OTHER, 10), as_workflow(ledger), SOON)
    assert ledger.asked == [BLOCK, *(bytes([10 + place]) for place in range(SEVERAL - 1))]


def test_what_is_not_told_by_block_is_asked_for_one_by_one() -> None:
    ledger = BlockLedger()
    ledger.well = False
    assert costs(with_costs(ripe(SEVERAL), as_workflow(ledger), SOON)) == list(range(SEVERAL))


def test_what_is_known_is_not_asked_for() -> None:
    ledger = BlockLedger()
    known = [(replace(one, cost=5), block) for one, block in ripe(SEVERAL)]
    assert costs(with_costs(known, as_workflow(ledger), SOON)) == [5] * SEVERAL
    assert not ledger.asked


def as_workflow(ledger: Ledger) -> WorkflowLedger:
    """All of a ledger that is asked for here."""
    return cast("WorkflowLedger", ledger)
