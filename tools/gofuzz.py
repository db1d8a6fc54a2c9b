"""Fuzz every Go target for some seconds: `python -m tools.gofuzz SECONDS` (go takes one target at a time)."""

import subprocess
import sys
from pathlib import Path

CHAINCODE = Path(__file__).resolve().parent.parent / "chaincode"


def _go(*arguments: str) -> str:
    done = subprocess.run(["go", *arguments], cwd=CHAINCODE, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main(seconds: int) -> None:
    """Run the targets of all packages in turn; the first failing one ends the run."""
    targets = 0
    for package in _go("list", "./...").split():
        listed = _go("test", "-run", "^$", "-list", "^Fuzz", package).split()
        for target in [name for name in listed if name.startswith("Fuzz")]:
            print(f"{package} {target}", flush=True)
            print(_go("test", "-run", "^$", "-fuzz", f"^{target}$", "-fuzztime", f"{seconds}s", package))
            targets += 1
    print(f"{targets} targets, {seconds} s each")


if __name__ == "__main__":
    main(int(sys.argv[1]))
