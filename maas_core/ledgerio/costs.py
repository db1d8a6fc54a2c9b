"""What included commands cost: events do not tell, so receipts are asked for before a submission ends."""

from collections.abc import Sequence
from dataclasses import replace

from maas_core.ledgerio.submission import Submission
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, ReceiptStatus, WorkflowLedger

Ripe = tuple[Submission, BlockRef]


def with_costs(ripe: Sequence[Ripe], workflow: WorkflowLedger, deadline: Deadline) -> list[Ripe]:
    """The submissions with their costs, in the profile's unit; what the ledger does not tell now stays unknown."""
    if not workflow.profile.cost_unit:
        return list(ripe)
    transactions = {one.seq: one.transaction_in(block) for one, block in ripe if one.cost is None}
    wanted = [transaction for transaction in transactions.values() if transaction is not None]
    told = workflow.receipts(wanted, deadline) if wanted else []
    costs = {one.transaction: one.cost for one in told if one.status is ReceiptStatus.INCLUDED}
    return [(_with(one, costs.get(transactions.get(one.seq) or b"")), block) for one, block in ripe]


def _with(submission: Submission, cost: int | None) -> Submission:
    return submission if cost is None else replace(submission, cost=cost)
