"""The judge itself, by ledgers that are the model with one fault each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.model import EMPTY, State, apply, decide
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.vectors.files import parse
from maas_core.protocol.vectors.guided.setups import work
from maas_core.protocol.vectors.story import Outcome, Overwrite
from tests.equivalence import judge as judging
from tests.equivalence.judge import as_stored, complaint_about, judge
from tests.equivalence.ledger import Step

Fault = Callable[[Command, Outcome], Outcome]
Blur = Callable[[Key, Record | None], Record | None]


class FaultyLedger:
    """The model, but for what its faults change."""

    def __init__(self, answer: Fault = lambda _, outcome: outcome, read: Blur = lambda _, record: record) -> None:
        self._answer = answer
        self._read = read
        self._state: State = EMPTY

    def reset(self) -> None:
        self._state = EMPTY

    def step(self, command: Command, sender: bytes, time: int, reads: Sequence[Key]) -> Step:
        outcome = self._answer(command, decide(self._state, command, sender, time))
        if not isinstance(outcome, Rejection):
            self._state = apply(self._state, outcome)
        return Step(outcome, {key: self._read(key, self._stored(key)) for key in reads})

    def overwrite(self, key: Key, field: str, value: int) -> None:
        self._state = self._state.set(key, replace(self._state[key], **{field: value}))

    def _stored(self, key: Key) -> Record | None:
        record = self._state.get(key)
        return None if record is None else as_stored(record)


def _refuse_bids(command: Command, outcome: Outcome) -> Outcome:
    return Rejection(Code.WRONG_STATE) if isinstance(command, c.CommitBid) else outcome


def _forget_billing(key: Key, record: Record | None) -> Record | None:
    return None if key[0] == "billing_head" else record


def test_a_ledger_that_is_the_model_is_never_complained_about() -> None:
    assert complaint_about(FaultyLedger(), work().all_steps()) is None


def test_a_wrong_answer_is_a_complaint_that_names_the_step() -> None:
    complaint = complaint_about(FaultyLedger(_refuse_bids), work().all_steps())
    assert complaint is not None
    assert "commit_bid" in complaint


def test_a_record_that_reads_otherwise_is_a_complaint_that_names_its_key() -> None:
    complaint = complaint_about(FaultyLedger(read=_forget_billing), work().all_steps())
    assert complaint is not None
    assert "billing_head" in complaint


def test_a_case_keeps_only_the_steps_that_the_disagreement_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(judging, "CASES", tmp_path)
    with pytest.raises(AssertionError, match="replay: python -m") as raised:
        judge("a case", FaultyLedger(_refuse_bids), work().all_steps())
    path = re.search(r"replay (\S+)", str(raised.value))
    assert path is not None
    case = parse(Path(path[1]).read_text(encoding="utf-8"))
    commands = [type(step.command) for step in case.vectors[0].steps if not isinstance(step, Overwrite)]
    assert commands[-1] is c.CommitBid
    assert c.AnchorTelemetry not in commands
    assert c.IssueInvoice not in commands
