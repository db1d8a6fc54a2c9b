"""A plan: how to make one kind of command plausible in the state at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maas_core.protocol.commands import Command
from maas_core.protocol.vectors.guided.choices import Choices
from maas_core.protocol.vectors.guided.world import World


@dataclass(frozen=True)
class Plan:
    """Subjects are records, real ones or ghosts."""

    command: type[Command]
    weight: int
    """How often it is chosen among the plans that are ready."""
    ready: Callable[[World], list[Any]]
    """The subjects on which the command could be accepted."""
    every: Callable[[World], list[Any]]
    """All subjects of this kind, in any state, and one that does not exist."""
    senders: Callable[[World, Any], list[int]]
    """The parties that could be accepted as sender."""
    make: Callable[[World, Any, int, Choices], Command]
    """The command on a subject by a party."""
