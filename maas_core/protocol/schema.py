"""What the annotations of a protocol dataclass say, as data: the one reader of `Annotated` hints."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from maas_core.protocol.records import EVENT_ONLY, OPAQUE
from maas_core.protocol.types import FixedBytes, ListOf, Uint, VarBytes, WireType


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: its wire type, and what a struct or a list's elements are made of."""

    name: str
    wire: WireType | None
    """None for a flat struct."""
    struct: type[Any] | None
    """The struct, or the struct that a list holds."""
    element: WireType | None
    """The wire type that a list holds."""
    event_only: bool
    opaque: bool


def fields_of(struct: Any) -> tuple[FieldSpec, ...]:
    """The fields of a protocol dataclass (the class itself) in their order."""
    return _fields_of(struct)


@cache
def _fields_of(struct: Any) -> tuple[FieldSpec, ...]:
    hints = get_type_hints(struct, include_extras=True)
    return tuple(_field_spec(field.name, hints[field.name]) for field in fields(struct))


def _field_spec(name: str, hint: Any) -> FieldSpec:
    if is_dataclass(hint):
        return FieldSpec(name, None, _as_type(hint), None, event_only=False, opaque=False)
    base, *marks = get_args(hint)
    wires = [mark for mark in marks if not isinstance(mark, str)]
    element = get_args(base)[0] if wires and isinstance(wires[0], ListOf) else None
    struct = _as_type(element or base) if is_dataclass(element or base) else None
    return FieldSpec(
        name=name,
        wire=wires[0] if wires else None,
        struct=struct,
        element=None if element is None or struct else get_args(element)[1],
        event_only=EVENT_ONLY in marks,
        opaque=OPAQUE in marks,
    )


def _as_type(hint: Any) -> type[Any]:
    assert isinstance(hint, type)
    return hint


Check = Callable[[Any], bool]


def domain_check(struct: Any) -> Check:
    """A function that says whether every field of a `struct` lies in its domain.

    Of a list only the length is checked: who handles the list checks its elements, to name the first bad one.
    """
    return _domain_check(struct)


@cache
def _domain_check(struct: Any) -> Check:
    checks = [(spec.name, _field_check(spec)) for spec in fields_of(struct)]

    def in_domain(value: Any) -> bool:
        return all(check(getattr(value, name)) for name, check in checks)

    return in_domain


def _field_check(spec: FieldSpec) -> Check:
    match spec.wire:
        case Uint(_, low, high):
            return lambda value: low <= value <= high
        case FixedBytes(size, required):
            none = bytes(size)
            return lambda value: not required or value != none
        case VarBytes(most):
            return lambda value: len(value) <= most
        case ListOf(least, most):
            return lambda value: least <= len(value) <= most
        case None:
            assert spec.struct is not None
            return domain_check(spec.struct)
