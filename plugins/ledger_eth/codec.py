"""Protocol to ABI and back: commands and reads into call data; logs, revert data and results into protocol objects.

Everything follows from `maas_core.protocol.schema` and the artifact's ABI: a member in snake case there is one in
camel case here (with an underscore at the end where Solidity reserves the word), in the same order and width. An
artifact that does not match the protocol is an `ArtifactMismatch` when the codec is made.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from eth_abi.abi import default_codec
from eth_abi.exceptions import DecodingError, EncodingError
from maas_ledger_eth.artifact import AbiEntry, Artifact
from maas_ledger_eth.flat import Flat, Malformed, flat

from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.events import EVENTS, Event
from maas_core.protocol.records import RECORDS, Key, Record
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes
from maas_core.protocol.wire import WireError, command_name

SELECTOR_SIZE = 4
S = TypeVar("S")


class ArtifactMismatch(Exception):
    """The artifact is not of this protocol: it has another name, member, order or width at the place named."""


class UndecodableData(ValueError):
    """A log, revert data or a result is not what the contract of this artifact gives."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A function: how its call data begins and what follows."""

    selector: bytes
    inputs: tuple[str, ...]
    output: str | None
    specs: tuple[FieldSpec, ...]


@dataclass(frozen=True, slots=True)
class _Log:
    """An event: what its data holds."""

    event: type[Event]
    types: tuple[str, ...]
    flat: Flat | None
    """Reads it quickly; None where there are arrays or tuples."""


class Codec:
    """Encodes for and decodes from one artifact's contract; pure."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._entries = {entry.get("name", ""): entry for entry in artifact.abi}
        self._commands = {command: self._command_call(command) for command in COMMANDS}
        self._reads = {kind: self._read_call(kind) for kind in RECORDS}
        self._logs = {self._topic_of(event): self._log(event) for event in EVENTS}
        self._codes = {artifact.selectors[f"{code.name}(uint256)"]: code for code in Code}

    def encode_command(self, command: Command) -> bytes:
        """The call data that submits a command; `WireError` if a value does not fit its wire type."""
        call = self._commands[type(command)]
        values = [_to_abi(spec, getattr(command, spec.name)) for spec in call.specs]
        return call.selector + _encode(call.inputs, values)

    def decode_event(self, topics: Sequence[bytes], data: bytes) -> Event | None:
        """The protocol event of a log; None for a log that is no protocol event."""
        log = self._logs.get(bytes(topics[0])) if topics else None
        if log is None:
            return None
        if log.flat is None:
            return _from_abi(log.event, _decode(log.types, data))
        try:
            return log.event(*log.flat.decode(data))
        except Malformed as error:
            raise UndecodableData(f"{data.hex()} is no {log.event.__name__}: {error}") from error

    def decode_rejection(self, data: bytes) -> Rejection | None:
        """The rejection of revert data; None if it reverted for a reason that the protocol does not know."""
        code = self._codes.get(data[:SELECTOR_SIZE])
        if code is None:
            return None
        (item,) = _decode(("uint256",), data[SELECTOR_SIZE:])
        return Rejection(code, item)

    def encode_read(self, key: Key) -> bytes:
        """The call data that reads the record under a key."""
        call = self._reads[str(key[0])]
        return call.selector + _encode(call.inputs, list(key[1:]))

    def decode_record(self, key: Key, data: bytes) -> Record | None:
        """The record that a read returned, fields that no ledger stores being zero; None if there is none."""
        kind = str(key[0])
        output = self._reads[kind].output
        assert output is not None
        (values,) = _decode((output,), data)
        if not _is_filled(values[0]):
            return None
        return _stored_from_abi(RECORDS[kind][0], values)

    def _command_call(self, command: type[Command]) -> _Call:
        name = camel(command_name(command))
        entry, signature = self._find("function", name)
        specs = fields_of(command)
        _require_match(name, entry["inputs"], specs)
        return _Call(self._artifact.selectors[signature], _types(entry["inputs"]), None, specs)

    def _read_call(self, kind: str) -> _Call:
        name = camel(f"read_{kind}")
        entry, signature = self._find("function", name)
        record, size = RECORDS[kind]
        specs = fields_of(record)
        _require_match(name, entry["inputs"], specs[:size])
        (output,) = entry["outputs"]
        stored = tuple(spec for spec in specs if not spec.event_only)
        _require_match(name, output["components"], stored)
        selector = self._artifact.selectors[signature]
        return _Call(selector, _types(entry["inputs"]), _type(output), stored)

    def _log(self, event: type[Event]) -> _Log:
        entry, _ = self._find("event", event.__name__)
        _require_match(event.__name__, entry["inputs"], fields_of(event))
        if any(member["indexed"] for member in entry["inputs"]):
            raise ArtifactMismatch(f"event {event.__name__} has indexed members")
        types = _types(entry["inputs"])
        return _Log(event, types, flat(types))

    def _topic_of(self, event: type[Event]) -> bytes:
        _, signature = self._find("event", event.__name__)
        return self._artifact.topics[signature]

    def _find(self, kind: str, name: str) -> tuple[AbiEntry, str]:
        entry = self._entries.get(name)
        if entry is None or entry["type"] != kind:
            raise ArtifactMismatch(f"there is no {kind} {name}")
        return entry, f"{name}({','.join(_types(entry['inputs']))})"


def camel(name: str) -> str:
    """A name in snake case as Solidity code writes it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _types(members: Sequence[AbiEntry]) -> tuple[str, ...]:
    return tuple(_type(member) for member in members)


def _type(member: AbiEntry) -> str:
    kind: str = member["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(member['components']))}){kind.removeprefix('tuple')}"


def _require_match(where: str, members: Sequence[AbiEntry], specs: Sequence[FieldSpec]) -> None:
    found = [(member["name"].rstrip("_"), _type(member)) for member in members]
    wanted = [(camel(spec.name), _type_of(spec)) for spec in specs]
    if found != wanted:
        raise ArtifactMismatch(f"{where} has {found}, the protocol has {wanted}")


def _type_of(spec: FieldSpec) -> str:
    match spec.wire:
        case None:
            return _struct_type(spec.struct)
        case ListOf():
            return f"{_struct_type(spec.struct) if spec.struct else _plain_type(spec.element)}[]"
        case wire:
            return _plain_type(wire)


def _struct_type(struct: type[Any] | None) -> str:
    assert struct is not None
    return f"({','.join(_type_of(spec) for spec in fields_of(struct))})"


def _plain_type(wire: object) -> str:
    match wire:
        case Uint(bits):
            return f"uint{bits}"
        case FixedBytes(size):
            return f"bytes{size}"
        case VarBytes():
            return "bytes"
        case _:
            raise TypeError(f"{wire!r} has no ABI type")


def _to_abi(spec: FieldSpec, value: Any) -> Any:
    if spec.struct is None:
        return value
    if isinstance(spec.wire, ListOf):
        return [_members(element) for element in value]
    return _members(value)


def _members(struct: Any) -> tuple[Any, ...]:
    return tuple(_to_abi(spec, getattr(struct, spec.name)) for spec in fields_of(type(struct)))


def _encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    try:
        return default_codec.encode(types, values)
    except EncodingError as error:
        raise WireError(str(error)) from error


def _decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    try:
        return default_codec.decode(types, data)
    except DecodingError as error:
        raise UndecodableData(f"{data.hex()} is not ({','.join(types)}): {error}") from error


def _from_abi(struct: type[S], values: Sequence[Any]) -> S:
    specs = fields_of(struct)
    return struct(*(_value(spec, value) for spec, value in zip(specs, values, strict=True)))


def _value(spec: FieldSpec, value: Any) -> Any:
    if spec.struct is None:
        return tuple(value) if isinstance(spec.wire, ListOf) else value
    if isinstance(spec.wire, ListOf):
        return tuple(_from_abi(spec.struct, element) for element in value)
    return _from_abi(spec.struct, value)


def _stored_from_abi(record: type[Record], values: Sequence[Any]) -> Record:
    left = iter(values)
    return record(*(_zero(spec) if spec.event_only else _value(spec, next(left)) for spec in fields_of(record)))


def _zero(spec: FieldSpec) -> int | bytes:
    return bytes(spec.wire.size) if isinstance(spec.wire, FixedBytes) else 0


def _is_filled(value: int | bytes) -> bool:
    return any(value) if isinstance(value, bytes) else value != 0
