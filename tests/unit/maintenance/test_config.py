"""The table [maintenance]: what is read, and what is refused with key, value and what is accepted."""

import json
import re
from pathlib import Path

import pytest

from maas_core.config import load_config
from maas_core.config.maintenance import MaintenanceSection, OnRecovery, RuleKind, SelectionName
from maas_core.errors import ConfigError
from maas_core.maintenance.service import read_terms
from maas_core.plugins import build_plugin_manager

BASE = """
[ledger]
backend = "local"
settings = { path = "ledger.db" }

[storage.main]
backend = "local"
settings = { directory = "objects" }
"""
RULE = '[maintenance.rules.hot]\nsignal = "temperature"\n'


def loaded(folder: Path, text: str) -> MaintenanceSection:
    (folder / "maas.toml").write_text(BASE + text, encoding="utf-8")
    return load_config(folder / "maas.toml", build_plugin_manager(), {}).maintenance


def test_without_the_table_nothing_is_watched_and_no_ticket_answered(tmp_path: Path) -> None:
    section = loaded(tmp_path, "")
    assert section.strategy is None
    assert not section.rules
    assert not section.plans


def test_all_tables_are_read(tmp_path: Path) -> None:
    section = loaded(
        tmp_path,
        """
        [maintenance]
        strategy = "cost-plus"
        settings = { call_out = 15000, latitude = "48.1", longitude = "11.6" }
        [maintenance.rules.hot]
        signal = "temperature"
        kind = "threshold"
        above = "85.5"
        clear = "80"
        hold = 300
        [maintenance.rules.fault]
        signal = "condition"
        kind = "status"
        states = ["fault"]
        [maintenance.plans.oil]
        work = "change the oil"
        every_running_hours = 500
        [maintenance.sites.press]
        latitude = "48.1"
        longitude = "11.6"
        [maintenance.tickets]
        selection = "sealed"
        service = "service.json"
        [maintenance.owner]
        on_recovery = "reset-and-start"
        [maintenance.maintainer]
        bill = true
        """,
    )
    assert section.strategy is not None
    assert section.strategy.name == "cost-plus"
    assert section.settings.call_out == 15_000
    assert section.rules["hot"].kind is RuleKind.THRESHOLD
    assert section.tickets.selection is SelectionName.SEALED
    assert section.tickets.service == tmp_path / "service.json"
    assert section.owner.on_recovery is OnRecovery.RESET_AND_START
    assert section.maintainer.bill


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[maintenance]\nstrategy = "cheapest"', r"maintenance\.strategy: there is no bid strategy 'cheapest'"),
        ("[maintenance]\nsettings = { price = 1 }", r"maintenance\.settings: .*strategy"),
        ('[maintenance]\nstrategy = "fixed-price"', r"maintenance\.settings\.price"),
        (RULE + 'kind = "threshold"', "either `above` or `below`"),
        (RULE + 'kind = "threshold"\nabove = "1"\nbelow = "0"', "either `above` or `below`"),
        (RULE + 'kind = "status"', "words or numbers"),
        (RULE + 'kind = "silence"\nabove = "1"', "leave above, below and clear out"),
        (RULE + 'kind = "silence"\nstates = ["x"]', "leave them out"),
        (RULE + 'kind = "noise"', "threshold.*status.*silence"),
        (RULE + 'kind = "threshold"\nabove = 85', "text"),
        ('[maintenance.plans.oil]\nwork = "x"', "never comes round"),
        ("[maintenance.tickets]\nweights = [1, 2, 3, 4]", "sum to 10000"),
        ('[maintenance.tickets]\nselection = "sealed"\ndeadline_seconds = 7200', "bidding alone takes 7200"),
        ('[maintenance.owner]\non_recovery = "dance"', "start.*reset-and-start.*nothing"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        loaded(tmp_path, text)


def test_the_examples_of_the_documentation_are_accepted(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "maintenance.md").read_text(encoding="utf-8")
    [rule] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    [service] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert loaded(tmp_path, rule).rules["cold"].clear == "70"
    assert read_terms(json.loads(service)).repeat_days == 90
