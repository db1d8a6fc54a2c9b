"""A state whose records are read from somewhere else on demand, and which knows what was changed on top."""

from collections.abc import Callable
from typing import Any

from immutables import Map

from maas_core.protocol.records import Key

ABSENT = object()
"""Stands for a key that was deleted on top of the base."""

Read = Callable[[Key], Any]
"""What the base holds under a key; None if nothing."""


class Overlay:
    """A `State` over a reader, e.g. of a database; `changes` is all that differs from it."""

    __slots__ = ("_read", "changes")

    def __init__(self, read: Read, changes: Map[Key, Any] | None = None) -> None:
        self._read = read
        self.changes: Map[Key, Any] = Map() if changes is None else changes

    def get(self, key: Key, default: Any = None, /) -> Any:
        """What is under `key`, else `default`."""
        found = self.changes.get(key)
        if found is None:
            found = self._read(key)
        return default if found is None or found is ABSENT else found

    def __getitem__(self, key: Key, /) -> Any:
        """What is under `key`; raises `KeyError`."""
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: Any, /) -> bool:
        """Whether anything is under `key`."""
        return self.get(key) is not None

    def set(self, key: Key, value: Any, /) -> "Overlay":
        """A copy with `value` under `key`."""
        return Overlay(self._read, self.changes.set(key, value))

    def delete(self, key: Key, /) -> "Overlay":
        """A copy without `key`."""
        return Overlay(self._read, self.changes.set(key, ABSENT))
