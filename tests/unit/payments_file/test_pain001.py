"""The bank transfer file is what ISO 20022 says."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_payments_file.accounts import check_digits_remainder, iban, text
from maas_payments_file.pain001 import Transfer, message

from maas_core.errors import UsageError
from maas_core.ports.payments import Account
from tests.unit.payments_file.bank import CREDITOR, DEBTOR, DUE, INVOICE, payment
from tests.unit.payments_file.standard import NAMESPACE, faults

NOW = DUE - 86_400


def parsed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - made a moment ago


def values(root: ET.Element, name: str) -> list[str | None]:
    return [one.text for one in root.iter(NAMESPACE + name)]


def test_a_file_has_the_elements_of_the_standard_in_their_order() -> None:
    root = parsed(message("M1", [Transfer(payment(), 1)], NOW))
    assert faults(root) == []


def test_the_table_of_the_standard_notices_a_wrong_order_and_a_wrong_type() -> None:
    root = parsed(message("M1", [Transfer(payment(), 1)], NOW))
    header = root[0][0]
    header[0], header[1] = header[1], header[0]
    root[0][1][1].text = "CHK"
    assert len(faults(root)) >= 2


def test_the_end_to_end_id_is_the_invoice_and_the_amount_is_exact() -> None:
    root = parsed(message("M1", [Transfer(payment(), 1)], NOW))
    assert values(root, "EndToEndId") == [INVOICE.hex()]
    assert values(root, "InstdAmt") == ["1234.56"]
    assert values(root, "CtrlSum") == ["1234.56"] * 2
    assert values(root, "Dt") == ["2027-01-15"]
    assert values(root, "IBAN") == ["DE89370400440532013000", "FR1420041010050500013M02606"]


def test_euro_within_the_area_is_a_sepa_transfer_and_anything_else_is_not() -> None:
    sepa = parsed(message("M1", [Transfer(payment(), 1)], NOW))
    dollars = parsed(message("M1", [Transfer(payment(currency="USD"), 1)], NOW))
    assert (values(sepa, "ChrgBr"), values(sepa, "Cd")) == (["SLEV"], ["SEPA"])
    assert (values(dollars, "ChrgBr"), values(dollars, "Cd")) == (["SHAR"], [])
    assert faults(dollars) == []


@pytest.mark.parametrize(
    ("currency", "written"), [("EUR", "0.05"), ("JPY", "5"), ("KWD", "0.005"), ("CLF", "0.0005"), ("USD", "0.05")]
)
def test_amounts_have_the_digits_of_their_currency(currency: str, written: str) -> None:
    root = parsed(message("M1", [Transfer(payment(amount=5, currency=currency), 1)], NOW))
    assert values(root, "InstdAmt") == [written]
    assert [one.attrib for one in root.iter(NAMESPACE + "InstdAmt")] == [{"Ccy": currency}]


def test_a_day_that_has_passed_becomes_today() -> None:
    root = parsed(message("M1", [Transfer(payment(due=0), 1)], NOW))
    assert values(root, "Dt") == ["2027-01-14"]


def test_transfers_of_several_days_and_kinds_share_a_file_in_instructions_of_their_own() -> None:
    many = [
        Transfer(payment(bytes([1]) * 16, 100), 1),
        Transfer(payment(bytes([2]) * 16, 250), 1),
        Transfer(payment(bytes([3]) * 16, 1, due=DUE + 86_400), 1),
        Transfer(payment(bytes([4]) * 16, 7, "JPY"), 2),
    ]
    root = parsed(message("M1", many, NOW))
    assert faults(root) == []
    assert values(root, "NbOfTxs") == ["4", "1", "2", "1"]
    assert values(root, "CtrlSum") == ["10.51", "7", "3.50", "0.01"]
    assert message("M1", many, NOW) == message("M1", many[::-1], NOW)


def test_names_are_written_in_the_letters_that_banks_take() -> None:
    assert text("Käufer & Söhne, Łódź", 70) == "Kaeufer Soehne, Lodz"
    with pytest.raises(UsageError, match="no letter that banks take"):
        text("東京", 70)


BAD_ACCOUNTS = [
    ((), "names no iban"),
    ((("iban", "DE89 3704 0044 0532 0130 01"),), "misspelt"),
    ((("iban", "DE89 3704 0044 0532 0130 0"),), "has 21 characters; in DE it has 22"),
    ((("iban", "370400440532013000"),), "is none"),
    ((("iban", "DE89370400440532013000"), ("bic", "COBA")), "bic 'COBA' is none"),
]


@pytest.mark.parametrize(("details", "reason"), BAD_ACCOUNTS)
def test_an_account_that_no_bank_knows_is_refused(details: tuple[tuple[str, str], ...], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        message("M1", [Transfer(replace(payment(), creditor=Account("X", details)), 1)], NOW)


def test_nothing_and_less_cannot_be_transferred() -> None:
    with pytest.raises(UsageError, match="0 cannot be transferred"):
        message("M1", [Transfer(payment(amount=0), 1)], NOW)


def test_transfers_from_two_accounts_do_not_share_a_file() -> None:
    other = replace(payment(), debtor=CREDITOR)
    with pytest.raises(UsageError, match="from one account"):
        message("M1", [Transfer(payment(), 1), Transfer(other, 1)], NOW)


PUBLISHED = ["GB29NWBK60161331926819", "NL91ABNA0417164300", "CH9300762011623852957", "NO9386011117947"]
"""Examples from the IBAN registry of ISO 13616."""


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_examples_of_ibans_pass(number: str) -> None:
    assert iban(Account("X", (("iban", number),)), "debtor") == number


@given(st.sampled_from(PUBLISHED), st.data())
def test_any_single_wrong_digit_is_noticed(number: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([n for n, letter in enumerate(number) if letter.isdigit()]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert check_digits_remainder(number[:place] + other + number[place + 1 :]) != 1


def test_the_debtors_bank_is_named_by_its_bic_or_said_not_to_be_provided() -> None:
    named = parsed(message("M1", [Transfer(payment(), 1)], NOW))
    unnamed = parsed(
        message("M1", [Transfer(replace(payment(), debtor=replace(DEBTOR, details=DEBTOR.details[:1])), 1)], NOW)
    )
    assert values(named, "BICFI") == ["COBADEFFXXX"]
    assert "NOTPROVIDED" in values(unnamed, "Id")
    assert faults(unnamed) == []
