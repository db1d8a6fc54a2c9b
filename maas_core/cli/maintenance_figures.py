"""What came of maintenance: the maintainers' record, downtime, bids and bills; commands of `maasctl maintenance`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.cli.views import moment, seconds

if TYPE_CHECKING:
    from maas_core.protocol.states import TicketKind

preventive_option = click.option("--preventive", is_flag=True, help="The preventive ticket, not the reactive one.")


def kind_of(preventive: bool) -> "TicketKind":
    """The kind of ticket that `--preventive` means."""
    from maas_core.protocol.states import TicketKind  # noqa: PLC0415 - brings the protocol with it

    return TicketKind.PREVENTIVE if preventive else TicketKind.REACTIVE


@dataclass(frozen=True, slots=True)
class PerformanceView:
    """One maintainer's record; times are medians in seconds."""

    maintainer: int
    assigned: int
    awarded: int
    completed: int
    closed: int
    response: int
    resolution: int
    rating: str
    sent_back: int
    given_back: int
    repeat_failures: int
    unrevealed_bids: int
    missed_deadlines: int
    lost_rulings: int


@click.command(cls=Command)
@click.option("--machine", default="", help="On one machine only.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, help="Within how many days a failure is a repeat.")
@pass_cli
def performance(cli: CliContext, machine: str, days: int) -> None:
    """Show the maintainers' record, from the ledger's final events alone."""
    node = cli.synced_node
    machine_id = node.aliases.resolve("machine", machine) if machine else None
    found = node.maintenance.performance(days, machine_id)
    if cli.json:
        cli.show(found)
        return
    rows = [
        PerformanceView(
            maintainer=one.maintainer,
            assigned=one.assigned,
            awarded=one.awarded,
            completed=one.completed,
            closed=one.closed,
            response=one.response.median,
            resolution=one.resolution.median,
            rating=f"{one.rating_hundredths // 100}.{one.rating_hundredths % 100:02d}" if one.rated else "",
            sent_back=one.sent_back,
            given_back=one.given_back,
            repeat_failures=one.repeat_failures,
            unrevealed_bids=one.unrevealed_bids,
            missed_deadlines=one.missed_deadlines,
            lost_rulings=one.lost_rulings,
        )
        for one in found
    ]
    cli.show(rows, "Maintainers")


@click.command(cls=Command)
@click.argument("machine")
@preventive_option
@pass_cli
def preview(cli: CliContext, machine: str, preventive: bool) -> None:
    """Show how the bids on a ticket would fare if it were awarded now."""
    node = cli.synced_node
    machine_id = node.aliases.resolve("machine", machine)
    cli.show(node.maintenance.preview(machine_id, kind_of(preventive)), "Bids, the best first")


@dataclass(frozen=True, slots=True)
class DowntimeView:
    """A time in which a machine stood still."""

    time_from: str
    time_to: str
    seconds: int
    cause: str
    attribution: str
    ticket: str
    ongoing: bool


@click.command(cls=Command)
@click.argument("machine")
@click.option("--from", "time_from", default="0", help="From when (ISO 8601, UTC), by business time.")
@click.option("--to", "time_to", default="", help="To when; now if left out.")
@pass_cli
def downtime(cli: CliContext, machine: str, time_from: str, time_to: str) -> None:
    """List when a machine stood still, why, and whose matter it was."""
    node = cli.synced_node
    end = seconds(time_to) if time_to else node.clock.now()
    found = node.maintenance.downtime(node.aliases.resolve("machine", machine), seconds(time_from), end)
    cli.show([_downtime_view(one) for one in found], "Downtime")


def _downtime_view(one: Any) -> DowntimeView:
    return DowntimeView(
        time_from=moment(one.time_from),
        time_to=moment(one.time_to),
        seconds=one.time_to - one.time_from,
        cause=one.cause.name,
        attribution=one.attribution.value,
        ticket="" if one.ticket is None else f"{one.ticket[0].name.lower()} {one.ticket[1]}",
        ongoing=one.ongoing,
    )


@click.command(cls=Command)
@click.argument("machine")
@click.argument("ticket", type=click.IntRange(1))
@preventive_option
@click.option("--repeat", is_flag=True, help="For the repeat failure after it, by the payer to the maintainer.")
@click.option("--issue", is_flag=True, help="Issue the invoice; otherwise it is only shown.")
@pass_cli
def bill(cli: CliContext, machine: str, ticket: int, preventive: bool, repeat: bool, issue: bool) -> None:
    """Show or issue the bill for a closed ticket, by the terms that its work document names."""
    from maas_core.node.maintenance.bills import REPEAT, TICKET  # noqa: PLC0415 - brings the model with it

    node = cli.synced_node
    key = (node.aliases.resolve("machine", machine), kind_of(preventive), ticket)
    subject = REPEAT if repeat else TICKET
    if issue:
        from maas_core.cli.sending import finish  # noqa: PLC0415 - only here

        action = node.maintenance.bills.issue(key, subject)
        node.maintenance.actions.pump()
        invoice = node.maintenance.bills.invoice_id(key, subject).hex()
        finish(cli, node.submissions.find(action.submission), wait=True, invoice=invoice)
        node.maintenance.actions.pump()
        return
    found = node.maintenance.bills.bill(key, subject)
    deployment = node.parties.deployment().record.deployment
    cli.show({"owed": 0} if found is None else found.document(deployment), "Bill")


@click.command(cls=Command)
@click.argument("invoice")
@pass_cli
def check(cli: CliContext, invoice: str) -> None:
    """Recompute a service invoice from the ledger and the ticket's work document."""
    node = cli.synced_node
    found = node.maintenance.check(node.aliases.resolve("invoice", invoice))
    cli.show(
        {
            "invoice": found.invoice.hex(),
            "ok": found.ok,
            "amount": found.amount,
            "ours": found.ours,
            "currency": found.currency,
            "why": found.why,
        }
    )
