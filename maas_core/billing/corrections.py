"""Late readings: earlier windows are computed anew, and what changes in them is charged in the new statement.

The sum of all statements is then what it would have been had the readings come in time, to the last fraction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from maas_core.billing.facts import Correction, Facts, Span
from maas_core.billing.statement import Line, LineKind, Statement
from maas_core.errors import UsageError

NONE = Fraction(0)


@dataclass(slots=True)
class Sum:
    """What lines of one name come to."""

    amount: Fraction = NONE
    quantity: Fraction = NONE
    unit: str = ""

    def add(self, line: Line) -> None:
        """Count a line."""
        self.amount += line.amount
        if line.quantity is not None and line.kind in (LineKind.USAGE, LineKind.ADJUSTMENT):
            self.quantity += line.quantity
            self.unit = line.unit


@dataclass(slots=True)
class Standing:
    """What is charged for earlier windows, by window and name of tariff or SLA."""

    sums: dict[tuple[Span, str], Sum] = field(default_factory=dict)

    def add(self, window: Span, lines: Iterable[Line]) -> None:
        """Count lines for a window."""
        for line in lines:
            self.sums.setdefault((window, line.name), Sum()).add(line)

    def changed_to(self, other: "Standing") -> tuple[Line, ...]:
        """The lines that lead from this to the other."""
        lines = []
        for window, name in sorted(self.sums.keys() | other.sums.keys()):
            before, after = self.sums.get((window, name), Sum()), other.sums.get((window, name), Sum())
            amount, quantity = after.amount - before.amount, after.quantity - before.quantity
            if amount:
                unit = after.unit or before.unit
                why = "what became known later of a window that was billed before"
                lines.append(Line(name, LineKind.ADJUSTMENT, window, amount, quantity if unit else None, unit, why=why))
        return tuple(lines)


def charged_before(corrections: tuple[Correction, ...]) -> Standing:
    """What stands for the corrected windows: their own lines, and adjustments that later statements made to them."""
    found = Standing()
    windows = {one.billed.window for one in corrections}
    for one in corrections:
        for line in one.billed.lines:
            window = line.span if line.kind is LineKind.ADJUSTMENT else one.billed.window
            if window in windows:
                found.add(window, [line])
    return found


def check_corrections(facts: Facts) -> None:
    """Raises `UsageError` unless the corrected windows lead without gap to the new one."""
    ends = [one.facts.window.time_from for one in facts.corrections[1:]] + [facts.window.time_from]
    for one, end in zip(facts.corrections, ends, strict=False):
        window = one.facts.window
        if window.time_to != end:
            raise UsageError(f"the correction of [{window.time_from}, {window.time_to}) does not lead to {end}")
        if _of(one.billed) != (facts.machine, window) or one.facts.machine != facts.machine:
            raise UsageError(f"the correction of [{window.time_from}, {window.time_to}) names another statement")


def _of(statement: Statement) -> tuple[bytes, Span]:
    return statement.machine, statement.window
