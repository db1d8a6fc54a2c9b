"""What all commands share: the classes that bring `--json` and `--config` along, and what they work on.

A command group is a file `maas_core/cli/NAME.py` with a variable `command`, and a line in `maas_core/cli/app.py`:

    @click.group(cls=Group)
    def command() -> None:
        '''Machines and their agreements.'''

    @command.command("list")
    @pass_cli
    def list_machines(cli: CliContext) -> None:
        '''All machines of this node.'''
        cli.show(cli.node.machines.list(), title="Machines")

It imports at its top what is light; it raises errors of `maas_core.errors`, which `app.py` turns into exit codes.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from maas_core.config import NodeConfig
    from maas_core.node import Node
    from maas_core.plugins import Plugins

DEFAULT_CONFIG = "maas.toml"


class CliContext:
    """One run of `maasctl`: its global options, and plugins, config and node, each made when first asked for."""

    def __init__(self) -> None:
        self.json = False
        self.debug = bool(os.environ.get("MAAS_DEBUG"))
        self.config_file = Path(os.environ.get("MAAS_CONFIG") or DEFAULT_CONFIG)
        self.resources = ExitStack()
        """Closed when the run ends, in reverse order."""
        self._plugins: Plugins | None = None
        self._config: NodeConfig | None = None
        self._node: Node | None = None

    @property
    def plugins(self) -> "Plugins":
        """All installed plugins."""
        if self._plugins is None:
            from maas_core.plugins import build_plugin_manager  # noqa: PLC0415 - only when needed

            self._plugins = build_plugin_manager()
        return self._plugins

    @property
    def config(self) -> "NodeConfig":
        """The node's config. Raises `ConfigError`."""
        if self._config is None:
            from maas_core.config import load_config  # noqa: PLC0415 - only when needed

            self._config = load_config(self.config_file, self.plugins)
        return self._config

    @property
    def node(self) -> "Node":
        """The node, open until the run ends. Raises `ConfigError`, `StoreError`."""
        if self._node is None:
            from maas_core.node import Node  # noqa: PLC0415 - only when needed

            self._node = self.resources.enter_context(Node(self.config))
        return self._node

    @property
    def synced_node(self) -> "Node":
        """This node, up to date with the ledger (unless another process keeps it so)."""
        self.node.sync()
        return self.node

    def show(self, value: Any, title: str = "", columns: tuple[str, ...] = ()) -> None:
        """Print a dataclass, a mapping or a list of them: as tables, or as JSON with `--json`."""
        if self.json:
            click.echo(output.as_json(value))
        else:
            output.print_table(value, title, columns)

    @staticmethod
    def print_lines(lines: "Iterable[str]") -> None:
        """Print plain lines, for scripts."""
        for line in lines:
            click.echo(output.printable(line))

    def say(self, text: str) -> None:
        """Print a line for people; nothing with `--json`."""
        if not self.json:
            click.echo(output.printable(text))


quiet_option = click.option("-q", "--quiet", is_flag=True, help="Only the ids, a line each, for scripts.")
pass_cli = click.make_pass_decorator(CliContext, ensure=True)


def _remember(attribute: str) -> "Callable[[click.Context, click.Parameter, Any], None]":
    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        cli = context.ensure_object(CliContext)
        if value:
            setattr(cli, attribute, value)

    return callback


def _path(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    _remember("config_file")(context, parameter, Path(value) if value else None)


def shared_options() -> list[click.Parameter]:
    """Options that stand before or after the command's name alike."""
    return [
        click.Option(
            ["-c", "--config"],
            metavar="FILE",
            expose_value=False,
            callback=_path,
            help=f"The node's config; else $MAAS_CONFIG, else {DEFAULT_CONFIG} here.",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_remember("json"),
            help="Print JSON instead of tables.",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            expose_value=False,
            callback=_remember("debug"),
            help="Write details of an internal error to a file.",
        ),
    ]


class Command(click.Command):
    """A command with the shared options."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += shared_options()


class Group(click.Group):
    """A group whose commands have the shared options."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += shared_options()
