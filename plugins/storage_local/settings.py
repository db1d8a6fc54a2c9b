"""What a config may say of this storage, and what it can do then."""

from dataclasses import dataclass, field
from pathlib import Path

from maas_core.ports.storage import StorageAbility, StorageProfile


@dataclass(frozen=True, slots=True)
class Settings:
    """The config's table for a storage with `backend = "local"`."""

    directory: Path = field(default=Path("objects"), metadata={"help": "Where objects lie."})
    replicas: tuple[Path, ...] = field(default=(), metadata={"help": "Further directories, best on other disks."})
    region: str = field(default="", metadata={"help": "Where this machine stands, for terms that forbid regions."})

    def __post_init__(self) -> None:
        if len({self.directory, *self.replicas}) != 1 + len(self.replicas):
            raise ValueError("replicas: must be different directories, and not the one named by directory")


def profile_of(settings: Settings) -> StorageProfile:
    """What the storage can do with these settings."""
    abilities = {StorageAbility.RETENTION, StorageAbility.CONDITIONAL_WRITE}
    if settings.replicas:
        abilities.add(StorageAbility.REPLICAS)
    if settings.region:
        abilities.add(StorageAbility.RESIDENCY)
    return StorageProfile("local", frozenset(abilities), settings.region, places=1 + len(settings.replicas))
