"""The two ways of paying, over the same book."""

from dataclasses import dataclass, replace
from pathlib import Path

from maas_payments_file.book import INTENDED, Book, Entry, read, written
from maas_payments_file.camt import Booking, bookings, standing
from maas_payments_file.pain001 import Transfer, message
from maas_payments_file.settings import BankSettings, Files, ManualSettings

from maas_core.errors import StoreError, UsageError
from maas_core.objects.atomic_file import clean_leftovers, write_whole
from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.payments import Payment, PaymentReport, PaymentState


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one node's payments."""

    root: Path

    @property
    def orders(self) -> Path:
        """The book."""
        return self.root / "orders"

    @property
    def outgoing(self) -> Path:
        """Files to hand to the bank; whoever does may move them away."""
        return self.root / "outgoing"

    @property
    def statements(self) -> Path:
        """Files that the bank returned."""
        return self.root / "statements"


def open_manual(settings: ManualSettings, context: Context) -> "Manual":
    """A way of paying for `backend = "manual"`."""
    return Manual(Book(Places(context.directory / settings.directory).orders), context.clock)


def open_bank(settings: BankSettings, context: Context) -> "Bank":
    """A way of paying for `backend = "pain001"`."""
    return Bank(Places(context.directory / settings.directory), settings.files, context.clock)


class Manual:
    """An operator pays and says so."""

    def __init__(self, book: Book, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    def order(self, payment: Payment, deadline: Deadline) -> PaymentReport:
        """Write down that it is to be paid. Raises `UsageError`, `StoreError`."""
        with self._book.locked():
            entry = _ordered(self._book, payment, self._clock.now())
            if entry.state == INTENDED:
                entry = self._book.put(replace(entry, state=PaymentState.ORDERED))
        return _report(entry, "to be paid by hand")

    def look_up(self, payment: Payment, deadline: Deadline) -> PaymentReport:
        """What the operator said."""
        entry = self._book.find(payment.invoice)
        return PaymentReport(PaymentState.UNKNOWN) if entry is None else _report(entry, "to be paid by hand")

    def close(self) -> None:
        """Nothing is held open."""


class Bank:
    """A transfer file for the bank, and the bank's own files."""

    def __init__(self, places: Places, files: Files, clock: Clock) -> None:
        self.book = Book(places.orders)
        self._places = places
        self._files = files
        self._clock = clock

    def order(self, payment: Payment, deadline: Deadline) -> PaymentReport:
        """Write it for the bank, once. Raises `UsageError` if no bank would take it, `StoreError`."""
        message("check", [Transfer(payment, 1)], self._clock.now())
        known = self.look_up(payment, deadline)
        if known.state is PaymentState.PAID:
            return known
        with self.book.locked():
            entry = _ordered(self.book, payment, self._clock.now())
            if entry.state == INTENDED and self._files is Files.EACH:
                name = entry.file or f"{entry.invoice}-{entry.attempt}"[-35:]
                entry = self._write(name, [entry], entry.ordered_at)[0]
        return _report(entry, self._where(entry))

    def collect(self) -> tuple[str, int]:
        """Write all that waits into one file; returns its path and how many transfers it has, ("", 0) if none."""
        with self.book.locked():
            waiting = [one for one in self.book.all() if one.state == INTENDED]
            debtor = read(waiting[0]).debtor if waiting else None
            group = [one for one in waiting if read(one).debtor == debtor]
            if not group:
                return "", 0
            now = self._clock.now()
            # The name is written into the entries before the file: after a crash the same ones get the same file.
            begun = next((one.file for one in group if one.file), "")
            if begun:
                in_file = (INTENDED, PaymentState.ORDERED)
                group = [one for one in self.book.all() if one.file == begun and one.state in in_file]
                now = int(begun.rpartition("-")[2])
            else:
                begun = f"collected-{group[0].invoice[:8]}-{now}"
                group = [self.book.put(replace(one, file=begun)) for one in group]
            self._write(begun, group, now)
            return str(self._places.outgoing / f"{begun}.xml"), len(group)

    def look_up(self, payment: Payment, deadline: Deadline) -> PaymentReport:
        """What the operator or the bank's files say. Raises `StoreError`, `IntegrityError` for an unreadable file."""
        entry = self.book.find(payment.invoice)
        if entry is not None and entry.state == PaymentState.PAID:
            return _report(entry, "")
        found = self._bookings(payment)
        paid = standing(found, payment.amount, payment.currency)
        if paid is not None:
            return PaymentReport(PaymentState.PAID, (paid.reference or payment.invoice.hex()).encode())
        detail = "" if entry is None else self._where(entry)
        if found:
            told = ", ".join(f"{one.amount} {one.currency} ({one.reference or 'no reference'})" for one in found)
            detail = f"the bank's files name {told}: returned, or not the amount that is owed"
        return PaymentReport(PaymentState.UNKNOWN, b"", detail) if entry is None else _report(entry, detail)

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, name: str, entries: list[Entry], now: int) -> list[Entry]:
        outgoing = self._places.outgoing
        outgoing.mkdir(parents=True, exist_ok=True)
        clean_leftovers(outgoing)
        transfers = [Transfer(read(one), one.attempt) for one in entries]
        write_whole(outgoing, outgoing / f"{name}.xml", message(name, transfers, now), durable=True)
        return [self.book.put(replace(one, state=PaymentState.ORDERED, file=name)) for one in entries]

    def _where(self, entry: Entry) -> str:
        if entry.state == INTENDED:
            return "waits for `maasctl payments-file collect`"
        return f"hand {self._places.outgoing / entry.file}.xml to the bank" if entry.file else ""

    def _bookings(self, payment: Payment) -> list[Booking]:
        """What the bank's files say of an invoice, booked ones only."""
        try:
            found = [one for file in sorted(self._places.statements.glob("*.xml")) for one in bookings(file)]
        except OSError as error:
            raise StoreError(f"{error.filename}: {error.strerror}") from None
        return [one for one in found if one.booked and one.names(payment.invoice)]


def _ordered(book: Book, payment: Payment, now: int) -> Entry:
    """The entry of an order, a new one unless it was ordered before and did not fail; the book is locked."""
    entry = book.find(payment.invoice)
    content = written(payment)
    if entry is None or entry.state in (PaymentState.FAILED, PaymentState.UNKNOWN):
        attempt = 1 if entry is None else entry.attempt + 1
        return book.put(Entry(payment.invoice.hex(), INTENDED, attempt, content, now))
    if entry.payment is not None and not _same(entry.payment, content):
        raise UsageError(f"the payment of invoice {entry.invoice} was ordered with another amount or account")
    return entry


def _same(ordered: dict[str, object], asked: dict[str, object]) -> bool:
    """Whether it is the same money to the same account; a due day and a name may have changed meanwhile."""
    return all(ordered[key] == asked[key] for key in ("amount", "currency")) and _account(ordered) == _account(asked)


def _account(content: dict[str, object]) -> dict[str, object]:
    creditor = content["creditor"]
    assert isinstance(creditor, dict)
    return {key: value for key, value in creditor.items() if key != "name"}


def _report(entry: Entry, detail: str) -> PaymentReport:
    if entry.state == INTENDED:
        return PaymentReport(PaymentState.ORDERED, b"", detail)
    state = PaymentState(entry.state)
    if state is PaymentState.FAILED:
        return PaymentReport(state, b"", entry.reference)
    return PaymentReport(state, entry.reference.encode(), detail if state is PaymentState.ORDERED else "")
