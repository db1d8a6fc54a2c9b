"""Put and get through the object core on real servers, beside the client library's own put and get in the same run.

Servers are devnets on this machine's disk: versitygw and Kubo daemons. The library's own are, for S3,
`put_object` and `get_object` of boto3, above its multipart threshold `upload_fileobj` and `download_fileobj`; for IPFS,
`add_bytes` (pinned) and `cat` of ipfshttpclient. Both take turns, and the median counts. The core
also hashes what it gets, and asks the server to compare SHA-256.

Memory is the peak of a process that puts and gets one blob, 5 GiB beside 1 MiB.
"""

import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import boto3
import ipfshttpclient
from botocore.config import Config
from maas_storage_ipfs.library import multiaddr_of
from maas_storage_s3.devnet import S3Devnet
from maas_storage_s3.devnet import Settings as S3DevnetSettings
from maas_storage_s3.settings import Addressing
from maas_storage_s3.settings import Settings as S3Settings
from maas_storage_s3.storage import open_storage as open_s3

from benchmarks.figures import Figure
from maas_core.node.storages import AHEAD, AT_ONCE
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.tree import Reference
from maas_core.objects.window import Window
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.secret import Secret
from maas_core.ports.storage import ObjectStorage
from tests.storage.servers import Swarm

MEBIBYTE = 2**20
ROUNDS = 20
CASES = (("1 KiB", 2**10, 60), ("64 KiB", 2**16, 40), ("1 MiB", MEBIBYTE, 16), ("64 MiB", 64 * MEBIBYTE, 1))
"""Name, bytes, and how many in each round."""
AT_LEAST = {"1 KiB": 0.70, "64 KiB": 0.70, "1 MiB": 0.85, "64 MiB": 0.85}
"""The share of the library's own speed that is good enough."""
LARGE = 5 * 2**30
MORE_MEMORY = 64.0
"""MiB that 5 GiB may take beyond what 1 MiB takes: the parts that are on their way at once."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of storage, and its client library on the same server."""

    name: str
    storage: ObjectStorage
    put: Callable[[bytes], str]
    """The library's own; returns what finds the bytes again."""
    get: Callable[[str], bytes]


class Timed:
    """A put and a get, and how long each round of them took."""

    def __init__(self, put: Callable[[bytes], Any], get: Callable[[Any], object]) -> None:
        self._put = put
        self._get = get
        self.seconds: dict[str, list[float]] = {"put": [], "get": []}

    def put_all(self, data: Sequence[bytes]) -> list[Any]:
        """One after the other; what finds each again."""
        with self._timing("put"):
            return [self._put(one) for one in data]

    def get_all(self, names: Sequence[Any]) -> None:
        """One after the other."""
        with self._timing("get"):
            for name in names:
                self._get(name)

    @contextmanager
    def _timing(self, call: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[call].append(time.perf_counter() - started)


def run() -> list[Figure]:
    """Measure all sizes on both, and memory."""
    figures: list[Figure] = []
    for opened in (s3, ipfs):
        with tempfile.TemporaryDirectory() as folder:
            with opened(Path(folder)) as subject, ThreadPoolExecutor(AT_ONCE) as pool:
                blobs = Blobs(ObjectAccess([subject.storage]), window=Window(pool, AHEAD))
                for case in CASES:
                    figures += measure(case, subject, blobs)
            figures += memory(opened.__name__, Path(folder))
    return figures


@contextmanager
def s3(folder: Path) -> Iterator[Subject]:
    """Versitygw and boto3."""
    devnet = S3Devnet(S3DevnetSettings(), folder)
    (access,) = devnet.up(lambda _: None)
    table = access.config["storage"]["s3"]["settings"]
    secret = Path(table["secret_access_key"]["file"]).read_text("ascii")
    settings = s3_settings(table, secret)
    client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name="us-east-1",
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}),
    )
    try:
        yield Subject("s3", open_s3(settings, Context(SystemClock(), None, folder)), *of_boto3(client, settings.bucket))
    finally:
        devnet.down()


def s3_settings(table: dict[str, Any], secret: str) -> S3Settings:
    """A bucket without object lock would do, but the devnet's has it."""
    return S3Settings(
        bucket=table["bucket"],
        endpoint=table["endpoint"],
        addressing=Addressing.PATH,
        access_key_id=table["access_key_id"],
        secret_access_key=Secret(secret),
    )


def of_boto3(client: Any, bucket: str) -> tuple[Callable[[bytes], str], Callable[[str], bytes]]:
    """Its own put and get: whole for what it would not cut, its transfer manager for more."""

    def put(data: bytes) -> str:
        key = os.urandom(16).hex()
        if len(data) <= 8 * MEBIBYTE:
            client.put_object(Bucket=bucket, Key=key, Body=data)
        else:
            client.upload_fileobj(BytesIO(data), bucket, key)
            key += " large"
        return key

    def get(key: str) -> bytes:
        name, _, large = key.partition(" ")
        if not large:
            content: bytes = client.get_object(Bucket=bucket, Key=name)["Body"].read()
            return content
        out = BytesIO()
        client.download_fileobj(bucket, name, out)
        return out.getvalue()

    return put, get


@contextmanager
def ipfs(folder: Path) -> Iterator[Subject]:
    """A Kubo daemon for the core; for ipfshttpclient another one, with Kubo's own defaults, which serve it better."""
    with Swarm.started(folder / "core", nodes=1) as own, usual_swarm(folder / "library") as usual:
        warnings.filterwarnings("ignore", "The 'strict' parameter", FutureWarning)
        with ipfshttpclient.Client(multiaddr_of(usual.daemons[0].url)) as client:
            storage = own.open(own.settings(gateway=own.daemons[0].gateway_url))
            yield Subject("ipfs", storage, *of_ipfshttpclient(client))


@contextmanager
def usual_swarm(folder: Path) -> Iterator[Swarm]:
    """A daemon with a cache of keys, and as many goroutines at once as there are cores; both are Kubo's defaults."""
    with patch.dict(os.environ, GOMAXPROCS=str(os.cpu_count())), Swarm.started(folder, nodes=1) as swarm:
        swarm.restart(lambda config: config["Datastore"].pop("BlockKeyCacheSize", None))
        yield swarm


def of_ipfshttpclient(client: Any) -> tuple[Callable[[bytes], str], Callable[[str], bytes]]:
    """Its own put, pinned, and get."""
    options = {"cid-version": "1", "raw-leaves": "true", "pin": "true"}

    def put(data: bytes) -> str:
        return str(client.add_bytes(data, opts=dict(options)))

    def get(cid: str) -> bytes:
        content: bytes = client.cat(cid)
        return content

    return put, get


def measure(case: tuple[str, int, int], subject: Subject, blobs: Blobs) -> list[Figure]:
    """One size: MiB/s of put and get, and each as a share of the library's own.

    What a server still does after a put slows down whatever comes next. So both put before either gets, and they take
    turns in going first.
    """
    name, size, count = case
    core, own = Timed(*of_core(blobs)), Timed(subject.put, subject.get)
    for number in range(ROUNDS):
        data = [os.urandom(size) for _ in range(count)]
        turns = (core, own) if number % 2 else (own, core)
        stored = [one.put_all(data) for one in turns]
        for one, names in zip(turns, stored, strict=True):
            one.get_all(names)
    figures = []
    for call in ("put", "get"):
        speed = size * count / MEBIBYTE / median(core.seconds[call])
        share = median(theirs / ours for ours, theirs in zip(core.seconds[call], own.seconds[call], strict=True))
        figures.append(Figure(f"{subject.name} {call} {name}", speed, "MiB/s"))
        figures.append(Figure(f"{subject.name} {call} {name}, share of the library's", share, "", AT_LEAST[name]))
    return figures


def of_core(blobs: Blobs) -> tuple[Callable[[bytes], Reference], Callable[[Reference], object]]:
    """Its put and get."""
    soon = Deadline.after(SystemClock(), 600)
    return lambda data: blobs.put(data, soon).reference, lambda reference: blobs.get(reference, soon)


def memory(kind: str, folder: Path) -> list[Figure]:
    """Peak memory of a process for 1 MiB and for 5 GiB, and how long the latter took."""
    small, _, _ = peak(kind, folder, MEBIBYTE)
    large, put, get = peak(kind, folder, LARGE)
    more = large - small
    return [
        Figure(f"{kind} memory for 1 MiB", small, "MiB"),
        Figure(f"{kind} memory for 5 GiB beyond that", more, "MiB", MORE_MEMORY, better="lower"),
        Figure(f"{kind} put 5 GiB", LARGE / MEBIBYTE / put, "MiB/s"),
        Figure(f"{kind} get 5 GiB", LARGE / MEBIBYTE / get, "MiB/s"),
    ]


def peak(kind: str, folder: Path, size: int) -> tuple[float, float, float]:
    """MiB, seconds to put, seconds to get."""
    command = [sys.executable, "-m", "benchmarks.blob", kind, str(folder / "memory"), str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this program
    mib, put, get = map(float, done.stdout.split())
    return mib, put, get
