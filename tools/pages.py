"""Write the tables of documents that are made from the code: `python -m tools.pages`."""

import json
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from maas_core.billing.schema import terms_schema, terms_tables
from maas_core.cli.exits import table
from maas_core.config.reference import backend_tables, node_tables
from maas_core.plugins import GROUP, build_plugin_manager

DOCS = Path(__file__).resolve().parent.parent / "docs"
SCHEMA = DOCS.parent / "maas_core" / "billing" / "terms.schema.json"
BEGIN = "<!-- made by tools/pages.py -->\n"
END = "<!-- end -->\n"
EMBEDDED = ("ledger_local", "storage_local", "signer_file", "source_csv", "source_mtconnect")
"""Backends of other plugins are described with them, and by `maasctl config reference` where they are installed."""


def config_tables() -> str:
    """The keys of a config."""
    plugins = build_plugin_manager(installed=[one for one in entry_points(group=GROUP) if one.name in EMBEDDED])
    return f"{node_tables()}\n\n{backend_tables(plugins)}"


def exit_codes() -> str:
    """The exit codes of `maasctl`."""
    rows = [f"| {code} | {name} | {meaning} |" for code, name, meaning in table()]
    return "\n".join(["| code | error | meaning |", "| --- | --- | --- |", *rows])


def schema_text() -> str:
    """The JSON Schema of terms, as it is shipped."""
    return json.dumps(terms_schema(), indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": config_tables,
    "exit-codes.md": exit_codes,
    "terms.md": terms_tables,
}


def refreshed(name: str) -> str:
    """A page with up-to-date tables."""
    before, rest = (DOCS / name).read_text(encoding="utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n{PAGES[name]()}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    for page in PAGES:
        (DOCS / page).write_text(refreshed(page), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
