"""What is S3's own: credentials, clocks, locks, versions, regions, certificates, policies."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from maas_storage_s3.client import make_client
from maas_storage_s3.devnet import versitygw
from maas_storage_s3.settings import Addressing, Lock, Settings
from maas_storage_s3.storage import S3Storage, open_storage

from maas_core.devnets.ports import free_ports, is_listening
from maas_core.devnets.processes import Supervised
from maas_core.errors import StoreError
from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.ports.secret import Secret
from maas_core.ports.storage import Missing, ObjectStat, ObjectStorage, PutStatus, ReleaseStatus, Stored
from maas_core.testing.storage_suite import at_once, digest_of
from tests.storage.servers import S3Server, soon
from tests.support.certificates import own_certificate

DATA = b"some bytes"
DIGEST = digest_of(DATA)
CANARY = "CanaryThatMustNeverBeSeen"
DURABLE = Stored(PutStatus.DURABLE)


def put(storage: ObjectStorage, data: bytes = DATA, until: int | None = None) -> Any:
    return storage.put(digest_of(data), data, until, soon())


def calls_of(storage: S3Storage) -> list[Any]:
    return [
        lambda: put(storage),
        lambda: storage.get(DIGEST, soon()),
        lambda: storage.stat(DIGEST, soon()),
        lambda: storage.release(DIGEST, soon()),
    ]


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_twenty_minutes_off_is_told(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    settings = s3.with_bucket(region="")
    right = s3.open(settings)
    put(right)

    def skewed(remove_tzinfo: bool = True) -> datetime:
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        return now.replace(tzinfo=None) if remove_tzinfo else now

    with monkeypatch.context() as patched:
        patched.setattr("botocore.auth.get_current_datetime", skewed)
        storage = s3.open(settings)
        for call in calls_of(storage):
            with pytest.raises(StoreError, match="clock and the server's differ"):
                call()
        storage.close()
    assert right.get(DIGEST, soon()) == DATA
    right.close()


def test_sixteen_writers_have_one_winner(s3: S3Server) -> None:
    settings = s3.with_bucket(versioned=True)
    storages = [s3.open(settings) for _ in range(16)]
    assert at_once([partial(put, storage) for storage in storages]) == [DURABLE] * 16
    versions = s3.client.list_object_versions(Bucket=settings.bucket)["Versions"]
    assert len(versions) == 1
    for storage in storages:
        storage.close()


def test_retention_in_a_bucket_without_object_lock_is_refused_with_advice(s3: S3Server) -> None:
    storage = s3.open(replace(s3.with_bucket(), lock=Lock.COMPLIANCE))
    with pytest.raises(StoreError, match="object lock"):
        put(storage, until=SystemClock().now() + 100)
    storage.close()


def test_a_retained_object_that_was_damaged_can_be_healed_and_stays_retained(s3: S3Server) -> None:
    settings = s3.with_bucket(mode=Lock.COMPLIANCE)
    storage = s3.open(settings)
    until = SystemClock().now() + 4
    put(storage, until=until)
    file = s3.file(settings, DIGEST)
    with file.open("r+b") as opened:
        opened.write(b"S")
    assert put(storage, until=until) == DURABLE
    assert storage.get(DIGEST, soon()) == DATA
    assert storage.release(DIGEST, soon()) is ReleaseStatus.RETAINED
    storage.close()


def test_what_somebody_deleted_in_a_versioned_bucket_is_absent_and_can_be_put_again(s3: S3Server) -> None:
    settings = s3.with_bucket(versioned=True)
    storage = s3.open(settings)
    put(storage)
    s3.client.delete_object(Bucket=settings.bucket, Key=DIGEST.hex())
    assert storage.get(DIGEST, soon()) is Missing.ABSENT
    assert put(storage) == DURABLE
    assert storage.get(DIGEST, soon()) == DATA
    assert storage.release(DIGEST, soon()) is ReleaseStatus.RELEASED
    left = s3.client.list_object_versions(Bucket=settings.bucket)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")
    storage.close()


def test_a_region_that_the_bucket_does_not_lie_in_is_told(s3: S3Server) -> None:
    storage = s3.open(s3.with_bucket(region="eu-central-1"))
    with pytest.raises(StoreError, match="lies in us-east-1, the config says eu-central-1"):
        put(storage)
    storage.close()


def test_a_bucket_that_is_not_there_is_told(s3: S3Server) -> None:
    storage = s3.open(replace(s3.settings, bucket="no-such-bucket", region=""))
    for call in calls_of(storage):
        with pytest.raises(StoreError, match="there is no such bucket"):
            call()
    storage.close()


def test_prefixes_keep_objects_apart(s3: S3Server) -> None:
    settings = s3.with_bucket()
    one, other = (s3.open(replace(settings, prefix=prefix)) for prefix in ("a/", "b/"))
    put(one)
    assert other.get(DIGEST, soon()) is Missing.ABSENT
    assert other.release(DIGEST, soon()) is ReleaseStatus.ABSENT
    assert one.stat(DIGEST, soon()) == ObjectStat(len(DATA), 1, None, (f"s3://{settings.bucket}/a/",))
    one.close()
    other.close()


@contextmanager
def server_with(folder: Path, *options: str, secure: bool = False) -> Iterator[Settings]:
    """A server with options of its own, and a bucket."""
    (port,) = free_ports(1)
    for name in ("data", "users"):
        (folder / name).mkdir(parents=True)
    process = Supervised(folder, "s3")
    program = versitygw(None, lambda _: None)
    command: list[str | Path] = [
        program,
        "--port",
        f"127.0.0.1:{port}",
        "--iam-dir",
        folder / "users",
        "--quiet",
        *options,
    ]
    process.start(
        [*command, "posix", folder / "data"], "", {"ROOT_ACCESS_KEY": "root", "ROOT_SECRET_KEY": "secret-of-root"}
    )
    scheme = "https" if secure else "http"
    settings = Settings(
        bucket="plant",
        endpoint=f"{scheme}://localhost:{port}",
        addressing=Addressing.PATH,
        access_key_id="root",
        secret_access_key=Secret("secret-of-root"),
        ca=folder / "ca.pem" if secure else None,
    )
    try:
        process.wait_ready(lambda: is_listening(port), 20)
        yield settings
    finally:
        process.stop()


def test_a_private_authority_is_trusted_if_named_and_not_otherwise(tmp_path: Path) -> None:
    folder = tmp_path / "s3"
    own_certificate(folder)
    options = ("--cert", str(folder / "ca.pem"), "--key", str(folder / "key.pem"))
    with server_with(folder, *options, secure=True) as settings:
        make_client(settings, tmp_path).create_bucket(Bucket="plant")
        context = Context(SystemClock(), None, tmp_path)
        storage = open_storage(settings, context)
        assert [put(storage) for _ in range(2)] == [DURABLE] * 2
        assert [storage.get(DIGEST, soon()) for _ in range(2)] == [DATA] * 2
        storage.close()
        stranger = open_storage(replace(settings, ca=None), context)
        with pytest.raises(StoreError, match="certificate is not trusted"):
            put(stranger)
        stranger.close()


def test_the_bucket_may_stand_in_the_host_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is made to resolve as a DNS server would."""
    resolve = socket.getaddrinfo

    def resolved(host: str, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == "plant.s3.example" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with server_with(tmp_path / "s3", "--virtual-domain", "s3.example") as settings:
        make_client(settings, tmp_path).create_bucket(Bucket="plant")
        endpoint = settings.endpoint.replace("localhost", "s3.example")
        virtual = replace(settings, endpoint=endpoint, addressing=Addressing.VIRTUAL)
        storage = open_storage(virtual, Context(SystemClock(), None, tmp_path))
        assert put(storage) == DURABLE
        assert storage.get(DIGEST, soon()) == DATA
        storage.close()
        assert (tmp_path / "s3/data/plant" / DIGEST.hex()).exists()


def test_the_policy_that_is_printed_is_enough_for_a_node_and_no_more(tmp_path: Path) -> None:
    """As a bucket policy for a user of the server, without the condition on listing, which versitygw does not know."""
    from click.testing import CliRunner

    with server_with(tmp_path / "s3") as settings:
        root = make_client(settings, tmp_path)
        root.create_bucket(Bucket="plant")
        add_user(settings, tmp_path)
        printed = policy_of(CliRunner(), settings, tmp_path)
        for statement in printed["Statement"]:
            statement.pop("Condition", None)
        root.put_bucket_policy(Bucket="plant", Policy=json.dumps(printed))
        mine = replace(settings, access_key_id="node", secret_access_key=Secret("secret-of-node"), prefix="mine/")
        context = Context(SystemClock(), None, tmp_path)
        storage = open_storage(mine, context)
        assert put(storage) == DURABLE
        assert storage.get(DIGEST, soon()) == DATA
        assert storage.get(os.urandom(32), soon()) is Missing.ABSENT
        assert storage.release(DIGEST, soon()) is ReleaseStatus.RELEASED
        storage.close()
        other = open_storage(replace(mine, prefix="theirs/"), context)
        with pytest.raises(StoreError, match="lack a permission"):
            put(other)
        other.close()


def add_user(settings: Settings, folder: Path) -> None:
    administer(settings, folder, "create-user", "--access", "node", "--secret", "secret-of-node", "--role", "user")


def administer(settings: Settings, folder: Path, *command: str) -> None:
    program = versitygw(None, lambda _: None)
    admin: list[str | Path] = [
        program,
        "admin",
        "--access",
        "root",
        "--secret",
        "secret-of-root",
        "--endpoint-url",
        settings.endpoint,
    ]
    subprocess.run([*admin, *command], check=True, capture_output=True, cwd=folder)


def policy_of(runner: Any, settings: Settings, folder: Path) -> dict[str, Any]:
    from maas_core.cli.app import root

    config = folder / "maas.toml"
    config.write_text(
        '[ledger]\nbackend = "local"\n[storage.s3]\nbackend = "s3"\n'
        f'[storage.s3.settings]\nbucket = "plant"\nprefix = "mine/"\nendpoint = "{settings.endpoint}"\n'
    )
    done = runner.invoke(root, ["s3", "policy", "--principal", "node", "--config", str(config)], catch_exceptions=False)
    printed: dict[str, Any] = json.loads(done.output)
    return printed


def test_unfinished_uploads_of_other_tools_are_aborted(s3: S3Server, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from maas_core.cli.app import root

    settings = s3.with_bucket()
    s3.client.create_multipart_upload(Bucket=settings.bucket, Key="mine/large")
    s3.client.create_multipart_upload(Bucket=settings.bucket, Key="theirs/large")
    secret = tmp_path / "secret"
    assert settings.secret_access_key is not None
    secret.write_text(settings.secret_access_key.reveal())
    secret.chmod(0o600)
    config = tmp_path / "maas.toml"
    config.write_text(
        '[ledger]\nbackend = "local"\n[storage.s3]\nbackend = "s3"\n'
        f'[storage.s3.settings]\nbucket = "{settings.bucket}"\n'
        f'prefix = "mine/"\nendpoint = "{settings.endpoint}"\naddressing = "path"\n'
        f'access_key_id = "{settings.access_key_id}"\nsecret_access_key = {{ file = "{secret}" }}\n'
    )
    shown = CliRunner().invoke(root, ["s3", "clean", "--list", "--older", "0", "--json", "--config", str(config)])
    assert [one["key"] for one in json.loads(shown.output)] == ["mine/large"]
    checked = CliRunner().invoke(root, ["s3", "check", "--json", "--config", str(config)])
    assert {one["what"]: one["found"] for one in json.loads(checked.output)}["unfinished uploads"] == "1"
    done = CliRunner().invoke(root, ["s3", "clean", "--older", "0", "--json", "--config", str(config)])
    assert json.loads(done.output) == {"aborted": 1}
    left = s3.client.list_multipart_uploads(Bucket=settings.bucket)["Uploads"]
    assert [one["Key"] for one in left] == ["theirs/large"]
