"""A statement's own slices, priced anew by its terms: what it must come to if its figures are true."""

from collections.abc import Sequence
from fractions import Fraction

from maas_core.billing.books import NONE, Books, Figures
from maas_core.billing.calendar import slice_edges
from maas_core.billing.engine import settle
from maas_core.billing.exact import rounded
from maas_core.billing.facts import Carry, Span
from maas_core.billing.slices import Slice
from maas_core.billing.statement import LineKind, Statement
from maas_core.billing.terms import Terms
from maas_core.errors import IntegrityError


def replayed(terms: Terms, statement: Statement, slices: Sequence[Slice]) -> Books:
    """The first slices of a statement, entered into books that begin with what the statement begins with.

    Raises `IntegrityError` for a slice that lies elsewhere than the terms say or counts other meters.
    """
    books = Books(terms, statement.window, statement.carry_in, 10**statement.digits)
    edges = slice_edges(terms, statement.window).tolist()
    for number, one in enumerate(slices):
        check_place(one, number, edges)
        figures = _figures(terms, one)
        charges = books.charge(figures)
        books.count(figures)
        last = one.time_to == statement.window.time_to and (statement.closing or statement.final)
        for line in settle(books, one.time_to, last):
            charges[line.name] = charges.get(line.name, NONE) + line.amount
        books.add(figures, charges)
    return books


def check_place(one: Slice, number: int, edges: Sequence[int]) -> None:
    """Whether a slice is where the terms put it. Raises `IntegrityError`."""
    if number + 1 >= len(edges):
        raise IntegrityError(f"the window has no slice {number}")
    if (one.index, one.time_from, one.time_to) != (number, edges[number], edges[number + 1]):
        raise IntegrityError(f"slice {number} says that it is slice {one.index} of [{one.time_from}, {one.time_to})")


def _figures(terms: Terms, one: Slice) -> Figures:
    if set(one.quantities) != {meter.name for meter in terms.meters}:
        raise IntegrityError(f"slice {one.index} counts other meters than the terms name")
    return Figures(
        Span(one.time_from, one.time_to), one.executed, dict(one.quantities), dict(one.status), dict(one.downtime)
    )


def contradiction(statement: Statement) -> str:
    """What in a statement contradicts itself, whatever its terms and slices are; empty if nothing does."""
    total = sum((line.amount for line in statement.lines), NONE)
    if total != statement.exact:
        return f"its lines come to {total} minor units, and it says {statement.exact}"
    before, after = statement.carry_in.balance, statement.carry_out.balance
    if not statement.final and before + statement.exact != statement.amount + after:
        return (
            f"it begins with {before} minor units, adds {statement.exact}, bills {statement.amount} "
            f"and carries {after} on: that does not add up"
        )
    if statement.amount < 0 and not statement.final:
        return "it is paid out, and is not the last one"
    return ""


def difference(statement: Statement, terms: Terms, slices: Sequence[Slice]) -> str:
    """Where a statement is not what its own slices come to; empty if nowhere.

    What adjusts earlier windows is taken as it stands. Raises as `replayed`.
    """
    books = replayed(terms, statement, slices)
    found = _different_slice(books, slices)
    if found:
        return found
    own = [line for line in statement.lines if line.kind is not LineKind.ADJUSTMENT]
    if list(books.lines()) != own:
        return _different_line(list(books.lines()), own)
    if list(books.sla) != list(statement.sla):
        return "its service levels are not those that its slices give"
    owed = statement.carry_in.balance + statement.exact
    amount = rounded(owed, terms.rounding.mode)
    amount = amount if statement.final else max(amount, 0)
    if amount != statement.amount:
        return f"by the terms {owed} minor units are billed as {amount}, and it bills {statement.amount}"
    return _different_rest(books, statement, owed - amount)


def _different_slice(books: Books, slices: Sequence[Slice]) -> str:
    for computed, told in zip(books.slices, slices, strict=True):
        if computed.charges != told.charges:
            told_amounts, ours = amounts(told), amounts(computed)
            return f"slice {told.index} charges {told_amounts}; by the terms its own figures come to {ours}"
    return ""


def _different_line(computed: Sequence[object], told: Sequence[object]) -> str:
    for ours, theirs in zip(computed, told, strict=False):
        if ours != theirs:
            return f"a line says {theirs}; its own slices give {ours}"
    if len(computed) > len(told):
        return f"it leaves out a line that its own slices give: {computed[len(told)]}"
    return f"it has a line that its own slices do not give: {told[len(computed)]}"


def _different_rest(books: Books, statement: Statement, rest: Fraction) -> str:
    counted = {name: sum(one.quantities[name] for one in books.slices) for name in books.scales}
    told = {one.name: one.quantity for one in statement.meters}
    if counted != told:
        return "what its meters counted is not the sum of its slices"
    carried = statement.carry_out
    closing = statement.closing or statement.final
    expected = Carry(NONE if statement.final else rest, carried.meters, {} if closing else books.carried())
    return "" if carried == expected else "what it carries on is not what its slices leave over"


def amounts(one: Slice) -> str:
    """A slice's charges, for people."""
    return ", ".join(f"{name} {amount}" for name, amount in sorted(one.charges.items())) or "nothing"
