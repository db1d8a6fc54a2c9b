"""The model answers every vector as it is written down: outcome, records and digest."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from maas_core.protocol.digests import digest_of_encoded, encode_record
from maas_core.protocol.model import EMPTY, apply, decide
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.vectors.files import FOLDER, VectorFile, parse
from maas_core.protocol.vectors.story import Overwrite, Step
from maas_core.protocol.wire import stored_to_json

FILES = sorted((Path(__file__).parents[3] / FOLDER).glob("*.json"))


@cache
def read(path: Path) -> VectorFile:
    """A file of vectors."""
    return parse(path.read_text(encoding="utf-8"))


class Replay:
    """A ledger made of the model, which keeps the encoded records to make digests cheap."""

    def __init__(self, state: Any = EMPTY, encoded: dict[Key, bytes] | None = None) -> None:
        self.state = state
        self.encoded = dict(encoded or {})

    def copy(self) -> "Replay":
        """The same ledger once more, to go on another way."""
        return Replay(self.state, self.encoded)

    def play(self, step: Step | Overwrite, identities: dict[str, bytes]) -> None:
        """Do a step and compare."""
        if isinstance(step, Overwrite):
            changed = replace(self.state[step.key], **{step.field: step.value})
            self.state = self.state.set(step.key, changed)
            self._encode({step.key: changed})
        else:
            self._submit(step, identities[step.sender])
        deployment = self.state["deployment",].deployment if ("deployment",) in self.state else ZERO_DIGEST
        assert digest_of_encoded(deployment, self.encoded.values()) == step.digest, step.note

    def _submit(self, step: Step, sender: bytes) -> None:
        outcome = decide(self.state, step.command, sender, step.time)
        assert outcome == step.outcome, step.note
        if not isinstance(outcome, Rejection):
            before, self.state = self.state, apply(self.state, outcome)
            records = {key: record for key, record in self.state.items() if _changed(before, key, record)}
            assert {key: stored_to_json(record) for key, record in records.items()} == {
                key: stored_to_json(record) for key, record in step.records.items()
            }, step.note
            self._encode(records)

    def _encode(self, records: dict[Key, Record]) -> None:
        self.encoded |= {key: encode_record(record) for key, record in records.items()}


def _changed(before: Any, key: Key, record: object) -> bool:
    return isinstance(record, Record) and before.get(key) is not record


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_model_answers_the_vectors_of_a_file(path: Path) -> None:
    file = read(path)
    ends: dict[str | None, Replay] = {None: Replay()}
    for vector in file.vectors:
        ledger = ends[vector.after].copy()
        for step in vector.steps:
            ledger.play(step, file.identities)
        ends[vector.name] = ledger


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_vector_has_a_name_of_its_own_within_its_file(path: Path) -> None:
    names = [vector.name for vector in read(path).vectors]

    assert len(names) == len(set(names)) > 0


def test_there_are_files() -> None:
    assert len(FILES) >= 10
