"""Two nodes on one embedded ledger, driven by real processes."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAASCTL = (sys.executable, "-m", "maas_core.cli")
PATIENCE = 60
TERMS = Path(__file__).resolve().parents[2] / "examples" / "terms" / "furnace.json"
"""Seconds that one process may take."""


@dataclass(frozen=True)
class Party:
    """One party's node."""

    config: Path

    def run(self, *arguments: str, command: Sequence[str] = MAASCTL) -> subprocess.CompletedProcess[str]:
        """Run `maasctl` for this node."""
        return subprocess.run(
            [*command, *arguments, "--config", str(self.config), "--json"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def ok(self, *arguments: str) -> Any:
        """Run `maasctl`, which must succeed; returns what it printed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.returncode}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def fails(self, *arguments: str) -> tuple[int, str]:
        """Run `maasctl`, which must fail without a traceback; returns exit code and message."""
        done = self.run(*arguments)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr + done.stdout
        error = json.loads(done.stderr.strip().splitlines()[-1])
        assert error["exit_code"] == done.returncode
        return done.returncode, error["message"]


@dataclass(frozen=True)
class Pair:
    """An OEM, which is the board too, and a customer."""

    folder: Path
    oem: Party
    customer: Party
    terms: Path

    def register(self) -> str:
        """Register a machine and accept it; returns its id."""
        made = self.oem.ok(
            "machine",
            "register",
            "--oem",
            "1",
            "--customer",
            "2",
            "--terms",
            str(self.terms),
            "--spec",
            str(self.terms),
        )
        machine: str = made["made"]["machine"]
        self.customer.ok("machine", "accept", machine, "--terms", str(self.terms))
        return machine


def make_pair(folder: Path) -> Pair:
    """Two nodes whose parties are active."""
    subprocess.run([*MAASCTL, "init", "--pair", str(folder)], check=True, capture_output=True, timeout=PATIENCE)
    oem, customer = (Party(folder / name / "maas.toml") for name in ("oem", "customer"))
    terms = folder / "terms.json"
    terms.write_bytes(TERMS.read_bytes())
    oem.ok("party", "found")
    oem.ok("party", "set-roles", "1", "board,oem")
    oem.ok("party", "invite", "2", customer.ok("party", "whoami")["identity"], "--roles", "customer")
    customer.ok("party", "join")
    return Pair(folder, oem, customer, terms)
