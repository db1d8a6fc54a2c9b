"""A pairing's network: embedded, started as devnets for the run, or one that exists already."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from maas_core.bench.scenario import ACTORS
from maas_core.bench.topology.outpost import Outpost
from maas_core.bench.topology.placing import placement, refuse_processes
from maas_core.bench.topology.regions import Regions
from maas_core.config import load_config
from maas_core.config.reading import read_table
from maas_core.config.sections import NodeConfig
from maas_core.config.sources import read_file
from maas_core.config.writing import as_toml
from maas_core.errors import ConfigError, UsageError
from maas_core.plugins import Catalogue, Plugins
from maas_core.ports.devnet import Devnet, DevnetAccess, DevnetProcess

Tables = dict[str, Any]
Progress = Callable[[str], None]
SHARED = "shared"


@dataclass(frozen=True, slots=True, order=True)
class Pairing:
    """A ledger and a storage."""

    ledger: str
    storage: str

    def __str__(self) -> str:
        return f"{self.ledger} + {self.storage}"


@dataclass(frozen=True, slots=True)
class Place:
    """How networks come about."""

    plugins: Plugins
    existing: Path | None = None
    """A TOML file with [ledger], [storage.*] and, under [participants.NAME], what is one participant's."""
    options: Mapping[str, Mapping[str, Any]] | None = None
    """Options of devnets, by name."""
    regions: Regions | None = None
    """Where the ledger's processes and the participants are; None: all beside each other."""

    def starts(self, kind: str, name: str) -> bool:
        """Whether a devnet is started for a backend. Raises `PluginError`, `UsageError`."""
        if self.existing is not None:
            return False
        catalogue: Catalogue[Any] = self.plugins.ledgers if kind == "ledger" else self.plugins.storages
        if catalogue.get(name).embedded is not None:
            return False
        if name not in self.plugins.devnets.names():
            told = ", ".join(self.plugins.devnets.names()) or "none"
            raise UsageError(f"{kind} {name!r} is not embedded and has no devnet (devnets: {told}): name a network "
                             "that runs with --network existing --config FILE")  # fmt: skip
        return True

    def devnet_settings(self, name: str) -> Any:
        """A devnet's options, as the scenario sets them. Raises `ConfigError`."""
        given = dict((self.options or {}).get(name, {}))
        return read_table(self.plugins.devnets.get(name).settings, given, "scenario", Path.cwd(), ("settings", name))


class Network:
    """One pairing's network. A context manager: devnets end with it, however it ends."""

    def __init__(self, pairing: Pairing, place: Place, folder: Path, progress: Progress) -> None:
        self._pairing = pairing
        self._place = place
        self._folder = folder
        self._progress = progress
        self._stack = ExitStack()
        self._devnets: dict[str, Devnet] = {}
        self._tables: dict[str, Tables] = {}
        self._outposts: dict[str, Outpost] = {}

    def __enter__(self) -> Self:
        (self._folder / SHARED).mkdir(parents=True)
        with ExitStack() as failed:
            failed.callback(self._stack.close)
            if self._place.existing is not None:
                self._tables = _given(self._place.existing)
            else:
                ledger = self._section("ledger", self._place.plugins.ledgers, self._pairing.ledger)
                storage = self._section("storage", self._place.plugins.storages, self._pairing.storage)
                self._tables = {name: {**ledger[name], **storage[name]} for name in ACTORS}
            failed.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _section(self, kind: str, catalogue: Catalogue[Any], name: str) -> dict[str, Tables]:
        backend = catalogue.get(name)
        if not self._place.starts(kind, name):
            table = {"backend": backend.name, "settings": backend.embedded(self._folder / SHARED)}
            return {actor: {kind: table if kind == "ledger" else {"main": table}} for actor in ACTORS}
        regions = self._place.regions if kind == "ledger" else None
        devnet = self._open_devnet(name, regions)
        self._devnets[name] = devnet
        self._stack.callback(devnet.down)
        accesses = devnet.up(self._progress)
        if regions is not None:
            refuse_processes(regions.table, name, devnet.status().processes)
        return {actor: _of_kind(_access(accesses, index, actor), kind) for index, actor in enumerate(ACTORS)}

    def _open_devnet(self, name: str, regions: Regions | None) -> Devnet:
        backend = self._place.plugins.devnets.get(name)
        settings = self._place.devnet_settings(name)
        folder = self._folder / f"devnet-{name}"  # by which `clear_leftovers` finds it
        if regions is not None and backend.open_placed is not None:
            return backend.open_placed(settings, folder, placement(regions, name))
        return backend.open(settings, folder)

    def outpost(self, actor: str) -> Outpost | None:
        """A participant's process in its region, started when first asked for; None: there are no regions."""
        regions = self._place.regions
        if regions is None:
            return None
        if actor not in self._outposts:
            space = regions.space(regions.table.region(actor))
            outpost = Outpost(actor, space.prefix, self._folder / f"{actor}.log")
            self._stack.callback(outpost.close)
            self._outposts[actor] = outpost
        return self._outposts[actor]

    @property
    def outposts(self) -> list[Outpost]:
        """All that were started."""
        return list(self._outposts.values())

    def ledger_processes(self) -> list[DevnetProcess]:
        """The processes of the ledger's devnet, as they are now."""
        devnet = self._devnets.get(self._pairing.ledger)
        return [] if devnet is None else list(devnet.status().processes)

    def processes(self) -> list[DevnetProcess]:
        """The processes of all devnets, as they are now."""
        return [process for devnet in self._devnets.values() for process in devnet.status().processes]

    def revive(self) -> None:
        """Bring back what was killed."""
        for devnet in self._devnets.values():
            devnet.up(lambda _: None)

    def config(self, actor: str, folder: Path) -> NodeConfig:
        """A participant's node in a folder of its own; its key is the same in all of them. Opens nothing."""
        tables = dict(self._tables[actor])
        folder.mkdir(parents=True, exist_ok=True)
        keys = self._folder / "keys" / actor
        if "signer" not in tables:
            keys.mkdir(parents=True, exist_ok=True)
            backend = next(one for one in self._place.plugins.signers.all() if one.embedded is not None)
            assert backend.embedded is not None
            tables["signer"] = {"backend": backend.name, "settings": backend.embedded(keys)}
        tables |= {"node": {"name": actor}, "database": {"url": "sqlite:///node.db"}}
        file = folder / "maas.toml"
        file.write_text(as_toml(tables, {}), encoding="utf-8")
        config = load_config(file, self._place.plugins, {})
        signer = config.signer
        is_own = "signer" not in self._tables[actor]
        if signer is not None and signer.backend.create is not None and is_own and not any(keys.iterdir()):
            signer.backend.create(signer.settings, config.directory)
        return config


def existing_pairing(file: Path) -> Pairing:
    """What a network that exists consists of, by its customer's tables. Raises `ConfigError`."""
    tables = _given(file)["customer"]
    ledger, storages = tables.get("ledger"), tables.get("storage")
    first = next(iter(storages.values()), None) if isinstance(storages, dict) else None
    if not (isinstance(ledger, dict) and "backend" in ledger and isinstance(first, dict) and "backend" in first):
        raise ConfigError(f"{file}: accepted: [ledger] and [storage.NAME], each with a backend, as in a node's config")
    return Pairing(str(ledger["backend"]), str(first["backend"]))


def _given(file: Path) -> dict[str, Tables]:
    tables = read_file(file)
    own = tables.pop("participants", {})
    return {actor: {**tables, **own.get(actor, {})} for actor in ACTORS}


def _access(accesses: tuple[DevnetAccess, ...], index: int, actor: str) -> Tables:
    """What is meant for this participant, or for anyone; else one after the other."""
    by_name = {one.participant: one.config for one in accesses}
    found = by_name.get(actor, by_name.get(""))
    return found if found is not None else accesses[index % len(accesses)].config


def _of_kind(tables: Tables, kind: str) -> Tables:
    return {key: table for key, table in tables.items() if (key == "storage") == (kind == "storage")}
