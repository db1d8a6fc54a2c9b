"""Large contents that are cut off on their way to real servers: only what is missing is sent, and the rest can go."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from maas_core.errors import UnavailableError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.retry import Patience
from maas_core.objects.window import Window
from maas_core.sealing.symmetric import KeySealing, new_key
from tests.storage.agreement import CUSTOMER, OEM, Agreement
from tests.storage.proxy import Counter, Proxy
from tests.storage.servers import S3Server, Swarm, soon
from tests.storage.test_faults import SERVERS, Server
from tests.storage.test_tiering import ipfs_table, s3_table

MEBIBYTE = 2**20
LARGE = 64 * MEBIBYTE
AROUND = 3 * MEBIBYTE
"""Bytes of headers, and of looks at what is there, for 64 MiB."""


class Journal:
    """Which parts were about to be put."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._lock = Lock()

    def note(self, digest: bytes) -> bool:
        with self._lock:
            known = digest in self._seen
            self._seen.add(digest)
        return known


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with SERVERS[request.param](tmp_path / "server") as server:
        yield server


def whole_parts(server: Server) -> int:
    return sum(len(data) == MEBIBYTE for data in server.names().values())


def test_64_mib_that_a_network_cut_in_the_middle_go_on_with_what_is_missing(server: Server, tmp_path: Path) -> None:
    data, journal = os.urandom(LARGE), Journal()
    with (
        Counter.before(server.url) as counter,
        Proxy.before(counter.url, tmp_path / "proxy") as proxy,
        ThreadPoolExecutor(8) as pool,
    ):
        storage = server.open(proxy.url)
        access = ObjectAccess([storage], patience=Patience(per_call=5))
        blobs = Blobs(access, sealing=KeySealing(new_key(), b"test", "a test"), window=Window(pool, 8))
        with ThreadPoolExecutor(1) as other:
            putting = other.submit(blobs.put, data, soon(8), None, journal)
            wait_until(lambda: whole_parts(server) > 20)
            proxy.enable(enabled=False)
            with pytest.raises(UnavailableError):
                putting.result()
        proxy.enable(enabled=True)
        there, before = whole_parts(server), counter.sent
        assert 20 < there < 60
        assert before >= there * MEBIBYTE
        reference = blobs.put(data, soon(120), None, journal).reference
        again = counter.sent - before
        assert again < LARGE - there * MEBIBYTE + AROUND
        assert blobs.get(reference, soon(120)) == data
        storage.close()


@dataclass(frozen=True)
class Place:
    """An agreement on a server."""

    agreement: Agreement
    counter: Counter
    data: Path
    """Where the server keeps objects."""

    def parts(self) -> int:
        sizes = []
        for file in self.data.rglob("*"):
            try:
                sizes.append(file.stat().st_size)
            except FileNotFoundError:
                continue  # a temporary file
        return sizes.count(MEBIBYTE)


@contextmanager
def at_s3(s3: S3Server, _: Swarm, folder: Path) -> Iterator[Place]:
    bucket = s3.with_bucket().bucket
    table = s3_table(s3, bucket)
    with Counter.before(s3.settings.endpoint) as counter:
        table["settings"]["endpoint"] = counter.url
        yield Place(made(folder, table), counter, s3.folder / "data" / bucket)


@contextmanager
def at_ipfs(_: S3Server, swarm: Swarm, folder: Path) -> Iterator[Place]:
    table = ipfs_table(swarm, 1)
    with Counter.before(table["settings"]["api"]) as counter:
        table["settings"]["api"] = counter.url
        yield Place(made(folder, table), counter, swarm.daemons[0].repository / "blocks")


def made(folder: Path, table: dict[str, Any]) -> Agreement:
    tables = {"storage": {"main": table}}
    return Agreement(folder / "nodes", dict.fromkeys((OEM, CUSTOMER), tables), data={}).make(days=0)


@pytest.mark.parametrize("at", [at_s3, at_ipfs])
def test_a_document_whose_process_was_killed_goes_on_and_what_is_given_up_is_taken_away(
    at: Any, s3: S3Server, swarm: Swarm, tmp_path: Path
) -> None:
    with at(s3, swarm, tmp_path) as place:
        size, before = 48 * MEBIBYTE, place.parts()
        kept, given_up = tmp_path / "kept", tmp_path / "given-up"
        for file in (kept, given_up):
            file.write_bytes(os.urandom(size))
            publish_and_kill(place, file)
        there, sent = place.parts() - before, place.counter.sent
        with place.agreement.node(CUSTOMER) as node:
            digest = node.documents.publish("evidence", kept.read_bytes(), [OEM])
            assert place.counter.sent - sent < size - 12 * MEBIBYTE + AROUND
            done = node.uploads.clean(0)
        assert (done.uploads, done.named, done.failed) == (1, 0, [])
        assert 10 <= done.released <= there - 10
        assert place.parts() - before == size // MEBIBYTE
        with place.agreement.node(OEM) as oem:
            assert oem.documents.read(digest, "evidence") == kept.read_bytes()


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def publish_and_kill(place: Place, file: Path) -> None:
    """Killed when a dozen parts have come."""
    wanted = place.parts() + 12
    command = [sys.executable, "-m", "tests.storage.publisher", str(place.agreement.config(CUSTOMER)), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as publisher:
        wait_until(lambda: place.parts() >= wanted or publisher.poll() is not None)
        assert publisher.poll() is None
        publisher.kill()
