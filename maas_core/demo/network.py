"""Which ledger and storage the demo runs on: embedded ones, devnets started for it, or what a config names."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from maas_core.config.sources import read_file
from maas_core.demo.cast import CAST, Name
from maas_core.errors import UsageError
from maas_core.plugins import Plugins
from maas_core.ports.devnet import DevnetAccess

Tables = dict[str, Any]
Progress = Callable[[str], None]
PerParticipant = Callable[[Name], Tables]

EMBEDDED_PATIENCE = 3
NETWORK_PATIENCE = 12
SHARED = "shared"
"""The folder of embedded ledgers and storages, beside the participants' folders."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for."""

    ledger: str
    storage: str
    config: Path | None = None
    """Tables of a node's config that all participants share; tables under `participants.NAME` are for one of them."""


class Network:
    """Gives each participant the tables of its config. A context manager: devnets end with it."""

    def __init__(self, choice: Choice, plugins: Plugins, folder: Path, progress: Progress) -> None:
        self._plugins = plugins
        self._folder = folder
        self._progress = progress
        self._stack = ExitStack()
        self._given = read_file(choice.config) if choice.config else {}
        self._choice = choice
        self._all_embedded = choice.config is None
        self._ledger: PerParticipant = lambda _: {}
        self._storage: PerParticipant = lambda _: {}

    def __enter__(self) -> Self:
        with ExitStack() as failed:
            failed.callback(self._stack.close)
            if "ledger" not in self._given:
                self._ledger = self._ledger_tables()
            if "storage" not in self._given:
                self._storage = self._storage_tables()
            failed.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def tables(self, name: Name) -> Tables:
        """The tables [ledger], [storage.*], [signer] and whatever else the network wants in a participant's config."""
        own = self._given.get("participants", {}).get(str(name), {})
        shared = {key: table for key, table in self._given.items() if key != "participants"}
        return {**self._ledger(name), **self._storage(name), **shared, **own}

    @property
    def patience(self) -> int:
        """Seconds in which a command is surely final."""
        return EMBEDDED_PATIENCE if self._all_embedded else NETWORK_PATIENCE

    def names(self) -> tuple[str, str]:
        """The names of the ledger's and the storage's backend."""
        tables = self.tables(Name.OEM)
        first = next(iter(tables["storage"].values()))
        return tables["ledger"]["backend"], first["backend"]

    def _ledger_tables(self) -> PerParticipant:
        backend = self._plugins.ledgers.get(self._choice.ledger)
        if backend.embedded is not None:
            table: Tables = {"backend": backend.name, "settings": backend.embedded(Path("..") / SHARED)}
            return lambda _: {"ledger": table}
        access = {one.participant: one.config for one in self._devnet(backend.name)}
        missing = ", ".join(part.devnet for part in CAST.values() if part.devnet not in access)
        if missing:
            raise UsageError(f"devnet {backend.name!r} has no access for {missing}; it has: {', '.join(access)}")
        return lambda name: access[CAST[name].devnet]

    def _storage_tables(self) -> PerParticipant:
        backend = self._plugins.storages.get(self._choice.storage)
        if backend.embedded is not None:
            table: Tables = {"backend": backend.name, "settings": backend.embedded(Path("..") / SHARED)}
            return lambda _: {"storage": {"main": table}}
        access = self._devnet(backend.name)
        return lambda name: access[list(CAST).index(name) % len(access)].config

    def _devnet(self, name: str) -> tuple[DevnetAccess, ...]:
        known = self._plugins.devnets.names()
        if name not in known:
            told = ", ".join(known) or "none"
            raise UsageError(
                f"{name!r} is not embedded and no plugin starts a devnet for it (devnets: {told}): use --config"
            )
        self._all_embedded = False
        backend = self._plugins.devnets.get(name)
        devnet = backend.open(backend.settings(), self._folder / f"devnet-{name}")
        self._stack.callback(devnet.down)
        return devnet.up(self._progress)
