"""TelemetrySource: where readings come from; a file, a broker, a machine's own interface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Unavailable


class Quality(IntEnum):
    """How far a value can be trusted; what a tariff does with each is a matter of the terms."""

    GOOD = 0
    UNCERTAIN = 1
    """There is a value, and a reason to doubt it."""
    BAD = 2
    """There is a value, and it is known to be wrong."""
    UNAVAILABLE = 3
    """The machine said that it has no value; `value` is 0."""


class Reading(NamedTuple):
    """One value of one signal at one moment; (machine, signal, time) names it, a second one is a duplicate."""

    machine: str
    """The machine as the source names it; the node's config maps it to the registered machine."""
    signal: str
    time: int
    """When it was measured, seconds UTC."""
    value: int
    """In units of 10 to the power of minus the signal's `decimals`."""
    quality: Quality


@dataclass(frozen=True, slots=True)
class Signal:
    """What a signal's integers mean."""

    name: str
    unit: str
    """A UCUM unit, e.g. "kW.h"; empty for a status."""
    decimals: int
    states: tuple[str, ...] = ()
    """For a status: the word that each value stands for, from 0."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Input that did not become a reading: it is counted and listed, never passed over in silence."""

    place: str
    """Where it is, for people, e.g. "readings.csv line 71"."""
    reason: str


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """What a source had to offer."""

    readings: Sequence[Reading]
    """In the order of arrival: not necessarily of time, duplicates included."""
    dropped: tuple[Dropped, ...]
    through: str
    """Where the next call goes on. Kept by the core with the readings, so an interrupted import resumes here."""
    ended: bool
    """Nothing will ever follow, as at the end of a file; False for a live source that is only quiet."""
    progress: tuple[int, int] | None = field(default=None)
    """(done, total) in any one unit, where the source knows."""


class TelemetrySource(Protocol):
    """Yields readings from where the last page ended. It remembers nothing between calls."""

    def signals(self) -> Sequence[Signal]:
        """All signals that readings may name."""

    def read(self, after: str, limit: int, deadline: Deadline) -> ReadingPage | Unavailable:
        """At most about `limit` readings after the place `after` ("": from the beginning).

        Returns an empty page when a live source has nothing new before the deadline.
        """

    def close(self) -> None:
        """Give back connections and files."""


@dataclass(frozen=True, slots=True)
class TelemetrySourceBackend:
    """A source that can be chosen by `[telemetry.NAME] backend = name`."""

    name: str
    summary: str
    settings: type[Any]
    open: Callable[[Any, Context], TelemetrySource]
