"""What the ledger's final events say about one machine's billing, as it was known at any position of the ledger.

A bill is computed from what the ledger said before the invoice was issued, by whoever computes it and whenever; what
became known later is an adjustment in a later bill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maas_core.errors import UsageError
from maas_core.maintenance.downtime import AttributionOf, downtimes
from maas_core.maintenance.tickets import Entry, Story, stories
from maas_core.maintenance.times import first_start, runs, stops
from maas_core.node.records import HistoryEntry
from maas_core.ports.downtime import Downtime
from maas_core.protocol import events as e
from maas_core.protocol.states import ChangeKind, InvoiceKind

NOW = 2**62
"""After all that is final."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice that bills a machine's time, and the statement that it names now."""

    invoice: bytes
    position: int
    """Of the event that issued it: what comes later is not in its bill."""
    transaction: bytes
    event: e.InvoiceIssued
    statement: bytes
    """The digest of the statement that was issued or revised last."""
    amount: int
    """Claimed last."""

    @property
    def window(self) -> tuple[int, int]:
        """What it bills, [from, to)."""
        return self.event.window_from, self.event.window_to

    @property
    def final(self) -> bool:
        """Whether it ends the agreement."""
        return self.event.kind == InvoiceKind.FINAL


@dataclass(frozen=True, slots=True)
class TermsInForce:
    """Terms and from when they hold."""

    digest: bytes
    since: int
    position: int
    transaction: bytes


class Timeline:
    """One machine's history."""

    def __init__(self, machine: bytes, history: Sequence[HistoryEntry], invoices: Sequence[Issued]) -> None:
        """`history` is the machine's, `invoices` those that bill its time, both final."""
        self.machine = machine
        self.entries = [one for one in history if not one.aside]
        self.invoices = sorted(invoices, key=lambda one: one.position)

    def known(self, before: int) -> list[HistoryEntry]:
        """The entries before a position."""
        return [one for one in self.entries if one.position < before]

    def first_start(self) -> int | None:
        """When the machine was started for the first time, by business time."""
        return first_start(_plain(self.entries))

    def terms(self, before: int) -> list[TermsInForce]:
        """Which terms hold from when on, ascending; of two that begin at once the one accepted last holds."""
        found: list[TermsInForce] = []
        for entry in self.known(before):
            match entry.event:
                case e.MachineRegistered(terms=digest):
                    found = [TermsInForce(digest, 0, entry.position, entry.transaction)]
                case e.ChangeAccepted(kind=ChangeKind.AMEND, terms=digest, effective_from=since):
                    kept = [one for one in found if one.since < since]
                    found = [*kept, TermsInForce(digest, since, entry.position, entry.transaction)]
                case _:
                    pass
        return found

    def terms_of(self, window: tuple[int, int], before: int) -> tuple[TermsInForce, bool]:
        """The terms of a window, and whether they end with it.

        Raises `UsageError` if the machine was never registered or other terms begin within the window.
        """
        time_from, time_to = window
        in_force = self.terms(before)
        holding = [one for one in in_force if one.since <= time_from]
        if not holding:
            raise UsageError(f"no terms hold for machine {self.machine.hex()} at {time_from}")
        later = [one.since for one in in_force if one.since > time_from]
        if later and later[0] < time_to:
            raise UsageError(f"other terms begin at {later[0]}, within the window: bill up to there first")
        return holding[-1], bool(later) and later[0] == time_to

    def executed(self, until: int, before: int) -> tuple[tuple[int, int], ...]:
        """When the machine was EXECUTED, by business time, up to `until`."""
        return runs(_plain(self.known(before)), until)

    def downtimes(self, window: tuple[int, int], before: int, attribution: AttributionOf) -> tuple[Downtime, ...]:
        """Its downtime in a window."""
        entries = list(_plain(self.known(before)))
        return downtimes(stops(entries), stories(entries), attribution, window)

    def invoice(self, invoice: bytes) -> int:
        """The place of an invoice in `invoices`. Raises `UsageError`."""
        for index, one in enumerate(self.invoices):
            if one.invoice == invoice:
                return index
        raise UsageError(f"invoice {invoice.hex()} does not bill machine {self.machine.hex()}, or is not final yet")

    def before(self, index: int) -> int:
        """The position before which everything counts for an invoice; for the next one `NOW`."""
        return self.invoices[index].position if index < len(self.invoices) else NOW


def issued(invoice: bytes, history: Iterable[HistoryEntry]) -> Issued | None:
    """An invoice that bills a machine's time, from its own history; None for any other."""
    found: Issued | None = None
    for entry in history:
        match entry.event:
            case e.InvoiceIssued() as event if event.kind in (InvoiceKind.PERIOD, InvoiceKind.FINAL):
                found = Issued(
                    invoice, entry.position, entry.transaction, event, event.statement, _signed(event.amount, event)
                )
            case e.InvoiceRevised(statement=statement, amount=amount) if found is not None:
                found = Issued(
                    invoice, found.position, found.transaction, found.event, statement, _signed(amount, found.event)
                )
            case _:
                pass
    return found


def _signed(amount: int, event: e.InvoiceIssued) -> int:
    """Below 0 for what is paid out to the customer."""
    return -amount if event.payout else amount


def _plain(entries: Iterable[HistoryEntry]) -> Iterable[Entry]:
    return (Entry(one.position, one.block, one.transaction, one.event) for one in entries)


def reports(timeline: Timeline, before: int) -> dict[bytes, Story]:
    """The report digests that the machine's tickets name, with their stories."""
    told = stories(_plain(timeline.known(before))).values()
    return {story.report: story for story in told if story.report is not None}
