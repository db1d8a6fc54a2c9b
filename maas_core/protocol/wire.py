"""The JSON form of commands, events and records: integers as decimal strings, bytes as lower-case hex.

Decoding is strict: unknown, missing or misspelt members, and values that the wire type cannot hold, raise `WireError`
with the path of the member. Whether a value lies in its domain is not decided here but by the checks of the protocol.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.digests import KIND_OF
from maas_core.protocol.events import EVENTS, Event
from maas_core.protocol.records import RECORDS, Key, Record
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType

Json = dict[str, Any]
S = TypeVar("S")
T = TypeVar("T")

DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")
"""A u64 has at most 20 digits."""
HEX = re.compile(r"(?:[0-9a-f]{2})*")
VAR_BYTES_WIDTH = 65_535


class WireError(ValueError):
    """What came in is not of the protocol's form; the message names the member and what it takes."""


def command_name(command: type[Command]) -> str:
    """The name of a command on the wire: its class name in snake case."""
    return _snake_case(command.__name__)


@cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


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
    (record, _), kind, members = _typed(value, RECORDS, "record")
    for spec in fields_of(record):
        if spec.event_only:
            members.setdefault(spec.name, _zero(spec))
    return struct_from_json(record, members, kind)


def key_to_json(key: Key) -> list[str]:
    """The form [kind, field, ...]."""
    return [part.hex() if isinstance(part, bytes) else str(part) for part in key]


def key_from_json(value: Any) -> Key:
    """The inverse of `key_to_json`."""
    if not isinstance(value, list) or not value:
        raise WireError(f"key: {value!r} is not a list of a record type and fields")
    kind, *parts = value
    record, size = _one_of(RECORDS, kind, "record")
    if len(parts) != size:
        raise WireError(f"{kind}: a key has {size} fields, not {len(parts)}")
    specs = fields_of(record)[:size]
    return (kind, *(_decoder(spec)(part, kind, spec.name) for spec, part in zip(specs, parts, strict=True)))


def _zero(spec: FieldSpec) -> str:
    return "00" * spec.wire.size if isinstance(spec.wire, FixedBytes) else "0"


def _typed_from_json(value: Json, types: dict[str, type[S]], what: str) -> S:
    struct, name, members = _typed(value, types, what)
    return struct_from_json(struct, members, name)


def _typed(value: Json, types: dict[str, T], what: str) -> tuple[T, str, Json]:
    """What `types` has for a value's type, that type's name, and the other members."""
    if not isinstance(value, dict):
        raise WireError(f"{what}: {value!r} is not an object")
    members = dict(value)
    name = members.pop("type", None)
    return _one_of(types, name, what), name, members


def _one_of(types: dict[str, T], name: Any, what: str) -> T:
    if not isinstance(name, str) or name not in types:
        raise WireError(f"{what} type {name!r} is not one of {', '.join(types)}")
    return types[name]


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
    hashable: Any = struct
    names, decoders = _plan(hashable)
    if names != members.keys():
        missing = ", ".join(sorted(names - members.keys())) or "nothing"
        unknown = ", ".join(sorted(members.keys() - names)) or "nothing"
        raise WireError(f"{path}: {missing} missing, {unknown} unknown")
    return struct(*[decode(members[name], path, name) for name, decode in decoders])


Decode = Callable[[Any, str, str], Any]
"""From a value, the path of its struct and its own name."""


@cache
def _plan(struct: Any) -> tuple[frozenset[str], tuple[tuple[str, Decode], ...]]:
    """The names of a struct's members, and how to decode each; made once, as every command of a log goes through it."""
    specs = fields_of(struct)
    return frozenset(spec.name for spec in specs), tuple((spec.name, _decoder(spec)) for spec in specs)


def _decoder(spec: FieldSpec) -> Decode:
    if isinstance(spec.wire, ListOf):
        element = _struct_decoder(spec.struct) if spec.element is None else _plain_decoder(spec.element)
        return _list_decoder(element)
    return _struct_decoder(spec.struct) if spec.wire is None else _plain_decoder(spec.wire)


def _list_decoder(element: Decode) -> Decode:
    def decode(value: Any, path: str, name: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise WireError(f"{path}.{name}: {value!r} is not a list")
        return tuple([element(one, path, f"{name}[{index}]") for index, one in enumerate(value)])

    return decode


def _struct_decoder(struct: type[Any] | None) -> Decode:
    assert struct is not None

    def decode(value: Any, path: str, name: str) -> Any:
        return struct_from_json(struct, value, f"{path}.{name}")

    return decode


def _plain_decoder(wire: WireType) -> Decode:
    match wire:
        case Uint(bits):
            return _uint_decoder(bits)
        case FixedBytes(size):
            return _bytes_decoder(f"{size} bytes of lower-case hex", size, size)
        case VarBytes():
            return _bytes_decoder("lower-case hex", 0, VAR_BYTES_WIDTH)
        case ListOf():
            raise TypeError("a list of lists is not a wire type")


def _uint_decoder(bits: int) -> Decode:
    def decode(value: Any, path: str, name: str) -> int:
        if not isinstance(value, str) or not DECIMAL.fullmatch(value) or int(value) >> bits:
            raise WireError(f"{path}.{name}: {value!r} is not a decimal string below 2^{bits}")
        return int(value)

    return decode


def _bytes_decoder(accepted: str, least: int, most: int) -> Decode:
    def decode(value: Any, path: str, name: str) -> bytes:
        if not isinstance(value, str) or not HEX.fullmatch(value) or not least <= len(value) // 2 <= most:
            raise WireError(f"{path}.{name}: {value!r} is not {accepted}")
        return bytes.fromhex(value)

    return decode
