"""Which records a command is about."""

from typing import Any

from maas_core.protocol.commands import Command
from maas_core.protocol.records import RECORDS, Key
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import Uint


def keys_named(command: Command) -> list[Key]:
    """The records whose key the command's own fields spell out, whether they exist or not."""
    items = getattr(command, "items", None)
    parts: list[Any] = [command] if items is None else list(items)
    return [key for part in parts for key in _keys_of_part(part)]


def _keys_of_part(part: Any) -> list[Key]:
    keys: list[Key] = [("deployment",)]
    for kind, (record, size) in RECORDS.items():
        specs = fields_of(record)[:size]
        if specs and all(_holds(part, spec) for spec in specs):
            keys.append((kind, *(getattr(part, spec.name) for spec in specs)))
    if hasattr(part, "machine"):
        keys += [("anchor_head", part.machine), ("billing_head", part.machine)]
    return list(dict.fromkeys(keys))


def _holds(part: Any, spec: FieldSpec) -> bool:
    """Whether a part has a field of this name with a value that a key may have."""
    value = getattr(part, spec.name, None)
    return value is not None and (not isinstance(spec.wire, Uint) or spec.wire.low <= value <= spec.wire.high)
