"""`maasctl billing`: what machines' time costs, and what is made of others' claims."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.bills import audited_view, check_view, statement_view
from maas_core.cli.documents import document
from maas_core.cli.sending import finish, wait_option
from maas_core.cli.views import moment, seconds

if TYPE_CHECKING:
    from maas_core.node import Node

respond_option = click.option("--respond-by", default="", help="ISO 8601, UTC; the terms' number of days if left out.")


@click.group(cls=Group)
def command() -> None:
    """Bills for machines' time: make, check, answer, pay."""


def _machine(node: "Node", machine: str) -> bytes:
    return node.aliases.resolve("machine", machine)


def _invoice(node: "Node", invoice: str) -> bytes:
    return node.aliases.resolve("invoice", invoice)


@command.command()
@click.argument("machine")
@click.option("--terms", type=document, required=True, help="The terms to try.")
@click.option("--from", "begin", required=True, help="From when (ISO 8601, UTC).")
@click.option("--to", "end", required=True, help="Up to when, not included.")
@pass_cli
def quote(cli: CliContext, machine: str, terms: Path, begin: str, end: str) -> None:
    """Show what a recorded time would have cost under other terms."""
    from maas_core.billing.terms_file import canonical_terms, read_terms  # noqa: PLC0415 - brings the engine with it

    node = cli.synced_node
    agreed = read_terms(canonical_terms(terms.read_bytes()))
    result = node.billing.quote(_machine(node, machine), agreed, (seconds(begin), seconds(end)))
    _show(cli, result.statement)


@command.command()
@click.argument("machine")
@click.option("--to", "end", default="", help="Up to when; as far as telemetry is anchored if left out.")
@pass_cli
def running(cli: CliContext, machine: str, end: str) -> None:
    """Show what the time since the last bill comes to so far."""
    node = cli.synced_node
    _show(cli, node.billing.running(_machine(node, machine), seconds(end) if end else None).statement)


def _show(cli: CliContext, statement: Any) -> None:
    view = statement_view(statement)
    if cli.json:
        cli.show(view)
        return
    cli.show(view.lines, f"{view.title}, {view.window}")
    cli.show(view.service_levels, "Service levels")
    cli.say(f"To be billed: {view.amount} {view.currency}; carried on: {view.carried_on} {view.currency}")


@command.command()
@click.argument("machine")
@click.argument("to")
@click.option("--begin", default="", help="Of the first bill; the machine's first start if left out.")
@click.option("--final", is_flag=True, help="The last one, of a machine that is TERMINATING.")
@respond_option
@wait_option
@pass_cli
def issue(cli: CliContext, machine: str, to: str, begin: str, final: bool, respond_by: str, wait: bool) -> None:
    """Bill a machine's time up to TO (ISO 8601, UTC), as its OEM."""
    node = cli.synced_node
    sent = node.billing.issue(
        _machine(node, machine),
        seconds(to),
        begin=seconds(begin) if begin else None,
        final=final,
        respond_by=seconds(respond_by) if respond_by else None,
    )
    finish(cli, sent.submission, wait, invoice=sent.invoice.hex(), amount=str(sent.amount))


@command.command()
@click.argument("invoice")
@pass_cli
def check(cli: CliContext, invoice: str) -> None:
    """Recompute an invoice from ledger and storage, and tell the first difference."""
    node = cli.synced_node
    cli.show(check_view(node.billing.check(_invoice(node, invoice))))


@command.command()
@click.argument("invoice")
@wait_option
@pass_cli
def respond(cli: CliContext, invoice: str, wait: bool) -> None:
    """Accept an invoice that recomputes, else dispute it with evidence."""
    node = cli.synced_node
    sent = node.billing.respond(_invoice(node, invoice))
    difference = None if sent.check is None else sent.check.difference
    why = "" if difference is None else difference.text
    finish(cli, sent.submission, wait, invoice=sent.invoice.hex(), recomputed=str(sent.amount), difference=why)


@command.command()
@click.argument("invoice")
@wait_option
@pass_cli
def rule(cli: CliContext, invoice: str, wait: bool) -> None:
    """Decide a dispute by recomputing the invoice, as a neutral auditor."""
    node = cli.synced_node
    sent = node.billing.rule(_invoice(node, invoice))
    finish(cli, sent.submission, wait, invoice=sent.invoice.hex(), ruled=str(sent.amount))


@command.command()
@click.argument("invoice")
@respond_option
@wait_option
@pass_cli
def revise(cli: CliContext, invoice: str, respond_by: str, wait: bool) -> None:
    """Replace a disputed claim by what recomputing gives, as the issuer."""
    node = cli.synced_node
    sent = node.billing.revise(_invoice(node, invoice), seconds(respond_by) if respond_by else None)
    finish(cli, sent.submission, wait, invoice=sent.invoice.hex(), amount=str(sent.amount))


@command.command()
@click.argument("machine", nargs=-1)
@pass_cli
def audit(cli: CliContext, machine: tuple[str, ...]) -> None:
    """Recompute all bills of machines (all if none is named) from ledger and storage alone.

    Works with a fresh database. Exit code 1 if any amount that stands on the ledger is not what was recomputed.
    """
    node = cli.synced_node
    machines = [_machine(node, one) for one in machine] or [seen.record.machine for seen in node.machines.all()]
    rows = [audited_view(one, audited) for one in machines for audited in node.billing.audit(one)]
    columns = ("invoice", "kind", "state", "window", "claimed", "recomputed", "stands", "amount_right", "difference")
    cli.show(rows, "Bills", columns)
    if not all(row.amount_right for row in rows if row.state in ("ACCEPTED", "SETTLED")):
        raise click.exceptions.Exit(1)


@command.command()
@click.argument("invoice")
@click.option("--due", default="", help="When it is to be paid (ISO 8601, UTC).")
@pass_cli
def pay(cli: CliContext, invoice: str, due: str) -> None:
    """Order the payment of an accepted invoice, as the debtor; again it orders nothing."""
    node = cli.synced_node
    report = node.payments.order(_invoice(node, invoice), seconds(due) if due else None)
    cli.show({"state": report.state, "reference": report.reference.decode(errors="replace"), "detail": report.detail})


@command.command()
@click.argument("invoice")
@wait_option
@pass_cli
def settle(cli: CliContext, invoice: str, wait: bool) -> None:
    """Settle an accepted invoice if the bank or the operator says that it was paid, as the creditor."""
    node = cli.synced_node
    report, submission = node.payments.settle(_invoice(node, invoice))
    if submission is None:
        cli.show({"state": report.state, "reference": "", "detail": report.detail})
        return
    finish(cli, submission, wait, invoice=invoice, reference=report.reference.decode(errors="replace"))


@command.command()
@pass_cli
def run(cli: CliContext) -> None:
    """Answer, order payments and settle once, as the config's [billing] says."""
    node = cli.synced_node
    done = node.billing.step()
    node.sync()
    cli.show([{"time": moment(node.clock.now()), "done": one} for one in done], "Done")
