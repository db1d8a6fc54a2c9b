"""Vector files: their JSON form, a step a line, written and read."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maas_core.protocol import PROTOCOL
from maas_core.protocol.records import Key
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.vectors.cast import identity
from maas_core.protocol.vectors.story import Overwrite, Step, Vector
from maas_core.protocol.wire import (
    Json,
    command_from_json,
    command_to_json,
    event_from_json,
    event_to_json,
    key_from_json,
    key_to_json,
    stored_from_json,
    stored_to_json,
)

FORMAT = "maas-vectors/1"
FOLDER = Path("vectors")


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The vectors of one file and who sends in them."""

    vectors: tuple[Vector, ...]
    identities: dict[str, bytes]

    def steps_of(self, vector: Vector) -> tuple[Step | Overwrite, ...]:
        """All steps of a vector from the empty ledger on."""
        if vector.after is None:
            return vector.steps
        before = next(one for one in self.vectors if one.name == vector.after)
        return (*self.steps_of(before), *vector.steps)


def render(vectors: Sequence[Vector]) -> str:
    """The text of a file."""
    return "".join(_lines(vectors))


def _lines(vectors: Sequence[Vector]) -> Iterator[str]:
    senders = {step.sender for vector in vectors for step in vector.steps if isinstance(step, Step)}
    identities = {label: identity(label).hex() for label in sorted(senders)}
    yield f'{{"format":"{FORMAT}","protocol":"{PROTOCOL}",\n"identities":{_compact(identities)},\n"vectors":[\n'
    for index, vector in enumerate(vectors):
        head = _compact({"name": vector.name, "seed": vector.seed, "marks": vector.marks, "after": vector.after})
        yield f'{head[:-1]},"steps":[\n'
        yield ",\n".join(_compact(_step_to_json(step)) for step in vector.steps)
        yield "\n]}" + (",\n" if index + 1 < len(vectors) else "\n")
    yield "]}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _step_to_json(step: Step | Overwrite) -> Json:
    if isinstance(step, Overwrite):
        target = {"key": key_to_json(step.key), "field": step.field, "value": str(step.value)}
        return {"note": step.note, "overwrite": target, "digest": step.digest.hex()}
    asked = {
        "note": step.note,
        "sender": step.sender,
        "time": str(step.time),
        "command": command_to_json(step.command),
    }
    return asked | _answer_to_json(step) | {"digest": step.digest.hex()}


def _answer_to_json(step: Step) -> Json:
    if isinstance(step.outcome, Rejection):
        return {"code": step.outcome.code.name, "item": str(step.outcome.item)}
    return {
        "events": [event_to_json(event) for event in step.outcome],
        "records": [[key_to_json(key), stored_to_json(record)] for key, record in step.records.items()],
    }


def parse(text: str) -> VectorFile:
    """The inverse of `render`; raises ValueError if the text is not of this form."""
    value = json.loads(text)
    if value["format"] != FORMAT or value["protocol"] != PROTOCOL:
        raise ValueError(f"not a file of {FORMAT} for {PROTOCOL}")
    identities = {label: bytes.fromhex(one) for label, one in value["identities"].items()}
    return VectorFile(tuple(_vector_from_json(one) for one in value["vectors"]), identities)


def _vector_from_json(value: Json) -> Vector:
    steps = tuple(_step_from_json(step) for step in value["steps"])
    return Vector(value["name"], value["seed"], tuple(value["marks"]), value["after"], steps)


def _step_from_json(value: Json) -> Step | Overwrite:
    digest = bytes.fromhex(value["digest"])
    if "overwrite" in value:
        target = value["overwrite"]
        return Overwrite(value["note"], key_from_json(target["key"]), target["field"], int(target["value"]), digest)
    return Step(
        note=value["note"],
        sender=value["sender"],
        time=int(value["time"]),
        command=command_from_json(value["command"]),
        outcome=_outcome_from_json(value),
        records={key_from_json(key): stored_from_json(record) for key, record in value.get("records", [])},
        digest=digest,
    )


def _outcome_from_json(value: Json) -> Any:
    if "code" in value:
        return Rejection(Code[value["code"]], int(value["item"]))
    return tuple(event_from_json(event) for event in value["events"])


def keys_seen(steps: Iterable[Step | Overwrite]) -> list[Key]:
    """Every key that holds a record after these steps."""
    return list({key: None for step in steps if isinstance(step, Step) for key in step.records})
