"""What can be derived from one acceptable command: every edge of its arguments, every other sender, every version."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from maas_core.protocol.commands import Action, Command, Found, Join, Propose
from maas_core.protocol.model import decide
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.schema import fields_of
from maas_core.protocol.states import ActionKind
from maas_core.protocol.types import ZERO_DIGEST, FixedBytes, Uint
from maas_core.protocol.vectors.cast import digest, identity, name
from maas_core.protocol.vectors.domains import bounds_of, with_bound, with_fields
from maas_core.protocol.vectors.story import Story
from maas_core.protocol.wire import command_name

BOARD = "board"
STRANGER = "stranger"
SENDERS = (
    STRANGER,
    BOARD,
    "oem",
    "customer",
    "maintainer",
    "rival",
    "auditor",
    "trader",
    "invited",
    "suspended",
    "removed",
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A command next to an acceptable one, and in what it differs."""

    sender: str
    command: Command
    why: str


def probe(story: Story, sender: str, command: Command) -> None:
    """Tell in vectors of their own how every variant of a command, acceptable from `sender` now, is answered."""
    kind = command_name(type(command))
    refusals = story.then(f"{story.name} / {kind} and its neighbours")
    refusals.pace = 1
    accepted = 0
    for variant in _variants(sender, command):
        if _is_accepted(refusals, variant):
            accepted += 1
            edge = story.then(f"{story.name} / {kind} {accepted} at an edge")
            edge.did(variant.sender, variant.command, variant.why)
        else:
            _refuse(refusals, variant)
    refusals.did(sender, command)
    refusals.play(sender, command, f"{kind} is sent once more")
    if ("deployment",) in story.state and story.state["deployment",].rules.quorum == 1:
        _as_suspended(story, sender, command)
        _in_retired(story, sender, command)


def _is_accepted(story: Story, variant: Variant) -> bool:
    return not isinstance(decide(story.state, variant.command, identity(variant.sender), story.clock), Rejection)


def _refuse(story: Story, variant: Variant) -> None:
    outcome = decide(story.state, variant.command, identity(variant.sender), story.clock)
    code = outcome.code if isinstance(outcome, Rejection) else None
    kind = command_name(type(variant.command))
    note = f"{kind} is refused {variant.why}: {code.name}" if code else f"{kind} {variant.why}"
    story.play(variant.sender, variant.command, note)


def _variants(sender: str, command: Command) -> Iterator[Variant]:
    for bound in bounds_of(type(command)):
        changed = with_bound(command, bound)
        if changed != command:
            yield Variant(sender, changed, f"with {bound}")
    others = [] if isinstance(command, Found) else [one for one in SENDERS if one != sender]
    for other in others:
        yield Variant(other, command, f"from {other}")
    yield from _other_references(sender, command)


def _other_references(sender: str, command: Command) -> Iterator[Variant]:
    """Other records, other versions and the next number up and down of every integer that is small."""
    for spec in fields_of(type(command)):
        value = getattr(command, spec.name)
        if isinstance(spec.wire, FixedBytes):
            other = (name if spec.wire.size == 16 else digest)("another")
            yield Variant(sender, with_fields(command, **{spec.name: other}), f"with another {spec.name}")
        elif isinstance(spec.wire, Uint):
            yield from _neighbours(sender, command, spec.name, value, spec.wire)


def _neighbours(sender: str, command: Command, field: str, value: int, wire: Uint) -> Iterator[Variant]:
    for other, how in ((value - 1, "one less"), (value + 1, "one more")):
        if wire.low < other < wire.high:
            changed = with_fields(command, **{field: other})
            yield Variant(sender, changed, f"with {field} {how}")


def _as_suspended(story: Story, sender: str, command: Command) -> None:
    number = story.state.get(("identity", identity(sender)))
    if number is None or sender == BOARD or isinstance(command, Join):
        return
    child = story.then(f"{story.name} / {command_name(type(command))} from a suspended {sender}")
    child.did(BOARD, propose(f"suspend {sender}", ActionKind.SUSPEND, party=number))
    child.play(sender, command, f"{command_name(type(command))} comes from a suspended party")


def _in_retired(story: Story, sender: str, command: Command) -> None:
    child = story.then(f"{story.name} / {command_name(type(command))} in a retired deployment")
    child.did(BOARD, propose("retire", ActionKind.RETIRE, data=digest("successor")))
    child.play(sender, command, f"{command_name(type(command))} comes after the end")


def propose(label: str, kind: ActionKind, **fields: Any) -> Propose:
    """A proposal whose action has only the given fields."""
    return Propose(name(f"proposal {label}"), action(kind, **fields))


def action(kind: int, **fields: Any) -> Action:
    """An action that is zero in all fields not given."""
    return replace(Action(kind, 0, ZERO_DIGEST, 0, 0, 0, ZERO_DIGEST), **fields)
