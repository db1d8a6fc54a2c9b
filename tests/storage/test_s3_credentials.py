"""Credentials of S3: wrong, none, expired, taken away, renewed. They never show."""

import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from maas_storage_s3.client import make_client
from maas_storage_s3.settings import Settings
from maas_storage_s3.storage import open_storage

from maas_core.errors import StoreError
from maas_core.objects.access import ObjectAccess
from maas_core.objects.retry import Patience
from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.ports.secret import Secret
from tests.storage.servers import S3Server, soon
from tests.storage.test_s3_faults import DATA, DIGEST, DURABLE, add_user, administer, calls_of, put, server_with

CANARY = "CanaryThatMustNeverBeSeen"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret_access_key": Secret(CANARY)}, "not the one that belongs to the access key"),
        ({"access_key_id": "nobody", "secret_access_key": Secret(CANARY)}, "does not know the access key"),
    ],
)
def test_wrong_credentials_are_the_operators_to_mend_and_never_shown(
    s3: S3Server, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], reason: str
) -> None:
    caplog.set_level(logging.DEBUG)
    storage = s3.open(replace(s3.with_bucket(region=""), **changes))
    for call in calls_of(storage):
        with pytest.raises(StoreError, match=reason) as raised:
            call()
        assert CANARY not in str(raised.value)
    assert CANARY not in caplog.text
    assert CANARY not in repr(storage._settings)
    storage.close()


def test_without_any_credentials_the_error_says_so(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    storage = s3.open(replace(s3.settings, access_key_id="", secret_access_key=None))
    with pytest.raises(StoreError, match="no usable credentials"):
        put(storage)
    storage.close()


def test_credentials_come_from_the_usual_chain(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = s3.settings.secret_access_key
    assert secret is not None
    file = tmp_path / "credentials"
    lines = [
        "[plant]",
        f"aws_access_key_id = {s3.settings.access_key_id}",
        f"aws_secret_access_key = {secret.reveal()}",
    ]
    file.write_text("\n".join(lines))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    storage = s3.open(replace(s3.with_bucket(), access_key_id="", secret_access_key=None, profile="plant"))
    assert put(storage) == DURABLE
    storage.close()
    with pytest.raises(StoreError, match="ProfileNotFound"):
        s3.open(replace(s3.settings, access_key_id="", secret_access_key=None, profile="other")).get(DIGEST, soon())


@dataclass(frozen=True)
class Vault:
    """A program that gives credentials for some time, as companies have it (`credential_process`)."""

    said: Path

    @classmethod
    def made(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> "Vault":
        config = folder / "config"
        config.write_text(f"[profile vault]\ncredential_process = cat {folder / 'said.json'}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        return cls(folder / "said.json")

    def give(self, settings: Settings, seconds: float) -> None:
        assert settings.secret_access_key is not None
        expires = datetime.now(UTC) + timedelta(seconds=seconds)
        said = {
            "Version": 1,
            "AccessKeyId": settings.access_key_id,
            "SecretAccessKey": settings.secret_access_key.reveal(),
            "Expiration": expires.isoformat(),
        }
        self.said.write_text(json.dumps(said))


def from_vault(settings: Settings) -> Settings:
    return replace(settings, access_key_id="", secret_access_key=None, profile="vault")


def test_credentials_that_have_expired_are_the_operators_to_mend_and_then_it_goes_on(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vault, settings = Vault.made(tmp_path, monkeypatch), s3.with_bucket(region="")
    assert settings.secret_access_key is not None
    vault.give(settings, -60)
    storage = s3.open(from_vault(settings))
    for call in calls_of(storage):
        with pytest.raises(StoreError, match="credentials have expired; renew them") as raised:
            call()
        assert settings.secret_access_key.reveal() not in str(raised.value)
    vault.give(settings, 3600)
    assert put(storage) == DURABLE
    assert storage.get(DIGEST, soon()) == DATA
    assert settings.secret_access_key.reveal() not in caplog.text
    storage.close()


def test_credentials_that_run_out_while_a_node_runs_are_renewed(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vault, settings = Vault.made(tmp_path, monkeypatch), s3.with_bucket(region="")
    vault.give(settings, 3)  # less than what is renewed before its time, so each call asks for them again
    storage = s3.open(from_vault(settings))
    assert put(storage) == DURABLE
    vault.give(replace(settings, secret_access_key=Secret("of yesterday")), 3600)
    with pytest.raises(StoreError, match="not the one that belongs to the access key"):
        storage.get(DIGEST, soon())
    storage.close()


def test_where_a_program_gives_no_credentials_the_error_says_so(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Vault.made(tmp_path, monkeypatch)  # which says nothing yet
    storage = s3.open(from_vault(s3.settings))
    with pytest.raises(StoreError, match="no usable credentials"):
        put(storage)
    storage.close()


def test_credentials_that_are_taken_away_while_a_node_runs_are_told(tmp_path: Path) -> None:
    with server_with(tmp_path / "s3") as settings:
        make_client(settings, tmp_path).create_bucket(Bucket="plant")
        add_user(settings, tmp_path)
        mine = replace(settings, access_key_id="node", secret_access_key=Secret("secret-of-node"))
        grant = {"Effect": "Allow", "Principal": "node", "Action": "s3:*"}
        statements = [{**grant, "Resource": one} for one in ("arn:aws:s3:::plant", "arn:aws:s3:::plant/*")]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        make_client(settings, tmp_path).put_bucket_policy(Bucket="plant", Policy=policy)
        storage = open_storage(mine, Context(SystemClock(), None, tmp_path))
        assert put(storage) == DURABLE
        administer(settings, tmp_path, "delete-user", "--access", "node")
        for call in calls_of(storage):
            with pytest.raises(StoreError, match="does not know the access key"):
                call()
        storage.close()


def test_an_object_is_had_from_the_second_storage_while_the_first_ones_credentials_are_wrong(s3: S3Server) -> None:
    good = s3.open(s3.with_bucket())
    bad = s3.open(replace(s3.with_bucket(), secret_access_key=Secret("wrong")))
    put(good)
    assert ObjectAccess([bad, good], patience=Patience(per_call=5)).get(DIGEST, soon()) == DATA
    good.close()
    bad.close()
