"""SimStorage: a storage in memory whose losses, delays, bit flips, cold objects and crashes are chosen by the test.

Nothing happens by itself: faults come from a `StorageFaults` object, time from the clock, crashes from `crash`.
"""

from collections.abc import Callable, Sequence
from random import Random
from threading import Lock
from typing import TypeVar

from maas_core.errors import UsageError
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.storage import (
    Missing,
    ObjectStat,
    PutStatus,
    ReleaseStatus,
    StorageAbility,
    StorageProfile,
    Stored,
)
from maas_core.ports.workflow import Unavailable

T = TypeVar("T")

HERE = "here"
"""The place that takes what is put."""

ABLE = StorageProfile("sim", frozenset(StorageAbility), region="memory")
UNABLE = StorageProfile("sim")
"""Declares nothing."""


class StorageFaults:
    """What goes wrong; with this class, nothing."""

    def delay(self) -> float:
        """Seconds that a call takes; longer than its deadline: it has its effect, and no answer comes in time."""
        return 0.0

    def request_lost(self) -> bool:
        """The call does not reach the storage."""
        return False

    def response_lost(self) -> bool:
        """The call has its effect, and no answer comes."""
        return False

    def only_accepted(self) -> bool:
        """An object that is put may not survive a crash."""
        return False

    def lost_in_crash(self) -> bool:
        """An object that was only accepted does not survive this crash."""
        return False

    def cold_for(self) -> float:
        """Seconds until an object that is asked for can be had."""
        return 0.0

    def on_the_way(self, data: bytes) -> bytes:
        """What arrives of an object that is sent."""
        return data


class RandomStorageFaults(StorageFaults):
    """Everything that can go wrong, with probabilities of its own from one seed, until `calm`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.loss = random.choice((0.0, 0.05, 0.2, 0.4))
        self.flips = random.choice((0.0, 0.05, 0.2))
        self.cold = random.choice((0.0, 0.1))
        self.longest_delay = random.choice((0.0, 0.5, 30.0))
        self.calm = False

    def delay(self) -> float:
        """Evenly between none and the longest."""
        return 0.0 if self.calm else self._random.random() * self.longest_delay

    def request_lost(self) -> bool:
        """With the seed's probability."""
        return self._happens(self.loss)

    def response_lost(self) -> bool:
        """With the seed's probability."""
        return self._happens(self.loss)

    def only_accepted(self) -> bool:
        """Half of the objects."""
        return self._happens(0.5)

    def lost_in_crash(self) -> bool:
        """Half of those that were only accepted, calm or not."""
        return self._random.random() < 0.5

    def cold_for(self) -> float:
        """An hour, with the seed's probability."""
        return 3600.0 if self._happens(self.cold) else 0.0

    def on_the_way(self, data: bytes) -> bytes:
        """One bit is flipped with the seed's probability."""
        if not data or not self._happens(self.flips):
            return data
        return flip_bit(data, self._random.randrange(len(data) * 8))

    def _happens(self, probability: float) -> bool:
        return not self.calm and self._random.random() < probability


class SimStorage:
    """Objects in memory, in the place `here` and in further places with the names given as `replicas`."""

    def __init__(
        self,
        clock: Clock,
        faults: StorageFaults | None = None,
        *,
        profile: StorageProfile = ABLE,
        replicas: Sequence[str] = ("second", "third"),
        pass_time: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`pass_time` lets the clock go on by what a call takes; without it calls take no time."""
        self.profile = profile
        self.faults = faults or StorageFaults()
        self._clock = clock
        self._pass_time = pass_time
        self._places: dict[str, dict[bytes, bytes]] = {HERE: {}, **{name: {} for name in replicas}}
        self._volatile: set[bytes] = set()
        self._retained: dict[bytes, int] = {}
        self._warm_at: dict[bytes, float] = {}
        self._lock = Lock()

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        """ACCEPTED or DURABLE, as the faults have it."""
        if len(data) > self.profile.max_object:
            raise UsageError(f"an object has at most {self.profile.max_object} bytes, not {len(data)}")
        if retain_until is not None:
            self._need(StorageAbility.RETENTION)
        return self._call(deadline, lambda: self._put(digest, data, retain_until or 0))

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """The bytes in `here`, perhaps with a bit flipped."""
        return self._call(deadline, lambda: self._get(digest))

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        """What all places hold."""
        return self._call(deadline, lambda: self._stat(digest))

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        """Copy between places."""
        self._need(StorageAbility.REPLICAS)
        if unknown := set(targets) - set(self._places):
            raise UsageError(f"{min(unknown)} is none of the places {', '.join(self._places)}")
        return self._call(deadline, lambda: self._replicate(digest, targets or list(self._places)))

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        """Forget in all places."""
        return self._call(deadline, lambda: self._release(digest))

    def close(self) -> None:
        """Objects stay, as they would on a server."""

    def crash(self) -> None:
        """The storage restarts: objects that were only accepted may be gone."""
        with self._lock:
            for digest in sorted(self._volatile):
                if self.faults.lost_in_crash():
                    self._places[HERE].pop(digest, None)
            self._volatile.clear()

    def lose(self, place: str) -> None:
        """A place loses its disk."""
        with self._lock:
            self._places[place].clear()

    def damage(self, digest: bytes, bit: int = 0, place: str = HERE) -> None:
        """Flip one bit of an object where it lies; it has at least one byte."""
        with self._lock:
            self._places[place][digest] = flip_bit(self._places[place][digest], bit)

    def digests(self) -> frozenset[bytes]:
        """What lies in `here`."""
        return frozenset(self._places[HERE])

    def _call(self, deadline: Deadline, effect: Callable[[], T]) -> T | Unavailable:
        with self._lock:
            if deadline.passed() or self.faults.request_lost():
                return self._no_answer(deadline)
            took = self.faults.delay()
            answer = effect()
            if took > deadline.remaining() or self.faults.response_lost():
                return self._no_answer(deadline)
            self._pass_time(took)
            return answer

    def _no_answer(self, deadline: Deadline) -> Unavailable:
        self._pass_time(deadline.remaining())
        return Unavailable(f"{self.profile.name}: no answer in time")

    def _need(self, ability: StorageAbility) -> None:
        if ability not in self.profile.abilities:
            raise UsageError(f"storage {self.profile.name} does not declare {ability}")

    def _put(self, digest: bytes, data: bytes, retain_until: int) -> Stored:
        if digest not in self._places[HERE]:
            self._places[HERE][digest] = data
            if self.faults.only_accepted():
                self._volatile.add(digest)
        if retain_until > self._retained.get(digest, 0):
            self._retained[digest] = retain_until
        return Stored(PutStatus.ACCEPTED if digest in self._volatile else PutStatus.DURABLE)

    def _get(self, digest: bytes) -> bytes | Missing:
        data = self._places[HERE].get(digest)
        if data is None:
            return Missing.ABSENT
        if StorageAbility.NOT_YET in self.profile.abilities and digest not in self._warm_at:
            self._warm_at[digest] = self._clock.monotonic() + self.faults.cold_for()
        if self._warm_at.get(digest, 0.0) > self._clock.monotonic():
            return Missing.NOT_YET
        return self.faults.on_the_way(data)

    def _stat(self, digest: bytes) -> ObjectStat | Missing:
        holders = tuple(name for name, objects in self._places.items() if digest in objects)
        if not holders:
            return Missing.ABSENT
        size = len(self._places[holders[0]][digest])
        return ObjectStat(size, len(holders), self._retained.get(digest), holders)

    def _replicate(self, digest: bytes, targets: Sequence[str]) -> ObjectStat | Missing:
        source = next((objects[digest] for objects in self._places.values() if digest in objects), None)
        if source is not None:
            for name in targets:
                self._places[name].setdefault(digest, source)
        return self._stat(digest)

    def _release(self, digest: bytes) -> ReleaseStatus:
        if self._stat(digest) is Missing.ABSENT:
            return ReleaseStatus.ABSENT
        if self._retained.get(digest, 0) > self._clock.now():
            return ReleaseStatus.RETAINED
        for objects in self._places.values():
            objects.pop(digest, None)
        for memory in (self._retained, self._warm_at):
            memory.pop(digest, None)
        self._volatile.discard(digest)
        return ReleaseStatus.RELEASED


def flip_bit(data: bytes, bit: int) -> bytes:
    """The same bytes, one bit of them other than it was."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
