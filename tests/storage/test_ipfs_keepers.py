"""Nodes that keep each other's objects: who is asked decides, a quota applies, and a copy is one that was seen."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest
import urllib3
from maas_storage_ipfs.cid import cid_of
from maas_storage_ipfs.keepers import Keeper as Asked
from maas_storage_ipfs.kept import Kept
from maas_storage_ipfs.messages import Action, Answer, Request, Status
from maas_storage_ipfs.settings import HERE, Keeping
from maas_storage_ipfs.storage import IpfsStorage, open_kubo

from maas_core.errors import UsageError
from maas_core.ports.clock import SystemClock
from maas_core.ports.storage import Missing, ObjectStat, ObjectStorage, ReleaseStatus
from maas_core.ports.workflow import Unavailable
from maas_core.testing.sim_storage import flip_bit
from maas_core.testing.storage_suite import ReopenSuite, StorageSuite, TamperSuite, digest_of
from tests.storage.keeping import keeper
from tests.storage.servers import Swarm, soon
from tests.support.keys import Ed25519Signer

SIGNER = Ed25519Signer(b"k" * 32)
STRANGER = Ed25519Signer(b"s" * 32)
KEY = SIGNER.public_key.hex()
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Ring:
    """A swarm whose second and third daemon keep objects for the first."""

    swarm: Swarm
    keepings: tuple[Keeping, Keeping]

    def open(self) -> IpfsStorage:
        replicas = MappingProxyType({"second": self.keepings[0].address, "third": self.keepings[1].address})
        return self.swarm.open(self.swarm.settings(1, replicas=replicas, find_seconds=0.3), SIGNER)


@pytest.fixture(scope="module")
def ring(swarm: Swarm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    folder = tmp_path_factory.mktemp("kept")
    with ExitStack() as stack:
        second, third = (stack.enter_context(keeper(swarm, number, folder, {KEY: 64})) for number in (2, 3))
        yield Ring(swarm, (second, third))


class TestWithKeepers(StorageSuite, ReopenSuite, TamperSuite):
    @pytest.fixture
    def storage(self, ring: Ring) -> Iterator[ObjectStorage]:
        self.ring = ring
        storage = ring.open()
        yield storage
        storage.close()

    def reopen(self, storage: ObjectStorage) -> ObjectStorage:
        assert isinstance(storage, IpfsStorage)
        storage.close()
        return self.ring.open()

    def damage(self, storage: ObjectStorage, digest: bytes) -> None:
        damage(self.ring.swarm, digest)


def damage(swarm: Swarm, digest: bytes, number: int | None = None) -> None:
    """Flip a bit in one daemon's block, or in all."""
    for file in swarm.files(digest):
        if number is None or file.is_relative_to(swarm.daemons[number - 1].repository):
            content = flip_bit(file.read_bytes(), 7)
            file.chmod(0o600)
            file.write_bytes(content)


def stored(storage: IpfsStorage, size: int = 1000) -> tuple[bytes, bytes]:
    data = os.urandom(size)
    storage.put(digest_of(data), data, None, soon())
    return digest_of(data), data


@pytest.fixture
def storage(ring: Ring) -> Iterator[IpfsStorage]:
    storage = ring.open()
    yield storage
    storage.close()


def test_copies_are_named_and_lie_where_they_are_said_to(ring: Ring, storage: IpfsStorage) -> None:
    digest, data = stored(storage)
    assert storage.replicate(digest, ["third"], soon()) == ObjectStat(1000, 2, None, (HERE, "third"))
    assert storage.replicate(digest, (), soon()) == ObjectStat(1000, 3, None, (HERE, "second", "third"))
    for number in (2, 3):
        kubo = open_kubo(ring.swarm.settings(number))
        assert kubo.is_pinned(cid_of(digest), 5)
        assert kubo.get(cid_of(digest), 5, offline=True) == data
        kubo.close()


def test_a_daemon_that_lost_its_disk_gets_its_objects_back(ring: Ring, storage: IpfsStorage) -> None:
    digest, data = stored(storage)
    storage.replicate(digest, ["second"], soon())
    own = open_kubo(ring.swarm.settings(1))
    own.unpin(cid_of(digest), 5)
    own.remove(cid_of(digest), 5)
    assert storage.stat(digest, soon()) == ObjectStat(1000, 1, None, ("second",))
    assert storage.get(digest, soon()) == data
    assert storage.replicate(digest, ["second"], soon()) == ObjectStat(1000, 2, None, (HERE, "second"))
    assert own.is_pinned(cid_of(digest), 5)
    own.close()


def test_a_damaged_block_is_replaced_from_a_keeper(ring: Ring, storage: IpfsStorage) -> None:
    digest, data = stored(storage)
    storage.replicate(digest, ["second"], soon())
    damage(ring.swarm, digest, 1)
    assert storage.stat(digest, soon()) == ObjectStat(1000, 1, None, ("second",))
    assert storage.get(digest, soon()) == data
    assert storage.stat(digest, soon()) == ObjectStat(1000, 2, None, (HERE, "second"))


def test_a_keeper_with_damaged_bytes_is_not_counted(ring: Ring, storage: IpfsStorage) -> None:
    digest, _ = stored(storage)
    storage.replicate(digest, ["second"], soon())
    damage(ring.swarm, digest, 2)
    assert storage.stat(digest, soon()) == ObjectStat(1000, 1, None, (HERE,))


def test_what_is_only_cached_by_a_keepers_daemon_is_no_copy(ring: Ring, storage: IpfsStorage) -> None:
    digest, _ = stored(storage)
    kubo = open_kubo(ring.swarm.settings(2))
    kubo.get(cid_of(digest), 5, offline=False)
    kubo.close()
    assert storage.stat(digest, soon()) == ObjectStat(1000, 1, None, (HERE,))


def test_the_quota_is_the_keepers_and_is_freed_by_a_release(swarm: Swarm, tmp_path: Path) -> None:
    with keeper(swarm, 2, tmp_path, {KEY: 1}) as keeping:
        replicas = MappingProxyType({"small": keeping.address})
        storage = swarm.open(swarm.settings(1, replicas=replicas), SIGNER)
        first, _ = stored(storage, MEBIBYTE - 10)
        second, _ = stored(storage, 11)
        assert storage.replicate(first, (), soon()) == ObjectStat(MEBIBYTE - 10, 2, None, (HERE, "small"))
        assert storage.replicate(second, (), soon()) == ObjectStat(11, 1, None, (HERE,))
        assert Kept(tmp_path / keeping.database).used(KEY) == MEBIBYTE - 10
        assert storage.release(first, soon()) is ReleaseStatus.RELEASED
        assert storage.replicate(second, (), soon()) == ObjectStat(11, 2, None, (HERE, "small"))
        storage.close()


def test_a_size_that_is_understated_does_not_cheat_the_quota(swarm: Swarm, tmp_path: Path) -> None:
    with keeper(swarm, 2, tmp_path, {KEY: 0}) as keeping:
        storage = swarm.open(swarm.settings(1))
        digest, _ = stored(storage)
        answer = ask(keeping, Request(Action.KEEP, digest, keeping.address, SystemClock().now(), size=0), SIGNER)
        assert (answer.status, "no room" in answer.detail) == (Status.REFUSED, True)
        kubo = open_kubo(swarm.settings(2))
        assert not kubo.is_pinned(cid_of(digest), 5)
        kubo.close()
        storage.close()


def ask(keeping: Keeping, request: Request, signer: Ed25519Signer, action: Action | None = None) -> Answer:
    content = request.signed(signer)
    return post(keeping, action or request.action, content)


def post(keeping: Keeping, action: Action, content: bytes) -> Answer:
    answer = urllib3.request("POST", f"{keeping.address}/v1/{action.value}", body=content, retries=False)
    return Answer.decode(answer.data)


def request(keeping: Keeping, **changes: object) -> Request:
    plain = Request(Action.RELEASE, os.urandom(32), keeping.address, SystemClock().now())
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_key_that_is_not_allowed_is_refused(ring: Ring) -> None:
    keeping = ring.keepings[0]
    answer = ask(keeping, request(keeping), STRANGER)
    assert answer == Answer(
        Status.REFUSED, "nothing is kept for this public key here; its operator may ask this one's to allow it"
    )


def test_a_request_counts_once(ring: Ring) -> None:
    keeping = ring.keepings[0]
    content = request(keeping).signed(SIGNER)
    assert post(keeping, Action.RELEASE, content) == Answer(Status.ABSENT)
    assert post(keeping, Action.RELEASE, content) == Answer(Status.REFUSED, "the request was seen before")


def test_a_request_for_one_keeper_is_none_for_another(ring: Ring) -> None:
    first, second = ring.keepings
    answer = post(second, Action.RELEASE, request(first).signed(SIGNER))
    assert answer.detail == f"the request was signed for {first.address}, this is {second.address}"


def test_a_request_for_one_action_is_none_for_another(ring: Ring) -> None:
    keeping = ring.keepings[0]
    answer = ask(keeping, request(keeping, action=Action.PROVE), SIGNER, Action.RELEASE)
    assert answer.detail == "the request was signed for another action"


def test_a_changed_request_is_refused(ring: Ring) -> None:
    keeping = ring.keepings[0]
    content = request(keeping, size=12345).signed(SIGNER).replace(b"12345", b"12346")
    assert post(keeping, Action.RELEASE, content).detail == "the signature is not that of the public key"


def test_clocks_that_are_twenty_minutes_apart_are_told(ring: Ring) -> None:
    keeping = ring.keepings[0]
    answer = ask(keeping, request(keeping, at=SystemClock().now() - 1200), SIGNER)
    assert "the clocks differ by 1200 s" in answer.detail or "the clocks differ by 1201 s" in answer.detail


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"not json", b'{"request":{}}', b"\xff" * 100])
def test_what_is_not_a_request_is_refused(ring: Ring, content: bytes) -> None:
    answer = post(ring.keepings[0], Action.KEEP, content)
    assert answer == Answer(Status.REFUSED, "the request is not well made")


def test_a_request_that_is_too_large_is_not_read(ring: Ring) -> None:
    answer = urllib3.request("POST", f"{ring.keepings[0].address}/v1/keep", body=b"x" * 5000, retries=False)
    assert answer.status == 400


def test_others_cannot_read_what_is_kept(ring: Ring, storage: IpfsStorage, tmp_path: Path) -> None:
    """A keeper that allows two nodes is no way for one to read the other's."""
    allow = {KEY: 1, STRANGER.public_key.hex(): 1}
    with keeper(ring.swarm, 2, tmp_path, allow) as keeping:
        digest, data = stored(storage)
        pool = urllib3.PoolManager()
        mine = Asked("mine", keeping.address, pool, SIGNER, SystemClock())
        theirs = Asked("theirs", keeping.address, pool, STRANGER, SystemClock())
        assert mine.keep(digest, data, soon()) == Answer(Status.DONE)
        assert mine.fetch(digest, soon()) == data
        assert theirs.fetch(digest, soon()) is None
        assert theirs.release(digest, soon()) == Answer(Status.ABSENT)
        assert mine.holds(digest, data, soon()) is True
        pool.clear()


def test_the_pin_goes_with_the_last_who_wants_the_object(ring: Ring, storage: IpfsStorage, tmp_path: Path) -> None:
    allow = {KEY: 1, STRANGER.public_key.hex(): 1}
    with keeper(ring.swarm, 2, tmp_path, allow) as keeping:
        digest, data = stored(storage)
        own = ring.swarm.open(ring.swarm.settings(2, keeping=keeping))
        own._kept = Kept(tmp_path / keeping.database)
        pool = urllib3.PoolManager()
        askers = [Asked("x", keeping.address, pool, signer, SystemClock()) for signer in (SIGNER, STRANGER)]
        for asker in askers:
            assert asker.keep(digest, data, soon()) == Answer(Status.DONE)
        own.put(digest, data, None, soon())
        kubo = open_kubo(ring.swarm.settings(2))
        assert askers[0].release(digest, soon()) == Answer(Status.DONE)
        assert own.release(digest, soon()) is ReleaseStatus.ABSENT
        assert askers[1].holds(digest, data, soon()) is True
        assert askers[1].release(digest, soon()) == Answer(Status.DONE)
        assert not kubo.is_pinned(cid_of(digest), 5)
        kubo.close()
        own.close()
        pool.clear()


def test_the_nodes_own_pin_stays_when_others_release(ring: Ring, storage: IpfsStorage) -> None:
    digest, data = stored(storage)
    own = ring.swarm.open(ring.swarm.settings(2))
    own.put(digest, data, None, soon())
    storage.replicate(digest, ["second"], soon())
    storage.release(digest, soon())
    assert own.stat(digest, soon()) == ObjectStat(1000, 1, None, (HERE,))
    own.close()


def test_a_keeper_that_is_away_is_told_and_does_not_lose_the_object(ring: Ring) -> None:
    replicas = MappingProxyType({"second": ring.keepings[0].address, "gone": "http://127.0.0.1:9"})
    storage = ring.swarm.open(ring.swarm.settings(1, replicas=replicas, find_seconds=0.3), SIGNER)
    digest, data = stored(storage)
    assert storage.replicate(digest, (), soon()) == ObjectStat(1000, 2, None, (HERE, "second"))
    assert storage.get(digest, soon()) == data
    assert isinstance(storage.get(os.urandom(32), soon()), Unavailable)
    assert isinstance(storage.release(digest, soon()), Unavailable)
    storage.close()


def test_an_absent_object_is_absent_within_the_time_to_find_it(storage: IpfsStorage) -> None:
    assert storage.get(os.urandom(32), soon(5)) is Missing.ABSENT


def test_a_node_without_a_key_cannot_ask_for_copies(ring: Ring) -> None:
    replicas = MappingProxyType({"second": ring.keepings[0].address})
    storage = ring.swarm.open(ring.swarm.settings(1, replicas=replicas))
    digest, _ = stored(storage)
    with pytest.raises(UsageError, match="no \\[signer\\]"):
        storage.replicate(digest, (), soon())
    storage.close()
