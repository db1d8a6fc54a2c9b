"""The command line of billing, disputes, evidence and payments."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maas_core.cli.app import run
from tests.support.billing import AUDITOR, CUSTOMER, FEBRUARY, JANUARY, MARCH, NAMES, OEM, TERMS, Trade
from tests.support.forgery import issue_forged, readings_times

Cli = Callable[..., Any]


@pytest.fixture
def cli(months: Trade, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `maasctl` for a party; returns what it printed as JSON, or the exit code and message."""

    def call(party: int, *arguments: str, code: int = 0) -> Any:
        for node in months.nodes.values():
            node.submissions.close()
        capsys.readouterr()
        status = run([*arguments, "--config", str(months.config(party)), "--json"])
        printed = capsys.readouterr()
        assert status == code, printed.err
        return json.loads(printed.out or printed.err)

    return call


def test_a_month_from_bill_to_settlement_by_command_line(months: Trade, cli: Cli, tmp_path: Path) -> None:
    machine = months.machine.hex()
    running = cli(OEM, "billing", "running", machine, "--to", "2024-02-01")
    made = cli(OEM, "billing", "issue", machine, "2024-02-01")["made"]
    assert made["amount"] == str(running["minor"])
    invoice = made["invoice"]
    assert cli(CUSTOMER, "billing", "check", invoice)["ok"]
    assert cli(CUSTOMER, "billing", "respond", invoice)["action"] == "accept_invoice"
    assert "outgoing" in cli(CUSTOMER, "billing", "pay", invoice)["detail"]
    assert cli(OEM, "billing", "settle", invoice)["state"] == "unknown"
    cli(OEM, "payments-file", "confirm", invoice, "--reference", "line 7")
    assert cli(OEM, "billing", "settle", invoice)["made"]["reference"] == "line 7"
    assert [one["state"] for one in cli(OEM, "payments-file", "list")] == ["paid"]
    page, paper = tmp_path / "a.html", tmp_path / "a.pdf"
    shown = cli(CUSTOMER, "invoice", "show", invoice, "--html", str(page), "--pdf", str(paper))
    assert shown["state"] == "SETTLED"
    assert "Furnace by energy" in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF")


def test_a_false_bill_from_dispute_to_ruling_by_command_line(months: Trade, cli: Cli, tmp_path: Path) -> None:
    invoice = issue_forged(months, FEBRUARY, readings_times(3, JANUARY)).hex()
    found = cli(CUSTOMER, "billing", "check", invoice)
    assert (found["ok"], found["fault"], found["slice"]) == (False, "metering", 0)
    assert cli(CUSTOMER, "billing", "respond", invoice)["action"] == "dispute_invoice"
    file = tmp_path / "evidence.json"
    assert cli(CUSTOMER, "invoice", "evidence", invoice, "-o", str(file))["proven"]
    assert cli(AUDITOR, "evidence", "check", str(file), "--ledger")["ledger"].startswith("all ")
    assert cli(AUDITOR, "billing", "audit", months.machine.hex())[0]["statement_right"] is False
    assert cli(AUDITOR, "billing", "rule", invoice)["action"] == "rule_on_invoice"
    [row] = cli(AUDITOR, "billing", "audit")
    assert (row["state"], row["amount_right"], row["statement_right"]) == ("ACCEPTED", True, False)


def test_evidence_is_checked_by_somebody_who_has_nothing_but_the_file(months: Trade, cli: Cli, tmp_path: Path) -> None:
    invoice = issue_forged(months, FEBRUARY, readings_times(3, JANUARY)).hex()
    file = tmp_path / "elsewhere" / "evidence.json"
    file.parent.mkdir()
    cli(CUSTOMER, "invoice", "evidence", invoice, "-o", str(file))
    command = [sys.executable, "-m", "maas_core.cli", "evidence", "check", file.name, "--json"]
    bare = {key: value for key, value in os.environ.items() if key in ("PATH", "PYTHONPATH")}
    done = subprocess.run(command, cwd=file.parent, env=bare, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["proven"], told["by"], told["fault"]) == (True, OEM, "metering")
    assert {one["what"] for one in told["signatures"]} >= {"statement", "terms", "spec"}
    assert len(told["devices"]) == 1
    assert any("InvoiceIssued" in one for one in told["relies_on"])
    file.write_bytes(file.read_bytes().replace(b'"warm_from":', b'"warm_From":'))
    done = subprocess.run(command, cwd=file.parent, env=bare, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 30
    assert "Traceback" not in done.stderr


def test_an_auditor_with_a_fresh_database_recomputes_all(months: Trade, cli: Cli) -> None:
    for end in (FEBRUARY, MARCH):
        months.respond(months.issue(end))
    for node in months.nodes.values():
        node.close()
    home = months.folder / NAMES[AUDITOR]
    for file in home.glob("node.db*"):
        file.unlink()
    from maas_core.config import load_config
    from maas_core.node import Node
    from maas_core.plugins import build_plugin_manager

    Node.create(load_config(home / "maas.toml", build_plugin_manager(), {})).close()
    months.nodes = {}
    rows = cli(AUDITOR, "billing", "audit")
    assert [(one["statement_right"], one["amount_right"]) for one in rows] == [(True, True)] * 2


def test_an_amount_that_was_accepted_though_false_fails_the_audit(months: Trade, cli: Cli) -> None:
    invoice = issue_forged(months, FEBRUARY, readings_times(3, JANUARY))
    customer = months.nodes[CUSTOMER]
    customer.submissions.wait(customer.invoices.accept(invoice))
    [row] = cli(AUDITOR, "billing", "audit", code=1)
    assert row["amount_right"] is False


def test_what_makes_no_sense_is_told_without_a_traceback(months: Trade, cli: Cli, tmp_path: Path) -> None:
    machine = months.machine.hex()
    assert "no time" in cli(OEM, "billing", "issue", machine, "soon", code=2)["message"]
    assert "there is no invoice" in cli(CUSTOMER, "billing", "check", "x", code=2)["message"]
    invoice = cli(OEM, "billing", "issue", machine, "2024-02-01")["made"]["invoice"]
    assert "is right" in cli(CUSTOMER, "invoice", "evidence", invoice, "-o", str(tmp_path / "x"), code=2)["message"]
    assert "it cannot fail" in cli(CUSTOMER, "payments-file", "fail", invoice, "--why", "x", code=2)["message"]
    terms = tmp_path / "terms.json"
    terms.write_text(json.dumps({**TERMS, "tariffs": []}))
    arguments = ("--terms", str(terms), "--from", "2024-01-01", "--to", "2024-02-01")
    assert "tariffs" in cli(OEM, "billing", "quote", machine, *arguments, code=2)["message"]
    terms.write_text(json.dumps(TERMS))
    assert cli(OEM, "billing", "quote", machine, *arguments)["currency"] == "EUR"
