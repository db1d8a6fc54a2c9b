"""Bills computed one after the other, each from the facts and from what the one before left over.

The chain of what is carried on follows from ledger and storage alone: from the first window to the last by this node's
own computation, never from what somebody claimed in between. So a false statement that was accepted, paid or ruled on
stays in its own window.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from maas_core.billing.chunks import ordered
from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import Carry, Chunk, Correction, Facts, Span
from maas_core.billing.slices import SliceTree
from maas_core.billing.statement import ENGINE, Statement
from maas_core.ledgerio.sql.journal import upsert
from maas_core.node.billing.facts import FactSource, WindowFacts
from maas_core.store.tables import BillingResultRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

RESULTS: Any = BillingResultRow.__table__


@dataclass(frozen=True, slots=True)
class Moment:
    """What counts: events before a position, anchors before a number."""

    before: int
    seq_to: int


@dataclass(frozen=True, slots=True, eq=False)
class Restated:
    """An earlier window as it is known now, and what its bill said."""

    facts: WindowFacts
    billed: Statement


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A bill; the chain of bills needs its statement only, so slices stay packed until somebody asks for them."""

    statement: Statement
    packed: bytes

    @classmethod
    def of(cls, result: Result) -> "_Known":
        """Packed."""
        return cls(result.statement, zlib.compress(result.slices.dumps(), 1))

    def result(self) -> Result:
        """Unpacked."""
        return Result(self.statement, SliceTree.loads(zlib.decompress(self.packed)))


class Results:
    """The bills of one machine."""

    def __init__(self, node: "Node", source: FactSource, *, remember: bool = True) -> None:
        """With `remember`, what was computed is kept in the node's database under the digest of all its inputs."""
        self._node = node
        self.source = source
        self._remember = remember
        self._known: dict[bytes, _Known] = {}
        self._invoices: dict[int, _Known] = {}
        self._windows: dict[tuple[int, Moment], WindowFacts] = {}

    def of(self, index: int) -> Result:
        """What the invoice at a place of the timeline should say."""
        for earlier in range(index):
            self._invoice(earlier)
        return self._invoice(index).result()

    def next(self, window: Span, seq_to: int, before: int, *, final: bool = False) -> Result:
        """What the time after the last invoice comes to."""
        count = len(self.source.timeline.invoices)
        return self._compute(count, window, Moment(before, seq_to), final=final).result()

    def carried(self, index: int) -> Carry:
        """What the bill at a place begins with."""
        return self._invoice(index - 1).statement.carry_out if index else Carry()

    def facts_of(self, index: int) -> WindowFacts:
        """What the invoice at a place is computed from."""
        one = self.source.timeline.invoices[index]
        return self.source.window(Span(*one.window), one.position, one.event.seq_to, final=one.final)

    def facts(self, window: WindowFacts, carry: Carry, corrections: Sequence[Restated] = ()) -> Facts:
        """Facts as the engine takes them."""
        return Facts(
            machine=window.machine,
            window=window.window,
            executed=window.executed,
            telemetry=self._telemetry(window),
            downtimes=window.downtimes,
            anchors=window.anchors,
            terms_digest=window.terms,
            carry=carry,
            closing=window.closing,
            final=window.final,
            corrections=tuple(self._correction(one, index) for index, one in enumerate(corrections)),
        )

    def _correction(self, restated: Restated, index: int) -> Correction:
        carry = restated.billed.carry_in if index == 0 else Carry()
        return Correction(self.source.terms(restated.facts.terms), self.facts(restated.facts, carry), restated.billed)

    def _invoice(self, index: int) -> _Known:
        if index not in self._invoices:
            one = self.source.timeline.invoices[index]
            moment = Moment(one.position, one.event.seq_to)
            self._invoices[index] = self._compute(index, Span(*one.window), moment, final=one.final)
        return self._invoices[index]

    def _compute(self, index: int, window: Span, moment: Moment, *, final: bool) -> _Known:
        facts = self.source.window(window, moment.before, moment.seq_to, final=final)
        previous = self._invoice(index - 1).statement if index else None
        return self._result(facts, previous, self.corrections(index, moment))

    def corrections(self, index: int, moment: Moment) -> list[Restated]:
        """The earlier windows from the first of which something else is known now than at the bill before this one."""
        if index == 0:
            return []
        invoices = self.source.timeline.invoices
        last = Moment(invoices[index - 1].position, invoices[index - 1].event.seq_to)
        now = [self._window(place, moment) for place in range(index)]
        then = [self._window(place, last) for place in range(index)]
        differing = [place for place in range(index) if now[place].digest() != then[place].digest()]
        if not differing:
            return []
        return [Restated(now[place], self._invoice(place).statement) for place in range(differing[0], index)]

    def _window(self, place: int, moment: Moment) -> WindowFacts:
        key = (place, moment)
        if key not in self._windows:
            one = self.source.timeline.invoices[place]
            self._windows[key] = self.source.window(Span(*one.window), moment.before, moment.seq_to, final=one.final)
        return self._windows[key]

    def _result(self, facts: WindowFacts, previous: Statement | None, corrections: Sequence[Restated]) -> _Known:
        name = _inputs(facts, previous, corrections)
        if name not in self._known:
            known = self._stored(name) if self._remember else None
            if known is None:
                carry = Carry() if previous is None else previous.carry_out
                terms = self.source.terms(facts.terms)
                known = _Known.of(compute(terms, self.facts(facts, carry, corrections)))
                if self._remember:
                    self._store(name, known)
            self._known[name] = known
        return self._known[name]

    def _telemetry(self, facts: WindowFacts) -> Iterable[Chunk]:
        chunks = self.source.chunks(facts)
        return chunks if self._in_order(facts) else ordered(chunks)

    def _in_order(self, facts: WindowFacts) -> bool:
        """Whether batches follow each other, so that they can be metered one at a time."""
        by_seq = {one.seq: one for one in self.source.anchors}
        used = [by_seq[one.seq] for one in facts.anchors]
        return all(one.time_to <= after.time_from for one, after in pairwise(used))

    def _stored(self, name: bytes) -> _Known | None:
        with self._node.database.reading() as connection:
            row = connection.execute(select(RESULTS).where(RESULTS.c.inputs == name)).one_or_none()
        return None if row is None else _Known(Statement.loads(bytes(row.statement)), bytes(row.slices))

    def _store(self, name: bytes, known: _Known) -> None:
        row = {
            "inputs": name,
            "machine": self.source.machine,
            "statement": known.statement.dumps(),
            "slices": known.packed,
        }
        with self._node.database.writing() as connection:
            upsert(connection, RESULTS, "inputs", [row])


def _inputs(facts: WindowFacts, previous: Statement | None, corrections: Sequence[Restated]) -> bytes:
    """The digest of all that a result follows from; the previous statement stands for what it carries on."""
    parts = [ENGINE.encode(), facts.digest(), b"" if previous is None else previous.dumps()]
    for one in corrections:
        parts += [one.facts.digest(), one.billed.dumps()]
    return sha256(b"".join(sha256(part).digest() for part in parts)).digest()
