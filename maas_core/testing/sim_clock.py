"""A clock that only its owner moves."""

from dataclasses import dataclass
from threading import Lock


@dataclass
class SimClock:
    """Both readings of time are the same seconds."""

    seconds: float = 1_780_000_000.0

    def __post_init__(self) -> None:
        self._lock = Lock()

    def now(self) -> int:
        """Seconds UTC."""
        return int(self.seconds)

    def monotonic(self) -> float:
        """Seconds."""
        return self.seconds

    def pass_time(self, seconds: float) -> None:
        """Let time go on; may be called from several threads."""
        with self._lock:
            self.seconds += seconds
