"""`maasctl ticket`: maintenance."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.documents import content_of, document
from maas_core.cli.sending import finish, wait_option
from maas_core.cli.views import seconds, ticket_view

if TYPE_CHECKING:
    from maas_core.node import Node
    from maas_core.protocol.commands import Selection
    from maas_core.protocol.states import TicketKind

preventive_option = click.option("--preventive", is_flag=True, help="The preventive ticket, not the reactive one.")


@click.group(cls=Group)
def command() -> None:
    """Maintenance tickets and bids."""


def _named(node: "Node", machine: str, preventive: bool) -> "tuple[bytes, TicketKind]":
    from maas_core.protocol.states import TicketKind  # noqa: PLC0415 - brings the protocol with it

    kind = TicketKind.PREVENTIVE if preventive else TicketKind.REACTIVE
    return node.aliases.resolve("machine", machine), kind


@command.command("list")
@pass_cli
def list_tickets(cli: CliContext) -> None:
    """List the last ticket of each kind on each machine."""
    cli.show([ticket_view(seen) for seen in cli.synced_node.tickets.all()], "Tickets")


@command.command()
@click.argument("machine")
@preventive_option
@pass_cli
def show(cli: CliContext, machine: str, preventive: bool) -> None:
    """Show a ticket, how it selects its maintainer, and its bids."""
    node = cli.synced_node
    machine_id, kind = _named(node, machine, preventive)
    seen = node.tickets.get(machine_id, kind)
    bids = [one.record for one in node.tickets.bids(machine_id, kind)]
    cli.show({"ticket": ticket_view(seen), "selection": seen.record.selection, "bids": bids})


@command.command("open")
@click.argument("machine")
@preventive_option
@click.option("--work", type=document, required=True, help="What is to be done.")
@click.option("--deadline", required=True, help="By when (ISO 8601, UTC).")
@click.option("--payer", type=int, required=True, help="Who pays: the OEM's or the customer's party number.")
@click.option("--award-at", default="", help="Open bidding until then, instead of first come, first served.")
@click.option(
    "--award-from", type=click.IntRange(0, 64), default=0, help="With --award-at: bids that allow it earlier."
)
@click.option("--commit-until", default="", help="Sealed bidding: commitments until then.")
@click.option("--reveal-until", default="", help="Sealed bidding: reveals until then.")
@click.option("--weights", default="4000,3000,2000,1000", help="Price, time, reputation, proximity; sum 10000.")
@wait_option
@pass_cli
def open_ticket(
    cli: CliContext, machine: str, preventive: bool, work: Path, deadline: str, payer: int, award_at: str,
    award_from: int, commit_until: str, reveal_until: str, weights: str, wait: bool,
) -> None:  # fmt: skip
    """Open a ticket: first come, first served, or for bids."""
    node = cli.synced_node
    machine_id, kind = _named(node, machine, preventive)
    selection = _selection(award_at, award_from, (commit_until, reveal_until), weights)
    content = node.documents.publish("work", content_of(work), node.tickets.readers(machine_id), machine_id)
    finish(cli, node.tickets.open(machine_id, kind, selection, content, seconds(deadline), payer), wait)


def _selection(award_at: str, award_from: int, sealed: tuple[str, str], weights: str) -> "Selection":
    from maas_core.errors import UsageError  # noqa: PLC0415 - as above
    from maas_core.protocol.commands import Selection  # noqa: PLC0415
    from maas_core.protocol.states import SelectionPolicy  # noqa: PLC0415

    if not award_at and not any(sealed):
        return Selection(SelectionPolicy.FCFS, 0, 0, 0, 0, 0, 0, 0, 0)
    if award_at and any(sealed):
        raise UsageError("bidding is open (--award-at) or sealed (--commit-until and --reveal-until), not both")
    shares = weights.split(",")
    if len(shares) != 4 or not all(one.strip().isdecimal() for one in shares):
        raise UsageError(f"--weights: {weights!r} is not accepted; accepted: four numbers that sum to 10000")
    price, time, reputation, proximity = map(int, shares)
    if award_at:
        policy, times = SelectionPolicy.SCORED, (seconds(award_at), award_from, 0, 0)
    else:
        policy, times = SelectionPolicy.SEALED, (0, 0, seconds(sealed[0] or "0"), seconds(sealed[1] or "0"))
    return Selection(policy, *times, price, time, reputation, proximity)


@command.command()
@click.argument("machine")
@preventive_option
@wait_option
@pass_cli
def accept(cli: CliContext, machine: str, preventive: bool, wait: bool) -> None:
    """Take a ticket, first come, first served."""
    node = cli.synced_node
    finish(cli, node.tickets.accept(*_named(node, machine, preventive)), wait)


@command.command()
@click.argument("machine")
@preventive_option
@click.option("--price", type=click.IntRange(0), required=True, help="In minor units.")
@click.option("--eta", type=click.IntRange(0), required=True, help="Seconds from the award to the arrival.")
@click.option("--distance", type=click.IntRange(0), required=True, help="Metres.")
@click.option("--offer", type=document, default=None, help="The offer document.")
@wait_option
@pass_cli
def bid(
    cli: CliContext, machine: str, preventive: bool, price: int, eta: int, distance: int, offer: Path | None, wait: bool
) -> None:
    """Bid openly on a ticket."""
    node = cli.synced_node
    machine_id, kind = _named(node, machine, preventive)
    readers = node.machines.readers(machine_id)
    content = bytes(32) if offer is None else node.documents.publish("offer", content_of(offer), readers, machine_id)
    finish(cli, node.tickets.bid(machine_id, kind, price, eta, distance, content), wait)


@command.command()
@click.argument("machine")
@preventive_option
@wait_option
@pass_cli
def award(cli: CliContext, machine: str, preventive: bool, wait: bool) -> None:
    """Have the ledger compute the winner."""
    node = cli.synced_node
    finish(cli, node.tickets.award(*_named(node, machine, preventive)), wait)


@command.command()
@click.argument("machine")
@preventive_option
@wait_option
@pass_cli
def release(cli: CliContext, machine: str, preventive: bool, wait: bool) -> None:
    """Give a ticket back, or take it from an assignee that is late."""
    node = cli.synced_node
    finish(cli, node.tickets.release(*_named(node, machine, preventive)), wait)


@command.command()
@click.argument("machine")
@preventive_option
@click.option("--report", type=document, required=True, help="What was done.")
@wait_option
@pass_cli
def complete(cli: CliContext, machine: str, preventive: bool, report: Path, wait: bool) -> None:
    """Report that the work is done."""
    node = cli.synced_node
    machine_id, kind = _named(node, machine, preventive)
    content = node.documents.publish("report", content_of(report), node.machines.readers(machine_id), machine_id)
    finish(cli, node.tickets.complete(machine_id, kind, content), wait)


@command.command()
@click.argument("machine")
@preventive_option
@click.option("--reason", type=document, required=True, help="What is missing.")
@wait_option
@pass_cli
def reopen(cli: CliContext, machine: str, preventive: bool, reason: Path, wait: bool) -> None:
    """Send completed work back."""
    node = cli.synced_node
    machine_id, kind = _named(node, machine, preventive)
    content = node.documents.publish("reason", content_of(reason), node.tickets.readers(machine_id), machine_id)
    finish(cli, node.tickets.reopen(machine_id, kind, content), wait)


@command.command()
@click.argument("machine")
@preventive_option
@click.option("--rating", type=click.IntRange(0, 5), default=0, help="1 worst to 5 best, 0 for none.")
@wait_option
@pass_cli
def close(cli: CliContext, machine: str, preventive: bool, rating: int, wait: bool) -> None:
    """Accept completed work."""
    node = cli.synced_node
    finish(cli, node.tickets.close(*_named(node, machine, preventive), rating), wait)


@command.command()
@click.argument("machine")
@preventive_option
@wait_option
@pass_cli
def cancel(cli: CliContext, machine: str, preventive: bool, wait: bool) -> None:
    """Cancel an open ticket."""
    node = cli.synced_node
    finish(cli, node.tickets.cancel(*_named(node, machine, preventive)), wait)
