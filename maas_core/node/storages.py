"""The node's storages: which there are, what is written to which, and how they do."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from threading import Event
from typing import TYPE_CHECKING

from maas_core.config.sections import WritePolicy
from maas_core.errors import StoreError, UsageError
from maas_core.node.copies import Copies
from maas_core.node.storage_audit import Audit, Report
from maas_core.node.storage_moves import Moved, Moves
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.cache import ObjectCache
from maas_core.objects.tiers import Health, Tier, WriteTo
from maas_core.objects.window import Window
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import StorageProfile
from maas_core.ports.workflow import Unavailable

if TYPE_CHECKING:
    from maas_core.node.node import Node

PROBE_SECONDS = 5.0
AT_ONCE = 8
"""Objects of one blob that are on their way at the same time."""
AHEAD = 2 * AT_ONCE
"""Objects of one blob in memory at the same time: others go on while the one that is next in order takes long."""

Progress = Callable[[int], None]
"""Told how many objects are done."""


@dataclass(frozen=True, slots=True)
class StorageState:
    """How one storage does."""

    name: str
    backend: str
    state: str
    """`up`, or why not."""
    written: bool
    abilities: tuple[str, ...]
    region: str
    places: int
    machines: tuple[str, ...]
    """Whose telemetry alone it takes; none: documents, and all telemetry that has no storage of its own."""


class Storages:
    """All storages, together and one by one."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self.copies = Copies(node.database, node.clock)
        self._own: dict[bytes, Blobs] = {}
        self._named: dict[str, frozenset[bytes]] = {}

    @cached_property
    def tiers(self) -> tuple[Tier, ...]:
        """All storages, open, in the order of the config."""
        node = self._node
        context = Context(node.clock, node.signer, node.config.directory)
        return tuple(
            Tier(name, one.backend.open(one.settings, context), not one.read_only)
            for name, one in node.config.storages.items()
        )

    @cached_property
    def window(self) -> Window:
        """Threads for the objects of large blobs."""
        return Window(ThreadPoolExecutor(AT_ONCE, "objects"), AHEAD)

    @cached_property
    def blobs(self) -> Blobs:
        """Bytes of any size, as the config wants several storages to work together; for all but telemetry."""
        return self._blobs(self.tiers_for(None))

    def blobs_of(self, machine: bytes) -> Blobs:
        """The same for the telemetry of one machine: written to the storages that are its own, if it has such."""
        if not any(one.machines for one in self._node.config.storages.values()):
            return self.blobs
        if machine not in self._own:
            self._own[machine] = self._blobs(self.tiers_for(machine))
        return self._own[machine]

    def tiers_for(self, machine: bytes | None) -> tuple[Tier, ...]:
        """All storages, those marked as written that take a machine's telemetry, or what belongs to no machine.

        Raises `UsageError` if the config names a machine that this node does not know.
        """
        sections = self._node.config.storages
        own = {name for name in sections if machine is not None and machine in self._machines(name)}
        chosen = own or {name for name, one in sections.items() if not one.machines}
        return tuple(Tier(one.name, one.storage, one.written and one.name in chosen) for one in self.tiers)

    def written_for(self, machine: bytes | None) -> "tuple[Mapping[str, StorageProfile], Mapping[str, StorageProfile]]":
        """What storages are like that take a machine's telemetry, or all else (None).

        First those that have an object before it counts as stored, then those that get it later. Opens none; the name
        of a machine that this node does not know is no machine's.
        """
        sections = self._node.config.storages
        own = {name for name in sections if machine is not None and self._is_for(name, machine)}
        chosen = own or {name for name, one in sections.items() if not one.machines}
        profiles = {
            name: one.backend.profile(one.settings)
            for name, one in sections.items()
            if name in chosen and not one.read_only
        }
        at_once = len(profiles) if self._node.config.tiering.write is WritePolicy.ALL else 1
        names = list(profiles)
        return {one: profiles[one] for one in names[:at_once]}, {one: profiles[one] for one in names[at_once:]}

    def status(self) -> list[StorageState]:
        """Ask each storage for an object that cannot be there."""
        return [self._state(tier) for tier in self.tiers]

    def audit(self, progress: Progress = lambda _: None, *, deep: bool = False) -> Report:
        """Look for every object that the ledger names in every storage; `deep` fetches all bytes and checks them."""
        return Audit(self._node, self.tiers_for).run(progress, deep=deep, repair=False)

    def repair(self, progress: Progress = lambda _: None, *, deep: bool = False) -> Report:
        """As `audit`, and bring good copies to every storage that is written to and every place that lacks one.

        Absent envelopes are left to who made them. The findings are what is left after that.
        """
        return Audit(self._node, self.tiers_for).run(progress, deep=deep, repair=True)

    def replicate(self, progress: Progress = lambda _: None, stop: Event | None = None) -> Moved:
        """Make all copies that are due under the write policy `background`, or until `stop` is set."""
        return Moves(self._node, self.tiers, self.copies).replicate(progress, stop)

    def migrate(self, source: str, target: str, progress: Progress = lambda _: None, *, release: bool = False) -> Moved:
        """Copy every object that the ledger names from one storage to another; digests, so anchors, stay as they are.

        What is there already is left alone, so a run that was interrupted goes on. With `release` the source lets go
        of each object that the target has been seen to have, unless its retention forbids. Raises `UsageError`.
        """
        return Moves(self._node, self.tiers, self.copies).migrate(source, target, progress, release=release)

    def close(self) -> None:
        """Give back all storages and threads, if they were opened."""
        if "window" in self.__dict__ and self.window.executor is not None:
            self.window.executor.shutdown()
        for tier in self.__dict__.get("tiers", ()):
            tier.storage.close()

    def _blobs(self, tiers: tuple[Tier, ...]) -> Blobs:
        cache, tiering = self._node.config.cache, self._node.config.tiering
        most = cache.max_mib * 2**20
        background = tiering.write is WritePolicy.BACKGROUND
        access = ObjectAccess(
            tiers,
            cache=ObjectCache(cache.directory, most) if most else None,
            write_to=WriteTo.FIRST if background else WriteTo.ALL,
            later=self.copies if background else None,
            health=Health(tiering.rest_seconds),
        )
        return Blobs(access, window=self.window)

    def _machines(self, storage: str) -> frozenset[bytes]:
        """The machines that a storage is for alone."""
        if storage not in self._named:
            names = self._node.config.storages[storage].machines
            self._named[storage] = frozenset(self._node.aliases.resolve("machine", name) for name in names)
        return self._named[storage]

    def _is_for(self, storage: str, machine: bytes) -> bool:
        aliases = self._node.aliases
        for name in self._node.config.storages[storage].machines:
            with suppress(UsageError):  # a machine that this node does not know yet
                if aliases.resolve("machine", name) == machine:
                    return True
        return False

    def _state(self, tier: Tier) -> StorageState:
        section, profile = self._node.config.storages[tier.name], tier.storage.profile
        probe = sha256(b"maas storage probe " + tier.name.encode()).digest()
        try:
            answer = tier.storage.stat(probe, Deadline.after(self._node.clock, PROBE_SECONDS))
            state = answer.reason if isinstance(answer, Unavailable) else "up"
        except StoreError as error:
            state = str(error)
        return StorageState(
            name=tier.name,
            backend=section.backend.name,
            state=state,
            written=tier.written,
            abilities=tuple(sorted(profile.abilities)),
            region=profile.region,
            places=profile.places,
            machines=section.machines,
        )
