"""Finds plugins, loads them so that a broken one harms no other, and looks backends up by name.

`build_plugin_manager` makes an object that its caller keeps and hands on; two nodes in one process may have different
plugins. What every entry point came to is in `Plugins.reports`, as `maasctl plugins` shows it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import pluggy

from maas_core import hookspecs
from maas_core.errors import PluginError
from maas_core.protocol import PROTOCOL
from maas_core.requirements import missing_extra

if TYPE_CHECKING:
    import click

    from maas_core.ports.backends import LedgerBackend, OrderedLogBackend, SignerBackend, StorageBackend
    from maas_core.ports.bid_strategy import BidStrategyBackend
    from maas_core.ports.devnet import DevnetBackend
    from maas_core.ports.payments import PaymentsBackend
    from maas_core.ports.telemetry_source import TelemetrySourceBackend

GROUP = "maas.plugins"

HOOKS = {
    "maas_ledgers": ("ledger", "maas_core.ports.backends:LedgerBackend"),
    "maas_ordered_logs": ("ledger", "maas_core.ports.backends:OrderedLogBackend"),
    "maas_storages": ("storage", "maas_core.ports.backends:StorageBackend"),
    "maas_signers": ("signer", "maas_core.ports.backends:SignerBackend"),
    "maas_telemetry_sources": ("telemetry source", "maas_core.ports.telemetry_source:TelemetrySourceBackend"),
    "maas_bid_strategies": ("bid strategy", "maas_core.ports.bid_strategy:BidStrategyBackend"),
    "maas_payments": ("way of paying", "maas_core.ports.payments:PaymentsBackend"),
    "maas_devnets": ("devnet", "maas_core.ports.devnet:DevnetBackend"),
}
"""Hook: what it offers, and where the descriptor is that it returns a list of; not imported before it is asked for.

Ledgers and ordered logs share their names.
"""

COMMANDS_HOOK = "maas_commands"


class PluginStatus(StrEnum):
    """What an entry point came to."""

    LOADED = "loaded"
    MISSING_EXTRA = "missing extra"
    BROKEN = "broken"
    INCOMPATIBLE = "incompatible"


@dataclass(frozen=True, slots=True)
class PluginReport:
    """What became of one plugin."""

    name: str
    """The entry point's name."""
    distribution: str
    """Name and version of the distribution that it comes from; empty if it was handed in by the application."""
    status: PluginStatus
    detail: str = ""
    """One line: what is missing, why it is broken, which protocols it knows."""
    backends: tuple[tuple[str, str], ...] = ()
    """(kind, name) of all that it offers."""

    @property
    def label(self) -> str:
        """For messages: the name, and where it comes from."""
        return f"{self.name} ({self.distribution})" if self.distribution else self.name


class Named(Protocol):
    """What all descriptors and click commands have."""

    @property
    def name(self) -> Any:
        """What a config or a command line calls it."""


B = TypeVar("B", bound=Named)


class Catalogue(Generic[B]):
    """All backends of one kind, by name."""

    def __init__(self, kind: str, offers: Sequence[tuple[PluginReport, B]], reports: Sequence[PluginReport]) -> None:
        self.kind = kind
        self._reports = reports
        self._offers: dict[str, list[tuple[PluginReport, B]]] = {}
        for report, backend in offers:
            self._offers.setdefault(backend.name, []).append((report, backend))

    def names(self) -> tuple[str, ...]:
        """All names that `get` accepts."""
        return tuple(sorted(name for name, offers in self._offers.items() if len(offers) == 1))

    def all(self) -> tuple[B, ...]:
        """All backends that `get` returns, by name."""
        return tuple(self._offers[name][0][1] for name in self.names())

    def conflicts(self) -> tuple[str, ...]:
        """A line for each name that several plugins offer; none of them can be used."""
        return tuple(self._conflict(name) for name, offers in sorted(self._offers.items()) if len(offers) > 1)

    def get(self, name: str) -> B:
        """The backend of this name. Raises `PluginError`, which lists the known ones and says what to install."""
        offers = self._offers.get(name, ())
        if len(offers) == 1:
            return offers[0][1]
        raise PluginError(self._conflict(name) if offers else self._unknown(name))

    def _conflict(self, name: str) -> str:
        providers = ", ".join(report.label for report, _ in self._offers[name])
        return f"{self.kind} {name!r} is offered by several plugins: {providers}; uninstall all but one"

    def _unknown(self, name: str) -> str:
        for report in self._reports:
            if report.name == name and report.status is not PluginStatus.LOADED:
                return f"{self.kind} {name!r} cannot be used: plugin {report.label} is {_told(report)}; {self._known()}"
        close = get_close_matches(name, self.names(), 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f"there is no {self.kind} {name!r}; {self._known()}{hint}"

    def _known(self) -> str:
        return f"known: {', '.join(self.names()) or 'none'}"


def _told(report: PluginReport) -> str:
    known_by_its_detail = report.status is PluginStatus.MISSING_EXTRA
    return f"not completely installed: {report.detail}" if known_by_its_detail else f"{report.status}: {report.detail}"


class Plugins:
    """Loaded plugins and all that they offer; backends are collected when they are first asked for."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.NAMESPACE)
        self._manager.add_hookspecs(hookspecs)
        self._reports: list[PluginReport] = []
        self._modules: dict[int, object] = {}
        """By the index of the plugin's report."""
        self._collected: set[int] = set()
        self._offers: list[tuple[str, PluginReport, Any]] = []

    @property
    def reports(self) -> tuple[PluginReport, ...]:
        """What became of each plugin, in the order of loading."""
        self._collect()
        return tuple(self._reports)

    @property
    def ledgers(self) -> "Catalogue[LedgerBackend | OrderedLogBackend]":
        """Ledgers of both sorts."""
        return self._catalogue("ledger")

    @property
    def storages(self) -> "Catalogue[StorageBackend]":
        """Storages."""
        return self._catalogue("storage")

    @property
    def signers(self) -> "Catalogue[SignerBackend]":
        """Ways to hold a key."""
        return self._catalogue("signer")

    @property
    def telemetry_sources(self) -> "Catalogue[TelemetrySourceBackend]":
        """Where readings come from."""
        return self._catalogue("telemetry source")

    @property
    def bid_strategies(self) -> "Catalogue[BidStrategyBackend]":
        """How to decide about tickets."""
        return self._catalogue("bid strategy")

    @property
    def payments(self) -> "Catalogue[PaymentsBackend]":
        """How invoices are paid."""
        return self._catalogue("way of paying")

    @property
    def devnets(self) -> "Catalogue[DevnetBackend]":
        """Networks that can be started here."""
        return self._catalogue("devnet")

    def catalogues(self) -> dict[str, Catalogue[Any]]:
        """All backends by kind."""
        return {kind: self._catalogue(kind) for kind in dict.fromkeys(kind for kind, _ in HOOKS.values())}

    def conflicts(self) -> tuple[str, ...]:
        """A line for each backend name that several plugins offer."""
        return tuple(line for catalogue in self.catalogues().values() for line in catalogue.conflicts())

    def commands(self) -> "Catalogue[click.Command]":
        """Commands that plugins bring along; a plugin that fails to give them is broken from now on."""
        offers: list[tuple[PluginReport, click.Command]] = []
        for index in list(self._modules):
            found = self._offered(index, COMMANDS_HOOK, "click:Command")
            offers += [(self._reports[index], one) for one in found or ()]
        return Catalogue("command", offers, self._reports)

    def load(self, entry_point: EntryPoint) -> None:
        """Import and register what an entry point names, and report what came of it. Never raises."""
        distribution = f"{entry_point.dist.name} {entry_point.dist.version}" if entry_point.dist else ""
        report = PluginReport(entry_point.name, distribution, PluginStatus.LOADED)
        try:
            if missing := missing_extra(entry_point):
                self._reports.append(replace(report, status=PluginStatus.MISSING_EXTRA, detail=missing))
                return
            plugin = entry_point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
            self._reports.append(replace(report, status=PluginStatus.BROKEN, detail=in_one_line(error)))
            return
        self.add(plugin, report)

    def add(self, plugin: object, report: PluginReport) -> None:
        """Register a plugin that is at hand, and report what came of it. Never raises."""
        try:
            protocols = [str(one) for one in getattr(plugin, "PROTOCOLS", (PROTOCOL,))]
            if PROTOCOL not in protocols:
                detail = f"knows {', '.join(protocols) or 'no protocol'}, this is {PROTOCOL}"
                report = replace(report, status=PluginStatus.INCOMPATIBLE, detail=detail)
            else:
                self._register(plugin, f"{len(self._reports)} {report.label}")
                self._modules[len(self._reports)] = plugin
        except Exception as error:  # noqa: BLE001 - as above
            report = replace(report, status=PluginStatus.BROKEN, detail=in_one_line(error))
        self._reports.append(report)

    def _register(self, plugin: object, name: str) -> None:
        known = [*HOOKS, COMMANDS_HOOK]
        for attribute in dir(plugin):
            options = self._manager.parse_hookimpl_opts(plugin, attribute)
            hook = (options and options.get("specname")) or attribute
            if options and hook not in known:
                close = get_close_matches(hook, known, 1)
                raise PluginError(f"unknown hook {hook!r}" + (f"; is it {close[0]!r}?" if close else ""))
        self._manager.register(plugin, name)

    def _collect(self) -> None:
        """Ask all plugins that were not asked yet for their backends."""
        for index in sorted(self._modules.keys() - self._collected):
            self._collected.add(index)
            offers: list[tuple[str, Any]] = []
            for hook, (kind, descriptor) in HOOKS.items():
                found = self._offered(index, hook, descriptor)
                offers += [(kind, one) for one in found or ()]
            if index in self._modules:
                backends = tuple((kind, one.name) for kind, one in offers)
                self._reports[index] = replace(self._reports[index], backends=backends)
                self._offers += [(kind, self._reports[index], one) for kind, one in offers]

    def _offered(self, index: int, hook: str, descriptor: str) -> list[Any] | None:
        """What one plugin returns from a hook; None if it has no such hook or is, from now on, broken."""
        plugin = self._modules.get(index)
        if plugin is None:
            return None
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        try:
            answers = self._manager.subset_hook_caller(hook, others)()
            return [one for answer in answers for one in _checked(answer, descriptor)]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
            broken = replace(self._reports[index], status=PluginStatus.BROKEN, detail=f"{hook}: {in_one_line(error)}")
        self._reports[index] = broken
        self._manager.unregister(self._modules.pop(index))
        return None

    def _catalogue(self, wanted: str) -> Catalogue[Any]:
        self._collect()
        offers = [(report, backend) for kind, report, backend in self._offers if kind == wanted]
        return Catalogue(wanted, offers, self._reports)


def _checked(answer: Any, descriptor: str) -> list[Any]:
    module, _, name = descriptor.partition(":")
    kept = getattr(import_module(module), name)
    if not isinstance(answer, (list, tuple)):
        raise TypeError(f"returned {type(answer).__name__}, not a list of {name}")
    for one in answer:
        if not isinstance(one, kept):
            raise TypeError(f"returned a list with {type(one).__name__}, not of {name}")
    return list(answer)


def in_one_line(error: BaseException) -> str:
    """Class and message of an exception, in one line of at most 300 characters."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}"[:300] if message else type(error).__name__


def build_plugin_manager(plugins: Iterable[object] = (), *, installed: Iterable[EntryPoint] | None = None) -> Plugins:
    """Load `plugins` that the application hands in, then all installed ones (`installed`: only these entry points)."""
    found = entry_points(group=GROUP) if installed is None else installed
    loaded = Plugins()
    for plugin in plugins:
        name = str(getattr(plugin, "__name__", type(plugin).__name__))
        loaded.add(plugin, PluginReport(name, "", PluginStatus.LOADED))
    for entry_point in sorted(found, key=lambda one: (one.name, one.value)):
        loaded.load(entry_point)
    return loaded
