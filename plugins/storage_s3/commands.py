"""`maasctl s3`: make, check and clean buckets, and write policies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from maas_storage_s3.settings import Settings

storage_option = click.option("--storage", "name", default="", help="Which [storage.NAME], if several are S3.")
AWS_FIRST = "us-east-1"
"""The one region that must not be named when a bucket is made."""
OBJECT_ACTIONS = (
    "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectRetention",
    "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectRetention",
)  # fmt: skip
LIST_ACTIONS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions")
BUCKET_ACTIONS = ("s3:GetBucketLocation", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning")


@click.group("s3", cls=Group)
def command() -> None:
    """Buckets: make, check and clean them, and write policies."""


@command.command()
@storage_option
@pass_cli
def create(cli: CliContext, name: str) -> None:
    """Make the bucket that the config names: versioned, and with object lock if `lock` asks for it."""
    settings, client = _opened(cli, name)
    lock = settings.lock.value != "none"
    options: dict[str, Any] = {"ObjectLockEnabledForBucket": True} if lock else {}
    if settings.region not in {"", AWS_FIRST}:
        options["CreateBucketConfiguration"] = {"LocationConstraint": settings.region}
    with _told(settings):
        client.create_bucket(Bucket=settings.bucket, **options)
        if not lock:
            client.put_bucket_versioning(Bucket=settings.bucket, VersioningConfiguration={"Status": "Enabled"})
    cli.say(f"bucket {settings.bucket} is made, versioned{' and with object lock' if lock else ''}")


@command.command()
@storage_option
@pass_cli
def check(cli: CliContext, name: str) -> None:
    """Look whether the bucket is as the config needs it, and try what a node does with it."""
    from maas_storage_s3.probing import findings  # noqa: PLC0415 - brings boto3 with it

    settings, client = _opened(cli, name)
    with _told(settings):
        cli.show(findings(client, settings, cli.config.directory), "Bucket")


@command.command()
@click.option("--principal", default="", help="Who may do it, as a bucket policy names it; left out: a user policy.")
@storage_option
@pass_cli
def policy(cli: CliContext, name: str, principal: str) -> None:
    """Print the least that a node must be allowed, for this bucket and prefix only: JSON for S3 or IAM."""
    from maas_storage_s3.settings import Lock  # noqa: PLC0415 - only here

    settings = _settings(cli, name)
    who = {"Principal": {"AWS": principal}} if principal else {}
    bucket, prefix = f"arn:aws:s3:::{settings.bucket}", settings.prefix
    retention = settings.lock is not Lock.NONE
    objects = [one for one in OBJECT_ACTIONS if retention or "Retention" not in one]
    inside = {"Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}}} if prefix else {}
    statements = [
        {"Effect": "Allow", **who, "Action": objects, "Resource": f"{bucket}/{prefix}*"},
        {"Effect": "Allow", **who, "Action": list(LIST_ACTIONS), "Resource": bucket, **inside},
        {"Effect": "Allow", **who, "Action": list(BUCKET_ACTIONS), "Resource": bucket},
    ]
    cli.print_lines(json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2).splitlines())


@command.command()
@click.option("--older", default=24, show_default=True, help="Hours.", type=click.IntRange(min=0))
@click.option("--list", "look_only", is_flag=True, help="Only list them.")
@storage_option
@pass_cli
def clean(cli: CliContext, name: str, older: int, look_only: bool) -> None:
    """Abort multipart uploads under the prefix that nobody finished.

    A node makes none; other tools do. What a node's own uploads left, `maasctl storage clean` takes away.
    """
    from maas_storage_s3.multipart import abort, unfinished  # noqa: PLC0415 - only here

    settings, client = _opened(cli, name)
    with _told(settings):
        found = unfinished(client, settings, datetime.now(UTC) - timedelta(hours=older))
        if look_only:
            cli.show(found, "Unfinished uploads")
            return
        for one in found:
            abort(client, settings, one)
    cli.show({"aborted": len(found)}, "Unfinished uploads")


def _settings(cli: CliContext, name: str) -> "Settings":
    """The table that is meant. Raises `UsageError` unless it is clear which."""
    found = {key: one.settings for key, one in cli.config.storages.items() if one.backend.name == "s3"}
    if not name and len(found) == 1:
        return next(iter(found.values()))  # type: ignore[no-any-return]
    if name not in found:
        known = ", ".join(found) or "none"
        raise UsageError(f"say by --storage which bucket is meant; the config has of backend s3: {known}")
    return found[name]  # type: ignore[no-any-return]


def _opened(cli: CliContext, name: str) -> "tuple[Settings, Any]":
    from maas_storage_s3.client import make_client  # noqa: PLC0415 - brings boto3 with it

    settings = _settings(cli, name)
    return settings, make_client(settings, cli.config.directory)


@contextmanager
def _told(settings: "Settings") -> Iterator[None]:
    """Errors of S3 as those of the core."""
    from maas_storage_s3.failures import FAILURES, as_answer, expiry_told  # noqa: PLC0415 - as above

    try:
        with expiry_told(f"s3://{settings.bucket}"):
            yield
    except FAILURES as error:
        raise UnavailableError(as_answer(f"s3://{settings.bucket}", error).reason) from None
