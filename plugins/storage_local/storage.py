"""`ObjectStorage` over directories: the first takes what is put, the others what is replicated."""

import hashlib
import logging
from collections.abc import Sequence

from maas_storage_local.failures import as_answer
from maas_storage_local.place import Place
from maas_storage_local.settings import Settings, profile_of

from maas_core.errors import StoreError, UsageError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.storage import (
    MAX_OBJECT,
    Missing,
    ObjectStat,
    PutStatus,
    ReleaseStatus,
    StorageAbility,
    StorageProfile,
    Stored,
)
from maas_core.ports.workflow import Unavailable

_log = logging.getLogger(__name__)
_TOO_LATE = Unavailable("the deadline has passed")


def open_storage(settings: Settings, context: Context) -> "LocalStorage":
    """Open, making the directories if they are not there. Raises `StoreError` if that cannot be."""
    places = [Place(context.directory / path) for path in (settings.directory, *settings.replicas)]
    for place in places:
        try:
            place.prepare()
        except OSError as error:
            raise StoreError(f"{place.name} cannot be a storage: {error.strerror or error}") from error
    return LocalStorage(profile_of(settings), places, context.clock)


class LocalStorage:
    """Objects as files. Any number of threads and processes may use the same directories."""

    def __init__(self, profile: StorageProfile, places: Sequence[Place], clock: Clock) -> None:
        self.profile = profile
        self._places = tuple(places)
        self._clock = clock

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        """Write to the first directory: always DURABLE."""
        if len(data) > MAX_OBJECT:
            raise UsageError(f"an object has at most {MAX_OBJECT} bytes, not {len(data)}")
        if deadline.passed():
            return _TOO_LATE
        place = self._places[0]
        try:
            if retain_until is not None:
                place.retain(digest, retain_until, deadline)
            place.write(digest, data)
        except OSError as error:
            return as_answer(place.name, error)
        return Stored(PutStatus.DURABLE)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """Read from the first directory that has it undamaged; the last copy is given as it is."""
        failures: list[tuple[Place, OSError]] = []
        damaged: bytes | None = None
        for place in self._places:
            if deadline.passed():
                return _TOO_LATE
            try:
                data = place.read(digest)
            except OSError as error:
                failures.append((place, error))
                continue
            if data is not None and self._is_right(digest, data):
                return data
            damaged = damaged if data is None else data
        return self._absent(failures) if damaged is None else damaged

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        """Read every copy: only those that are undamaged count."""
        failures: list[tuple[Place, OSError]] = []
        sizes: list[int] = []
        holders: list[str] = []
        until: list[int] = []
        for place in self._places:
            if deadline.passed():
                return _TOO_LATE
            try:
                size = place.holds(digest)
                until.append(place.retained_until(digest) or 0)
            except OSError as error:
                failures.append((place, error))
                continue
            if size is not None:
                sizes.append(size)
                holders.append(place.name)
        if not sizes:
            return self._absent(failures)
        return ObjectStat(sizes[0], len(holders), max(until) or None, tuple(holders))

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        """Copy to the directories named, or to all; a directory that cannot be written to is left out and logged."""
        if StorageAbility.REPLICAS not in self.profile.abilities:
            raise UsageError("this storage has one directory; configure `replicas` to hold copies")
        places = self._named(targets)
        before = self.stat(digest, deadline)
        data = self.get(digest, deadline)
        if not isinstance(before, ObjectStat) or not isinstance(data, bytes):
            return before if isinstance(data, bytes) else data
        for place in places:
            try:
                if before.retained_until:
                    place.retain(digest, before.retained_until, deadline)
                place.write(digest, data)
            except OSError as error:
                _log.warning("no copy of %s in %s: %s", digest.hex(), place.name, error.strerror)
        return self.stat(digest, deadline)

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        """Delete all copies, or none if any of them is retained."""
        if deadline.passed():
            return _TOO_LATE
        now = self._clock.now()
        statuses = set()
        place = self._places[0]
        try:
            for place in self._places:
                if place.holds(digest) is not None and (place.retained_until(digest) or 0) > now:
                    return ReleaseStatus.RETAINED
            for place in self._places:
                statuses.add(place.remove(digest, now, deadline))
        except OSError as error:
            return as_answer(place.name, error)
        for status in (ReleaseStatus.RETAINED, ReleaseStatus.RELEASED):
            if status in statuses:
                return status
        return ReleaseStatus.ABSENT

    def close(self) -> None:
        """Nothing is held open."""

    def _is_right(self, digest: bytes, data: bytes) -> bool:
        """Whether to give these bytes: always if there is no other copy, for the core checks them anyway."""
        return len(self._places) == 1 or hashlib.sha256(data).digest() == digest

    def _absent(self, failures: Sequence[tuple[Place, OSError]]) -> Missing | Unavailable:
        """Absent is only what no directory has; one that cannot be read may have it."""
        if failures:
            place, error = failures[0]
            return as_answer(place.name, error)
        return Missing.ABSENT

    def _named(self, targets: Sequence[str]) -> Sequence[Place]:
        by_name = {place.name: place for place in self._places}
        if unknown := set(targets) - set(by_name):
            raise UsageError(f"{min(unknown)} is none of the directories {', '.join(by_name)}")
        return [by_name[target] for target in targets] or self._places
