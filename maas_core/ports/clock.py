"""Time as the core sees it, so that a test or a simulation can set it."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Two readings of time: what a calendar says, and how long something took."""

    def now(self) -> int:
        """Seconds UTC; may jump when somebody sets the machine's clock."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Seconds UTC."""
        return int(time.time())

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which a call must have returned, whatever happens."""

    clock: Clock
    at: float
    """By `clock.monotonic()`."""

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> "Deadline":
        """The deadline `seconds` from now."""
        return cls(clock, clock.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, 0 when passed."""
        return max(0.0, self.at - self.clock.monotonic())

    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining() == 0.0
