"""Looks at a bucket with an operator's eyes: is it as the config needs it, and may the node do what it has to?"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from maas_storage_s3.bucket import Bucket
from maas_storage_s3.failures import FAILURES, code_of
from maas_storage_s3.multipart import unfinished
from maas_storage_s3.settings import Lock, Settings
from maas_storage_s3.storage import open_storage

from maas_core.errors import StoreError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import ReleaseStatus, Stored

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    found: str
    ok: bool
    advice: str = ""


def findings(client: Any, settings: Settings, directory: Path) -> list[Finding]:
    """All of them. Raises what boto3 raises if the bucket cannot be looked at."""
    return [
        _region(client, settings),
        _versioning(client, settings),
        _lock(client, settings),
        _unfinished(client, settings),
        *_calls(settings, directory),
    ]


def _region(client: Any, settings: Settings) -> Finding:
    found = Bucket(client, settings).region()
    fits = found in {"", settings.region or found}
    return Finding("region", found or "not told", fits, "" if fits else f"set region to {found}")


def _versioning(client: Any, settings: Settings) -> Finding:
    status = client.get_bucket_versioning(Bucket=settings.bucket).get("Status", "")
    advice = "without it, what somebody else overwrites or deletes is gone; `maasctl storage repair` then helps"
    return Finding("versioning", status or "off", ok=True, advice="" if status == "Enabled" else advice)


def _lock(client: Any, settings: Settings) -> Finding:
    try:
        answer = client.get_object_lock_configuration(Bucket=settings.bucket)["ObjectLockConfiguration"]
        enabled = answer.get("ObjectLockEnabled") == "Enabled"
    except FAILURES as error:
        if "ObjectLockConfigurationNotFound" not in code_of(error):
            raise
        enabled = False
    advice = "object lock can only be given when a bucket is made; make another, or set lock to `none`"
    fits = enabled or settings.lock is Lock.NONE
    return Finding("object lock", "on" if enabled else "off", fits, "" if fits else advice)


def _unfinished(client: Any, settings: Settings) -> Finding:
    """Not being allowed to look is no fault: a node does not need it."""
    try:
        found = unfinished(client, settings, datetime.now(UTC))
    except FAILURES as error:
        return Finding("unfinished uploads", f"not told ({code_of(error) or type(error).__name__})", ok=True)
    advice = "other programs left them; `maasctl s3 clean` aborts those that are older than a day"
    return Finding("unfinished uploads", str(len(found)), ok=True, advice=advice if found else "")


def _calls(settings: Settings, directory: Path) -> list[Finding]:
    """What a node does, with an object that is taken away again."""
    clock = SystemClock()
    storage = open_storage(settings, Context(clock, None, directory))
    data = os.urandom(64)
    digest = sha256(data).digest()
    calls: dict[str, Callable[[], bool]] = {
        "put": lambda: isinstance(storage.put(digest, data, None, Deadline.after(clock, SECONDS)), Stored),
        "get": lambda: storage.get(digest, Deadline.after(clock, SECONDS)) == data,
        "delete": lambda: storage.release(digest, Deadline.after(clock, SECONDS)) is ReleaseStatus.RELEASED,
    }
    found = []
    for what, call in calls.items():
        try:
            done = call()
            found.append(Finding(what, "done" if done else "no", done))
        except StoreError as error:
            found.append(Finding(what, "refused", ok=False, advice=str(error)))
    storage.close()
    return found
