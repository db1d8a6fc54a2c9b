"""What the bank's own files say: its statements (camt.053) and its notices of debits and credits (camt.054).

Any version of the two is read. A transaction counts if its entry is booked (BOOK), it is no reversal, and it names the
invoice as its end-to-end id or in its remittance text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from maas_core.errors import IntegrityError
from maas_core.ports.currency import by_code

LARGEST_FILE = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Booking:
    """A transaction on an account."""

    end_to_end_id: str
    remittance: str
    amount: Decimal
    currency: str
    credit: bool
    """Whether the money came in."""
    booked: bool
    reversal: bool
    reference: str
    """How the bank names it."""

    def names(self, invoice: bytes) -> bool:
        """Whether it is about an invoice."""
        return self.end_to_end_id == invoice.hex() or invoice.hex() in self.remittance

    def pays(self, amount: int, currency: str) -> bool:
        """Whether it is exactly this much, in minor units."""
        return self.currency == currency and self.amount == Decimal(by_code(currency).decimal(amount))


def bookings(file: Path) -> list[Booking]:
    """All transactions of a bank's file. Raises `IntegrityError` if it is no such file, and OSError."""
    root = _parsed(file)
    entries = [one for one in root.iter() if _name(one) == "Ntry"]
    if not any(_name(one) in ("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn") for one in root):
        raise IntegrityError(f"{file}: is neither camt.053 nor camt.054")
    try:
        return [booking for entry in entries for booking in _of_entry(entry)]
    except (InvalidOperation, KeyError):
        raise IntegrityError(f"{file}: has an amount without number or currency") from None


def _parsed(file: Path) -> Element:
    if file.stat().st_size > LARGEST_FILE:
        raise IntegrityError(f"{file}: is larger than {LARGEST_FILE} bytes")
    parser = XMLParser(target=_NoDeclarations())  # noqa: S314 - entities need a declaration, which is refused
    try:
        parser.feed(file.read_bytes())
        root: Element = parser.close()
    except ParseError as error:
        raise IntegrityError(f"{file}: is no XML: {error}") from None
    return root


class _NoDeclarations(TreeBuilder):
    """No bank sends a document type, and only one can declare entities."""

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> NoReturn:
        raise IntegrityError("a bank's file declares a document type: it is not read")


def _of_entry(entry: Element) -> Iterator[Booking]:
    details = [one for group in _children(entry, "NtryDtls") for one in _children(group, "TxDtls")]
    for one in details or [entry]:
        # A lone transaction may leave its amount to the entry; of several each has its own.
        amount = _child(one, "Amt")
        if amount is None:
            amount = _child(entry, "Amt")
        if amount is None or (one is not entry and len(details) > 1 and _child(one, "Amt") is None):
            continue
        status = _child(entry, "Sts")
        yield Booking(
            end_to_end_id=_text(one, "Refs", "EndToEndId"),
            remittance=" ".join(text.text or "" for text in one.iter() if _name(text) in ("Ustrd", "AddtlTxInf")),
            amount=Decimal((amount.text or "").strip()),
            currency=amount.attrib["Ccy"],
            credit=(_text(one, "CdtDbtInd") or _text(entry, "CdtDbtInd")) == "CRDT",
            booked=status is not None and (_text(status, "Cd") or (status.text or "").strip()) == "BOOK",
            reversal=_text(entry, "RvslInd") == "true",
            reference=_text(one, "Refs", "AcctSvcrRef") or _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef"),
        )


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(parent: Element, name: str) -> list[Element]:
    return [one for one in parent if _name(one) == name]


def _child(parent: Element, name: str) -> Element | None:
    return next((one for one in parent if _name(one) == name), None)


def _text(element: Element, *path: str) -> str:
    at: Element | None = element
    for name in path:
        at = None if at is None else _child(at, name)
    return "" if at is None else (at.text or "").strip()


def standing(found: list[Booking], amount: int, currency: str) -> Booking | None:
    """The booking that paid an amount (minor units) and was not taken back by a reversal or a return.

    `found` are bookings of one invoice in the order of the bank's files, of which several may tell the same one.
    """
    exact = list(dict.fromkeys(one for one in found if one.pays(amount, currency)))
    first = next((one for one in exact if not one.reversal), None)
    if first is None:
        return None
    forth = [one for one in exact if not one.reversal and one.credit == first.credit]
    return forth[-1] if 2 * len(forth) > len(exact) else None
