"""`maasctl terms`, which needs no node."""

import json
from pathlib import Path

import pytest

from maas_core.billing.terms_file import is_canonical, read_terms
from maas_core.cli.app import run

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "terms"
STEEL = str(EXAMPLES / "steel.json")


def maasctl(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["terms", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_lint_says_that_terms_can_be_signed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = maasctl(capsys, "lint", STEEL)
    assert status == 0
    assert "3 examples reproduce; can be signed" in out


def test_lint_lists_errors_and_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text((EXAMPLES / "steel.json").read_text().replace('"above": "80000"', '"above": "90000"'))
    status, out, err = maasctl(capsys, "--json", "lint", str(bad))
    assert status == 2
    assert [one["path"] for one in json.loads(out)] == ["tariffs[0].tiers[1].up_to"]
    assert "1 error; not to be signed" in err


def test_a_file_that_holds_no_terms_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"format": "maas-terms/1"}')
    status, _, err = maasctl(capsys, "show", str(tmp_path / "x.json"))
    assert status == 2
    assert "x.json: the terms cannot be used:" in err
    assert "currency: is missing" in err


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.json")), ids=lambda file: str(file.stem))
def test_show_tells_every_part(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    status, out, _ = maasctl(capsys, "--json", "show", str(file))
    terms = read_terms(_canonical(file))
    assert status == 0
    named = {row["name"] for row in json.loads(out)}
    assert {one.name for one in (*terms.meters, *terms.tariffs, *terms.sla)} <= named


def test_examples_are_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = maasctl(capsys, "--json", "examples", STEEL)
    assert status == 0
    assert [one["computed"] for one in json.loads(out)] == ["11000.00", "11911.57", "13394.80"]
    wrong = tmp_path / "wrong.json"
    wrong.write_text((EXAMPLES / "steel.json").read_text().replace('"11911.57"', '"11911.58"'))
    status, out, err = maasctl(capsys, "--json", "examples", str(wrong))
    assert status == 2
    assert json.loads(out)[1]["differences"] == ["amount: expected 11911.58, computed 11911.57"]
    assert "not every example" in err


def test_canonical_writes_what_is_signed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "signed.json"
    assert maasctl(capsys, "canonical", STEEL, "-o", str(target))[0] == 0
    assert is_canonical(target.read_bytes())
    _, out, _ = maasctl(capsys, "canonical", STEEL)
    assert out.encode() == target.read_bytes() + b"\n"


def test_a_quote_prices_what_is_assumed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page, paper = tmp_path / "quote.html", tmp_path / "quote.pdf"
    options = ("--assume", "energy=90000", "--from", "2026-01-01", "--to", "2026-03-01")
    status, out, _ = maasctl(capsys, "--json", "quote", STEEL, *options, "--html", str(page), "--pdf", str(paper))
    assert status == 0
    # 50 000 x 0.148 + 30 000 x 0.136 + 10 000 x 0.121 + 850, two months
    assert json.loads(out)["amount"] == "27080.00"
    assert "Quote" in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("assume", ["energy", "energy=", "energy=much", "energy=1/0", "x=1"])
def test_an_assumption_that_makes_no_sense_is_refused(capsys: pytest.CaptureFixture[str], assume: str) -> None:
    status, _, err = maasctl(capsys, "quote", STEEL, "--assume", assume)
    assert status == 2
    assert "accepted:" in err


def _canonical(file: Path) -> bytes:
    from maas_core.billing.terms_file import canonical_terms

    return canonical_terms(file.read_bytes())


def test_terms_with_an_error_cannot_be_registered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text((EXAMPLES / "steel.json").read_text().replace('"11911.57"', '"11911.58"'))
    spec = tmp_path / "spec.json"
    spec.write_text("{}")
    documents = ("--terms", str(bad), "--spec", str(spec))
    status = run(["machine", "register", "--oem", "1", "--customer", "2", *documents])
    assert status == 2
    assert "not to be signed like this" in capsys.readouterr().err
