"""Everything recomputed by processes that read ledger and storage only: the auditor's keys and an empty database."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from maas_core.demo.cast import Name
from maas_core.demo.consortium import Consortium
from maas_core.demo.result import Checked
from maas_core.errors import UnavailableError

VERIFIER = "verifier"
LEFT_BEHIND = ("node.db*", "cache", "payments")
PATIENCE_SECONDS = 1800
WHOLE = "whole"


def audited(consortium: Consortium, machines: tuple[bytes, ...]) -> Checked:
    """Have it checked. Raises `UnavailableError` if a process fails."""
    config = _fresh_node(consortium)
    _maasctl(config, "node", "migrate")
    _maasctl(config, "node", "sync")
    bills = _maasctl(config, "billing", "audit", *[machine.hex() for machine in machines], wrong=1)
    batches = [row for machine in machines for row in _maasctl(config, "telemetry", "verify", machine.hex())]
    return Checked(
        all_recomputed=bool(bills) and all(row["amount_right"] for row in bills),
        verified=bool(batches) and all(row["verified"] == WHOLE for row in batches),
    )


def _fresh_node(consortium: Consortium) -> Path:
    """The auditor's config and keys in a folder of their own; what it knew stays behind."""
    file = consortium.configs[Name.AUDITOR]
    folder = consortium.folder / VERIFIER
    shutil.copytree(file.parent, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    return folder / file.name


def _maasctl(config: Path, *arguments: str, wrong: int = 0) -> Any:
    """What a command printed; `wrong` is the exit code that says that it found something wrong."""
    command = [sys.executable, "-m", "maas_core.cli", *arguments, "--config", str(config), "--json"]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode not in (0, wrong):
        raise UnavailableError(f"maasctl {' '.join(arguments)} failed: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip() else None
