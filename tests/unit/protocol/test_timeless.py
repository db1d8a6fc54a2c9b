"""Vectors marked `timeless` hold on a ledger with a clock of its own."""

from pathlib import Path

import pytest

from maas_core.protocol.model import EMPTY, State, apply, decide
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.vectors.cast import START
from maas_core.protocol.vectors.files import FOLDER, VectorFile, parse
from maas_core.protocol.vectors.shift import shifted, without_ledger_times
from maas_core.protocol.vectors.story import Outcome, Step, Vector

FILE = Path(__file__).parents[3] / FOLDER / "timeless.json"
VECTORS: VectorFile = parse(FILE.read_text(encoding="utf-8"))
LATER = 123_456_789


def _comparable(outcome: Outcome) -> object:
    return outcome if isinstance(outcome, Rejection) else tuple(without_ledger_times(event) for event in outcome)


@pytest.mark.parametrize("vector", VECTORS.vectors, ids=lambda vector: vector.name)
@pytest.mark.parametrize("pace", [0, 1, 997])
def test_a_timeless_vector_holds_at_another_time_and_pace(vector: Vector, pace: int) -> None:
    state: State = EMPTY
    for index, step in enumerate(VECTORS.steps_of(vector)):
        assert isinstance(step, Step)
        now = START + LATER + index * pace
        outcome = decide(state, shifted(step.command, LATER), VECTORS.identities[step.sender], now)
        expected = step.outcome if isinstance(step.outcome, Rejection) else _moved(step.outcome)
        assert _comparable(outcome) == _comparable(expected), step.note
        state = state if isinstance(outcome, Rejection) else apply(state, outcome)


def _moved(events: Outcome) -> Outcome:
    return events if isinstance(events, Rejection) else tuple(shifted(event, LATER) for event in events)


def test_no_more_than_twenty_vectors_are_timeless() -> None:
    assert 0 < len(VECTORS.vectors) <= 20
    assert {vector.marks for vector in VECTORS.vectors} == {("timeless",)}
