"""The demo from the command line, as its users run it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

MAASCTL = (sys.executable, "-m", "maas_core.cli", "demo")
PATIENCE = 600
STEEL_READINGS = 35_040 * 7
NAB_READINGS = 22_695 - 12
"""Twelve readings stand twice in the file, with other values."""


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAASCTL, *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], str, str]:
    """The whole demo: its figures, its page, what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    done = demo(folder, "--json", "figures.json", "--report", "report.html")
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "figures.json").read_text()), (folder / "report.html").read_text(), done.stdout


def test_a_year_is_billed_and_everything_is_recomputed_and_verified_by_other_processes(
    told: tuple[dict[str, object], str, str],
) -> None:
    figures = told[0]
    assert list(figures) == [
        "ledger", "storage", "readings", "batches", "anchors", "invoices", "disputes", "rulings", "tickets",
        "all_recomputed", "verified", "seconds",
    ]  # fmt: skip
    assert (figures["ledger"], figures["storage"]) == ("local", "local")
    assert figures["readings"] == STEEL_READINGS + NAB_READINGS
    assert figures["batches"] == figures["anchors"]
    assert figures["all_recomputed"] is True
    assert figures["verified"] is True
    assert figures["disputes"] == figures["rulings"] == 1
    assert int(str(figures["tickets"])) in range(3, 7)  # a ticket that nobody bid on in time is opened again


def test_twelve_months_three_more_and_a_final_invoice_are_settled(told: tuple[dict[str, object], str, str]) -> None:
    printed = told[2]
    assert len(re.findall(r"steel-plant .* 2018-\d\d .* settled", printed)) == 12
    assert len(re.findall(r"furnace .* 201\d-\d\d .* settled", printed)) == 3
    assert len(re.findall(r"\(final\) .* settled", printed)) == 1


def test_the_false_invoice_is_settled_with_what_the_auditor_ruled(told: tuple[dict[str, object], str, str]) -> None:
    [line] = [line for line in told[2].splitlines() if "ruled, settled" in line]
    assert "2018-03" in line
    settled, claimed = (float(text.replace(",", "")) for text in re.findall(r"[\d,]+\.\d\d", line))
    assert settled < claimed


def test_the_report_needs_nothing_else(told: tuple[dict[str, object], str, str]) -> None:
    page = told[1]
    assert page.count("<svg") == 4
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert not re.search(r"<(script|link|img|iframe)", page)
    assert "NO" not in re.findall(r'class="verdict[^"]*">([^<]*)', page)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--ledger", "etherium"], "etherium"),
        (["--storage", "s33"], "s33"),
        (["--examples", "nowhere"], "nowhere"),
        (["--config", "missing.toml"], "missing.toml"),
        (["--folder", "."], "is not empty"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_starts(tmp_path: Path, arguments: list[str], named: str) -> None:
    (tmp_path / "something").touch()
    done = demo(tmp_path, *arguments)
    assert done.returncode not in (0, 70)
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["something"]
