"""docs/configuration.md tells what the dataclasses read, and its example can be used."""

import re
from pathlib import Path

import pytest

from maas_core.config import load_config
from maas_core.plugins import build_plugin_manager
from tools.pages import DOCS, PAGES, refreshed

PAGE_TEXT = (DOCS / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_tables_made_from_the_code_are_up_to_date(page: str) -> None:
    assert refreshed(page) == (DOCS / page).read_text(encoding="utf-8"), "run `python -m tools.pages`"


def test_every_key_is_explained() -> None:
    rows = [line for line in PAGE_TEXT.splitlines() if line.startswith("| `") and line.count("|") == 5]
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_first_example_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example, *_] = re.findall(r"```toml\n(.*?)```", PAGE_TEXT, re.DOTALL)
    (tmp_path / "secret").write_text("s")
    (tmp_path / "maas.toml").write_text(example.replace("/run/secrets/maas-key", "secret"))
    monkeypatch.setenv("DB_PASSWORD", "s")
    assert load_config(tmp_path / "maas.toml", build_plugin_manager()).party.name == "Example Machines"
