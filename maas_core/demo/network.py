"""Which ledger and storage the demo runs on: embedded ones, devnets started for it, or what a config names."""

import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from maas_core.demo.cast import Name
from maas_core.errors import ConfigError, UsageError
from maas_core.plugins import Plugins
from maas_core.ports.devnet import DevnetAccess

Tables = dict[str, Any]
Progress = Callable[[str], None]

EMBEDDED_PATIENCE = 3
NETWORK_PATIENCE = 45
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
        self._given = _read(choice.config) if choice.config else {}
        self._choice = choice
        self._all_embedded = choice.config is None
        self._ledger: Callable[[Name], Tables] = lambda _: {}
        self._storage: Callable[[Name], Tables] = lambda _: {}

    def __enter__(self) -> Self:
        with ExitStack() as failed:
            failed.callback(self._stack.close)
            if "ledger" not in self._given:
                self._ledger = self._section("ledger", self._plugins.ledgers, self._choice.ledger)
            if "storage" not in self._given:
                self._storage = self._section("storage", self._plugins.storages, self._choice.storage)
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

    def _section(self, kind: str, catalogue: Any, backend_name: str) -> Callable[[Name], Tables]:
        backend = catalogue.get(backend_name)
        if backend.embedded is not None:
            settings = backend.embedded(Path("..") / SHARED)
            table: Tables = {"backend": backend.name, "settings": settings}
            return lambda _: {kind: table if kind == "ledger" else {"main": table}}
        self._all_embedded = False
        access = self._devnet(backend_name)
        return lambda name: {
            key: value for key, value in _access_for(access, name).items() if (key == "storage") == (kind == "storage")
        }

    def _devnet(self, name: str) -> tuple[DevnetAccess, ...]:
        known = self._plugins.devnets.names()
        if name not in known:
            told = ", ".join(known) or "none"
            raise UsageError(
                f"{name!r} is not embedded and no plugin starts a devnet for it (devnets: {told}): use --config"
            )
        backend = self._plugins.devnets.get(name)
        devnet = backend.open(backend.settings(), self._folder / f"devnet-{name}")
        self._stack.callback(devnet.down)
        return devnet.up(self._progress)


def _access_for(access: tuple[DevnetAccess, ...], name: Name) -> Mapping[str, Any]:
    """The access of this name, else the one for anybody."""
    by_name = {one.participant: one.config for one in access}
    found = by_name.get(str(name), by_name.get(""))
    if found is None:
        raise UsageError(f"the devnet has no access for {name}; it has: {', '.join(by_name)}")
    return found


def _read(file: Path) -> Tables:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from None
