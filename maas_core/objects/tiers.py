"""Several storages of one node: their names, what is written to which, and which of them hang just now."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import Protocol

from maas_core.ports.clock import Clock
from maas_core.ports.storage import ObjectStorage

REST_SECONDS = 30.0


class WriteTo(Enum):
    """Which of several storages a new object is put into before the call returns."""

    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Tier:
    """One of the storages of a node."""

    name: str
    """As the config calls it."""
    storage: ObjectStorage
    written: bool = True
    """False: only read, for example while objects move to another storage."""


class CopyQueue(Protocol):
    """Remembers which objects have still to be copied from the first storage to the others."""

    def add(self, digest: bytes, first: str, others: Sequence[str], retain_until: int | None) -> None:
        """Called before the object is put into the first, so that a crash in between forgets no copy."""


class Health:
    """Which storages did not answer lately: they are asked last, for a while. Safe to use from several threads."""

    def __init__(self, rest_seconds: float = REST_SECONDS) -> None:
        self._rest_seconds = rest_seconds
        self._lock = Lock()
        self._rests_until: dict[str, float] = {}

    def ordered(self, tiers: Sequence[Tier], clock: Clock) -> list[Tier]:
        """The same storages, those that rest behind the others."""
        now = clock.monotonic()
        with self._lock:
            resting = {name for name, until in self._rests_until.items() if until > now}
        return sorted(tiers, key=lambda tier: tier.name in resting)

    def note(self, tier: Tier, clock: Clock, *, answered: bool) -> None:
        """What became of a call."""
        with self._lock:
            if answered:
                self._rests_until.pop(tier.name, None)
            else:
                self._rests_until[tier.name] = clock.monotonic() + self._rest_seconds


def as_tiers(storages: Sequence[ObjectStorage | Tier]) -> tuple[Tier, ...]:
    """Storages without a name of their own are called as their profiles are."""
    return tuple(one if isinstance(one, Tier) else Tier(one.profile.name, one) for one in storages)
