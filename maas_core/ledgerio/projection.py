"""The records as final events give them, and the provisional view on top."""

from collections.abc import Callable, Iterable
from typing import Any

from maas_core.errors import MaasError
from maas_core.ledgerio.journal import Quarantined
from maas_core.ledgerio.lanes import subject_of
from maas_core.ports.workflow import EventBlock, LedgerEvent, Undecodable
from maas_core.protocol.model import fold
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.records import Key

CACHED = 200_000
"""Records kept in memory."""


class CachedReader:
    """Reads records from the journal and keeps the last ones in memory."""

    def __init__(self, read: Callable[[Key], Any], most: int = CACHED) -> None:
        self._read = read
        self._most = most
        self._cache: dict[Key, Any] = {}

    def __call__(self, key: Key) -> Any:
        """The final record under a key; None if absent."""
        try:
            return self._cache[key]
        except KeyError:
            return self._keep(key, self._read(key))

    def update(self, changes: Iterable[tuple[Key, Any]]) -> None:
        """Take over what was just stored."""
        for key, value in changes:
            self._keep(key, None if value is ABSENT else value)

    def _keep(self, key: Key, value: Any) -> Any:
        if len(self._cache) >= self._most:
            self._cache.clear()
        self._cache[key] = value
        return value


class Folding:
    """Folds blocks one event at a time; what cannot be folded is set aside with all that waits behind it."""

    def __init__(self, state: Overlay, quarantined: frozenset[str]) -> None:
        self.state = state
        self.aside: list[Quarantined] = []
        self._subjects = set(quarantined)

    @property
    def subjects(self) -> frozenset[str]:
        """All subjects whose events wait."""
        return frozenset(self._subjects)

    def fold(self, entry: EventBlock) -> None:
        """Fold one block."""
        for one in entry.events:
            self._fold(entry, one)

    def _fold(self, entry: EventBlock, one: LedgerEvent) -> None:
        if isinstance(one.event, Undecodable):
            self._set_aside(entry, one, one.event.reason, "undecodable")
            return
        subject = subject_of(one.event)
        if subject in self._subjects:
            self._set_aside(entry, one, "waits for an earlier event", subject)
            return
        try:
            folded = fold(self.state, one.event)
        except MaasError:
            raise  # the records could not be read: that says nothing about the event
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one event must not stop the others
            self._subjects.add(subject)
            self._set_aside(entry, one, f"{type(error).__name__}: {error}", subject)
            return
        assert isinstance(folded, Overlay)
        self.state = folded

    def _set_aside(self, entry: EventBlock, one: LedgerEvent, reason: str, subject: str) -> None:
        self.aside.append(Quarantined(0, entry.block, one, reason, subject))
