"""Commands next to a plausible one: one field moved, set to another record's, or set to a bound."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from maas_core.protocol.commands import Command
from maas_core.protocol.schema import FieldSpec, fields_of
from maas_core.protocol.types import FixedBytes, ListOf, Uint
from maas_core.protocol.vectors.domains import Bound, bounds_of, with_bound
from maas_core.protocol.vectors.guided.choices import Choices
from maas_core.protocol.vectors.guided.world import World

STEPS = (1, -1, 2, -2, 256, -256)


def at_bound(command: Command, choose: Choices) -> Command:
    """One field at a bound of its domain or width; lists keep their length."""
    bounds = [bound for bound in bounds_of(type(command)) if not _is_length(command, bound)]
    return with_bound(command, choose.pick(bounds)) if bounds else command


def _is_length(command: Command, bound: Bound) -> bool:
    return len(bound.path) == 1 and isinstance(getattr(command, bound.path[0]), tuple)


def moved(command: Command, world: World, choose: Choices) -> Command:
    """One field moved a little, or set to what another record says."""
    changed: Command = _moved(command, world, choose)
    return changed


def _moved(struct: Any, world: World, choose: Choices) -> Any:
    specs = fields_of(type(struct))
    if not specs:
        return struct
    spec = choose.pick(specs)
    value = getattr(struct, spec.name)
    return replace(struct, **{spec.name: _other(spec, value, world, choose)})


def _other(spec: FieldSpec, value: Any, world: World, choose: Choices) -> Any:
    if is_dataclass(value):
        return _moved(value, world, choose)
    match spec.wire:
        case ListOf():
            return _other_list(value, world, choose)
        case Uint(bits):
            return min(max(value + choose.pick(STEPS), 0), 2**bits - 1)
        case FixedBytes(size):
            return choose.pick(_known(world, size) or [bytes(size)])
        case _:
            return bytes(value) + b"\x01"


def _other_list(items: tuple[Any, ...], world: World, choose: Choices) -> tuple[Any, ...]:
    """One element changed, one twice, or all in the other order."""
    way = choose.below(4)
    if way == 0:
        return (*items, items[-1])
    if way == 1 and len(items) > 1:
        return tuple(reversed(items))
    index = choose.below(len(items))
    return (*items[:index], _moved(items[index], world, choose), *items[index + 1 :])


def _known(world: World, size: int) -> list[bytes]:
    """Ids, digests or identities that records hold."""
    records: list[Any] = [*world.machines, *world.invoices, *world.proposals, *world.parties]
    values = [getattr(record, field.name) for record in records for field in fields(record)]
    return sorted({value for value in values if isinstance(value, bytes) and len(value) == size})
