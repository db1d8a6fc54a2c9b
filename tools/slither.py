"""Run slither over contracts/src/MaaS.sol with the compiler that npm installed, offline.

Arguments are passed on to slither. What is found and accepted is said in the source, beside the line, with
`// slither-disable-next-line DETECTOR` and a reason, or in EXCLUDED.
"""

import subprocess
import sys
from pathlib import Path

from tools.toolchain import ROOT, VERSIONS, python_tool

CONTRACTS = ROOT / "contracts"
EXCLUDED = ("--exclude", "timestamp")
"""The protocol's ledger time is the block's time: deadlines are hours, and a signer can move it by seconds."""


def analyse(folder: Path, target: str, arguments: list[str]) -> int:
    """Return slither's exit status: not 0 from the first finding of low severity on."""
    slither = python_tool("slither-analyzer", VERSIONS["slither"], "slither")
    solc = str(CONTRACTS / "solc.mjs")
    command = [str(slither), target, "--solc", solc, "--fail-low", "--exclude-informational", *EXCLUDED]
    return subprocess.run([*command, *arguments], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(analyse(CONTRACTS, "src/MaaS.sol", sys.argv[1:]))
