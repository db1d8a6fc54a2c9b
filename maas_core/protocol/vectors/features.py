"""What one step reaches: a check that refuses, a bound that is crossed, cells that are entered."""

from collections import Counter
from collections.abc import Iterable

from maas_core.protocol.commands import COMMANDS, Command
from maas_core.protocol.model import State
from maas_core.protocol.schema import domain_check
from maas_core.protocol.vectors.domains import broken_bounds, domain_positions
from maas_core.protocol.vectors.positions import Position, position_of_refusal, positions_of
from maas_core.protocol.vectors.subjects import Cell, all_cells, cells_of
from maas_core.protocol.wire import command_name

Feature = Position | Cell | str
"""A check, a cell, or a bound by its name."""


class Wanted:
    """What is still to be reached."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._features = set(features)
        self._by_command = Counter(one.command for one in self._features if not isinstance(one, str))

    def wants(self, features: Iterable[Feature]) -> bool:
        """Whether one of these is still to be reached."""
        return not self._features.isdisjoint(features)

    def wants_of(self, command: type[Command]) -> bool:
        """Whether a check or cell of a command is still to be reached."""
        return self._by_command[command_name(command)] > 0

    def strike(self, features: Iterable[Feature]) -> None:
        """Say that these are reached."""
        for one in self._features.intersection(features):
            self._features.remove(one)
            if not isinstance(one, str):
                self._by_command[one.command] -= 1


def features_of(state: State, command: Command, sender: bytes, time: int) -> list[Feature]:
    """What a command reaches if it is sent in `state`."""
    broken = broken_bounds(command)
    found: list[Feature] = list(broken) if len(broken) == 1 else []
    if not broken:
        found += cells_of(state, command, sender)
    if domain_check(type(command))(command):
        position = position_of_refusal(state, command, sender, time)
        found += [position] if position is not None else []
    return found


def all_features() -> list[Feature]:
    """Everything that there is to reach, in a fixed order."""
    return [
        *(position for command in COMMANDS for position in positions_of(command)),
        *(bound for command in COMMANDS for bound in domain_positions(command)),
        *all_cells(),
    ]
