"""The bounds of every field of a command, and commands that lie just on or beyond one."""

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass, replace
from functools import cache
from typing import Any

from maas_core.protocol.commands import Command
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType
from maas_core.protocol.wire import command_name

Path = tuple[str, ...]
"""The names of a field and of the structs around it; "items" stands for each element of the list."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One value at the edge of a field's domain or of its width."""

    path: Path
    side: str
    """"below", "least", "most", "beyond" or "widest"."""
    value: Any

    @property
    def is_inside(self) -> bool:
        """Whether the value lies in the domain."""
        return self.side in ("least", "most")

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} {self.side}"


def bounds_of(struct: type[Any]) -> tuple[Bound, ...]:
    """All bounds of a command or struct, those of inner structs and of list elements included."""
    marked: Any = struct
    return _bounds_of(marked)


@cache
def _bounds_of(struct: Any) -> tuple[Bound, ...]:
    return tuple(_bounds(struct, ()))


def _bounds(struct: type[Any], path: Path) -> Iterator[Bound]:
    for spec in fields_of(struct):
        here = (*path, spec.name)
        if spec.wire is not None:
            yield from (Bound(here, side, value) for side, value in _edges(spec.wire))
        if spec.struct is not None:
            yield from _bounds(spec.struct, here)


def _edges(wire: WireType) -> list[tuple[str, Any]]:
    match wire:
        case Uint(bits, low, high):
            widest = 2**bits - 1
            below = [("below", low - 1)] if low else []
            beyond = [("beyond", high + 1)] if high < widest else []
            wide = [("widest", widest)] if high + 1 < widest else []
            return [*below, ("least", low), ("most", high), *beyond, *wide]
        case FixedBytes(size, required):
            return [("below" if required else "least", bytes(size)), ("most", b"\xff" * size)]
        case VarBytes(most):
            return [("least", b""), ("most", bytes(most)), ("beyond", bytes(most + 1))]
        case ListOf(least, most):
            return [("below", least - 1), ("most", most), ("beyond", most + 1)]


def with_fields(command: Command, **fields: Any) -> Command:
    """The command with some fields changed."""
    changed: Any = command
    altered: Command = replace(changed, **fields)
    return altered


def with_bound(command: Command, bound: Bound) -> Command:
    """The command with one field set to a bound; a list's length is a bound of the list."""
    changed: Command = _set(command, bound.path, bound.value)
    return changed


def _set(struct: Any, path: Path, value: Any) -> Any:
    head, *rest = path
    now = getattr(struct, head)
    if isinstance(now, tuple):
        after = _list_of(now, value) if not rest else (*now[:-1], _set(now[-1], tuple(rest), value))
    else:
        after = _set(now, tuple(rest), value) if rest else value
    return replace(struct, **{head: after})


def _list_of(items: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    """A list of that length whose elements name ascending machines."""
    if length == 0:
        return ()
    last = items[-1]
    first = int.from_bytes(last.machine, "big") & ~0xFFFF
    return tuple(replace(last, machine=(first + index).to_bytes(16, "big")) for index in range(length))


def broken_bounds(command: Command) -> list[str]:
    """Which domains a command violates, as "command field side"; of list elements, those of the first bad one."""
    return [f"{command_name(type(command))} {one}" for one in _broken(command, ())]


def _broken(struct: Any, path: Path) -> list[str]:
    found: list[str] = []
    for spec in fields_of(type(struct)):
        here = (*path, spec.name)
        value = getattr(struct, spec.name)
        if spec.wire is not None and (side := _broken_side(spec.wire, value)):
            found.append(f"{'.'.join(here)} {side}")
        found += _broken_within(spec, value, here)
    return found


def _broken_within(spec: FieldSpec, value: Any, path: Path) -> list[str]:
    if spec.struct is None:
        return []
    for element in [value] if is_dataclass(value) else value:
        if found := _broken(element, path):
            return found
    return []


def _broken_side(wire: WireType, value: Any) -> str:
    match wire:
        case Uint(_, low, high):
            return "below" if value < low else "beyond" if value > high else ""
        case FixedBytes(size, required):
            return "below" if required and value == bytes(size) else ""
        case VarBytes(most):
            return "beyond" if len(value) > most else ""
        case ListOf(least, most):
            return "below" if len(value) < least else "beyond" if len(value) > most else ""


def domain_positions(command: type[Command]) -> tuple[str, ...]:
    """Every side of a domain that a command can violate, named as by `broken_bounds`."""
    name = command_name(command)
    return tuple(f"{name} {bound}" for bound in bounds_of(command) if bound.side in ("below", "beyond"))
