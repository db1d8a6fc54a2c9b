"""`maasctl plugins`: what is installed, what became of it, and what each backend declares."""

from dataclasses import MISSING, dataclass, fields
from typing import Any

import click

from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.plugins import PluginReport, Plugins, in_one_line


@dataclass(frozen=True, slots=True)
class BackendRow:
    """A backend as the list shows it."""

    kind: str
    name: str
    summary: str
    required_settings: tuple[str, ...]
    profile: Any
    """What it declares with default settings; a sentence where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All that `--json` prints."""

    plugins: tuple[PluginReport, ...]
    backends: tuple[BackendRow, ...]
    conflicts: tuple[str, ...]


@click.command(cls=Command)
@pass_cli
def command(cli: CliContext) -> None:
    """List plugins, backends and what they declare."""
    cli.plugins.commands()
    listing = Listing(cli.plugins.reports, tuple(_backends(cli.plugins)), cli.plugins.conflicts())
    if cli.json:
        cli.show(listing)
        return
    cli.show(
        [_plugin_row(one) for one in listing.plugins], "Plugins", ("name", "distribution", "status", "offers", "detail")
    )
    cli.say("")
    cli.show(listing.backends, "Backends", ("kind", "name", "summary", "required_settings"))
    for one in listing.backends:
        if not isinstance(one.profile, str):
            cli.say("")
            cli.show(one.profile, f"{one.kind} {one.name}")
    for line in listing.conflicts:
        cli.say(f"\n{line}")


def _plugin_row(report: PluginReport) -> dict[str, Any]:
    offers = [f"{kind} {name}" for kind, name in report.backends]
    return {
        "name": report.name,
        "distribution": report.distribution,
        "status": report.status,
        "offers": offers,
        "detail": report.detail,
    }


def _backends(plugins: Plugins) -> list[BackendRow]:
    from maas_core.config.loading import as_ledger  # noqa: PLC0415 - brings the model with it

    ledgers = [_row("ledger", as_ledger(one)) for one in plugins.ledgers.all()]
    others = [_row(kind, one) for kind, catalogue in plugins.catalogues().items() for one in catalogue.all()]
    return [*ledgers, *(row for row in others if row.kind != "ledger")]


def _row(kind: str, backend: Any) -> BackendRow:
    required = tuple(
        one.name for one in fields(backend.settings) if one.default is MISSING and one.default_factory is MISSING
    )
    return BackendRow(kind, backend.name, backend.summary, required, _profile(backend, required))


def _profile(backend: Any, required: tuple[str, ...]) -> Any:
    profile = getattr(backend, "profile", None)
    if profile is None:
        return "this kind declares nothing"
    if required:
        return f"depends on settings: {', '.join(required)}"
    try:
        return profile(backend.settings())
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        return f"broken: {in_one_line(error)}"
