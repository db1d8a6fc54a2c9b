"""What was ordered and what became of it: a JSON file for each invoice, replaced as a whole, under one lock.

The files are meant to be read by people and kept with the books. Amounts are minor units, times seconds UTC.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from maas_core.errors import StoreError, UsageError
from maas_core.objects.atomic_file import clean_leftovers, write_whole
from maas_core.ports.payments import Account, Payment, PaymentState

INTENDED = "intended"
"""Ordered, and the file for the bank is not known to be written: it is written again under the same name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of the payment of one invoice."""

    invoice: str
    """32 hexadecimal digits; also the payment's end-to-end id."""
    state: str
    """`intended` or a `PaymentState`."""
    attempt: int = 0
    """How often it was ordered; 0 for what others ordered and came in here."""
    payment: dict[str, Any] | None = None
    """What was ordered, None for what others ordered."""
    ordered_at: int = 0
    file: str = ""
    """The file for the bank that has it."""
    reference: str = ""
    """How the bank or the operator names the payment; for `failed` why."""


class Book:
    """A folder of entries. Any number of processes may use it at once; raises `StoreError` where it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the book, so that what was read stays true."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                clean_leftovers(self.folder)
                yield
        except OSError as error:
            raise StoreError(f"{error.filename or self.folder}: {error.strerror}") from None

    def find(self, invoice: bytes) -> Entry | None:
        """What is known of an invoice's payment."""
        return self._read(self._file(invoice.hex()))

    def all(self) -> list[Entry]:
        """All entries by invoice."""
        entries = (self._read(file) for file in sorted(self.folder.glob("*.json")))
        return [one for one in entries if one is not None]

    def put(self, entry: Entry) -> Entry:
        """Write an entry; call it while the book is locked."""
        content = json.dumps(asdict(entry), indent=1, sort_keys=True).encode() + b"\n"
        write_whole(self.folder, self._file(entry.invoice), content, durable=True)
        return entry

    def confirm(self, invoice: bytes, reference: str) -> Entry:
        """An operator says that the money moved. Raises `UsageError` if something else is known."""
        with self.locked():
            entry = self.find(invoice) or Entry(invoice.hex(), PaymentState.UNKNOWN)
            if entry.state == PaymentState.PAID and entry.reference != reference:
                raise UsageError(f"{entry.invoice} is paid already, as {entry.reference!r}")
            return self.put(replace(entry, state=PaymentState.PAID, reference=reference))

    def fail(self, invoice: bytes, why: str) -> Entry:
        """An operator says that an ordered payment did not and will not take place; it may be ordered again."""
        with self.locked():
            entry = self.find(invoice)
            if entry is None or entry.state not in (INTENDED, PaymentState.ORDERED, PaymentState.FAILED):
                raise UsageError(f"{invoice.hex()} is {entry.state if entry else 'not ordered'}: it cannot fail")
            return self.put(replace(entry, state=PaymentState.FAILED, reference=why))

    def _file(self, invoice: str) -> Path:
        return self.folder / f"{invoice}.json"

    def _read(self, file: Path) -> Entry | None:
        try:
            return Entry(**json.loads(file.read_bytes()))
        except FileNotFoundError:
            return None
        except (TypeError, ValueError):
            raise StoreError(f"{file}: is no entry of the book; restore it from a copy") from None


def written(payment: Payment) -> dict[str, Any]:
    """A payment as an entry holds it."""
    return {
        "amount": payment.amount,
        "currency": payment.currency,
        "due": payment.due,
        "debtor": {"name": payment.debtor.name, **dict(payment.debtor.details)},
        "creditor": {"name": payment.creditor.name, **dict(payment.creditor.details)},
    }


def read(entry: Entry) -> Payment:
    """The payment that an entry holds. Raises `StoreError` if it holds none."""
    try:
        told = entry.payment or {}
        sides = [dict(told[side]) for side in ("debtor", "creditor")]
        debtor, creditor = (Account(side.pop("name"), tuple(side.items())) for side in sides)
        return Payment(bytes.fromhex(entry.invoice), debtor, creditor, told["amount"], told["currency"], told["due"])
    except (KeyError, TypeError, ValueError):
        raise StoreError(f"the entry of {entry.invoice} holds no payment; restore it from a copy") from None
