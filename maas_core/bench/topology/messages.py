"""What is said between this process and a participant's in its region, by pickle over a pair of sockets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maas_core.bench.operations import Change, Request


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a node or a bare client, and work."""

    has_core: bool
    config: Path
    to_final: bool


@dataclass(frozen=True, slots=True)
class Work:
    """Requests for who works."""

    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Restart:
    """End the node without warning, and come back."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Work no more."""


@dataclass(frozen=True, slots=True)
class AskTrip:
    """Measure how long it takes to read the deployment's record."""

    config: Path


@dataclass(frozen=True, slots=True)
class Trip:
    """Median seconds of reading the deployment's record."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The first request can be taken."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something has happened; its time is by the machine's clock, not by the run's."""

    change: Change


@dataclass(frozen=True, slots=True)
class Ended:
    """The work has ended; with what went wrong, if anything did."""

    failure: str = ""


Answer = Trip | Ready | Told | Ended
Message = Begin | Work | Restart | Stop | AskTrip
