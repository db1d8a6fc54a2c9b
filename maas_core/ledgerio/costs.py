"""What included commands cost: events do not tell, so it is asked for before a submission ends."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from maas_core.ledgerio.submission import Submission
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, ReceiptStatus, TellsCosts, Unavailable, WorkflowLedger

Ripe = tuple[Submission, BlockRef]
Wanted = dict[bytes, BlockRef]
"""Transactions with their blocks."""
SEVERAL = 4
"""Transactions in one block from which on all of the block's costs are asked for at once."""


def with_costs(ripe: Sequence[Ripe], workflow: WorkflowLedger, deadline: Deadline) -> list[Ripe]:
    """The submissions with their costs, in the profile's unit; what the ledger does not tell now stays unknown."""
    if not workflow.profile.cost_unit:
        return list(ripe)
    transactions = {one.seq: one.transaction_in(block) for one, block in ripe if one.cost is None}
    wanted = {name: block for one, block in ripe if (name := transactions.get(one.seq)) is not None}
    costs = _by_block(wanted, workflow, deadline) if isinstance(workflow, TellsCosts) else {}
    left = [one for one in wanted if one not in costs]
    told = workflow.receipts(left, deadline) if left else []
    costs |= {one.transaction: one.cost for one in told if one.status is ReceiptStatus.INCLUDED}
    return [(_with(one, costs.get(transactions.get(one.seq) or b"")), block) for one, block in ripe]


def _by_block(wanted: Wanted, workflow: TellsCosts, deadline: Deadline) -> dict[bytes, int | None]:
    costs: dict[bytes, int | None] = {}
    for block, count in Counter(wanted.values()).items():
        told = workflow.costs(block, deadline) if count >= SEVERAL else {}
        if not isinstance(told, Unavailable):
            costs |= {one: told[one] for one in wanted if one in told}
    return costs


def _with(submission: Submission, cost: int | None) -> Submission:
    return submission if cost is None else replace(submission, cost=cost)
