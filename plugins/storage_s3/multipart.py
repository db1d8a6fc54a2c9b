"""Multipart uploads that were begun under the prefix and never completed: other programs leave them, and they cost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maas_storage_s3.settings import Settings


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One of them."""

    key: str
    begun: str
    """ISO 8601, UTC."""
    upload: str
    """S3's name for it."""


def unfinished(client: Any, settings: Settings, before: datetime) -> list[Unfinished]:
    """Those that were begun until then. Raises what boto3 raises."""
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=settings.bucket, Prefix=settings.prefix)
    return [
        Unfinished(one["Key"], one["Initiated"].isoformat(timespec="seconds"), one["UploadId"])
        for page in pages
        for one in page.get("Uploads", ())
        if one["Initiated"] <= before
    ]


def abort(client: Any, settings: Settings, one: Unfinished) -> None:
    """Have S3 forget one, and its parts. Raises what boto3 raises."""
    client.abort_multipart_upload(Bucket=settings.bucket, Key=one.key, UploadId=one.upload)
