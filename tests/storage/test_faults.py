"""What a server, its disk, the network and the clock do wrong: on real servers, each on both kinds of storage."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from maas_core.errors import UnavailableError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import Tier
from maas_core.ports.devnet import Devnet
from maas_core.ports.storage import Missing, ObjectStorage, PutStatus, ReleaseStatus, Stored
from maas_core.ports.workflow import Unavailable
from maas_core.testing.storage_suite import at_once, digest_of
from tests.storage.proxy import Proxy
from tests.storage.servers import S3Server, Swarm, soon
from tests.support.mounts import small_disk

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Server:
    """Either kind of server, as these tests need it."""

    kind: str
    url: str
    fields: dict[str, Any]
    """For writer.py."""
    open: Callable[[str], ObjectStorage]
    """A storage that reaches the server by this URL."""
    kill: Callable[[], None]
    start: Callable[[], None]
    names: Callable[[], dict[str, bytes]]
    """Hex digest and bytes of all that lies on its disk under a final name."""


def started(devnet: Devnet) -> None:
    devnet.up(lambda _: None)


@contextmanager
def s3_server(folder: Path) -> Iterator[Server]:
    with S3Server.started(folder) as s3:
        settings = s3.with_bucket(region="", socket_seconds=3.0)
        assert settings.secret_access_key is not None
        bucket = folder / "data" / settings.bucket
        yield Server(
            "s3",
            settings.endpoint,
            {
                "bucket": settings.bucket,
                "endpoint": settings.endpoint,
                "access_key_id": settings.access_key_id,
                "secret_access_key": settings.secret_access_key.reveal(),
            },
            lambda url: s3.open(replace(settings, endpoint=url)),
            s3.devnet._process.kill,
            lambda: started(s3.devnet),
            lambda: {file.name: file.read_bytes() for file in bucket.iterdir() if len(file.name) == 64},
        )


@contextmanager
def ipfs_server(folder: Path) -> Iterator[Server]:
    with Swarm.started(folder, 1) as swarm:
        settings, daemon = swarm.settings(1, find_seconds=0.3), swarm.daemons[0]

        def names() -> dict[str, bytes]:
            files = (daemon.repository / "blocks").glob("*/*.data")
            return {base64.b32decode(f"{file.stem}=")[2:34].hex(): file.read_bytes() for file in files}

        yield Server(
            "ipfs",
            daemon.url,
            {"api": daemon.url},
            lambda url: swarm.open(replace(settings, api=url)),
            daemon.process.kill,
            lambda: started(swarm.devnet),
            names,
        )


SERVERS = {"s3": s3_server, "ipfs": ipfs_server}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with SERVERS[request.param](tmp_path / "server") as server:
        yield server


def put(storage: ObjectStorage, data: bytes) -> Stored | Unavailable:
    return storage.put(digest_of(data), data, None, soon())


def patient(*storages: ObjectStorage | Tier) -> ObjectAccess:
    return ObjectAccess(storages, patience=Patience(per_call=5))


def test_a_writer_that_is_killed_leaves_nothing_half_visible(server: Server) -> None:
    command = [sys.executable, "-m", "tests.storage.writer", server.kind, json.dumps(server.fields)]
    stored: set[str] = set()
    for pause in (0.02, 0.09, 0.17):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            stored.add(writer.stdout.readline().strip())
            time.sleep(pause)
            writer.kill()
            stored |= {line.strip() for line in writer.stdout if line.endswith("\n")}
    storage = server.open(server.url)
    for name in stored:
        got = storage.get(bytes.fromhex(name), soon())
        assert isinstance(got, bytes)
        assert digest_of(got).hex() == name
    assert all(digest_of(data).hex() == name for name, data in server.names().items() if len(data) > 1000)
    storage.close()


def test_a_server_that_is_killed_keeps_what_it_called_durable(server: Server) -> None:
    storage = server.open(server.url)
    objects = [os.urandom(300_000) for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(put, storage, data) for data in objects]
        answers[5].result()
        server.kill()
        told = [answer.result() for answer in answers]
    server.start()
    assert told.count(Stored(PutStatus.DURABLE)) >= 5
    assert any(isinstance(answer, Unavailable) for answer in told)
    for data, answer in zip(objects, told, strict=True):
        got = storage.get(digest_of(data), soon())
        assert got == data or (got is Missing.ABSENT and isinstance(answer, Unavailable))
    storage.close()


def test_a_put_outlasts_a_restart_of_the_server(server: Server) -> None:
    storage = server.open(server.url)
    server.kill()
    with ThreadPoolExecutor(1) as pool:
        stored = pool.submit(patient(storage).put, b"some bytes", soon(60))
        time.sleep(0.3)
        server.start()
        assert stored.result().status is PutStatus.DURABLE
    assert patient(storage).get(digest_of(b"some bytes"), soon()) == b"some bytes"
    storage.close()


@pytest.mark.parametrize(("kind", "place"), [("s3", "data"), ("ipfs", "node-1")])
def test_a_full_disk_is_unavailable_and_harms_nothing_that_is_there(kind: str, place: str, tmp_path: Path) -> None:
    with small_disk(tmp_path / place, 24), SERVERS[kind](tmp_path) as server:
        storage = server.open(server.url)
        objects = [os.urandom(MEBIBYTE) for _ in range(30)]
        answers = [put(storage, data) for data in objects]
        refused = next(number for number, one in enumerate(answers) if isinstance(one, Unavailable))
        assert refused > 8
        for data, answer in zip(objects, answers, strict=True):
            got = storage.get(digest_of(data), soon())
            assert got == data if isinstance(answer, Stored) else got is Missing.ABSENT
        for data in objects[:6]:
            assert storage.release(digest_of(data), soon()) is ReleaseStatus.RELEASED
        again = os.urandom(MEBIBYTE)
        assert put(storage, again) == Stored(PutStatus.DURABLE)
        assert storage.get(digest_of(again), soon()) == again
        storage.close()


def test_sixteen_processes_worth_of_writers_make_one_object(server: Server) -> None:
    data = os.urandom(MEBIBYTE)
    storages = [server.open(server.url) for _ in range(16)]
    assert at_once([partial(put, storage, data) for storage in storages]) == [Stored(PutStatus.DURABLE)] * 16
    assert [storage.get(digest_of(data), soon()) for storage in storages] == [data] * 16
    for storage in storages:
        storage.close()


@pytest.fixture
def proxied(server: Server, tmp_path: Path) -> Iterator[tuple[ObjectStorage, Proxy]]:
    with Proxy.before(server.url, tmp_path / "proxy") as proxy:
        storage = server.open(proxy.url)
        yield storage, proxy
        storage.close()


def test_a_connection_that_is_cut_in_the_middle_is_unavailable_and_then_works(proxied: Any) -> None:
    storage, proxy = proxied
    data = os.urandom(MEBIBYTE)
    with proxy.toxic("limit_data", "upstream", bytes=200_000):
        assert isinstance(put(storage, data), Unavailable)
    assert put(storage, data) == Stored(PutStatus.DURABLE)
    with proxy.toxic("limit_data", bytes=200_000):
        assert isinstance(storage.get(digest_of(data), soon()), Unavailable)
    assert storage.get(digest_of(data), soon()) == data


def test_a_connection_that_is_reset_is_unavailable_and_then_works(proxied: Any) -> None:
    storage, proxy = proxied
    data = os.urandom(1000)
    with proxy.toxic("reset_peer", timeout=0):
        assert isinstance(put(storage, data), Unavailable)
        assert isinstance(storage.get(digest_of(data), soon()), Unavailable)
        assert isinstance(storage.stat(digest_of(data), soon()), Unavailable)
        assert isinstance(storage.release(digest_of(data), soon()), Unavailable)
    assert put(storage, data) == Stored(PutStatus.DURABLE)


def test_resets_now_and_then_are_outlasted(proxied: Any) -> None:
    storage, proxy = proxied
    access = patient(storage)
    objects = [os.urandom(10_000) for _ in range(20)]
    with proxy.toxic("reset_peer", toxicity=0.3, timeout=0):
        for data in objects:
            access.put(data, soon())
        assert [access.get(digest_of(data), soon()) for data in objects] == objects


def test_a_slow_connection_is_slow_and_right(proxied: Any) -> None:
    storage, proxy = proxied
    data = os.urandom(MEBIBYTE)
    with proxy.toxic("bandwidth", rate=2000), proxy.toxic("latency", latency=50, jitter=40):
        assert put(storage, data) == Stored(PutStatus.DURABLE)
        assert storage.get(digest_of(data), soon()) == data


def test_a_server_that_sends_a_byte_now_and_then_does_not_outlast_the_deadline(proxied: Any) -> None:
    storage, proxy = proxied
    data = os.urandom(MEBIBYTE)
    put(storage, data)
    with proxy.toxic("slicer", average_size=10, size_variation=0, delay=200_000):
        started = time.monotonic()
        assert isinstance(storage.get(digest_of(data), soon(1)), Unavailable)
        assert time.monotonic() - started < 10
        time.sleep(2)  # toxiproxy hangs if a slicer is taken away before it sees that the connection has ended
    assert patient(storage).get(digest_of(data), soon()) == data


def test_a_server_that_does_not_answer_is_given_up_at_the_deadline(proxied: Any) -> None:
    storage, proxy = proxied
    digest = digest_of(b"x")
    with proxy.toxic("timeout", timeout=0):
        started = time.monotonic()
        for call in (storage.get, storage.stat, storage.release):
            assert isinstance(call(digest, soon(0.5)), Unavailable)
        assert isinstance(storage.put(digest, b"x", None, soon(0.5)), Unavailable)
        assert time.monotonic() - started < 20


def test_while_one_storage_hangs_the_other_is_read_without_waiting_again(
    server: Server, s3: S3Server, tmp_path: Path
) -> None:
    with Proxy.before(server.url, tmp_path / "proxy") as proxy:
        hanging, other = server.open(proxy.url), s3.open(s3.with_bucket())
        access = patient(Tier("hanging", hanging), Tier("other", other))
        objects = [os.urandom(1000) for _ in range(20)]
        for data in objects:
            put(other, data)
        with proxy.toxic("timeout", timeout=0):
            started = time.monotonic()
            assert [access.get(digest_of(data), soon()) for data in objects] == objects
            assert time.monotonic() - started < 15  # one wait of five seconds, not twenty
        hanging.close()
        other.close()


def test_a_large_blob_outlasts_a_bad_network_and_is_right(proxied: Any) -> None:
    storage, proxy = proxied
    blobs, data = Blobs(patient(storage)), os.urandom(8 * MEBIBYTE)
    with proxy.toxic("limit_data", "upstream", toxicity=0.3, bytes=500_000):
        reference = blobs.put(data, soon(120)).reference
    with proxy.toxic("limit_data", toxicity=0.3, bytes=500_000):
        assert blobs.get(reference, soon(120)) == data


def test_a_server_that_is_gone_is_told_and_its_objects_are_not_called_absent(server: Server) -> None:
    storage = server.open(server.url)
    put(storage, b"some bytes")
    server.kill()
    with pytest.raises(UnavailableError, match="no connection"):
        patient(storage).get(digest_of(b"some bytes"), soon(1))
    storage.close()
