"""The plugin's table of contents: which backends there are."""

from pathlib import Path
from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from maas_core.ports.backends import OrderedLogBackend, StorageBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_ordered_logs() -> "list[OrderedLogBackend]":
    """The ledger."""
    from maas_core.ports.backends import OrderedLogBackend
    from maas_noticeboard.log import Noticeboard, Settings

    return [OrderedLogBackend("noticeboard", "Numbered notices in a shared folder", Settings, Noticeboard, _beside)]


@hookimpl
def maas_storages() -> "list[StorageBackend]":
    """The storage."""
    from maas_core.ports.backends import StorageBackend
    from maas_noticeboard.storage import Drawer, Settings

    return [StorageBackend("drawer", "Objects in one SQLite file", Settings, lambda _: Drawer.profile, Drawer, _inside)]


def _beside(folder: Path) -> dict[str, str]:
    return {"folder": str(folder / "notices")}


def _inside(folder: Path) -> dict[str, str]:
    return {"file": str(folder / "drawer.db")}
