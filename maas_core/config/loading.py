"""Loads a node's config: reads it, looks its backends up, and checks that they can do what it asks for."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from maas_core.config.maintenance import MaintenanceSection
from maas_core.config.problems import Problems
from maas_core.config.reading import FAILED, Reader
from maas_core.config.sections import (
    DatabaseSection,
    LedgerSection,
    NodeConfig,
    PaymentsSection,
    SignerSection,
    StorageSection,
    TelemetrySection,
)
from maas_core.config.sources import read_file, with_environment
from maas_core.config.tables import (
    ConfigFile,
    FinalityTable,
    LedgerTable,
    PolicyName,
    PolicyTable,
    StorageTable,
    TelemetryTable,
)
from maas_core.errors import ConfigError, MaasError, PluginError
from maas_core.ledgerio.ordered import as_ledger as as_workflow_ledger
from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicies, FinalityPolicy, Native, missing_ability
from maas_core.plugins import Catalogue, Plugins, in_one_line
from maas_core.ports.backends import LedgerBackend, OrderedLogBackend, StorageBackend
from maas_core.ports.storage import StorageAbility
from maas_core.ports.workflow import FinalityKind, LedgerProfile
from maas_core.protocol import PROTOCOL
from maas_core.protocol.wire import COMMAND_OF

SQLITE_FILE = "sqlite:///"


def load_config(file: Path, plugins: Plugins, environment: Mapping[str, str] | None = None) -> NodeConfig:
    """The config in a file, with overrides from the environment (None: the process's).

    Opens no ledger, storage or key. Raises `ConfigError` with a line for each thing that is wrong.
    """
    variables = os.environ if environment is None else environment
    problems = Problems(str(file))
    tables = with_environment(read_file(file), variables, problems)
    loading = _Loading(Reader(file.absolute().parent, variables, problems), plugins)
    config = loading.config(file.absolute(), tables)
    if problems.lines:
        raise ConfigError("\n".join(problems.lines))
    assert config is not None
    return config


class _Loading:
    def __init__(self, reader: Reader, plugins: Plugins) -> None:
        self._reader = reader
        self._problems = reader.problems
        self._plugins = plugins

    def config(self, file: Path, tables: dict[str, Any]) -> NodeConfig | None:
        raw = self._reader.table(ConfigFile, tables, ())
        if raw is FAILED:
            return None
        if not raw.storage:
            self._problems.missing(("storage",), "at least one table [storage.NAME]")
        elif all(table.read_only or table.machines for table in raw.storage.values()):
            self._problems.add(
                ("storage",), "none takes documents; accepted: at least one without read_only and machines"
            )
        signer = self._signer(raw)
        payments = self._payments(raw)
        maintenance = self._maintenance(raw)
        ledger = self._ledger(raw.ledger)
        storages = {name: self._storage(name, table) for name, table in raw.storage.items()}
        telemetry = {name: self._telemetry(name, table) for name, table in raw.telemetry.items()}
        if ledger is None or self._problems.lines:
            return None
        directory = self._reader.directory
        return NodeConfig(
            file=file,
            directory=directory,
            node=replace(raw.node, name=raw.node.name or directory.name),
            party=raw.party,
            signer=signer,
            ledger=ledger,
            storages=MappingProxyType({name: one for name, one in storages.items() if one is not None}),
            telemetry=MappingProxyType({name: one for name, one in telemetry.items() if one is not None}),
            database=_located(raw.database, directory),
            finality=self._finality(raw.finality, ledger.profile),
            submission=raw.submission,
            cache=replace(raw.cache, directory=directory / raw.cache.directory),
            tiering=raw.tiering,
            encryption=replace(raw.encryption, key=directory / raw.encryption.key),
            devices=replace(raw.devices, keys=tuple(directory / one for one in raw.devices.keys)),
            payments=payments,
            billing=raw.billing,
            maintenance=maintenance,
        )

    def _signer(self, raw: ConfigFile) -> SignerSection | None:
        if raw.signer is None:
            return None
        found = self._backend(self._plugins.signers, raw.signer.backend, raw.signer.settings, ("signer",))
        return None if found is None else SignerSection(*found)

    def _payments(self, raw: ConfigFile) -> PaymentsSection | None:
        if raw.payments is None:
            return None
        found = self._backend(self._plugins.payments, raw.payments.backend, raw.payments.settings, ("payments",))
        return None if found is None else PaymentsSection(*found)

    def _maintenance(self, raw: ConfigFile) -> MaintenanceSection:
        table = raw.maintenance
        strategy, settings = None, None
        if table.strategy:
            known = self._plugins.bid_strategies
            found = self._backend(known, table.strategy, table.settings, ("maintenance",), "strategy")
            strategy, settings = (None, None) if found is None else found
        elif table.settings:
            self._problems.add(("maintenance", "settings"), "are those of a strategy; name one by `strategy`")
        return MaintenanceSection(
            strategy=strategy,
            settings=settings,
            margin=table.margin,
            delay=table.delay,
            respond_days=table.respond_days,
            rules=table.rules,
            plans=table.plans,
            sites=table.sites,
            tickets=table.tickets,
            owner=table.owner,
            maintainer=table.maintainer,
        )

    def _ledger(self, table: LedgerTable) -> LedgerSection | None:
        path = ("ledger",)
        found = self._backend(self._plugins.ledgers, table.backend, table.settings, path)
        if found is None:
            return None
        backend, settings = as_ledger(found[0]), found[1]
        profile = self._profile(lambda: backend.profile(settings), path)
        if profile is None:
            return None
        if PROTOCOL not in profile.protocols:
            known = ", ".join(profile.protocols)
            self._problems.add((*path, "backend"), f"{table.backend!r} knows {known}, this is {PROTOCOL}")
        self._needs(table.needs, profile.abilities, table.backend, path)
        return LedgerSection(backend, settings, profile, table.needs)

    def _storage(self, name: str, table: StorageTable) -> StorageSection | None:
        path = ("storage", name)
        found = self._backend(self._plugins.storages, table.backend, table.settings, path)
        if found is None:
            return None
        backend: StorageBackend = found[0]
        profile = self._profile(lambda: backend.profile(found[1]), path)
        if profile is None:
            return None
        self._needs(table.needs, profile.abilities, table.backend, path)
        told = profile.region if StorageAbility.RESIDENCY in profile.abilities else ""
        if table.regions and told not in table.regions:
            allowed = ", ".join(table.regions)
            self._problems.add(
                (*path, "regions"), f"bytes would lie in {told or 'a region not told'}; accepted: {allowed}"
            )
        return StorageSection(backend, found[1], table.needs, table.regions, table.read_only, table.machines)

    def _telemetry(self, name: str, table: TelemetryTable) -> TelemetrySection | None:
        path = ("telemetry", name)
        found = self._backend(self._plugins.telemetry_sources, table.backend, table.settings, path)
        return None if found is None else TelemetrySection(*found, machines=table.machines, interval=table.interval)

    def _backend(
        self,
        catalogue: Catalogue[Any],
        name: str,
        settings: dict[str, Any],
        path: tuple[str, ...],
        key: str = "backend",
    ) -> tuple[Any, Any] | None:
        try:
            backend = catalogue.get(name)
        except PluginError as error:
            self._problems.add((*path, key), str(error))
            return None
        try:
            read = self._reader.table(backend.settings, settings, (*path, "settings"))
        except PluginError as error:
            self._problems.add((*path, key), f"{name!r} is broken: {error}")
            return None
        return None if read is FAILED else (backend, read)

    def _profile(self, profile: Callable[[], Any], path: tuple[str, ...]) -> Any:
        try:
            return profile()
        except MaasError as error:
            self._problems.add((*path, "settings"), str(error))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            self._problems.add((*path, "backend"), f"its plugin is broken: {in_one_line(error)}")
        return None

    def _needs(self, needs: Iterable[str], declared: Iterable[str], backend: str, path: tuple[str, ...]) -> None:
        told = ", ".join(sorted(declared)) or "nothing"
        for ability in sorted(set(needs) - set(declared)):
            self._problems.add((*path, "needs"), f"'{ability}' is not declared by {backend!r}; it declares: {told}")

    def _finality(self, table: FinalityTable, profile: LedgerProfile) -> FinalityPolicies:
        default = table.default and self._policy(table.default, profile, ("finality", "default"))
        by_action: dict[str, FinalityPolicy] = {}
        for action, one in table.actions.items():
            if action not in COMMAND_OF:
                self._problems.unknown(("finality", "actions", action), None, COMMAND_OF)
            by_action[action] = self._policy(one, profile, ("finality", "actions", action))
        return FinalityPolicies(default or _fitting(profile), MappingProxyType(by_action))

    def _policy(self, table: PolicyTable, profile: LedgerProfile, path: tuple[str, ...]) -> FinalityPolicy:
        unused = {
            PolicyName.NATIVE: {"blocks": table.blocks, "k": table.k},
            PolicyName.DEPTH: {"k": table.k},
            PolicyName.AGREEMENT: {},
        }[table.policy]
        for key, value in unused.items():
            if value is not None:
                self._problems.add((*path, key), f"{value} is not used by policy '{table.policy}'; leave it out")
        if table.policy is PolicyName.AGREEMENT and table.k is None:
            self._problems.missing((*path, "k"), "how many observers have to agree, from 1")
        policy = _policy_of(table)
        if lacking := missing_ability(policy, profile):
            told = ", ".join(sorted(profile.finality)) or "none"
            self._problems.add(
                (*path, "policy"),
                f"'{table.policy}' needs {lacking}, which ledger {profile.name!r} does not declare; "
                f"it declares: finality {told}; abilities {', '.join(sorted(profile.abilities)) or 'none'}",
            )
        return policy


def as_ledger(backend: LedgerBackend | OrderedLogBackend) -> LedgerBackend:
    """Either sort of ledger as one that speaks the protocol."""
    return as_workflow_ledger(backend) if isinstance(backend, OrderedLogBackend) else backend


def _policy_of(table: PolicyTable) -> FinalityPolicy:
    match table.policy:
        case PolicyName.NATIVE:
            return Native(table.time_limit)
        case PolicyName.DEPTH:
            return Depth(table.blocks, table.time_limit)
        case PolicyName.AGREEMENT:
            return Agreement(table.k or 1, table.blocks or 0, table.time_limit)


def _fitting(profile: LedgerProfile) -> FinalityPolicy:
    return Native() if profile.finality & {FinalityKind.INSTANT, FinalityKind.TAG} else Depth()


def _located(database: DatabaseSection, directory: Path) -> DatabaseSection:
    """An SQLite file's path made absolute."""
    if not database.url.startswith(SQLITE_FILE):
        return database
    path, mark, query = database.url.removeprefix(SQLITE_FILE).partition("?")
    return replace(database, url=f"{SQLITE_FILE}{directory / path}{mark}{query}")
