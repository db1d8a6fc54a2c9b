"""The embedded ledger: an ordered log in one SQLite file that the processes of one machine share.

entries.py   what is signed and hashed
file.py      the file: create, open, what may be wrong with it
log.py       the log: seal, append, read, find, audit
"""

from pathlib import Path
from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from maas_core.ports.backends import OrderedLogBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_ordered_logs() -> "list[OrderedLogBackend]":
    """Chosen by `backend = "local"`."""
    from maas_ledger_local.log import Settings, open_log

    from maas_core.ports.backends import OrderedLogBackend

    summary = "A log in one file, shared by the processes of one machine"
    return [OrderedLogBackend("local", summary, Settings, open_log, _embedded)]


def _embedded(folder: Path) -> dict[str, str]:
    return {"path": str(folder / "ledger.db")}
