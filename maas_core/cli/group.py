"""`maasctl group`: who reads a machine's telemetry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.sending import finish, wait_option

if TYPE_CHECKING:
    from maas_core.node import Node
    from maas_core.node.groups import Group as Epoch


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group in its current epoch."""

    machine: str
    alias: str
    epoch: int
    members: list[int]
    past: bool
    granted: list[int]
    document: str


@click.group(cls=Group)
def command() -> None:
    """Groups: who reads a machine's telemetry."""


def _view(node: "Node", machine: bytes, group: "Epoch") -> GroupView:
    one = group.document
    granted = [party for party, _ in one.grants]
    alias = node.aliases.name_of("machine", machine)
    return GroupView(machine.hex(), alias, one.epoch, list(one.members), one.past, granted, group.digest.hex())


def _machine(node: "Node", machine: str) -> bytes:
    return node.aliases.resolve("machine", machine)


@command.command("list")
@pass_cli
def list_groups(cli: CliContext) -> None:
    """List the groups that this party is a member of."""
    node = cli.synced_node
    cli.show([_view(node, machine, group) for machine, group in node.groups.all()], "Groups")


@command.command()
@click.argument("machine")
@pass_cli
def show(cli: CliContext, machine: str) -> None:
    """Show a machine's group in its current epoch."""
    node = cli.synced_node
    machine_id = _machine(node, machine)
    cli.show(_view(node, machine_id, node.groups.current(machine_id)))


@command.command()
@click.argument("machine")
@click.option("--past", is_flag=True, help="The policy: new members may read what was anchored before they came.")
@click.option("--member", "members", type=int, multiple=True, help="A further party; may be repeated.")
@wait_option
@pass_cli
def create(cli: CliContext, machine: str, past: bool, members: tuple[int, ...], wait: bool) -> None:
    """Begin a group with a policy of your choice, before the first anchor begins one without access to the past.

    OEM, customer and active auditors are members of themselves.
    """
    node = cli.synced_node
    finish(cli, node.groups.create(_machine(node, machine), past=past, members=members), wait)


@command.command()
@click.argument("machine")
@click.argument("party", type=int)
@wait_option
@pass_cli
def invite(cli: CliContext, machine: str, party: int, wait: bool) -> None:
    """Make a party a member; the policy says whether it reads the past."""
    node = cli.synced_node
    finish(cli, node.groups.invite(_machine(node, machine), party), wait)


@command.command()
@click.argument("machine")
@click.argument("party", type=int)
@wait_option
@pass_cli
def remove(cli: CliContext, machine: str, party: int, wait: bool) -> None:
    """Begin an epoch without a party: it cannot read what is anchored from then on."""
    node = cli.synced_node
    finish(cli, node.groups.remove(_machine(node, machine), party), wait)


@command.command()
@click.argument("machine")
@click.argument("party", type=int)
@wait_option
@pass_cli
def grant(cli: CliContext, machine: str, party: int, wait: bool) -> None:
    """Let one member read all of the past, whatever the policy says."""
    node = cli.synced_node
    finish(cli, node.groups.allow(_machine(node, machine), party), wait)


@command.command()
@click.argument("machine")
@wait_option
@pass_cli
def leave(cli: CliContext, machine: str, wait: bool) -> None:
    """Leave a group: the next batch of the machine is not for this party."""
    node = cli.synced_node
    finish(cli, node.groups.leave(_machine(node, machine)), wait)


@command.command()
@click.argument("machine")
@wait_option
@pass_cli
def join(cli: CliContext, machine: str, wait: bool) -> None:
    """Take back that this party left a group."""
    node = cli.synced_node
    finish(cli, node.groups.leave(_machine(node, machine), back=True), wait)
