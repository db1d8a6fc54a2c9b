"""`maasctl config`: check a node's config, and look up what it may hold."""

from typing import Any

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.output import plain


@click.group(cls=Group)
def command() -> None:
    """Check a node's config; look up what it may hold."""


@command.command("check")
@pass_cli
def check(cli: CliContext) -> None:
    """Load the config as a node would and say what it came to; opens nothing."""
    config = cli.config
    signer = config.signer
    shown: dict[str, Any] = {
        "file": config.file,
        "node": config.node,
        "party": config.party,
        "signer": _backend(signer) if signer else None,
        "ledger": _backend(config.ledger),
        "storage": {name: _backend(one) for name, one in config.storages.items()},
        "telemetry": {
            name: {**_backend(one), "machines": one.machines, "interval": one.interval}
            for name, one in config.telemetry.items()
        },
        "database": config.database,
        "finality": {
            "default": _policy(config.finality.default),
            "actions": {name: _policy(one) for name, one in config.finality.by_action.items()},
        },
        "submission": config.submission,
        "cache": config.cache,
    }
    cli.show(shown, "This config can be used")


def _policy(policy: Any) -> dict[str, Any]:
    return {"policy": type(policy).__name__.lower(), **plain(policy)}


def _backend(section: Any) -> dict[str, Any]:
    return {"backend": section.backend.name, "settings": section.settings}


@command.command("reference")
@pass_cli
def reference(cli: CliContext) -> None:
    """All keys that a config may hold, those of installed backends included, as Markdown."""
    from maas_core.config.reference import backend_tables, node_tables  # noqa: PLC0415 - only here

    click.echo(node_tables())
    click.echo(backend_tables(cli.plugins))
