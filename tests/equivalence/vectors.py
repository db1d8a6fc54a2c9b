"""The vector files as tests read them."""

import json
from functools import cache
from pathlib import Path

from maas_core.protocol.vectors.files import FOLDER, VectorFile, parse
from tests.equivalence.judge import judge
from tests.equivalence.ledger import LedgerUnderTest

STEPS_BACK = "time_steps_back"


def names(*, but: str = "") -> list[tuple[str, str]]:
    """(file, vector) of every vector that is not marked so."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        vectors = json.loads(path.read_text(encoding="utf-8"))["vectors"]
        found += [(path.stem, vector["name"]) for vector in vectors if but not in vector["marks"]]
    return found


@cache
def read(file: str) -> VectorFile:
    """A vector file."""
    return parse(Path(FOLDER, f"{file}.json").read_text(encoding="utf-8"))


def run(ledger: LedgerUnderTest, file: str, name: str) -> None:
    """Judge a ledger by one vector; of the steps before it only the answers are compared."""
    vectors = read(file)
    vector = next(one for one in vectors.vectors if one.name == name)
    steps = vectors.steps_of(vector)
    judge(f"{file}: {name}", ledger, steps, checked_from=len(steps) - len(vector.steps))
