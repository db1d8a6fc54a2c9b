"""Somebody else's bill against this node's own computation: the first thing in which they differ."""

from dataclasses import dataclass

from maas_core.billing.bill import Bill, PagedTree
from maas_core.billing.bisection import first_difference
from maas_core.billing.engine import Result
from maas_core.billing.slices import Slice
from maas_core.billing.statement import Statement
from maas_core.evidence.file import Fault
from maas_core.evidence.replay import contradiction
from maas_core.node.billing.timeline import Issued
from maas_core.ports.currency import by_code
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import InvoiceKind

NO_SLICE = 2**32 - 1
"""What a dispute names when no slice differs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not as this node computed it."""

    fault: Fault
    text: str
    slice: int | None = None
    exchanges: int = 0
    """How many answers of the other side's tree it took to find it."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a check. Amounts are minor units, below 0 for a payout."""

    invoice: bytes
    ok: bool
    ours: int
    theirs: int
    """As the ledger claims it."""
    difference: Difference | None = None


def compared(issued: Issued, bill: Bill, slices: PagedTree, ours: Result) -> Difference | None:
    """The first difference between a bill and one's own result; None if there is none.

    Raises whatever fetching pages raises.
    """
    statement, own = bill.statement, ours.statement
    return (
        _amount(issued, statement)
        or _basis(issued, bill, own)
        or _sum(statement)
        or _carry(statement, own)
        or _slice(statement, slices, ours)
        or _rest(statement, own)
    )


def _amount(issued: Issued, statement: Statement) -> Difference | None:
    number = by_code(statement.currency).number
    if (issued.amount, issued.event.currency) != (statement.amount, number):
        told = f"{issued.amount} in currency {issued.event.currency}"
        return Difference(Fault.AMOUNT, f"the ledger says {told}, the statement {statement.amount} in {number}")
    return None


def _basis(issued: Issued, bill: Bill, own: Statement) -> Difference | None:
    statement = bill.statement
    told = {
        "invoice": (bill.invoice, issued.invoice),
        "machine": (statement.machine, own.machine),
        "window": (statement.window, own.window),
        "terms": (statement.terms, own.terms),
        "end of terms": (statement.closing, own.closing),
        "kind": (statement.final, issued.event.kind == InvoiceKind.FINAL),
        "engine": (statement.engine, own.engine),
        "currency": ((statement.currency, statement.digits), (own.currency, own.digits)),
        "title": (statement.title, own.title),
        "slices": ((statement.slices, statement.slice_seconds), (own.slices, own.slice_seconds)),
        "batches": (statement.anchors, own.anchors),
    }
    wrong = [name for name, (theirs, ours) in told.items() if theirs != ours]
    return Difference(Fault.BASIS, f"it is about another {' and '.join(wrong)}") if wrong else None


def _sum(statement: Statement) -> Difference | None:
    found = contradiction(statement)
    return Difference(Fault.SUM, found) if found else None


def _carry(statement: Statement, own: Statement) -> Difference | None:
    if statement.carry_in == own.carry_in:
        return None
    theirs, ours = statement.carry_in.balance, own.carry_in.balance
    what = f"{theirs} minor units instead of {ours}" if theirs != ours else "other meter readings or period totals"
    return Difference(Fault.CARRY, f"it begins with {what}")


def _slice(statement: Statement, slices: PagedTree, ours: Result) -> Difference | None:
    found = first_difference(ours.slices, statement.root, statement.slices, slices)
    if found is None:
        return None
    mine, told = Slice.read(ours.slices.leaf(found.index)), Slice.read(slices.leaf(found.index))
    fault = Fault.PRICING if _figures(mine) == _figures(told) else Fault.METERING
    text = f"slice {found.index}, [{told.time_from}, {told.time_to}), is another one"
    return Difference(fault, text, found.index, found.exchanges)


def _figures(one: Slice) -> tuple[object, ...]:
    """All of a slice but its charges."""
    return (
        one.index, one.time_from, one.time_to, one.executed,
        dict(one.quantities), dict(one.status), dict(one.downtime),
    )  # fmt: skip


def _rest(statement: Statement, own: Statement) -> Difference | None:
    if statement.dumps() == own.dumps():
        return None
    if statement.restated != own.restated or _adjustments(statement) != _adjustments(own):
        return Difference(Fault.RECOMPUTED, "it adjusts earlier windows by something else")
    return Difference(Fault.TOTALS, "its slices are right, and what it makes of them is not")


def _adjustments(statement: Statement) -> list[object]:
    return [line for line in statement.lines if line.kind == "adjustment"]


def owed(record: Invoice, ours: Statement) -> int:
    """What is owed in an invoice's direction and currency; nothing if the money goes the other way."""
    if record.currency != by_code(ours.currency).number:
        return 0
    return max(0, -ours.amount if record.payout else ours.amount)
