"""The root of `maasctl`: finds commands without importing them all, and turns every outcome into an exit code."""

import json
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

import click

from maas_core.cli.base import CliContext, Group
from maas_core.cli.exits import INTERNAL, INTERRUPTED, exit_code
from maas_core.cli.faults import told
from maas_core.cli.output import printable
from maas_core.errors import MaasError


class Builtin(NamedTuple):
    """Where a command is, and its line in the help; a test holds it against the command's own docstring."""

    module: str
    help: str


BUILTIN = {
    "bench": Builtin("maas_core.cli.bench", "Compare ledgers and storages by one scenario."),
    "billing": Builtin("maas_core.cli.billing", "Bills for machines' time: make, check, answer, pay."),
    "completion": Builtin("maas_core.cli.completion", "Print the shell's completion script."),
    "config": Builtin("maas_core.cli.config", "Check a node's config; look up what it may hold."),
    "demo": Builtin(
        "maas_core.cli.demo", "Run a consortium of six through a year of use, failure, repair and billing."
    ),
    "devnet": Builtin(
        "maas_core.cli.devnet", "Real ledgers and storages on this machine, each started by one command."
    ),
    "device": Builtin("maas_core.cli.device", "Keys of devices and gateways that sign readings."),
    "document": Builtin("maas_core.cli.document", "Sealed documents: terms, specifications, reports and the like."),
    "group": Builtin("maas_core.cli.group", "Groups: who reads a machine's telemetry."),
    "evidence": Builtin("maas_core.cli.evidence", "Proofs that a statement is false."),
    "init": Builtin("maas_core.cli.init", "Write a new node's folder: config, key and database."),
    "invoice": Builtin("maas_core.cli.invoice", "Invoices and what becomes of them."),
    "key": Builtin("maas_core.cli.key", "The party's signing key."),
    "ledger": Builtin("maas_core.cli.ledger", "The ledger, this node's submissions, and ways out of trouble."),
    "machine": Builtin("maas_core.cli.machine", "Machines and their agreements."),
    "maintenance": Builtin("maas_core.cli.maintenance", "Watchdog, agents, performance and downtime."),
    "node": Builtin("maas_core.cli.node", "Run this node, and see how it does."),
    "party": Builtin("maas_core.cli.party", "Parties of the consortium, and its governance."),
    "plugins": Builtin("maas_core.cli.plugins", "List plugins, backends and what they declare."),
    "telemetry": Builtin(
        "maas_core.cli.telemetry", "Readings: take them in, anchor them, verify and export what others anchored."
    ),
    "storage": Builtin("maas_core.cli.storage", "The node's storages: audit, repair, copy and move objects."),
    "terms": Builtin("maas_core.cli.terms", "Terms of agreements: check, show, try and price them."),
    "ticket": Builtin("maas_core.cli.ticket", "Maintenance tickets and bids."),
    "verify": Builtin(
        "maas_core.cli.verify", "Rebuild the records from the ledger and compare them with the database."
    ),
}


class Root(Group):
    """Imports a command when it is called; the help needs none of the built-in ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Built-in commands, then those of plugins."""
        return sorted({*BUILTIN, *_plugin_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; a plugin cannot take a built-in one's name."""
        if cmd_name in BUILTIN:
            command: click.Command = import_module(BUILTIN[cmd_name].module).command
            return command
        return _plugin_commands(ctx).get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help."""
        rows = [(name, one.help) for name, one in BUILTIN.items()]
        rows += [(name, one.get_short_help_str(80)) for name, one in _plugin_commands(ctx).items()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


def _plugin_commands(context: click.Context) -> dict[str, click.Command]:
    cli = context.ensure_object(CliContext)
    return {str(one.name): one for one in cli.plugins.commands().all() if one.name not in BUILTIN}


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="maas-core", prog_name="maasctl")
def root() -> None:
    """Machine-as-a-Service on a ledger and a storage of your choice.

    Exit codes: 0 done, 2 wrong usage, 10 config, 11 plugin, 20 rejected by the ledger, 21 no answer in time, 22 not
    final yet, 70 internal error; all are in docs/exit-codes.md.
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line; returns the exit code and lets no exception out."""
    cli = CliContext()
    try:
        with cli.resources:
            status = root.main(list(arguments), prog_name="maasctl", obj=cli, standalone_mode=False)
    except MaasError as error:
        return _fail(arguments, type(error).__name__, str(error), exit_code(error))
    except click.ClickException as error:
        return _fail(arguments, "UsageError", _usage(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail(arguments, "Interrupted", "interrupted", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - no traceback ever reaches a user
        return _fail(arguments, type(error).__name__, told(error, in_full=cli.debug), INTERNAL)
    return status if isinstance(status, int) else 0


def _fail(arguments: Sequence[str], kind: str, message: str, code: int) -> int:
    """Tell what went wrong on stderr, as JSON if JSON was asked for."""
    if "--json" in arguments:
        click.echo(json.dumps({"error": kind, "message": message, "exit_code": code}), err=True)
    else:
        click.echo(printable(f"maasctl: {message}"), err=True)
    return code


def _usage(error: click.ClickException) -> str:
    message = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message}\n{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help'."
    return message
