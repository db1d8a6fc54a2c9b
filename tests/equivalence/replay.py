"""`python -m tests.equivalence.replay FILE [--ledger evm|chaincode]`: a case through ledgers, from the root."""

import argparse
import sys
from pathlib import Path

from maas_core.protocol.vectors.files import parse
from tests.equivalence.judge import complaint_about, replayed
from tests.equivalence.ledgers import NAMES, open_ledger


def main() -> int:
    """Say for each ledger and vector whether the ledger agrees with the model of now."""
    parser = argparse.ArgumentParser(prog="python -m tests.equivalence.replay")
    parser.add_argument("file", type=Path)
    parser.add_argument("--ledger", choices=NAMES, action="append")
    arguments = parser.parse_args()
    vectors = parse(arguments.file.read_text(encoding="utf-8"))
    complaints = 0
    for name in arguments.ledger or NAMES:
        with open_ledger(name) as ledger:
            for vector in vectors.vectors:
                complaint = complaint_about(ledger, replayed(vectors.steps_of(vector)))
                complaints += complaint is not None
                print(f"{name}: {vector.name}: {complaint or 'agrees'}")  # noqa: T201
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
