"""What a config may say of a bucket, and what the storage can do then."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from maas_core.ports.secret import Secret
from maas_core.ports.storage import StorageAbility, StorageProfile

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"([A-Za-z0-9._=-]+/)*")
COLD = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects have to be restored before they can be read."""
WARM = frozenset({"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "REDUCED_REDUNDANCY"})


class Addressing(StrEnum):
    """Where the bucket's name stands in a URL."""

    AUTO = "auto"
    PATH = "path"
    VIRTUAL = "virtual"


class Lock(StrEnum):
    """How S3 guards retained objects."""

    NONE = "none"
    GOVERNANCE = "governance"
    """Who has a special permission may delete them nevertheless."""
    COMPLIANCE = "compliance"
    """Nobody may, the account's owner included."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The config's table for a storage with `backend = "s3"`."""

    bucket: str = field(metadata={"help": "The bucket's name; it must exist."})
    prefix: str = field(default="", metadata={"help": "What all keys begin with, e.g. `plant-7/`: a group's own part."})
    endpoint: str = field(default="", metadata={"help": "The server's URL; AWS if left out."})
    region: str = field(
        default="",
        metadata={"help": "Where the bucket lies; checked against the server, and what `regions` is held against."},
    )
    addressing: Addressing = field(
        default=Addressing.AUTO, metadata={"help": "Bucket names in the path or in the host name."}
    )
    lock: Lock = field(
        default=Lock.NONE, metadata={"help": "Retain objects by object lock; the bucket must be made with it."}
    )
    storage_class: str = field(
        default="", metadata={"help": "The class of new objects, e.g. `STANDARD_IA`; the bucket's if left out."}
    )
    thaw_days: int = field(
        default=7, metadata={"help": "For how many days a restored object of a cold class stays readable.", "min": 1}
    )
    profile: str = field(default="", metadata={"help": "A profile of the AWS configuration files."})
    access_key_id: str = field(
        default="", metadata={"help": "The key's id; if left out, credentials come from the usual AWS chain."}
    )
    secret_access_key: Secret | None = field(default=None, metadata={"help": "The key that belongs to the id."})
    ca: Path | None = field(default=None, metadata={"help": "Certificates to trust instead of the system's, PEM."})
    connections: int = field(default=16, metadata={"help": "Requests at once.", "min": 1, "max": 256})
    socket_seconds: float = field(
        default=10.0, metadata={"help": "How long a connection may be silent.", "min": 0.1, "max": 600}
    )

    def __post_init__(self) -> None:
        if not BUCKET.fullmatch(self.bucket):
            raise ValueError("bucket: is no bucket name; accepted: 3 to 63 of a-z, 0-9, dot and hyphen")
        if not PREFIX.fullmatch(self.prefix) or len(self.prefix) > 512:
            raise ValueError("prefix: accepted: path elements of A-Z a-z 0-9 . _ = - that each end with a slash")
        if self.endpoint:
            _check_endpoint(self.endpoint)
        if bool(self.access_key_id) != (self.secret_access_key is not None):
            raise ValueError("access_key_id: accepted: together with secret_access_key, or neither")
        if self.access_key_id and self.profile:
            raise ValueError("profile: accepted: a profile or access_key_id, not both")
        if self.storage_class and self.storage_class not in COLD | WARM:
            raise ValueError(f"storage_class: accepted: {', '.join(sorted(COLD | WARM))}")


def _check_endpoint(endpoint: str) -> None:
    accepted = "accepted: http://HOST[:PORT] or https://HOST[:PORT]"
    try:
        parts = urlsplit(endpoint)
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        raise ValueError(f"endpoint: is no URL; {accepted}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"endpoint: credentials do not stand in the URL; {accepted}")
    if wrong or parts.path not in {"", "/"} or parts.query:
        raise ValueError(f"endpoint: is not accepted; {accepted}")


def profile_of(settings: Settings) -> StorageProfile:
    """What the storage can do with these settings."""
    abilities = {StorageAbility.CONDITIONAL_WRITE}
    if settings.lock is not Lock.NONE:
        abilities.add(StorageAbility.RETENTION)
    if settings.lock is Lock.COMPLIANCE:
        abilities.add(StorageAbility.COMPLIANCE)
    if settings.region:
        abilities.add(StorageAbility.RESIDENCY)
    if settings.storage_class in COLD:
        abilities.add(StorageAbility.NOT_YET)
    return StorageProfile("s3", frozenset(abilities), settings.region)
