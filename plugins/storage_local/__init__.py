"""The embedded storage: a directory addressed by SHA-256, with copies in further directories.

settings.py   what a config may say, and what the storage can do then
storage.py    the storage: put, get, stat, replicate, release
place.py      one directory
failures.py   what an error of the file system means
"""

from pathlib import Path
from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from maas_core.ports.backends import StorageBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_storages() -> "list[StorageBackend]":
    """Chosen by `backend = "local"`."""
    from maas_storage_local.settings import Settings, profile_of
    from maas_storage_local.storage import open_storage

    from maas_core.ports.backends import StorageBackend

    summary = "A directory on this machine, copied to further directories"
    return [StorageBackend("local", summary, Settings, profile_of, open_storage, _embedded)]


def _embedded(folder: Path) -> dict[str, str]:
    return {"directory": str(folder / "objects")}
