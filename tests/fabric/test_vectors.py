"""The vectors marked timeless on a real network: a chaincode of its own for each, identities renamed, times moved."""

from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.ready import wait_until_endorsing

from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.schema import fields_of
from maas_core.protocol.vectors.files import FOLDER, VectorFile, parse
from maas_core.protocol.vectors.shift import shifted, without_ledger_times
from maas_core.protocol.vectors.story import Step, Vector
from maas_core.protocol.wire import stored_from_json, stored_to_json
from maas_core.testing.ledger_network import Done, Network
from tests.support.fabric import ledger_of

FILE = Path(__file__).parents[2] / FOLDER / "timeless.json"
VECTORS: VectorFile = parse(FILE.read_text(encoding="utf-8"))
LEAVES = [one for one in VECTORS.vectors if all(other.after != one.name for other in VECTORS.vectors)]
"""Those that no other one begins with; together they play all of them."""


def person(label: str) -> str:
    """The participant of the devnet that plays a sender."""
    return label.split(maxsplit=1)[0]


@pytest.fixture(params=range(len(LEAVES)), ids=[one.name for one in LEAVES])
def vector(request: pytest.FixtureRequest) -> Vector:
    place: int = request.param
    return LEAVES[place]


@pytest.fixture
def network(devnet: FabricDevnet, vector: Vector) -> Iterator[Network]:
    name = f"vector{LEAVES.index(vector)}"
    devnet.define(name, devnet.package_ids())
    wait_until_endorsing(devnet.plan, 20, name)
    ledgers: dict[str, OpenLedger] = {
        label: ledger_of(devnet, person(label), chaincode=name) for label in VECTORS.identities
    }
    yield Network(ledgers, patience=20)
    for ledger in ledgers.values():
        ledger.workflow.close()


def test_a_vector_holds(network: Network, vector: Vector) -> None:
    names = {old: network.actor(label).identity for label, old in VECTORS.identities.items()}
    rename = partial(renamed, names=names)
    steps = [step for step in VECTORS.steps_of(vector) if isinstance(step, Step)]
    later = SystemClock().now() - steps[0].time
    for step in steps:
        actor = network.actor(step.sender)
        outcome = actor.tries(rename(shifted(step.command, later)))
        if isinstance(step.outcome, Rejection):
            assert outcome == step.outcome, step.note
            continue
        assert isinstance(outcome, Done), f"{step.note}: {outcome}"
        found = [comparable(event) for event in actor.events_of(outcome)]
        assert found == [comparable(rename(shifted(event, later))) for event in step.outcome], step.note
        for key, record in step.records.items():
            stored = actor.reads(*key)
            expected = stored_from_json(stored_to_json(rename(shifted(record, later))))
            assert comparable(stored) == comparable(expected), step.note


RECORD_TIMES = ("open_since", "assigned_at", "response_total", "resolution_total")
"""Fields of records that follow from when the ledger took a command."""


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
