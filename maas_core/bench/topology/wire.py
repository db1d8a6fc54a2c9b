"""What happens to packets on their way from one region to another: lost, or late by delay and jitter, in order."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

MOST_PACKETS = 50_000
"""On their way in one direction; what is more is dropped, as by a router whose memory is full."""


@dataclass(slots=True)
class Wire:
    """One direction between two regions. Pure: time and randomness come in."""

    delay: float
    """Seconds."""
    jitter: float
    """Standard deviation of the delay, in seconds."""
    loss: float
    """Share of packets."""
    random: Random
    carried: int = 0
    lost: int = 0
    """By chance, as the table wants it."""
    dropped: int = 0
    """Because too many were on their way."""
    _waiting: deque[tuple[float, bytes]] = field(default_factory=deque)

    def put(self, packet: bytes, now: float) -> None:
        """Take a packet at a time.

        Jitter is drawn from a normal distribution, as by Linux's netem, but no packet overtakes another: TCP would take
        that for loss, and on one path it hardly happens. So under load, late packets hold up those behind them.
        """
        if self.loss and self.random.random() < self.loss:
            self.lost += 1
            return
        if len(self._waiting) >= MOST_PACKETS:
            self.dropped += 1
            return
        late = self.random.gauss(self.delay, self.jitter) if self.jitter else self.delay
        due = now + max(0.0, late)
        if self._waiting:
            due = max(due, self._waiting[-1][0])
        self._waiting.append((due, packet))

    def due(self) -> float | None:
        """When the next packet arrives; None: none is on its way."""
        return self._waiting[0][0] if self._waiting else None

    def take(self, now: float) -> list[bytes]:
        """All packets that have arrived."""
        arrived = []
        while self._waiting and self._waiting[0][0] <= now:
            arrived.append(self._waiting.popleft()[1])
        self.carried += len(arrived)
        return arrived
