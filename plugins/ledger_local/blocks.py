"""The rhythm in which entries are shown, to imitate a ledger that makes a block every so often."""

import sqlite3
from contextlib import suppress

from maas_ledger_local.entries import Place

from maas_core.ports.clock import Clock

LONGEST_INTERVAL = 60_000
"""ms; what would be due later than that was written before the machine's last start."""


class Blocks:
    """Entries between two multiples of `interval` ms are one block: they share their time and appear together.

    The multiples are those of the monotonic clock, which all processes of a machine share and nobody sets.
    """

    def __init__(self, connection: sqlite3.Connection, interval: int, clock: Clock) -> None:
        self._connection = connection
        self._interval = interval
        self._clock = clock

    def open(self, last: Place) -> int:
        """The time of entries that are appended now, after `last`; notes when they will be shown."""
        now = max(last.time, self._clock.now())
        if self._interval == 0:
            return now
        due = (self._milliseconds() // self._interval + 1) * self._interval
        begun = self._connection.execute("SELECT 1 FROM hidden WHERE due = ?", (due,)).fetchone()
        if begun:
            return last.time
        self._connection.execute("INSERT INTO hidden VALUES (?, ?)", (due, last.position + 1))
        return now

    def shown(self, last: Place) -> int:
        """The position up to which entries are shown; brings it up to date first."""
        hidden = self._connection.execute("SELECT due, first FROM hidden ORDER BY first").fetchall()
        now = self._milliseconds()
        waiting = [first for due, first in hidden if now < due <= now + LONGEST_INTERVAL]
        shown = waiting[0] - 1 if waiting else last.position
        if len(waiting) < len(hidden):
            with suppress(sqlite3.OperationalError):  # who cannot write leaves it to those who can
                self._connection.execute("DELETE FROM hidden WHERE first <= ?", (shown,))
        return shown

    def _milliseconds(self) -> int:
        return int(self._clock.monotonic() * 1000)
