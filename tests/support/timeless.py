"""Plays the vectors marked timeless on a network with a clock of its own: identities renamed, times moved."""

from dataclasses import is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from maas_core.ports.clock import SystemClock
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.schema import fields_of
from maas_core.protocol.vectors.files import FOLDER, VectorFile, parse
from maas_core.protocol.vectors.shift import shifted, without_ledger_times
from maas_core.protocol.vectors.story import Step, Vector
from maas_core.protocol.wire import stored_from_json, stored_to_json
from maas_core.testing.ledger_network import Done, Network

FILE = Path(__file__).parents[2] / FOLDER / "timeless.json"
VECTORS: VectorFile = parse(FILE.read_text(encoding="utf-8"))
LEAVES = [one for one in VECTORS.vectors if all(other.after != one.name for other in VECTORS.vectors)]
"""Those that no other one begins with; together they play all of them."""
RECORD_TIMES = ("open_since", "assigned_at", "response_total", "resolution_total")
"""Fields of records that follow from when the ledger took a command."""


def play(network: Network, vector: Vector) -> None:
    """Every step has the outcome, the events and the records that the vector says."""
    names = {old: network.actor(label).identity for label, old in VECTORS.identities.items()}
    rename = partial(renamed, names=names)
    steps = [step for step in VECTORS.steps_of(vector) if isinstance(step, Step)]
    later = SystemClock().now() - steps[0].time
    for step in steps:
        actor = network.actor(step.sender)
        before = actor.head()
        outcome = actor.tries(rename(shifted(step.command, later)))
        if isinstance(step.outcome, Rejection):
            assert outcome == step.outcome, step.note
            continue
        assert isinstance(outcome, Done), f"{step.note}: {outcome}"
        found = [comparable(event) for event in actor.events_of(outcome, before)]
        assert found == [comparable(rename(shifted(event, later))) for event in step.outcome], step.note
        for key, record in step.records.items():
            expected = stored_from_json(stored_to_json(rename(shifted(record, later))))
            assert comparable(actor.reads(*key)) == comparable(expected), step.note


def comparable(struct: Any) -> Any:
    """Without the times that the ledger gives."""
    names = [name for name in RECORD_TIMES if hasattr(struct, name)]
    return replace(without_ledger_times(struct), **dict.fromkeys(names, 0))


def renamed(struct: Any, names: dict[bytes, bytes]) -> Any:
    """With the identities of this network."""
    if is_dataclass(struct):
        kind: Any = type(struct)
        return kind(**{spec.name: renamed(getattr(struct, spec.name), names) for spec in fields_of(kind)})
    if isinstance(struct, tuple):
        return tuple(renamed(one, names) for one in struct)
    return names.get(struct, struct) if isinstance(struct, bytes) else struct
