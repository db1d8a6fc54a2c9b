"""What a driver drives: the node with the core, the bare backend without it, or a fake whose answers are known."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from maas_core.bench.operations import Change, Request


@dataclass(slots=True)
class RunClock:
    """The run's clock, in seconds since it was made; and how to wait."""

    began: float
    reading: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def start(cls) -> "RunClock":
        """From now on."""
        return cls(time.perf_counter())

    def restart(self) -> None:
        """The run begins now, for all who share this clock."""
        self.began = self.reading()

    def now(self) -> float:
        """Seconds since the beginning."""
        return self.reading() - self.began


class Target(Protocol):
    """Takes requests and tells what becomes of them; both return at once, the work is done by others."""

    def submit(self, requests: Sequence[Request]) -> None:
        """Take requests over."""

    def changes(self) -> Sequence[Change]:
        """What has happened since the last call, each stamped when it happened.

        Raises what ended the work, if anything did.
        """
