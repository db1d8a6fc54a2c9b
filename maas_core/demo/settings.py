"""What stands in the participants' configs beside ledger and storage."""

import json
import tomllib
from pathlib import Path
from typing import Any

from maas_core.demo import repair
from maas_core.demo.cast import Name

STEEL, FURNACE = "steel", "nab"
"""The sources in examples/data/telemetry.toml."""

Tables = dict[str, Any]


def participants(examples: Path, folder: Path, patience: int) -> dict[Name, Tables]:
    """By participant. `patience`: seconds for which bids are taken, enough for the ledger to include them."""
    service = folder / "service.json"
    service.write_text(json.dumps(repair.SERVICE), encoding="utf-8")
    tables: dict[Name, Tables] = {name: {} for name in Name}
    for name in repair.AGENTS:
        tables[name]["maintenance"] = repair.config(name, str(service), patience)
        tables[name]["payments"] = {"backend": "pain001"}
    tables[Name.CUSTOMER]["telemetry"] = _sources(examples / "data")
    return tables


def _sources(data: Path) -> Tables:
    """The sources of the example, with paths that hold from anywhere."""
    told = tomllib.loads((data / "telemetry.toml").read_text(encoding="utf-8"))["telemetry"]
    sources = {name: told[name] for name in (STEEL, FURNACE)}
    for source in sources.values():
        source["settings"]["path"] = str(data / source["settings"]["path"])
    return sources
