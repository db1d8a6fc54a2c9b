"""Ordering twice pays once, and what the bank's files say is believed exactly."""

from dataclasses import replace
from pathlib import Path

import pytest
from maas_payments_file.book import Book
from maas_payments_file.paying import Bank, open_manual
from maas_payments_file.settings import Files, ManualSettings

from maas_core.errors import IntegrityError, UsageError
from maas_core.ports.backends import Context
from maas_core.ports.payments import Account, PaymentState
from tests.unit.payments_file.bank import (
    DEADLINE,
    INVOICE,
    FixedClock,
    bank,
    entry,
    payment,
    returned,
    statement,
)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "payments" / "outgoing").glob("*.xml"))


def test_an_order_writes_one_file_and_says_which(tmp_path: Path) -> None:
    report = bank(tmp_path).order(payment(), DEADLINE)
    [file] = files(tmp_path)
    assert (report.state, str(file) in report.detail) == (PaymentState.ORDERED, True)
    assert INVOICE.hex() in file.read_text()


def test_ordering_twice_pays_once_also_after_the_file_went_to_the_bank(tmp_path: Path) -> None:
    bank(tmp_path).order(payment(), DEADLINE)
    files(tmp_path)[0].unlink()
    report = bank(tmp_path).order(payment(), DEADLINE)
    assert report.state is PaymentState.ORDERED
    assert files(tmp_path) == []


def test_another_amount_or_account_under_the_same_invoice_is_refused(tmp_path: Path) -> None:
    bank(tmp_path).order(payment(), DEADLINE)
    elsewhere = replace(payment(), creditor=Account("M", (("iban", "NL91ABNA0417164300"),)))
    for other in (payment(amount=1), payment(currency="CHF"), elsewhere):
        with pytest.raises(UsageError, match="ordered with another amount or account"):
            bank(tmp_path).order(other, DEADLINE)
    assert len(files(tmp_path)) == 1


def test_what_no_bank_takes_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        bank(tmp_path).order(payment(amount=0), DEADLINE)
    assert list(tmp_path.rglob("*.json")) + files(tmp_path) == []


class Killed(BaseException):
    """The process ends here."""


def test_a_crash_before_the_file_is_complete_writes_the_same_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Bank, "_write", die)
        with pytest.raises(Killed):
            bank(tmp_path).order(payment(), DEADLINE)
    assert bank(tmp_path).look_up(payment(), DEADLINE).state is PaymentState.ORDERED
    bank(tmp_path).order(payment(), DEADLINE)
    assert len(files(tmp_path)) == 1


def test_a_failed_payment_can_be_ordered_again_under_the_same_end_to_end_id(tmp_path: Path) -> None:
    bank(tmp_path).order(payment(), DEADLINE)
    bank(tmp_path).book.fail(INVOICE, "account closed")
    assert bank(tmp_path).look_up(payment(), DEADLINE).detail == "account closed"
    bank(tmp_path).order(payment(), DEADLINE)
    first, second = (file.read_text() for file in files(tmp_path))
    assert first != second
    assert all(f"<EndToEndId>{INVOICE.hex()}</EndToEndId>" in text for text in (first, second))


def test_what_the_bank_booked_is_not_ordered_again_even_if_an_operator_called_it_failed(tmp_path: Path) -> None:
    bank(tmp_path).order(payment(), DEADLINE)
    bank(tmp_path).book.fail(INVOICE, "typing error")
    returned(tmp_path, "1.xml", statement(entry()))
    assert bank(tmp_path).order(payment(), DEADLINE).state is PaymentState.PAID
    assert len(files(tmp_path)) == 1


def test_collected_transfers_share_a_file(tmp_path: Path) -> None:
    waiting = bank(tmp_path, Files.COLLECTED)
    for number in range(3):
        assert "collect" in waiting.order(payment(bytes([number + 1]) * 16), DEADLINE).detail
    assert files(tmp_path) == []
    file, count = waiting.collect()
    assert ([Path(file)], count) == (files(tmp_path), 3)
    assert waiting.collect() == ("", 0)


def test_a_crash_while_collecting_leaves_all_transfers_in_one_file(tmp_path: Path) -> None:
    waiting = bank(tmp_path, Files.COLLECTED)
    for number in range(3):
        waiting.order(payment(bytes([number + 1]) * 16), DEADLINE)
    done = waiting.collect()
    text = files(tmp_path)[0].read_text()
    last = waiting.book.all()[-1]
    waiting.book.put(replace(last, state="intended"))
    assert waiting.collect() == done
    assert files(tmp_path)[0].read_text() == text


STATEMENTS = [
    ("booked", [entry()], PaymentState.PAID),
    ("booked as credit", [entry(way="CRDT")], PaymentState.PAID),
    ("pending", [entry(status="PDNG")], PaymentState.UNKNOWN),
    ("another amount", [entry(amount="1234.55")], PaymentState.UNKNOWN),
    ("another currency", [entry(currency="USD")], PaymentState.UNKNOWN),
    ("another invoice", [entry(invoice=bytes(16))], PaymentState.UNKNOWN),
    ("returned", [entry(), entry(way="CRDT", reference="REF2")], PaymentState.UNKNOWN),
    ("reversed", [entry(), entry(way="CRDT", reversal="<RvslInd>true</RvslInd>")], PaymentState.UNKNOWN),
    (
        "returned and paid again",
        [entry(), entry(way="CRDT", reference="REF2"), entry(reference="REF3")],
        PaymentState.PAID,
    ),
    ("told twice", [entry(), entry()], PaymentState.PAID),
    ("told twice and returned", [entry(), entry(), entry(way="CRDT", reference="REF2")], PaymentState.UNKNOWN),
]


@pytest.mark.parametrize(("entries", "state"), [one[1:] for one in STATEMENTS], ids=[one[0] for one in STATEMENTS])
def test_a_bank_statement_says_whether_it_was_paid(tmp_path: Path, entries: list[str], state: PaymentState) -> None:
    returned(tmp_path, "1.xml", statement(*entries))
    assert bank(tmp_path).look_up(payment(), DEADLINE).state is state


def test_the_banks_own_reference_names_the_payment(tmp_path: Path) -> None:
    returned(tmp_path, "1.xml", statement(entry(reference="2027-4711")))
    assert bank(tmp_path).look_up(payment(), DEADLINE).reference == b"2027-4711"


def test_a_notice_of_any_version_and_the_remittance_text_count_too(tmp_path: Path) -> None:
    told = entry(way="CRDT").replace(
        f"<Refs><EndToEndId>{INVOICE.hex()}</EndToEndId></Refs>",
        f"<RmtInf><Ustrd>Invoice {INVOICE.hex()}</Ustrd></RmtInf>",
    )
    returned(
        tmp_path, "1.xml", statement(told, kind="BkToCstmrDbtCdtNtfctn", inner="Ntfctn", version="camt.054.001.02")
    )
    assert bank(tmp_path).look_up(payment(), DEADLINE).state is PaymentState.PAID


def test_each_transaction_of_a_collective_entry_has_its_own_amount(tmp_path: Path) -> None:
    one = f'<TxDtls><Refs><EndToEndId>{INVOICE.hex()}</EndToEndId></Refs><Amt Ccy="EUR">1234.56</Amt></TxDtls>'
    other = '<TxDtls><Refs><EndToEndId>x</EndToEndId></Refs><Amt Ccy="EUR">1.00</Amt></TxDtls>'
    collective = entry(amount="1235.56").partition("<TxDtls>")[0] + one + other + "</NtryDtls></Ntry>"
    returned(tmp_path, "1.xml", statement(collective))
    assert bank(tmp_path).look_up(payment(), DEADLINE).state is PaymentState.PAID


UNREADABLE = [
    ("<Document", "is no XML"),
    ("<Document><Other/></Document>", "neither camt.053 nor camt.054"),
    ('<!DOCTYPE d [<!ENTITY a "b">]><Document>&a;</Document>', "declares a document type"),
    (statement(entry(amount="much")), "amount without number or currency"),
]


@pytest.mark.parametrize(("content", "reason"), UNREADABLE)
def test_a_file_that_is_not_the_banks_is_told_and_not_passed_over(tmp_path: Path, content: str, reason: str) -> None:
    returned(tmp_path, "1.xml", content)
    with pytest.raises(IntegrityError, match=reason):
        bank(tmp_path).look_up(payment(), DEADLINE)


def test_by_hand_it_is_paid_when_the_operator_says_so(tmp_path: Path) -> None:
    manual = open_manual(ManualSettings(), Context(FixedClock(), None, tmp_path))
    assert manual.look_up(payment(), DEADLINE).state is PaymentState.UNKNOWN
    assert manual.order(payment(), DEADLINE).state is PaymentState.ORDERED
    Book(tmp_path / "payments" / "orders").confirm(INVOICE, "cheque 12")
    assert manual.order(payment(), DEADLINE).state is PaymentState.PAID
    assert manual.look_up(payment(), DEADLINE).reference == b"cheque 12"


def test_a_payee_can_confirm_what_it_never_ordered(tmp_path: Path) -> None:
    Book(tmp_path / "payments" / "orders").confirm(INVOICE, "line 3")
    assert bank(tmp_path).look_up(payment(), DEADLINE).reference == b"line 3"


def test_a_second_confirmation_cannot_rename_a_payment_and_a_paid_one_cannot_fail(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.confirm(INVOICE, "line 3")
    book.confirm(INVOICE, "line 3")
    with pytest.raises(UsageError, match="paid already, as 'line 3'"):
        book.confirm(INVOICE, "line 4")
    with pytest.raises(UsageError, match="is paid: it cannot fail"):
        book.fail(INVOICE, "no")
    with pytest.raises(UsageError, match="is not ordered: it cannot fail"):
        book.fail(bytes(16), "no")
