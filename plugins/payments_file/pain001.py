"""The bank transfer file: CustomerCreditTransferInitiationV09, pain.001.001.09.

Element order and types are those of ISO 20022; which optional elements appear follows the European Payments Council's
Implementation Guidelines for customers (EPC132-08, 2023): one payment instruction, charges SLEV and service level SEPA
where both accounts are in the area and the currency is euro, SHAR otherwise; a bank without BIC is NOTPROVIDED.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from maas_payments_file.accounts import bic, iban, is_sepa, text

from maas_core.errors import UsageError
from maas_core.ports.currency import by_code
from maas_core.ports.payments import Payment

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME = 70
"""Of a party, by EPC132-08; the message itself would take 140."""
MOST_DIGITS = 18
"""Of an amount, by `ActiveOrHistoricCurrencyAndAmount`."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A payment as a file names it."""

    payment: Payment
    attempt: int
    """From 1. A payment that failed and is ordered again keeps its end-to-end id; its instruction has another."""

    @property
    def end_to_end_id(self) -> str:
        """32 characters of 35: the invoice."""
        return self.payment.invoice.hex()


def message(name: str, transfers: Sequence[Transfer], now: int) -> bytes:
    """A file named `name` (1 to 35 characters) of transfers from one account, created at `now` (seconds UTC).

    The same arguments give the same bytes, so that a file that was half written before a crash is written again.
    Raises `UsageError` if an account or an amount is one that no bank takes.
    """
    first = transfers[0].payment
    if any(one.payment.debtor != first.debtor for one in transfers):
        raise UsageError("the transfers of one file are from one account")
    document = Element("Document", {"xmlns": NAMESPACE})
    initiation = SubElement(document, "CstmrCdtTrfInitn")
    header = SubElement(initiation, "GrpHdr")
    _leaf(header, "MsgId", name)
    _leaf(header, "CreDtTm", datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _leaf(header, "NbOfTxs", str(len(transfers)))
    _leaf(header, "CtrlSum", _sum(transfers))
    _leaf(SubElement(header, "InitgPty"), "Nm", text(first.debtor.name, LONGEST_NAME))
    for number, group in enumerate(_groups(transfers, now), 1):
        _instruction(initiation, f"{name[:31]}-{number}", group, now)
    indent(document, " ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document) + b"\n"


def _groups(transfers: Sequence[Transfer], now: int) -> list[list[Transfer]]:
    """What can share an instruction: the same day and the same kind."""
    groups: dict[tuple[str, bool], list[Transfer]] = {}
    for one in sorted(transfers, key=lambda one: one.end_to_end_id):
        groups.setdefault((_day(one.payment, now), _sepa(one.payment)), []).append(one)
    return [groups[key] for key in sorted(groups)]


def _instruction(initiation: Element, name: str, group: list[Transfer], now: int) -> None:
    first = group[0].payment
    block = SubElement(initiation, "PmtInf")
    _leaf(block, "PmtInfId", name)
    _leaf(block, "PmtMtd", "TRF")
    _leaf(block, "BtchBookg", "false")
    _leaf(block, "NbOfTxs", str(len(group)))
    _leaf(block, "CtrlSum", _sum(group))
    if _sepa(first):
        _leaf(SubElement(SubElement(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _leaf(SubElement(block, "ReqdExctnDt"), "Dt", _day(first, now))
    _leaf(SubElement(block, "Dbtr"), "Nm", text(first.debtor.name, LONGEST_NAME))
    _account(block, "DbtrAcct", iban(first.debtor, "debtor"))
    _agent(block, "DbtrAgt", bic(first.debtor, "debtor"))
    _leaf(block, "ChrgBr", "SLEV" if _sepa(first) else "SHAR")
    for one in group:
        _transfer(block, one)


def _transfer(block: Element, transfer: Transfer) -> None:
    payment = transfer.payment
    entry = SubElement(block, "CdtTrfTxInf")
    names = SubElement(entry, "PmtId")
    _leaf(names, "InstrId", f"{transfer.end_to_end_id}-{transfer.attempt}"[-35:])
    _leaf(names, "EndToEndId", transfer.end_to_end_id)
    amount = SubElement(SubElement(entry, "Amt"), "InstdAmt", {"Ccy": payment.currency})
    amount.text = _amount(payment)
    creditor_bic = bic(payment.creditor, "creditor")
    if creditor_bic:
        _agent(entry, "CdtrAgt", creditor_bic)
    _leaf(SubElement(entry, "Cdtr"), "Nm", text(payment.creditor.name, LONGEST_NAME))
    _account(entry, "CdtrAcct", iban(payment.creditor, "creditor"))
    _leaf(SubElement(entry, "RmtInf"), "Ustrd", f"Invoice {transfer.end_to_end_id}")


def _amount(payment: Payment) -> str:
    if payment.amount < 1:
        raise UsageError(f"{payment.amount} cannot be transferred; accepted: 1 minor unit or more")
    currency = by_code(payment.currency)
    if len(str(payment.amount)) > MOST_DIGITS:
        raise UsageError(f"an amount of a transfer has at most {MOST_DIGITS} digits")
    return currency.decimal(payment.amount)


def _sum(transfers: Sequence[Transfer]) -> str:
    """The control sum: of the numbers, whatever their currencies, as the standard has it."""
    digits = max(by_code(one.payment.currency).digits for one in transfers)
    total = sum(one.payment.amount * 10 ** (digits - by_code(one.payment.currency).digits) for one in transfers)
    whole, part = divmod(total, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


def _day(payment: Payment, now: int) -> str:
    """When the bank shall do it: on the due day, today if that has passed."""
    return datetime.fromtimestamp(max(payment.due, now), UTC).strftime("%Y-%m-%d")


def _sepa(payment: Payment) -> bool:
    return (
        payment.currency == "EUR"
        and is_sepa(iban(payment.debtor, "debtor"))
        and is_sepa(iban(payment.creditor, "creditor"))
    )


def _account(parent: Element, name: str, number: str) -> None:
    _leaf(SubElement(SubElement(parent, name), "Id"), "IBAN", number)


def _agent(parent: Element, name: str, code: str) -> None:
    bank = SubElement(SubElement(parent, name), "FinInstnId")
    if code:
        _leaf(bank, "BICFI", code)
    else:
        _leaf(SubElement(bank, "Othr"), "Id", "NOTPROVIDED")


def _leaf(parent: Element, name: str, content: str) -> None:
    SubElement(parent, name).text = content
