"""The JSON form of commands, events and records: integers as decimal strings, bytes as lower-case hex.

Decoding is strict: unknown, missing or misspelt members, and values that the wire type cannot hold, raise `WireError`
with the path of the member. Whether a value lies in its domain is not decided here but by the checks of the protocol.
"""

import re
from typing import Any, TypeVar

from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.digests import KIND_OF
from maas_core.protocol.events import EVENTS, Event
from maas_core.protocol.records import RECORDS, Key, Record
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType

Json = dict[str, Any]
S = TypeVar("S")

DECIMAL = re.compile(r"0|[1-9][0-9]*")
HEX = re.compile(r"(?:[0-9a-f]{2})*")
VAR_BYTES_WIDTH = 65_535


class WireError(ValueError):
    """What came in is not of the protocol's form; the message names the member and what it takes."""


def command_name(command: type[Command]) -> str:
    """The name of a command on the wire: its class name in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", command.__name__).lower()


COMMAND_OF: dict[str, type[Command]] = {command_name(command): command for command in COMMANDS}
EVENT_OF: dict[str, type[Event]] = {event.__name__: event for event in EVENTS}


def command_to_json(command: Command) -> Json:
    """The form {"type": name, field: value, ...}."""
    return {"type": command_name(type(command)), **struct_to_json(command)}


def command_from_json(value: Json) -> Command:
    """The inverse of `command_to_json`."""
    return _typed_from_json(value, COMMAND_OF, "command")


def event_to_json(event: Event) -> Json:
    """The form {"type": name, field: value, ...}."""
    return {"type": type(event).__name__, **struct_to_json(event)}


def event_from_json(value: Json) -> Event:
    """The inverse of `event_to_json`."""
    return _typed_from_json(value, EVENT_OF, "event")


def stored_to_json(record: Record) -> Json:
    """{"type": kind, stored field: value, ...}: what `read_record` returns."""
    stored = {
        spec.name: _to_json(spec, getattr(record, spec.name)) for spec in fields_of(type(record)) if not spec.event_only
    }
    return {"type": KIND_OF[type(record)], **stored}


def stored_from_json(value: Json) -> Record:
    """The inverse of `stored_to_json`; fields that no ledger stores are zero."""
    members = dict(value)
    kind = members.pop("type", None)
    if kind not in RECORDS:
        raise WireError(f"record type {kind!r} is not one of {', '.join(RECORDS)}")
    record = RECORDS[kind][0]
    for spec in fields_of(record):
        if spec.event_only:
            members.setdefault(spec.name, _zero(spec))
    return struct_from_json(record, members, kind)


def key_to_json(key: Key) -> list[str]:
    """The form [kind, field, ...]."""
    return [part.hex() if isinstance(part, bytes) else str(part) for part in key]


def key_from_json(value: list[str]) -> Key:
    """The inverse of `key_to_json`."""
    kind, *parts = value
    if kind not in RECORDS:
        raise WireError(f"record type {kind!r} is not one of {', '.join(RECORDS)}")
    record, size = RECORDS[kind]
    if len(parts) != size:
        raise WireError(f"{kind}: a key has {size} fields, not {len(parts)}")
    specs = fields_of(record)[:size]
    return (kind, *(_from_json(spec, part, f"{kind}.{spec.name}") for spec, part in zip(specs, parts, strict=True)))


def _zero(spec: FieldSpec) -> str:
    return "00" * spec.wire.size if isinstance(spec.wire, FixedBytes) else "0"


def _typed_from_json(value: Json, types: dict[str, type[S]], what: str) -> S:
    if not isinstance(value, dict):
        raise WireError(f"{what}: {value!r} is not an object")
    members = dict(value)
    name = members.pop("type", None)
    if name not in types:
        raise WireError(f"{what} type {name!r} is not one of {', '.join(types)}")
    return struct_from_json(types[name], members, name)


def struct_to_json(struct: Any) -> Json:
    """The members of a protocol dataclass."""
    return {spec.name: _to_json(spec, getattr(struct, spec.name)) for spec in fields_of(type(struct))}


def _to_json(spec: FieldSpec, value: Any) -> Any:
    if isinstance(spec.wire, ListOf):
        return [struct_to_json(one) if spec.element is None else _plain_to_json(one) for one in value]
    return struct_to_json(value) if spec.wire is None else _plain_to_json(value)


def _plain_to_json(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(int(value))


def struct_from_json(struct: type[S], members: Json, path: str) -> S:
    """A protocol dataclass from its members."""
    if not isinstance(members, dict):
        raise WireError(f"{path}: {members!r} is not an object")
    specs = fields_of(struct)
    names = {spec.name for spec in specs}
    if names != members.keys():
        missing = ", ".join(sorted(names - members.keys())) or "nothing"
        unknown = ", ".join(sorted(members.keys() - names)) or "nothing"
        raise WireError(f"{path}: {missing} missing, {unknown} unknown")
    return struct(**{spec.name: _from_json(spec, members[spec.name], f"{path}.{spec.name}") for spec in specs})


def _from_json(spec: FieldSpec, value: Any, path: str) -> Any:
    if isinstance(spec.wire, ListOf):
        if not isinstance(value, list):
            raise WireError(f"{path}: {value!r} is not a list")
        return tuple(_element_from_json(spec, one, f"{path}[{index}]") for index, one in enumerate(value))
    if spec.wire is None:
        assert spec.struct is not None
        return struct_from_json(spec.struct, value, path)
    return _plain_from_json(spec.wire, value, path)


def _element_from_json(spec: FieldSpec, value: Any, path: str) -> Any:
    if spec.element is not None:
        return _plain_from_json(spec.element, value, path)
    assert spec.struct is not None
    return struct_from_json(spec.struct, value, path)


def _plain_from_json(wire: WireType, value: Any, path: str) -> int | bytes:
    match wire:
        case Uint(bits):
            if not isinstance(value, str) or not DECIMAL.fullmatch(value) or int(value) >> bits:
                raise WireError(f"{path}: {value!r} is not a decimal string below 2^{bits}")
            return int(value)
        case FixedBytes(size):
            return _bytes_from_json(value, path, f"{size} bytes of lower-case hex", size, size)
        case VarBytes():
            return _bytes_from_json(value, path, "lower-case hex", 0, VAR_BYTES_WIDTH)
        case ListOf():
            raise TypeError("a list of lists is not a wire type")


def _bytes_from_json(value: Any, path: str, accepted: str, least: int, most: int) -> bytes:
    if not isinstance(value, str) or not HEX.fullmatch(value) or not least <= len(value) // 2 <= most:
        raise WireError(f"{path}: {value!r} is not {accepted}")
    return bytes.fromhex(value)
