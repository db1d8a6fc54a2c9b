"""A story: steps played on the model, each written down with the model's answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from immutables import Map

from maas_core.protocol.commands import Command
from maas_core.protocol.digests import digest_of_encoded, encode_record
from maas_core.protocol.events import Event
from maas_core.protocol.model import EMPTY, apply, decide
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.vectors.cast import PACE, START, identity
from maas_core.protocol.wire import command_name

Outcome = tuple[Event, ...] | Rejection
Records = Map[Key, Any]
"""A state that can be listed."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command, the answer, and what is stored afterwards."""

    note: str
    sender: str
    time: int
    command: Command
    outcome: Outcome
    records: dict[Key, Record]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Overwrite:
    """One stored field of an existing record set directly."""

    note: str
    key: Key
    field: str
    value: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Vector:
    """A named list of steps that begins where another one ended, or before everything."""

    name: str
    seed: int | None
    marks: tuple[str, ...]
    after: str | None
    steps: tuple[Step | Overwrite, ...]


class StoryError(Exception):
    """The author of a directed vector expected another answer than the model's."""


class Story:
    """A vector in the making; `then` begins another one from here and ends this one, so that stories form a tree."""

    def __init__(self, name: str, parent: "Story | None" = None, marks: tuple[str, ...] = ()) -> None:
        self.name = name
        self.parent = parent
        self.marks = marks
        self.seed: int | None = None
        self.state: Records = EMPTY if parent is None else parent.state
        self.clock: int = START if parent is None else parent.clock
        """The time of the next step."""
        self.pace = PACE
        """Seconds from a step to the next."""
        self.steps: list[Step | Overwrite] = []
        self.children: list[Story] = []
        self.encoded: dict[Key, bytes] = {} if parent is None else dict(parent.encoded)
        """Every record as the state digest sees it."""
        self.names: set[str] = set()
        """The names of all vectors of the tree but the first."""

    def __repr__(self) -> str:
        return f"<{self.name}, {len(self.steps)} steps>"

    def then(self, name: str, *marks: str, seed: int | None = None) -> "Story":
        """Another vector that begins in the present state; a name that is taken gets a number."""
        root = self
        while root.parent is not None:
            root = root.parent
        child = self.branch(name if name not in root.names else f"{name} ({len(root.names)})", *marks)
        child.seed = seed
        root.names.add(child.name)
        self.children.append(child)
        return child

    def branch(self, name: str, *marks: str) -> "Story":
        """The same, but this story does not remember it."""
        return Story(name, self, marks)

    def all_steps(self) -> list[Step | Overwrite]:
        """The steps from the empty ledger on."""
        return [*(self.parent.all_steps() if self.parent else ()), *self.steps]

    def _require_leaf(self) -> None:
        if self.children:
            raise StoryError(f"{self.name}: no more steps here, {self.children[0].name} begins at its end")

    def wait(self, seconds: int) -> "Story":
        """Let time pass."""
        self.clock += seconds
        return self

    def play(self, sender: str, command: Command, note: str = "") -> Outcome:
        """Submit a command and write down what the model answers."""
        self._require_leaf()
        outcome = decide(self.state, command, identity(sender), self.clock)
        events = () if isinstance(outcome, Rejection) else outcome
        after = apply_to(self.state, events)
        records = _changed(self.state, after)
        self.state = after
        self._append(note, sender, command, outcome, records)
        self.clock += self.pace
        return outcome

    def _append(self, note: str, sender: str, command: Command, outcome: Outcome, records: dict[Key, Record]) -> None:
        digest = self._digest(records)
        self.steps.append(Step(note, sender, self.clock, command, outcome, records, digest))

    def did(self, sender: str, command: Command, why: str = "") -> "Story":
        """Submit a command that must be accepted."""
        name = command_name(type(command))
        outcome = self.play(sender, command, f"{name} is accepted {why or f'from {sender}'}")
        if isinstance(outcome, Rejection):
            raise StoryError(f"{self.name}: {name} by {sender} is refused: {outcome}")
        return self

    def refused(self, code: Code, sender: str, command: Command, why: str, item: int = 0) -> "Story":
        """Submit a command that must be refused with that code; `why` completes "is refused ..."."""
        name = command_name(type(command))
        outcome = self.play(sender, command, f"{name} is refused {why}: {code.name}")
        if outcome != Rejection(code, item):
            raise StoryError(f"{self.name}: {name} by {sender} {why}: {outcome} instead of {code.name} {item}")
        return self

    def overwrite(self, key: Key, name: str, value: int) -> "Story":
        """Set one stored field directly."""
        self._require_leaf()
        changed: Record = replace(self.state[key], **{name: value})
        self.state = self.state.set(key, changed)
        note = f"{name} of a {key[0]!s} is set to {value}"
        self.steps.append(Overwrite(note, key, name, value, self._digest({key: changed})))
        return self

    def vectors(self) -> list[Vector]:
        """This story and all that follow from it, parents first."""
        parent = self.parent.name if self.parent else None
        own = Vector(self.name, self.seed, self.marks, parent, tuple(self.steps))
        return [own, *(vector for child in self.children for vector in child.vectors())]

    def _digest(self, changed: dict[Key, Record]) -> bytes:
        for key, record in changed.items():
            self.encoded[key] = encode_record(record)
        deployment = self.state[("deployment",)].deployment if ("deployment",) in self.state else bytes(32)
        return digest_of_encoded(deployment, self.encoded.values())


def apply_to(state: Records, events: Iterable[Event]) -> Records:
    """The state after a list of events."""
    return cast("Records", apply(state, events))


def _changed(before: Records, after: Records) -> dict[Key, Record]:
    if before is after:
        return {}
    changed = {
        key: record for key, record in after.items() if isinstance(record, Record) and before.get(key) is not record
    }
    return dict(sorted(changed.items(), key=lambda entry: sort_key(entry[0])))


def sort_key(key: Key) -> tuple[str, ...]:
    """A total order of keys that does not depend on how a map lays them out."""
    return tuple(part.hex() if isinstance(part, bytes) else f"{part:>20}" for part in key)
