"""The facts of a bill, from the ledger's final events and from storage, and nothing else.

What a bill is computed from is what the ledger said before its invoice was issued. What became known later about an
earlier window (late readings, a stop recorded late, a repair's report) goes into the next bill as a correction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from maas_core.billing.facts import AnchorUsed, Chunk, Span
from maas_core.billing.terms import Terms
from maas_core.billing.terms_file import read_terms
from maas_core.node.billing.timeline import NOW, Issued, Timeline, issued
from maas_core.node.maintenance.facts import Facts as TicketFacts
from maas_core.ports.downtime import Downtime
from maas_core.proofs import canonical
from maas_core.protocol.states import InvoiceKind

if TYPE_CHECKING:
    from maas_core.node.node import Node
    from maas_core.telemetry.anchors import Anchor

TERMS = "terms"


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """What is known of one window at one moment of the ledger, but for what was carried into it."""

    machine: bytes
    window: Span
    terms: bytes
    """The digest on the ledger."""
    closing: bool
    final: bool
    executed: tuple[Span, ...]
    downtimes: tuple[Downtime, ...]
    anchors: tuple[AnchorUsed, ...]

    def digest(self) -> bytes:
        """Of all of it: two moments that agree here give the same figures."""
        return sha256(canonical.dumps({
            "machine": self.machine.hex(),
            "window": _pair(self.window),
            "terms": self.terms.hex(),
            "closing": self.closing,
            "final": self.final,
            "executed": [_pair(one) for one in self.executed],
            "downtimes": [
                [one.time_from, one.time_to, int(one.cause), one.attribution.value, one.ongoing]
                for one in self.downtimes
            ],
            "anchors": [[one.seq, one.manifest.hex()] for one in self.anchors],
        })).digest()  # fmt: skip


def _within(times: tuple[tuple[int, int], ...], window: Span) -> tuple[Span, ...]:
    """Times as far as they are in a window, or in the second before it: whether it ran then counts, too."""
    cut = (Span(max(one[0], window.time_from - 1), min(one[1], window.time_to)) for one in times)
    return tuple(one for one in cut if one.seconds > 0)


def _pair(span: Span) -> list[int]:
    return [span.time_from, span.time_to]


class FactSource:
    """Gathers facts about one machine. Reads the final events once; make a new one to see later ones."""

    def __init__(self, node: "Node", machine: bytes) -> None:
        self._node = node
        self._tickets = TicketFacts(node)
        self.machine = machine
        self.timeline = Timeline(machine, node.machines.history(machine), _invoices(node, machine))
        self._anchors: list[Anchor] | None = None
        self._terms: dict[bytes, Terms] = {}

    @property
    def anchors(self) -> "list[Anchor]":
        """All final anchors of the machine, by their numbers."""
        if self._anchors is None:
            self._anchors = list(self._node.telemetry.anchors(self.machine))
        return self._anchors

    def terms(self, digest: bytes) -> Terms:
        """The terms that a digest on the ledger names. Raises `NoAccessError`, `IntegrityError`, `UnavailableError`."""
        if digest not in self._terms:
            self._terms[digest] = read_terms(self._node.documents.read(digest, TERMS))
        return self._terms[digest]

    def window(self, window: Span, before: int, seq_to: int, *, final: bool) -> WindowFacts:
        """What is known of a window from events before a position, and from anchors before `seq_to`.

        Raises `UsageError` if other terms begin within the window.
        """
        bounds = (window.time_from, window.time_to)
        in_force, closing = self.timeline.terms_of(bounds, before)
        return WindowFacts(
            machine=self.machine,
            window=window,
            terms=in_force.digest,
            closing=closing,
            final=final,
            executed=_within(self.timeline.executed(window.time_to, before), window),
            downtimes=self.timeline.downtimes(bounds, before, self._tickets.attribution),
            anchors=self._used(window, seq_to),
        )

    def recorded(self, window: Span) -> WindowFacts:
        """What is known now of any time, whatever the terms were; the digest of the terms is zero."""
        bounds = (window.time_from, window.time_to)
        return WindowFacts(
            machine=self.machine,
            window=window,
            terms=bytes(32),
            closing=False,
            final=False,
            executed=_within(self.timeline.executed(window.time_to, NOW), window),
            downtimes=self.timeline.downtimes(bounds, NOW, self._tickets.attribution),
            anchors=self._used(window, NOW),
        )

    def _used(self, window: Span, seq_to: int) -> tuple[AnchorUsed, ...]:
        return tuple(
            AnchorUsed(one.seq, one.manifest)
            for one in self.anchors
            if one.seq < seq_to and one.time_from < window.time_to and one.time_to > window.time_from
        )

    def chunks(self, facts: WindowFacts) -> Iterator[Chunk]:
        """The telemetry of a window, batch by batch, fetched as it is asked for; raises as `telemetry.batches`."""
        for first, last in _runs([one.seq for one in facts.anchors]):
            for batch in self._node.telemetry.batches(self.machine, first, last + 1):
                slicing = batch.manifest.slicing
                decimals = {name: signal.decimals for name, signal in batch.signals.items()}
                yield Chunk(slicing.time_from, slicing.time_to, batch.series(), decimals)

    def next_seq(self, window_to: int, least: int) -> int:
        """Up to which anchor (not included) a bill that ends at `window_to` reaches; `least` is where it begins."""
        return max([least, *(one.seq + 1 for one in self.anchors if one.time_from < window_to)])


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs without gap, (first, last)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _invoices(node: "Node", machine: bytes) -> list[Issued]:
    """The machine's invoices whose issue is final."""
    kinds = (InvoiceKind.PERIOD, InvoiceKind.FINAL)
    records = [seen.record for seen in node.invoices.all() if seen.record.machine == machine]
    found = [issued(one.invoice, node.invoices.history(one.invoice)) for one in records if one.kind in kinds]
    return [one for one in found if one is not None]
