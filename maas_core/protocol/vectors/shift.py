"""Moving a vector marked `timeless` to another time: what a runner on a network with a clock of its own needs."""

from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from maas_core.protocol.schema import fields_of
from maas_core.protocol.types import MAX_TIME, Uint

TIME = Uint(64, 0, MAX_TIME)
LEDGER_TIMES = ("time", "expires", "response", "resolution")
"""Fields of events that depend on when exactly the ledger took a command."""
S = TypeVar("S")


def shifted(struct: S, seconds: int) -> S:
    """A command, event or inner struct with every time moved; zero means "none" and stays."""
    kind: type[Any] = type(struct)
    moved = {spec.name: _shifted(spec.wire, getattr(struct, spec.name), seconds) for spec in fields_of(kind)}
    return kind(**moved)  # type: ignore[no-any-return]


def _shifted(wire: object, value: Any, seconds: int) -> Any:
    if wire == TIME:
        return value + seconds if value else 0
    if is_dataclass(value):
        return shifted(value, seconds)
    if isinstance(value, tuple):
        return tuple(_shifted(None, one, seconds) for one in value)
    return value


def without_ledger_times(event: S) -> S:
    """An event as it can be compared across ledgers with clocks of their own."""
    names = [name for name in LEDGER_TIMES if hasattr(event, name)]
    changed: Any = event
    untimed: S = replace(changed, **dict.fromkeys(names, 0))
    return untimed
