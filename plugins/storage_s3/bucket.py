"""The requests that the storage is made of. Each raises what boto3 raises; see failures.py."""

import base64
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from maas_storage_s3.failures import ABSENT, EXISTS, code_of
from maas_storage_s3.settings import Lock, Settings

from maas_core.ports.storage import MAX_OBJECT

COMPLIANCE = "COMPLIANCE"
_MODE, _UNTIL = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"
_DATE = "%Y-%m-%dT%H:%M:%SZ"
FIRST_REGION = "us-east-1"
"""The one region that S3 tells by telling none."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a key; a bucket without versioning has one, called "null"."""

    number: str
    is_marker: bool
    """A delete marker: a version that says that there is nothing."""


@dataclass(frozen=True, slots=True)
class Head:
    """What S3 knows of one version of an object."""

    size: int
    version: str | None
    retained_until: int | None
    """Seconds UTC."""
    mode: str
    """Of the retention; empty without one."""
    held: bool
    """Under a legal hold, which only a person takes away."""


class Bucket:
    """One bucket and the prefix in it."""

    def __init__(self, client: Any, settings: Settings) -> None:
        self._client = client
        self._bucket = settings.bucket
        self._prefix = settings.prefix
        self._mode = "" if settings.lock is Lock.NONE else settings.lock.value.upper()
        self._class = {"StorageClass": settings.storage_class} if settings.storage_class else {}
        self._thaw = {"Days": settings.thaw_days}

    def put(self, digest: bytes, data: bytes, until: int | None, *, replace: bool) -> bool:
        """Write; unless it may `replace`, False if there is an object. S3 checks the SHA-256."""
        condition = {} if replace else {"IfNoneMatch": "*"}
        lock = {} if until is None else {"ObjectLockMode": self._mode, "ObjectLockRetainUntilDate": _date(until)}
        try:
            self._client.put_object(
                **self._key(digest),
                Body=data,
                ChecksumSHA256=base64.b64encode(digest).decode("ascii"),
                **condition,
                **lock,
                **self._class,
            )
        except ClientError as error:
            if code_of(error) != EXISTS or replace:
                raise
            return False
        return True

    def get(self, digest: bytes, version: str | None = None) -> bytes | None:
        """A version's bytes, the newest one's if none is named, at most one more than an object may have; None: none.

        Its answer tells no retention on some servers, so `head` is asked for that.
        """
        try:
            answer = self._client.get_object(**self._key(digest), **_which(version))
        except ClientError as error:
            if code_of(error) in ABSENT:
                return None
            raise
        with closing(answer["Body"]) as body:  # as a context manager it would give the stream beneath, unchecked
            if int(answer["ContentLength"]) > MAX_OBJECT:
                return bytes(body.read(MAX_OBJECT + 1))  # whatever it is, it is none of ours
            data: bytes = body.read()  # whole, or the library raises
            return data

    def head(self, digest: bytes, version: str | None = None) -> Head | None:
        """What S3 knows of a version, the newest if none is named; None if there is none.

        The answer to HEAD has no body, hence no reason: on an error, GET is asked for one.
        """
        try:
            return _head(self._client.head_object(**self._key(digest), **_which(version)))
        except ClientError:
            if self.get(digest, version) is None:
                return None
            raise

    def retain(self, digest: bytes, head: Head, until: int) -> None:
        """Make a retention longer; one in compliance mode stays so."""
        retention = {"Mode": head.mode if head.mode == COMPLIANCE else self._mode, "RetainUntilDate": _date(until)}
        self._client.put_object_retention(**self._key(digest), Retention=retention, **_which(head.version))

    def versions(self, digest: bytes) -> Iterator[Version]:
        """All versions and delete markers of an object."""
        wanted = self._key(digest)["Key"]
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=wanted)
        for page in pages:
            for kind, is_marker in (("Versions", False), ("DeleteMarkers", True)):
                for one in page.get(kind, ()):
                    if one["Key"] == wanted:
                        yield Version(one["VersionId"], is_marker)

    def delete(self, digest: bytes, version: Version) -> None:
        """Delete one version for good."""
        self._client.delete_object(**self._key(digest), VersionId=version.number)

    def thaw(self, digest: bytes) -> None:
        """Ask for a cold object to be made readable; asked already: nothing happens."""
        try:
            self._client.restore_object(**self._key(digest), RestoreRequest=self._thaw)
        except ClientError as error:
            if code_of(error) != "RestoreAlreadyInProgress":
                raise

    def region(self) -> str:
        """Where the bucket lies; empty if the server does not tell.

        HEAD is refused without a reason where the request was signed for another region; GET is not.
        """
        try:
            answer = self._client.head_bucket(Bucket=self._bucket)
        except ClientError:
            found = self._client.get_bucket_location(Bucket=self._bucket).get("LocationConstraint")
            return str(found or FIRST_REGION)
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return str(answer.get("BucketRegion") or headers.get("x-amz-bucket-region") or "")

    def _key(self, digest: bytes) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + digest.hex()}


def _head(answer: dict[str, Any]) -> Head:
    until: datetime | None = answer.get("ObjectLockRetainUntilDate")
    return Head(
        size=int(answer["ContentLength"]),
        version=answer.get("VersionId"),
        retained_until=None if until is None else int(until.timestamp()),
        mode=str(answer.get("ObjectLockMode", "")),
        held=answer.get("ObjectLockLegalHoldStatus") == "ON",
    )


def _which(version: str | None) -> dict[str, str]:
    return {} if version is None else {"VersionId": version}


def _date(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def lock_headers(settings: Settings, until: int | None) -> dict[str, str]:
    """A retention as the headers of a request."""
    if until is None:
        return {}
    return {_MODE: settings.lock.value.upper(), _UNTIL: _date(until).strftime(_DATE)}
