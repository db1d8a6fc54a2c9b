"""An OEM that bills something else than what its node computes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import Chunk, Facts, Span
from maas_core.billing.slices import Slice, SliceTree
from maas_core.billing.statement import Statement
from maas_core.billing.terms import Terms
from maas_core.node.billing.results import Results
from maas_core.ports.readings import Series
from tests.support.billing import OEM, Trade

Change = Callable[["Forger", Result], Result]


class Forger(Results):
    """Computes, then changes the result."""

    change: Change

    def next(self, window: Any, seq_to: int, before: int, *, final: bool = False) -> Result:
        self.known = self.source.window(window, before, seq_to, final=final)
        return self.change(self, super().next(window, seq_to, before, final=final))

    def again(
        self, terms: Callable[[Terms], Terms] = lambda one: one, facts: Callable[[Facts], Facts] = lambda one: one
    ) -> Result:
        """The same window with other terms or facts, told as if they were the agreed ones."""
        agreed = self.source.terms(self.known.terms)
        count = len(self.source.timeline.invoices)
        return compute(terms(agreed), facts(self.facts(self.known, self.carried(count))))


def issue_forged(trade: Trade, to: int, change: Change, **command: Any) -> bytes:
    """Issue an invoice with a changed result and, if given, other fields in the command."""
    node = trade.nodes[OEM]
    honest = node.billing.results(trade.machine)
    forger = Forger(node, honest.source)
    forger.change = change
    begin, seq_from = node.billing._begin(forger, None)
    bill = node.billing._bill(forger, Span(begin, to), seq_from, None, final=False)
    submission = node.submissions.send(replace(bill, **command))
    node.submissions.wait(submission)
    trade.sync()
    return bill.invoice


def honest(_: Forger, result: Result) -> Result:
    """No change."""
    return result


def stated(**fields: Any) -> Change:
    """Other fields in the statement."""
    return lambda _, result: Result(replace(result.statement, **fields), result.slices)


def restated(change: Callable[[Statement], Mapping[str, Any]]) -> Change:
    """Other fields that follow from the statement."""
    return lambda _, result: Result(replace(result.statement, **change(result.statement)), result.slices)


def readings_times(factor: int, since: int) -> Change:
    """As if the energy readings from a time on had been larger."""

    def facts(known: Facts) -> Facts:
        return replace(known, telemetry=list(_larger(known.telemetry, factor, since)))

    return lambda forger, _: forger.again(facts=facts)


def _larger(chunks: Any, factor: int, since: int) -> Iterator[Chunk]:
    for chunk in chunks:
        energy = chunk.series["energy"]
        value = energy.value.copy()
        value[energy.time >= since] *= factor
        yield replace(chunk, series={**chunk.series, "energy": Series(energy.time, value, energy.quality)})


def other_terms(change: Callable[[Terms], Terms]) -> Change:
    """As if other terms had been agreed on."""
    return lambda forger, _: forger.again(terms=change)


def without_downtime(forger: Forger, _: Result) -> Result:
    """As if the machine had never stood still for a reason of the OEM's."""
    return forger.again(facts=lambda known: replace(known, downtimes=()))


def always_started(forger: Forger, result: Result) -> Result:
    """As if the machine had run all the time."""
    window = result.statement.window
    return forger.again(facts=lambda known: replace(known, executed=(window,), downtimes=()))


def without_line(name: str) -> Change:
    """A line is left out, of the slices, too, so that all sums fit."""

    def change(_: Forger, result: Result) -> Result:
        one = result.statement
        gone = [line for line in one.lines if line.name == name]
        lines = tuple(line for line in one.lines if line.name != name)
        slices = SliceTree.of([_charging(cut, name, None) for cut in result.slices.slices()])
        return _summed(replace(one, lines=lines, root=slices.root), slices, -sum(line.amount for line in gone))

    return change


def dearer_slice(index: int, name: str, more: int) -> Change:
    """One slice and its line cost more, and all sums fit."""

    def change(_: Forger, result: Result) -> Result:
        one = result.statement
        cuts = list(result.slices.slices())
        cuts[index] = _charging(cuts[index], name, cuts[index].charges.get(name, Fraction(0)) + more)
        slices = SliceTree.of(cuts)
        at = next(number for number, line in enumerate(one.lines) if line.name == name)
        lines = [*one.lines]
        lines[at] = replace(lines[at], amount=lines[at].amount + more)
        return _summed(replace(one, lines=tuple(lines), root=slices.root), slices, Fraction(more))

    return change


def _charging(cut: Slice, name: str, amount: Fraction | None) -> Slice:
    charges = {key: one for key, one in cut.charges.items() if key != name}
    return replace(cut, charges=charges if amount is None else {**charges, name: amount})


def _summed(one: Statement, slices: SliceTree, more: Fraction | int) -> Result:
    exact = one.exact + more
    owed = one.carry_in.balance + exact
    amount = floor(owed + Fraction(1, 2))
    carry = replace(one.carry_out, balance=owed - amount)
    return Result(replace(one, exact=exact, amount=amount, carry_out=carry), slices)
