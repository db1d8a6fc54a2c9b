"""`ObjectStorage` over one Kubo daemon and the nodes that keep copies."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from threading import Lock
from typing import TypeVar

import urllib3
from maas_storage_ipfs.cid import cid_of
from maas_storage_ipfs.gateway import Gateway
from maas_storage_ipfs.habits import UNKNOWN, Habits, habits_of
from maas_storage_ipfs.keeper import kept_of
from maas_storage_ipfs.keepers import Keeper, keepers_of
from maas_storage_ipfs.kubo import FAILURES, HttpKubo, Kubo, KuboDeniedError, KuboError, as_answer
from maas_storage_ipfs.library import LibraryKubo
from maas_storage_ipfs.messages import Answer, Status
from maas_storage_ipfs.settings import HERE, Client, Durable, Settings, profile_of

from maas_core.errors import UsageError
from maas_core.objects.bounded import BoundedCalls, TooLateError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import MAX_OBJECT, Missing, ObjectStat, PutStatus, ReleaseStatus, Stored
from maas_core.ports.workflow import Unavailable

T = TypeVar("T")
_log = logging.getLogger(__name__)
SWARM = "swarm"
"""The place that is some connected daemon, neither this node's nor a keeper's."""
CONNECT_SECONDS = 5.0
_UNSYNCED = "%s answers before blocks are on its disk; set Datastore.Spec's sync (docs/storage.md)"


def open_kubo(settings: Settings) -> Kubo:
    """A daemon, asked as the settings say. Sends nothing."""
    kind = LibraryKubo if settings.client is Client.IPFSHTTPCLIENT else HttpKubo
    return kind(settings.api, settings.authorization, settings.connections)


def open_storage(settings: Settings, context: Context) -> "IpfsStorage":
    """Sends nothing: a daemon that is away must not keep a node from opening its other storages."""
    return IpfsStorage(settings, context)


class IpfsStorage:
    """Objects as raw blocks, pinned. Any number of threads and processes may use the same daemon."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.profile = profile_of(settings)
        self.place = f"ipfs {settings.api}"
        self._settings = settings
        self._kubo = open_kubo(settings)
        self._gateway = Gateway(settings.gateway, settings.connections) if settings.gateway else None
        self._pool = urllib3.PoolManager(maxsize=settings.connections, retries=False)
        self._keepers = keepers_of(settings.replicas, self._pool, context.signer, context.clock)
        self._kept = None if settings.keeping is None else kept_of(settings.keeping, context.directory)
        self._calls = BoundedCalls("ipfs", settings.connections)
        self._lock = Lock()
        self._habits: Habits | None = None

    def put(self, digest: bytes, data: bytes, retain_until: int | None, deadline: Deadline) -> Stored | Unavailable:
        """Store and pin; DURABLE if the daemon syncs its blocks to disk."""
        if len(data) > MAX_OBJECT:
            raise UsageError(f"an object has at most {MAX_OBJECT} bytes, not {len(data)}")
        if retain_until is not None:
            raise UsageError(f"{self.place} cannot retain objects; choose a storage that can")
        put = partial(self._put, digest, data, deadline)
        is_one_request = self._habits is not None and self._habits.replaces
        return self._answered(put, deadline) if is_one_request else self._ask(put, deadline)

    def get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """From this daemon, those connected, or keepers; a damaged block is replaced if a keeper has it whole."""
        if self._gateway is not None and self._habits is None:
            self._ask(partial(self._known, deadline), deadline)
        data = self._answered(partial(self._block, digest, deadline), deadline)
        if data is None or (isinstance(data, bytes) and self._may_be_healed(digest, data)):
            return self._ask(partial(self._completed, digest, data, deadline), deadline)
        return data

    def stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        """Here counts what is pinned and whole, at a keeper what it proves to hold, in the swarm what answers.

        A peer that is away is not known to hold anything, so ABSENT does not wait for it, as `get` does.
        """
        return self._ask(partial(self._stat, digest, deadline), deadline)

    def replicate(
        self, digest: bytes, targets: Sequence[str], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        """Ask keepers, and pin here what is not; a keeper that refuses is left out and logged."""
        if not self._keepers:
            raise UsageError(f"{self.place} has no keepers; configure `replicas` to hold copies")
        known = {HERE: None, **{keeper.name: keeper for keeper in self._keepers}}
        if unknown := set(targets) - set(known):
            raise UsageError(f"{min(unknown)} is none of the places {', '.join(known)}")
        chosen = [keeper for keeper in self._keepers if not targets or keeper.name in targets]
        return self._ask(partial(self._replicate, digest, chosen, deadline), deadline)

    def release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        """Unpin and delete here, and ask the keepers to; what other nodes hold for themselves stays."""
        return self._ask(partial(self._release, digest, deadline), deadline)

    def close(self) -> None:
        """Give back connections."""
        self._calls.close()
        self._kubo.close()
        if self._gateway is not None:
            self._gateway.close()
        self._pool.clear()

    def _ask(self, function: Callable[[], T | Unavailable], deadline: Deadline) -> T | Unavailable:
        """For all that is more than one request, or asks through a library that has no deadline."""
        try:
            return self._calls.call(lambda: self._answered(function, deadline), deadline)
        except TooLateError:
            return Unavailable(f"{self.place}: no answer in time")

    def _answered(self, function: Callable[[], T | Unavailable], deadline: Deadline) -> T | Unavailable:
        if deadline.passed():
            return Unavailable(f"{self.place}: no time was left")
        try:
            return function()
        except FAILURES as error:
            return as_answer(self.place, error)

    def _put(self, digest: bytes, data: bytes, deadline: Deadline) -> Stored:
        cid = cid_of(digest)
        if self._known(deadline).replaces or not self._has_whole(digest, cid, deadline):
            stored = self._kubo.put(data, _left(deadline))
            if stored != cid:
                raise KuboDeniedError(
                    f"it stored {stored} where {cid} was sent; is something changing requests on the way?"
                )
        if self._kept is not None:
            self._kept.set_own(digest, wanted=True)
        return Stored(self._durability(deadline))

    def _has_whole(self, digest: bytes, cid: str, deadline: Deadline) -> bool:
        """Whether the block is here and pinned now; a damaged one is taken away, for the daemon leaves it alone."""
        there = self._local(cid, deadline)
        if there is None:
            return False
        if sha256(there).digest() != digest:
            self._drop(cid, deadline)
            return False
        self._kubo.pin(cid, _left(deadline))
        return True

    def _local(self, cid: str, deadline: Deadline) -> bytes | None:
        """The daemon's own bytes. Asks for the size first: mostly there is nothing, and that is quick."""
        try:
            self._kubo.size(cid, _left(deadline), offline=True)
            return self._kubo.get(cid, _left(deadline), offline=True)
        except KuboError as error:
            if error.not_here:
                return None
            raise

    def _drop(self, cid: str, deadline: Deadline) -> bool:
        """Whether there was anything, pin or block, that is gone now."""
        unpinned = self._kubo.unpin(cid, _left(deadline))
        try:
            return self._kubo.remove(cid, _left(deadline)) or unpinned
        except KuboError as error:
            if not error.pinned:
                raise
            return unpinned  # another writer has pinned it since

    def _get(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        return self._completed(digest, self._block(digest, deadline), deadline)

    def _completed(self, digest: bytes, data: bytes | None, deadline: Deadline) -> bytes | Missing | Unavailable:
        """What this daemon has, or what others have if it has nothing or a damaged block."""
        if data is None:
            return self._from_elsewhere(digest, deadline)
        return self._healed(digest, data, deadline) if self._may_be_healed(digest, data) else data

    def _block(self, digest: bytes, deadline: Deadline) -> bytes | None:
        """What this daemon itself has; a gateway that does not answer leaves half of the time to the API."""
        cid = cid_of(digest)
        if self._gateway is not None and self._habits is not None and self._habits.gateway_is_local:
            data = self._gateway.get(cid, _left(deadline) / 2)
            if data is not None:
                return data
        try:
            return self._kubo.get(cid, _left(deadline), offline=True)
        except KuboError as error:
            if error.not_here:
                return None
            raise

    def _may_be_healed(self, digest: bytes, data: bytes) -> bool:
        return bool(self._keepers) and sha256(data).digest() != digest

    def _healed(self, digest: bytes, damaged: bytes, deadline: Deadline) -> bytes:
        """A keeper's bytes, put in the place of damaged ones; the damaged ones if no keeper has them."""
        _log.warning("%s has a damaged block %s", self.place, digest.hex())
        data = self._from_keepers(digest, deadline)
        if not isinstance(data, bytes):
            return damaged
        self._put(digest, data, deadline)
        return data

    def _from_elsewhere(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """From connected daemons, else from keepers."""
        found = self._in_swarm(digest, deadline)
        if isinstance(found, bytes):
            return found
        kept = self._from_keepers(digest, deadline)
        return found if kept is Missing.ABSENT else kept

    def _in_swarm(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """ABSENT is what no connected daemon sent in `find_seconds`, if all that are configured are connected."""
        lonely = self._connect(deadline)
        found = self._search(digest, deadline)
        return lonely if lonely is not None and found is Missing.ABSENT else found

    def _search(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """From daemons that are connected now."""
        seconds = min(self._settings.find_seconds, deadline.remaining())
        if self._kubo.peers(_left(deadline)):
            try:
                return self._kubo.get(cid_of(digest), seconds, offline=False)
            except KuboError as error:
                if not (error.not_in_time or error.not_here):
                    raise
                if seconds < self._settings.find_seconds:
                    return Unavailable(f"{self.place}: the deadline left {seconds:.1f} s to search the swarm")
        return Missing.ABSENT

    def _connect(self, deadline: Deadline) -> Unavailable | None:
        """Connect to all configured peers; what may lie at one that is away is not absent."""
        wanted = {address.rpartition("/p2p/")[2]: address for address in self._settings.peers}
        for peer in set(wanted) - self._kubo.peers(_left(deadline)):
            try:
                self._kubo.connect(wanted[peer], min(CONNECT_SECONDS, _left(deadline)))
            except KuboError as error:
                return Unavailable(f"{self.place}: peer {wanted[peer]} is not connected: {error}")
        return None

    def _from_keepers(self, digest: bytes, deadline: Deadline) -> bytes | Missing | Unavailable:
        """From the first keeper that has it."""
        away: Unavailable | None = None
        for keeper in self._keepers:
            data = keeper.fetch(digest, deadline)
            if isinstance(data, bytes):
                return data
            away = data or away
        return away or Missing.ABSENT

    def _stat(self, digest: bytes, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
        cid = cid_of(digest)
        data = self._local(cid, deadline)
        if data is not None and sha256(data).digest() != digest:
            data = None
        here = data is not None and self._kubo.is_pinned(cid, _left(deadline))
        holders, away = [HERE] if here else [], None
        for keeper in self._keepers:
            holds = keeper.holds(digest, data, deadline)
            if isinstance(holds, Unavailable):
                away = holds
            elif holds:
                holders.append(keeper.name)
        if not holders:
            found = self._search(digest, deadline) if data is None else data
            if not isinstance(found, bytes):
                return away or found
            data, holders = found, [SWARM]
        size = len(data) if data is not None else self._kubo.size(cid, _left(deadline), offline=False)
        return ObjectStat(size, len(holders), None, tuple(holders))

    def _replicate(
        self, digest: bytes, keepers: Sequence[Keeper], deadline: Deadline
    ) -> ObjectStat | Missing | Unavailable:
        data = self._get(digest, deadline)
        if not isinstance(data, bytes):
            return data
        if not self._kubo.is_pinned(cid_of(digest), _left(deadline)):
            self._put(digest, data, deadline)
        for keeper in keepers:
            if keeper.holds(digest, data, deadline) is not True:
                _tell(keeper, digest, keeper.keep(digest, data, deadline))
        return self._stat(digest, deadline)

    def _release(self, digest: bytes, deadline: Deadline) -> ReleaseStatus | Unavailable:
        wanted_by_others = self._kept is not None and self._kept.set_own(digest, wanted=False)
        released = not wanted_by_others and self._drop(cid_of(digest), deadline)
        for keeper in self._keepers:
            answer = keeper.release(digest, deadline)
            if isinstance(answer, Unavailable):
                return answer
            if answer.status not in {Status.DONE, Status.ABSENT}:
                return Unavailable(f"{keeper.name}: {answer.detail}")
            released = released or answer.status is Status.DONE
        return ReleaseStatus.RELEASED if released else ReleaseStatus.ABSENT

    def _durability(self, deadline: Deadline) -> PutStatus:
        """As the settings say, or as the daemon's configuration does."""
        wanted = self._settings.durable
        durable = self._known(deadline).syncs if wanted is Durable.ASK else wanted is Durable.YES
        return PutStatus.DURABLE if durable else PutStatus.ACCEPTED

    def _known(self, deadline: Deadline) -> Habits:
        """The daemon's habits, asked for once; none can be relied on if its configuration may not be read."""
        with self._lock:
            if self._habits is None:
                try:
                    self._habits = habits_of(self._kubo.config(_left(deadline)))
                except KuboDeniedError:
                    self._habits = UNKNOWN
                if self._settings.durable is Durable.ASK and not self._habits.syncs:
                    _log.warning(_UNSYNCED, self.place)
            return self._habits


def _tell(keeper: Keeper, digest: bytes, answer: Answer | Unavailable) -> None:
    if isinstance(answer, Unavailable):
        _log.warning("no copy of %s: %s", digest.hex(), answer.reason)
    elif answer.status is not Status.DONE:
        _log.warning("no copy of %s at %s: %s", digest.hex(), keeper.name, answer.detail)


def _left(deadline: Deadline) -> float:
    """Seconds for the daemon; never 0, which would be no bound at all."""
    return max(0.001, deadline.remaining())
