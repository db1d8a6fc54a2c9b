"""What is IPFS's own: collections, swarms, daemons that do not sync, and things that are no daemon."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from maas_storage_ipfs.cid import cid_of
from maas_storage_ipfs.habits import habits_of
from maas_storage_ipfs.kubo import HttpKubo, KuboError
from maas_storage_ipfs.settings import Client, Durable, Settings
from maas_storage_ipfs.storage import IpfsStorage, open_kubo, open_storage

from maas_core.errors import StoreError
from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.ports.storage import MAX_OBJECT, Missing, ObjectStat, PutStatus, Stored
from maas_core.ports.workflow import Unavailable
from maas_core.testing.sim_storage import flip_bit
from maas_core.testing.storage_suite import at_once, digest_of
from tests.storage.proxy import Counter
from tests.storage.servers import Swarm, soon

DATA = b"some bytes"
DIGEST = digest_of(DATA)
DURABLE = Stored(PutStatus.DURABLE)


@pytest.fixture(params=[Client.IPFSHTTPCLIENT, Client.HTTP])
def client(request: pytest.FixtureRequest) -> Client:
    kind: Client = request.param
    return kind


def opened(settings: Settings) -> IpfsStorage:
    return open_storage(settings, Context(SystemClock(), None, Path()))


def test_collections_during_reads_and_writes_take_nothing_that_is_pinned(swarm: Swarm) -> None:
    storage, kubo = swarm.open(swarm.settings(1)), open_kubo(swarm.settings(1))
    stop = threading.Event()

    def collect() -> int:
        count = 0
        while not stop.is_set():
            kubo.collect(20)
            count += 1
        return count

    def put_and_get() -> bool:
        try:
            for _ in range(25):
                data = os.urandom(20_000)
                assert storage.put(digest_of(data), data, None, soon()) == DURABLE
                assert storage.get(digest_of(data), soon()) == data
        finally:
            stop.set()
        return True

    collected, done = at_once([collect, put_and_get])
    assert (collected > 2, done) == (True, True)
    kubo.close()
    storage.close()


def test_an_object_is_had_from_a_connected_daemon(swarm: Swarm) -> None:
    writer, reader = swarm.open(swarm.settings(1)), swarm.open(swarm.settings(2))
    data = os.urandom(2**20)
    writer.put(digest_of(data), data, None, soon())
    assert reader.get(digest_of(data), soon()) == data
    assert reader.stat(digest_of(data), soon()) == ObjectStat(2**20, 1, None, ("swarm",))
    writer.close()
    reader.close()


@pytest.fixture
def caching(tmp_path: Path) -> Iterator[Swarm]:
    """A daemon that does not write blocks whose keys are in its cache, as Kubo is without further settings."""
    with Swarm.started(tmp_path, nodes=1) as swarm:
        swarm.restart(lambda config: config["Datastore"].pop("BlockKeyCacheSize"))
        yield swarm


def replaces_damaged_bytes(swarm: Swarm, storage: IpfsStorage) -> None:
    data = os.urandom(1000)
    storage.put(digest_of(data), data, None, soon())
    (file,) = swarm.files(digest_of(data))
    file.chmod(0o600)
    file.write_bytes(flip_bit(data, 7))
    assert storage.get(digest_of(data), soon()) != data
    assert storage.put(digest_of(data), data, None, soon()) == DURABLE
    assert storage.get(digest_of(data), soon()) == data
    assert storage.stat(digest_of(data), soon()) == ObjectStat(1000, 1, None, ("here",))


def test_putting_an_object_again_replaces_damaged_bytes(swarm: Swarm, client: Client) -> None:
    storage = swarm.open(swarm.settings(1, client=client))
    replaces_damaged_bytes(swarm, storage)
    storage.close()


def test_putting_an_object_again_replaces_damaged_bytes_where_the_daemon_would_not(caching: Swarm) -> None:
    for client in Client:
        storage = caching.open(caching.settings(1, client=client))
        replaces_damaged_bytes(caching, storage)
        storage.close()


def test_what_a_caching_daemon_has_whole_is_pinned_and_not_sent_again(caching: Swarm) -> None:
    for client in Client:
        data = os.urandom(MAX_OBJECT)
        digest = digest_of(data)
        with Counter.before(caching.daemons[0].url) as counter:
            storage = caching.open(caching.settings(1, client=client, api=counter.url))
            assert storage.put(digest, data, None, soon()) == DURABLE
            kubo = open_kubo(caching.settings(1, client=client))
            assert kubo.unpin(cid_of(digest), 10)
            first = counter.sent
            assert storage.put(digest, data, None, soon()) == DURABLE
            assert first > MAX_OBJECT
            assert kubo.is_pinned(cid_of(digest), 10)
            assert counter.sent - first < 10_000
            kubo.close()
            storage.close()


def test_large_objects_come_through_the_gateway(swarm: Swarm) -> None:
    data = os.urandom(MAX_OBJECT)
    with Counter.before(swarm.daemons[0].gateway_url) as gateway, Counter.before(swarm.daemons[0].url) as api:
        storage = swarm.open(swarm.settings(1, api=api.url, gateway=gateway.url, client=Client.HTTP))
        storage.put(digest_of(data), data, None, soon())
        before = api.sent
        assert storage.get(digest_of(data), soon()) == data
        assert (gateway.sent > 0, api.sent - before) == (True, 0)
        storage.close()


def test_a_node_that_only_reads_uses_the_gateway_too(swarm: Swarm) -> None:
    data = os.urandom(1000)
    writer = swarm.open(swarm.settings(1))
    writer.put(digest_of(data), data, None, soon())
    writer.close()
    with Counter.before(swarm.daemons[0].gateway_url) as gateway:
        reader = swarm.open(swarm.settings(1, gateway=gateway.url))
        assert reader.get(digest_of(data), soon()) == data
        assert gateway.sent > 0
        reader.close()


@pytest.mark.parametrize("server", ["nothing", "api", "peer"])
def test_what_the_gateway_does_not_give_is_asked_for_by_the_api(swarm: Swarm, server: str) -> None:
    """A port where nothing listens, a server that is no gateway, and the gateway of a daemon without the block."""
    urls = {"nothing": "http://127.0.0.1:9", "api": swarm.daemons[0].url, "peer": swarm.daemons[1].gateway_url}
    storage, data = swarm.open(swarm.settings(1, gateway=urls[server], find_seconds=0.3)), os.urandom(1000)
    storage.put(digest_of(data), data, None, soon())
    assert storage.get(digest_of(data), soon()) == data
    assert storage.get(digest_of(b"put nowhere"), soon()) is Missing.ABSENT
    storage.close()


def test_a_gateway_that_is_silent_leaves_time_for_the_api(swarm: Swarm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        storage = swarm.open(swarm.settings(1, gateway=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        storage.put(DIGEST, DATA, None, soon())
        assert storage.get(DIGEST, soon(2)) == DATA
        storage.close()


def test_damaged_bytes_that_come_through_the_gateway_are_replaced(swarm: Swarm) -> None:
    storage = swarm.open(swarm.settings(1, gateway=swarm.daemons[0].gateway_url))
    replaces_damaged_bytes(swarm, storage)
    storage.close()


def test_a_gateway_that_asks_other_daemons_is_not_used(tmp_path: Path) -> None:
    with Swarm.started(tmp_path, nodes=1) as swarm:
        swarm.restart(lambda config: config["Gateway"].pop("NoFetch"))
        with Counter.before(swarm.daemons[0].gateway_url) as gateway:
            storage = swarm.open(swarm.settings(1, gateway=gateway.url))
            storage.put(DIGEST, DATA, None, soon())
            assert (storage.get(DIGEST, soon()), gateway.sent) == (DATA, 0)
            storage.close()


@pytest.mark.parametrize(
    ("store", "replaces"),
    [
        ({"BlockKeyCacheSize": 0}, True),
        ({"BlockKeyCacheSize": 0, "WriteThrough": True}, True),
        ({"BlockKeyCacheSize": 0, "WriteThrough": False}, False),
        ({"BlockKeyCacheSize": None}, False),
        ({"BlockKeyCacheSize": 65536}, False),
        ({}, False),
    ],
)
def test_a_daemons_configuration_tells_whether_a_put_replaces_blocks(store: dict[str, object], replaces: bool) -> None:
    assert habits_of({"Datastore": store}).replaces is replaces


def test_a_node_connects_its_daemon_to_the_peers_that_it_names(swarm: Swarm, client: Client) -> None:
    data = os.urandom(1000)
    writer = swarm.open(swarm.settings(1))
    writer.put(digest_of(data), data, None, soon())
    reader = swarm.open(swarm.settings(3, client=client))
    kubo = HttpKubo(swarm.daemons[2].url, None, 1)
    for other in swarm.daemons[:2]:
        kubo._call("swarm/disconnect", {"arg": other.peer}, 5)
    assert kubo.peers(5) == frozenset()
    assert reader.get(digest_of(data), soon()) == data
    assert len(kubo.peers(5)) == 2
    writer.close()
    reader.close()


def test_a_daemon_with_another_swarm_key_gets_nothing(swarm: Swarm, tmp_path: Path) -> None:
    writer = swarm.open(swarm.settings(1))
    writer.put(DIGEST, DATA, None, soon())
    with Swarm.started(tmp_path / "other", 1) as other:
        kubo = HttpKubo(other.daemons[0].url, None, 1)
        with pytest.raises(KuboError, match=r"failed to dial|handshake|failure"):
            kubo.connect(swarm.daemons[0].peer, 5)
        reader = other.open(other.settings(1, find_seconds=0.3))
        assert reader.get(DIGEST, soon()) is Missing.ABSENT
        reader.close()
    writer.close()


def test_what_may_lie_at_a_peer_that_is_away_is_not_absent(swarm: Swarm, client: Client) -> None:
    gone = "/ip4/127.0.0.1/tcp/9/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
    storage = swarm.open(swarm.settings(1, peers=(gone,), find_seconds=0.3, client=client))
    answer = storage.get(os.urandom(32), soon())
    assert isinstance(answer, Unavailable)
    assert "is not connected" in answer.reason
    assert storage.stat(os.urandom(32), soon()) is Missing.ABSENT
    storage.close()


def test_what_could_not_be_searched_for_long_enough_is_not_absent(swarm: Swarm) -> None:
    storage = swarm.open(swarm.settings(1, find_seconds=60.0))
    assert isinstance(storage.get(os.urandom(32), soon(1)), Unavailable)
    storage.close()


def test_a_daemon_that_does_not_sync_its_blocks_only_accepts(swarm: Swarm) -> None:
    storage = swarm.open(swarm.settings(1, durable=Durable.NO))
    assert storage.put(DIGEST, DATA, None, soon()) == Stored(PutStatus.ACCEPTED)
    storage.close()


@pytest.mark.parametrize(
    ("spec", "durable"),
    [
        ({"mounts": [{"mountpoint": "/blocks", "type": "flatfs", "sync": True}]}, True),
        ({"mounts": [{"mountpoint": "/blocks", "type": "flatfs", "sync": False}]}, False),
        ({"mounts": [{"mountpoint": "/blocks", "type": "measure", "child": {"type": "flatfs", "sync": True}}]}, True),
        ({"mounts": [{"mountpoint": "/", "type": "levelds"}]}, False),
        ({"type": "pebbleds"}, True),
        ({"type": "badgerds", "syncWrites": False}, False),
        ({}, False),
    ],
)
def test_a_daemons_configuration_tells_whether_it_syncs(spec: dict[str, object], durable: bool) -> None:
    assert habits_of({"Datastore": {"Spec": spec}}).syncs is durable


def test_where_there_is_no_daemon_that_is_told(client: Client) -> None:
    storage = opened(Settings(api="http://127.0.0.1:9", client=client))
    answer = storage.get(DIGEST, soon())
    assert isinstance(answer, Unavailable)
    assert "no connection" in answer.reason
    storage.close()


class Impostor(BaseHTTPRequestHandler):
    """Answers everything alike."""

    status, content = 200, b"hello"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        return


@pytest.fixture
def impostor() -> Iterator[tuple[str, type[Impostor]]]:
    handler = type("Handler", (Impostor,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        (200, b"hello", "does not answer like a Kubo daemon"),
        (200, b"[]", "does not answer like a Kubo daemon"),
        (404, b"not here", "is `api` the address"),
        (403, b"forbidden", "other credentials"),
        (500, b"<html>", "is `api` the address"),
    ],
)
def test_what_is_no_daemon_or_wants_other_credentials_is_the_operators_to_mend(
    impostor: tuple[str, type[Impostor]], client: Client, status: int, content: bytes, reason: str
) -> None:
    url, handler = impostor
    handler.status, handler.content = status, content
    storage = opened(Settings(api=url, client=client))
    with pytest.raises(StoreError, match=reason):
        storage.stat(DIGEST, soon())
    storage.close()


def test_a_daemon_that_stores_something_else_is_noticed(impostor: tuple[str, type[Impostor]], client: Client) -> None:
    url, handler = impostor
    handler.content = b'{"Key": "%s", "Size": 1}' % cid_of(digest_of(b"other")).encode()
    settings = replace(Settings(api=url, client=client), durable=Durable.YES)
    storage = opened(settings)
    storage._local = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="is something changing requests on the way"):
        storage.put(DIGEST, DATA, None, soon())
    storage.close()


def test_the_cid_is_the_one_that_a_daemon_computes(swarm: Swarm) -> None:
    kubo = open_kubo(swarm.settings(1))
    for size in (0, 1, 1000, 2**20):
        data = os.urandom(size)
        assert kubo.put(data, 10) == cid_of(digest_of(data))
    kubo.close()
