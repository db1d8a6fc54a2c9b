"""A statement for people: page and PDF say what the statement says."""

import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest

from maas_core.billing import pdf
from maas_core.billing.engine import Result, compute
from maas_core.billing.exact import decimal_text, grouped
from maas_core.billing.facts import AnchorUsed, Carry, Span
from maas_core.billing.page import page
from maas_core.billing.pdf import pdf_of
from maas_core.billing.statement import Restated
from maas_core.billing.view import view
from maas_core.errors import PluginError
from tests.unit.billing.world import DAY, FEBRUARY, JANUARY, PIECES, YEAR_END, facts, stop, terms

VOID = {"meta", "br", "line", "rect"}


class Text(HTMLParser):
    """The text of a page; fails for a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def result(title: str = "Use & more <b>", end: int = FEBRUARY) -> Result:
    agreed = terms(
        title=title,
        meters=[PIECES],
        tariffs=[{"kind": "per_unit", "name": "use", "meter": "pieces", "price": "123.4567"}],
        sla=[{"kind": "availability", "name": "up", "credits": [{"below": "99", "percent": "5"}]}],
        oee={"made": "pieces", "ideal": "1"},
    )
    used = {"count": [(JANUARY, 0), (JANUARY + DAY, 10), (JANUARY + 5 * DAY, 310)]}
    anchors = tuple(AnchorUsed(number, bytes([number]) * 32) for number in range(1, 4))
    known = facts(JANUARY, end, used, [stop(JANUARY + DAY, JANUARY + 3 * DAY)], anchors=anchors)
    return compute(agreed, known)


def text_of(content: str) -> str:
    parser = Text()
    parser.feed(content)
    assert parser.open == []
    return re.sub(r"\s+", " ", " ".join(parser.parts).replace("\N{NARROW NO-BREAK SPACE}", ","))


def test_a_page_says_what_the_statement_says() -> None:
    one = result()
    shown = text_of(page(one.statement, one.slices, heading="Invoice"))
    for wanted in (
        "Invoice",
        "Use & more <b>",
        "2024-01-01 to 2024-02-01",
        "310 piece",
        "38,271.577",
        "missed: credit of 5 %",
        "93.548 %",
        "-1,913.5789",
        "36,358.00",
        "Carried forward",
        one.statement.root.hex(),
        one.statement.machine.hex(),
        "3 anchored batches",
        "down 48 h",
    ):
        assert wanted in shown


def test_a_page_loads_nothing_from_elsewhere() -> None:
    one = result()
    content = page(one.statement, one.slices)
    assert not re.search(r"(src|href)\s*=|url\(|@import|<script", content)


def test_a_page_has_a_bar_for_each_day_and_fewer_for_a_year() -> None:
    month, year = result(), result(end=YEAR_END)
    assert len(view(month.statement, month.slices, "x").bars) == 31
    bars = view(year.statement, year.slices, "x").bars
    assert 50 <= len(bars) <= 62
    assert max(bar.height for bar in bars) == 1
    assert view(month.statement, None, "x").bars == ()


def test_sums_lead_from_the_lines_to_the_amount() -> None:
    one = result().statement
    brought = replace(one, carry_in=Carry(Fraction(5)), amount=one.amount + 5)
    credit = replace(one, amount=0, exact=Fraction(-700))
    paid_out = replace(one, amount=-700, exact=Fraction(-7001, 10), final=True)
    assert [sum_.text for sum_ in view(brought, None, "x").sums][1] == "Brought forward"
    assert [sum_.text for sum_ in view(credit, None, "x").sums][1:] == ["Credit carried forward", "Amount in EUR"]
    shown = view(paid_out, None, "x")
    assert (shown.amount, shown.amount_text) == ("-7.00", "to be paid out to the customer")
    assert [sum_.text for sum_ in shown.sums][1] == "Rounded off"


def test_windows_computed_anew_are_told() -> None:
    one = replace(result().statement, restated=(Restated(Span(JANUARY - DAY, JANUARY), b"r" * 32),))
    assert "Computed anew for late readings 2023-12-31 to 2024-01-01" in text_of(page(one))


def test_a_statement_without_lines_can_be_shown() -> None:
    one = replace(result().statement, lines=(), sla=(), oee=None, meters=(), anchors=(), exact=Fraction(0), amount=0)
    assert "Nothing was charged" in text_of(page(one))
    assert pdf_of(one).startswith(b"%PDF")


def test_a_pdf_is_the_same_each_time_and_has_pages() -> None:
    one = result("가격 Übersicht & <b>")
    content = pdf_of(one.statement, one.slices, heading="Invoice")
    assert content == pdf_of(one.statement, one.slices, heading="Invoice")
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") >= 1


def test_a_pdf_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    with pytest.raises(PluginError, match=r"install maas-core\[report\]"):
        pdf_of(result().statement)


def test_the_template_is_part_of_the_package() -> None:
    setup = (Path(__file__).resolve().parents[3] / "setup.cfg").read_text(encoding="utf-8")
    assert "maas_core.billing = templates/*.html" in setup


NUMBERS = [
    (Fraction(1, 3), 4, 0, "0.3333"),
    (Fraction(-1, 3), 2, 2, "-0.33"),
    (Fraction(5, 2), 0, 0, "3"),
    (Fraction(12345678, 100), 2, 2, "123456.78"),
    (Fraction(1), 6, 2, "1.00"),
    (Fraction(-1, 1000), 2, 2, "0.00"),
]


@pytest.mark.parametrize(("value", "digits", "least", "expected"), NUMBERS)
def test_numbers_for_people(value: Fraction, digits: int, least: int, expected: str) -> None:
    assert decimal_text(value, digits, least) == expected


def test_thousands_are_set_apart() -> None:
    assert grouped("-1234567.891").replace("\N{NARROW NO-BREAK SPACE}", ",") == "-1,234,567.891"
