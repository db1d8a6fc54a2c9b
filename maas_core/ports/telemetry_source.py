"""TelemetrySource: where readings come from; a file, a broker, a machine's own interface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Unavailable

if TYPE_CHECKING:
    from maas_core.ports.readings import Readings


@dataclass(frozen=True, slots=True)
class Signal:
    """What a signal's integers mean."""

    name: str
    unit: str
    """A UCUM unit, e.g. "kW.h"; empty for a status."""
    decimals: int
    """A value of 1 stands for 10 to the power of minus this many units; 0 for a status."""
    states: tuple[str, ...] = ()
    """For a status: the word that each value stands for, from 0. Words may be added at the end, never moved."""
    interval: int = 0
    """Seconds from one reading to the next; 0 if the machine only tells what changed, so silence says nothing."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Input that did not become a reading: it is counted and listed, never passed over in silence."""

    place: str
    """Where it is, for people, e.g. "readings.csv line 71"; the same input has the same place when it is read again."""
    reason: str
    """Why, in words that are the same for all input with this fault."""
    values: int = 1
    """How many readings it would have been."""
    machine: str = ""
    """The machine as the source names it, where that could be read."""
    text: str = ""
    """What stands there, cut short, where that helps."""


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """What a source had to offer."""

    readings: "Readings"
    """In the order of arrival: not necessarily of time, duplicates included. Of two readings of one machine, signal and
    time the first counts."""
    dropped: tuple[Dropped, ...]
    through: str
    """Where the next call goes on. Kept by the core with the readings, so an interrupted import resumes here."""
    ended: bool
    """Nothing will ever follow, as at the end of a file; False for a live source that is only quiet."""
    progress: tuple[int, int] | None = None
    """(done, total) in any one unit, where the source knows."""


class TelemetrySource(Protocol):
    """Yields readings from where the last page ended. It remembers nothing between calls that it could not do without.

    Where pages end never changes what they come to in all: the place carries whatever the next page needs.
    """

    def signals(self) -> Sequence[Signal]:
        """All signals that readings may name."""

    def read(self, after: str, limit: int, deadline: Deadline) -> ReadingPage | Unavailable:
        """At most about `limit` readings after the place `after` ("": from the beginning).

        Returns an empty page when a live source has nothing new before the deadline. Raises `IntegrityError` if what
        lies before `after` is not what it was when it was read, and `UsageError` if the input cannot be read at all.
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
