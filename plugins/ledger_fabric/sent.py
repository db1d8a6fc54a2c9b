"""What this process knows of transactions that are in no block that it has seen; only spares questions."""

import threading
from collections import OrderedDict
from typing import TypeVar

from maas_core.ports.clock import Clock

ORDERING_SECONDS = 15.0
"""How long a transaction that an orderer took is waited for before it is sent again; sending twice does no harm."""
OVERTAKEN_SECONDS = 3.0
"""One that another overtook, which an orderer took so much later, is lost: a leader that dies takes some with it."""
MOST = 100_000
V = TypeVar("V")


class Sent:
    """Transactions by their id. Threads may share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._absent: OrderedDict[bytes, int] = OrderedDict()
        self._taken: OrderedDict[bytes, float] = OrderedDict()
        self._ordered = float("-inf")
        """When the last of those was taken that are in a block by now."""

    def absent_up_to(self, transaction: bytes, height: int) -> None:
        """It is in no block up to a height."""
        with self._lock:
            _remember(self._absent, transaction, height)

    def absent(self, transaction: bytes) -> int | None:
        """Up to which height it is in no block; None if that is not known."""
        with self._lock:
            return self._absent.get(transaction)

    def taken(self, transaction: bytes) -> None:
        """An orderer took it."""
        with self._lock:
            _remember(self._taken, transaction, self._clock.monotonic())

    def seen(self, transaction: bytes) -> None:
        """It is in a block."""
        with self._lock:
            self._ordered = max(self._ordered, self._taken.get(transaction, self._ordered))

    def is_being_ordered(self, transaction: bytes) -> bool:
        """Whether an orderer took it a moment ago, and may still put it into a block."""
        with self._lock:
            taken = self._taken.get(transaction)
            if taken is None or taken < self._ordered - OVERTAKEN_SECONDS:
                return False
        return self._clock.monotonic() - taken < ORDERING_SECONDS


def _remember(table: OrderedDict[bytes, V], key: bytes, value: V) -> None:
    table[key] = value
    if len(table) > MOST:
        table.popitem(last=False)
