"""The stages of `make check` and `make test`, in the order of the table.

A new kind of check is one more Stage here. What a stage needs and does not find makes it skipped, so stages may be
listed before the code that they check exists.
"""

import os
import sys
from dataclasses import dataclass
from enum import Enum

from tools.toolchain import slither_command, staticcheck_command

FUZZ_SECONDS = os.environ.get("MAAS_FUZZ_SECONDS", "5")
CORES = str(os.cpu_count() or 1)


class Phase(Enum):
    """When a stage runs: in turn before all others, beside another one, or alone at the end."""

    SETUP = "setup"
    LIGHT = "light"
    ALL_CORES = "all cores"


@dataclass(frozen=True)
class Stage:
    """One command and what it needs; `show` prints all of its output, for stages that count tests."""

    name: str
    needs: tuple[str, ...]
    command: tuple[str, ...]
    folder: str = "."
    phase: Phase = Phase.LIGHT
    show: bool = False


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def _pytest(folder: str, *needs: str, options: tuple[str, ...] = ()) -> Stage:
    command = _python("-m", "pytest", "-q", "-n", CORES, *options, folder)
    wanted = (f"{folder}/**/test_*.py", *needs)
    return Stage(folder.removeprefix("tests/"), wanted, command, phase=Phase.ALL_CORES, show=True)


def _go(name: str, *command: str, phase: Phase = Phase.LIGHT, show: bool = False) -> Stage:
    return Stage(name, ("go", "chaincode/go.mod"), command, "chaincode", phase, show)


STATIC = (
    Stage("types", (), _python("-m", "mypy")),
    Stage("format", (), _python("-m", "ruff", "format", "--check", ".")),
    Stage("lint", (), _python("-m", "ruff", "check", ".")),
    Stage("architecture", (), _python("-c", "from importlinter.cli import lint_imports_command as main; main()")),
)

CHECK = (*STATIC, _pytest("tests/unit"))
COVERED = _pytest("tests/unit", options=("--cov", "--cov-report="))
"""Coverage doubles the time that the tests take, so whoever checks a change goes without."""

EQUIVALENCE = _pytest("tests/equivalence", "go", "chaincode/go.mod", "plugins/ledger_eth/artifacts/MaaS.json")

SOLIDITY = (
    Stage("npm", ("npm",), ("npm", "ci", "--no-audit", "--no-fund"), "contracts", Phase.SETUP),
    Stage(
        "solidity",
        ("node", "contracts/src/MaaS.sol"),
        ("node", "compile.mjs", "--check"),
        "contracts",
    ),
    Stage(
        "dispenser",
        ("node", "contracts/dispenser/Dispenser.sol"),
        ("node", "compile.mjs", "--check", "--contract", "Dispenser", "--src", "dispenser"),
        "contracts",
    ),
    Stage("slither", ("node", "contracts/src/MaaS.sol"), slither_command()),
    Stage("gas", ("node", "contracts/src/MaaS.sol"), _python("-m", "tools.gas", "--check")),
)

GO = (
    _go("go vet", "go", "vet", "./..."),
    _go("staticcheck", *staticcheck_command("./...")),
    _go("go test", "go", "test", "-race", "-count=1", "-v", "./...", phase=Phase.ALL_CORES, show=True),
    Stage(
        "go fuzz",
        ("go", "chaincode/go.mod"),
        _python("-m", "tools.gofuzz", FUZZ_SECONDS),
        phase=Phase.ALL_CORES,
    ),
)

TEST = (
    *SOLIDITY,
    *STATIC,
    COVERED,
    *GO,
    Stage(
        "vectors",
        ("vectors/*.json", "maas_core/protocol/vectors*"),
        _python("-m", "maas_core.protocol.vectors", "--check"),
        phase=Phase.ALL_CORES,
        show=True,
    ),
    EQUIVALENCE,
    _pytest("tests/sim"),
    _pytest("tests/e2e"),
    _pytest("tests/eth", "go", "npm", options=("-n", "4")),  # they mostly wait for blocks
    _pytest("tests/fabric", "go", options=("--dist", "loadfile")),
    _pytest("tests/storage", "go"),
    _pytest("tests/bench", "go"),
    _pytest("tests/regions", "go", "ip", "tc", options=("-n", "3", "--maxschedchunk", "1")),  # root too; they wait
    _pytest("tests/demo", "go", options=("-n", "4")),  # they mostly wait for blocks
)

GROUPS = {"check": CHECK, "test": TEST, "equivalence": (EQUIVALENCE,)}
