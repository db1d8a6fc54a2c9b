"""Simulated storages with small objects, and what tests of the object core ask of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from maas_core.errors import StoreError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.cache import ObjectCache
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import WriteTo
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import Missing
from maas_core.ports.workflow import Unavailable
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_storage import ABLE, SimStorage, StorageFaults

MAX_OBJECT = 128
SMALL = replace(ABLE, max_object=MAX_OBJECT)


@dataclass
class World:
    """A clock and the storages that go by it."""

    clock: SimClock = field(default_factory=SimClock)

    def storage(self, faults: StorageFaults | None = None, name: str = "sim") -> SimStorage:
        return SimStorage(self.clock, faults, profile=replace(SMALL, name=name), pass_time=self.clock.pass_time)

    def access(
        self, *storages: SimStorage, cache: ObjectCache | None = None, write_to: WriteTo = WriteTo.FIRST
    ) -> ObjectAccess:
        patience = Patience(per_call=10.0, pause=self.clock.pass_time, chance=lambda: 0.5)
        return ObjectAccess(storages, cache=cache, patience=patience, write_to=write_to)

    def soon(self, seconds: float = 60.0) -> Deadline:
        return Deadline.after(self.clock, seconds)


class Never(StorageFaults):
    """No request arrives."""

    def request_lost(self) -> bool:
        return True


class LostAnswers(StorageFaults):
    """The first answers are lost."""

    def __init__(self, count: int) -> None:
        self.left = count

    def response_lost(self) -> bool:
        self.left -= 1
        return self.left >= 0


class FlippedOnTheWay(StorageFaults):
    """The first bytes that are sent arrive wrong."""

    def __init__(self, count: int) -> None:
        self.left = count

    def on_the_way(self, data: bytes) -> bytes:
        self.left -= 1
        return data if self.left < 0 else data[:-1] + bytes([data[-1] ^ 1])


class Cold(StorageFaults):
    """Objects can be had ten minutes after they were first asked for."""

    def cold_for(self) -> float:
        return 600.0


class Broken(SimStorage):
    """Only the operator can mend it."""

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        raise StoreError("wrong credentials")

    def stat(self, digest: bytes, deadline: Deadline) -> Missing | Unavailable:
        raise StoreError("wrong credentials")


def digest_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def broken(world: World) -> SimStorage:
    return Broken(world.clock, profile=SMALL)


def different(count: int) -> Sequence[bytes]:
    return [b"%d" % number for number in range(count)]
