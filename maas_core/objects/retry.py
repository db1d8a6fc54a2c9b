"""When to ask a storage again: exponential back-off with full jitter, within a deadline.

Full jitter (a random pause between nothing and the exponential bound) spreads clients that failed together; see
M. Brooker, "Exponential Backoff And Jitter", 2015.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from maas_core.ports.clock import Deadline


@dataclass(frozen=True)
class Patience:
    """How long one call may take and how long to wait before the next; times in seconds.

    `pause` and `chance` are what a simulation replaces: `pause` must let the deadline's clock go on.
    """

    per_call: float = 20.0
    """So that one storage that hangs leaves time to ask another."""
    first_pause: float = 0.05
    longest_pause: float = 2.0
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default=random.random)
    """A random number in [0, 1)."""

    def attempts(self, deadline: Deadline) -> Iterator[int]:
        """1, 2, 3 and so on, with pauses between them, until `deadline` has passed."""
        bound = self.first_pause
        for number in count(1):
            if deadline.passed():
                return
            yield number
            self.pause(min(bound * self.chance(), deadline.remaining()))
            bound = min(bound * 2, self.longest_pause)

    def call_deadline(self, deadline: Deadline) -> Deadline:
        """The deadline of a single call."""
        clock = deadline.clock
        return Deadline(clock, min(deadline.at, clock.monotonic() + self.per_call))
