"""`maasctl party`: the consortium's parties and its governance."""

import click

from maas_core.cli.base import CliContext, Group, pass_cli, quiet_option
from maas_core.cli.sending import finish, wait_option
from maas_core.cli.views import digest, party_view, profile_view, proposal_view, roles_of


@click.group(cls=Group)
def command() -> None:
    """Parties of the consortium, and its governance."""


@command.command()
@quiet_option
@pass_cli
def whoami(cli: CliContext, quiet: bool) -> None:
    """Show this node's identity, as an invitation needs it, and its party."""
    node = cli.synced_node
    if quiet:
        cli.print_lines([node.identity.hex()])
        return
    number = node.records.provisional().get(("identity", node.identity))
    state = None if number is None else party_view(node.parties.get(number))
    cli.show({"identity": node.identity.hex(), "party": number, "state": None if state is None else state.state})


@command.command("list")
@pass_cli
def list_parties(cli: CliContext) -> None:
    """List all parties."""
    cli.show([party_view(seen) for seen in cli.synced_node.parties.all()], "Parties")


@command.command()
@click.argument("party", type=int)
@pass_cli
def show(cli: CliContext, party: int) -> None:
    """Show a party and its performance record."""
    node = cli.synced_node
    cli.show({"party": party_view(node.parties.get(party)), "standing": node.parties.standing(party).record})


@command.command()
@click.argument("party", type=int)
@pass_cli
def about(cli: CliContext, party: int) -> None:
    """Show what a party tells of itself: name, contact, keys, account."""
    cli.show(profile_view(cli.synced_node.parties.profile(party)))


@command.command()
@pass_cli
def rules(cli: CliContext) -> None:
    """Show the deployment and the consortium's rules."""
    cli.show(cli.synced_node.parties.deployment().record)


@command.command()
@click.option("--deployment", default="", help="The deployment's id, 64 hex digits; random if left out.")
@wait_option
@pass_cli
def found(cli: CliContext, deployment: str, wait: bool) -> None:
    """Found the consortium's deployment and become its first board member."""
    import secrets  # noqa: PLC0415 - only here

    node = cli.node
    name = digest(deployment) if deployment else secrets.token_bytes(32)
    finish(cli, node.parties.found(node.parties.publish_profile(name), name), wait, deployment=name.hex())


@command.command()
@wait_option
@pass_cli
def join(cli: CliContext, wait: bool) -> None:
    """Accept the board's invitation."""
    node = cli.synced_node
    finish(cli, node.parties.join(node.parties.publish_profile()), wait)


@command.command()
@wait_option
@pass_cli
def profile(cli: CliContext, wait: bool) -> None:
    """Publish this party's profile anew, after its config changed."""
    node = cli.synced_node
    finish(cli, node.parties.update_profile(node.parties.publish_profile()), wait)


@command.command()
@click.argument("party", type=click.IntRange(1, 65_535))
@click.argument("identity")
@click.option("--roles", required=True, help="board, oem, customer, maintainer, auditor; separated by commas.")
@wait_option
@pass_cli
def invite(cli: CliContext, party: int, identity: str, roles: str, wait: bool) -> None:
    """Propose to invite the holder of an identity as a party."""
    finish(cli, cli.synced_node.proposals.invite(party, digest(identity), roles_of(roles)), wait)


@command.command("set-roles")
@click.argument("party", type=int)
@click.argument("roles")
@wait_option
@pass_cli
def set_roles(cli: CliContext, party: int, roles: str, wait: bool) -> None:
    """Propose to give a party other roles."""
    finish(cli, cli.synced_node.proposals.set_roles(party, roles_of(roles)), wait)


@command.command()
@click.argument("party", type=int)
@wait_option
@pass_cli
def suspend(cli: CliContext, party: int, wait: bool) -> None:
    """Propose to bar a party from new commitments."""
    finish(cli, cli.synced_node.proposals.suspend(party), wait)


@command.command()
@click.argument("party", type=int)
@wait_option
@pass_cli
def reinstate(cli: CliContext, party: int, wait: bool) -> None:
    """Propose to end a suspension."""
    finish(cli, cli.synced_node.proposals.reinstate(party), wait)


@command.command()
@click.argument("party", type=int)
@wait_option
@pass_cli
def remove(cli: CliContext, party: int, wait: bool) -> None:
    """Propose to remove a party for good."""
    finish(cli, cli.synced_node.proposals.remove(party), wait)


@command.command()
@click.argument("party", type=int)
@click.argument("identity")
@wait_option
@pass_cli
def rebind(cli: CliContext, party: int, identity: str, wait: bool) -> None:
    """Propose to bind a party to another identity."""
    finish(cli, cli.synced_node.proposals.rebind(party, digest(identity)), wait)


@command.command("set-rule")
@click.argument("rule", type=click.Choice([
    "quorum", "proposal_lifetime", "anchor_items", "clock_bound", "close_after", "finality_depth",
]))  # fmt: skip
@click.argument("value", type=int)
@wait_option
@pass_cli
def set_rule(cli: CliContext, rule: str, value: int, wait: bool) -> None:
    """Propose to change a rule of the consortium."""
    from maas_core.protocol.states import Rule  # noqa: PLC0415 - brings the protocol with it

    finish(cli, cli.synced_node.proposals.set_rule(Rule[rule.upper()], value), wait)


@command.command("close-out")
@click.argument("party", type=int)
@click.argument("machine")
@wait_option
@pass_cli
def close_out(cli: CliContext, party: int, machine: str, wait: bool) -> None:
    """Propose to end the agreement on a removed party's machine."""
    node = cli.synced_node
    finish(cli, node.proposals.close_out(party, node.aliases.resolve("machine", machine)), wait)


@command.command()
@click.argument("successor")
@wait_option
@pass_cli
def retire(cli: CliContext, successor: str, wait: bool) -> None:
    """Propose to end this deployment and name its successor (64 hex digits)."""
    finish(cli, cli.synced_node.proposals.retire(digest(successor)), wait)


@command.command()
@pass_cli
def proposals(cli: CliContext) -> None:
    """List all proposals and their votes."""
    cli.show([proposal_view(seen) for seen in cli.synced_node.proposals.all()], "Proposals")


@command.command()
@click.argument("proposal")
@wait_option
@pass_cli
def approve(cli: CliContext, proposal: str, wait: bool) -> None:
    """Vote for a proposal."""
    node = cli.synced_node
    finish(cli, node.proposals.approve(node.aliases.resolve("proposal", proposal)), wait)


@command.command()
@click.argument("maintainer", type=int)
@click.argument("machine_class", type=int)
@click.option("--withdraw", is_flag=True, help="End the accreditation instead.")
@wait_option
@pass_cli
def accredit(cli: CliContext, maintainer: int, machine_class: int, withdraw: bool, wait: bool) -> None:
    """Let a maintainer serve this OEM's machines of a class."""
    parties = cli.synced_node.parties
    change = parties.withdraw_accreditation if withdraw else parties.accredit
    finish(cli, change(maintainer, machine_class), wait)
