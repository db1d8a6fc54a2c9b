"""What a config may say of a bucket, what the storage can do then, and what S3's errors mean."""

from pathlib import Path
from typing import Any

import maas_storage_s3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, SSLError
from botocore.stub import Stubber
from maas_storage_s3.bucket import Bucket
from maas_storage_s3.client import make_client
from maas_storage_s3.failures import as_answer
from maas_storage_s3.settings import Lock, Settings, profile_of
from maas_storage_s3.storage import S3Storage

from maas_core.errors import StoreError, UsageError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.secret import Secret
from maas_core.ports.storage import Missing, StorageAbility
from maas_core.ports.workflow import Unavailable

GOOD: dict[str, Any] = {"bucket": "plant-7"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bucket": "Plant"}, "bucket: is no bucket name"),
        ({"bucket": "ab"}, "bucket: is no bucket name"),
        ({"prefix": "no-slash"}, "prefix: accepted"),
        ({"prefix": "/begins"}, "prefix: accepted"),
        ({"prefix": "a//b/"}, "prefix: accepted"),
        ({"prefix": "a b/"}, "prefix: accepted"),
        ({"endpoint": "plant.example"}, "endpoint: is not accepted"),
        ({"endpoint": "ftp://plant.example"}, "endpoint: is not accepted"),
        ({"endpoint": "https://plant.example/path"}, "endpoint: is not accepted"),
        ({"endpoint": "https://plant.example?x=1"}, "endpoint: is not accepted"),
        ({"endpoint": "https://[plant"}, "endpoint: is no URL"),
        ({"endpoint": "https://host:99999"}, "endpoint: is no URL"),
        ({"endpoint": "https://user:word@plant.example"}, "credentials do not stand in the URL"),
        ({"access_key_id": "A"}, "together with secret_access_key"),
        ({"secret_access_key": Secret("s")}, "together with secret_access_key"),
        ({"access_key_id": "A", "secret_access_key": Secret("s"), "profile": "p"}, "not both"),
        ({"storage_class": "COLD"}, "storage_class: accepted: DEEP_ARCHIVE, GLACIER"),
    ],
)
def test_settings_that_cannot_be_used_say_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as raised:
        Settings(**GOOD | changes)
    assert "word" not in str(raised.value)


def test_abilities_follow_from_the_settings() -> None:
    assert profile_of(Settings(**GOOD)).abilities == {StorageAbility.CONDITIONAL_WRITE}
    full = profile_of(Settings(**GOOD, lock=Lock.COMPLIANCE, region="eu-central-1", storage_class="GLACIER"))
    assert full.abilities == set(StorageAbility) - {StorageAbility.REPLICAS}
    assert full.region == "eu-central-1"


def test_the_plugin_offers_a_storage_a_devnet_and_commands() -> None:
    assert [one.name for one in maas_storage_s3.maas_storages()] == ["s3"]
    assert [one.name for one in maas_storage_s3.maas_devnets()] == ["s3"]
    assert [one.name for one in maas_storage_s3.maas_commands()] == ["s3"]


def test_opening_sends_nothing() -> None:
    settings = Settings(**GOOD, endpoint="http://127.0.0.1:9")
    S3Storage(settings, Context(SystemClock(), None, Path())).close()


def refused(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "text"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503), ("InternalError", 500), ("RequestTimeout", 400), ("ConditionalRequestConflict", 409),
        ("BadDigest", 400), ("", 429), ("", 507), ("TooManyRequests", 429),
    ],
)  # fmt: skip
def test_what_can_pass_is_unavailable(code: str, status: int) -> None:
    assert isinstance(as_answer("s3://plant", refused(code, status)), Unavailable)


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("ExpiredToken", 400, "have expired"),
        ("InvalidToken", 400, "not valid"),
        ("AccessDenied", 403, "lack a permission"),
        ("403", 403, "lack a permission"),
        ("RequestTimeTooSkewed", 403, "set them by NTP"),
        ("PermanentRedirect", 301, "set region"),
        ("NoSuchBucket", 404, "no such bucket"),
        ("SomethingNew", 400, "SomethingNew: text"),
    ],
)
def test_what_the_operator_has_to_mend_is_an_error_with_advice(code: str, status: int, advice: str) -> None:
    with pytest.raises(StoreError, match=advice):
        as_answer("s3://plant", refused(code, status))


def test_errors_of_the_library_are_told_without_urls() -> None:
    gone = EndpointConnectionError(endpoint_url="http://host/secret-key-name", error=OSError())
    assert as_answer("s3://plant", gone) == Unavailable("s3://plant: no connection")
    with pytest.raises(StoreError, match="no usable credentials"):
        as_answer("s3://plant", NoCredentialsError())
    with pytest.raises(StoreError, match="not trusted"):
        as_answer("s3://plant", SSLError(endpoint_url="https://host", error="certificate verify failed"))
    cut = SSLError(endpoint_url="https://host", error="EOF occurred")
    assert as_answer("s3://plant", cut) == Unavailable("s3://plant: SSLError")


def test_a_cold_object_is_asked_for_and_not_yet_there() -> None:
    """By the answers that AWS documents: no server at hand has cold objects."""
    settings = Settings(**GOOD, storage_class="GLACIER", access_key_id="A", secret_access_key=Secret("s"))
    client, digest = make_client(settings, Path()), bytes(32)
    storage = S3Storage(settings, Context(SystemClock(), None, Path()))
    storage._bucket = Bucket(client, settings)
    key = {"Bucket": "plant-7", "Key": digest.hex()}
    with Stubber(client) as stubber:
        stubber.add_client_error("get_object", "InvalidObjectState", http_status_code=403, expected_params=key)
        stubber.add_response("restore_object", {}, {**key, "RestoreRequest": {"Days": 7}})
        stubber.add_client_error("get_object", "InvalidObjectState", http_status_code=403)
        stubber.add_client_error("restore_object", "RestoreAlreadyInProgress", http_status_code=409)
        for _ in range(2):
            assert storage.get(digest, Deadline.after(SystemClock(), 10)) is Missing.NOT_YET
        stubber.assert_no_pending_responses()
    storage.close()


def test_copies_are_refused_with_advice() -> None:
    storage = S3Storage(Settings(**GOOD), Context(SystemClock(), None, Path()))
    with pytest.raises(UsageError, match="name a further storage"):
        storage.replicate(bytes(32), (), Deadline.after(SystemClock(), 10))
    storage.close()
