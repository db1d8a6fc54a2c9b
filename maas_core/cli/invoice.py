"""`maasctl invoice`: claims for money."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli import invoice_papers
from maas_core.cli.base import CliContext, Group, pass_cli, quiet_option
from maas_core.cli.documents import content_of, document
from maas_core.cli.sending import finish, wait_option
from maas_core.cli.views import history_view, invoice_view, seconds

if TYPE_CHECKING:
    from maas_core.node import Node
    from maas_core.node.invoices import Claim

new_file = click.Path(path_type=Path, dir_okay=False)
DAYS_TO_RESPOND = 14
DAY = 86_400


@click.group(cls=Group)
def command() -> None:
    """Invoices and what becomes of them."""


def _id(node: "Node", invoice: str) -> bytes:
    return node.aliases.resolve("invoice", invoice)


@command.command("list")
@quiet_option
@pass_cli
def list_invoices(cli: CliContext, quiet: bool) -> None:
    """List all invoices that this node knows."""
    node = cli.synced_node
    if quiet:
        cli.print_lines(seen.record.invoice.hex() for seen in node.invoices.all())
        return
    views = [invoice_view(seen, node.aliases.name_of("invoice", seen.record.invoice)) for seen in node.invoices.all()]
    columns = ("invoice", "alias", "kind", "state", "issuer", "payer", "amount", "currency", "window", "provisional")
    cli.show(views, "Invoices", columns)


@command.command()
@click.argument("invoice")
@click.option("--html", type=new_file, default=None, help="Also write its statement as a page.")
@click.option("--pdf", type=new_file, default=None, help="Also write its statement as a PDF.")
@pass_cli
def show(cli: CliContext, invoice: str, html: Path | None, pdf: Path | None) -> None:
    """Show an invoice."""
    node = cli.synced_node
    invoice_id = _id(node, invoice)
    invoice_papers.write_statement(node, invoice_id, html, pdf)
    cli.show(invoice_view(node.invoices.get(invoice_id), node.aliases.name_of("invoice", invoice_id)))


@command.command()
@click.argument("invoice")
@pass_cli
def history(cli: CliContext, invoice: str) -> None:
    """Show the final events of an invoice."""
    node = cli.synced_node
    cli.show([history_view(one) for one in node.invoices.history(_id(node, invoice))], "History")


def _claim(
    node: "Node", payer: int, amount: int, currency: int, statement: Path, respond_by: str, machine: bytes | None = None
) -> "Claim":
    from maas_core.node.invoices import Claim  # noqa: PLC0415 - brings the store with it

    until = seconds(respond_by) if respond_by else node.clock.now() + DAYS_TO_RESPOND * DAY
    content = node.documents.publish("statement", content_of(statement), _readers(node, payer), machine)
    return Claim(amount, currency, content, until)


def _readers(node: "Node", *sides: int) -> "set[int]":
    """Who reads the documents of an invoice: both sides and active auditors."""
    from maas_core.protocol.states import Role  # noqa: PLC0415 - brings the protocol with it

    return {*sides, *node.parties.active(Role.AUDITOR)}


def _published(node: "Node", invoice: bytes, **files: Path) -> list[bytes]:
    """Digests of documents, by their kinds, for both sides of an invoice and active auditors."""
    record = node.invoices.get(invoice).record
    readers = _readers(node, record.issuer, record.payer)
    return [node.documents.publish(kind, content_of(one), readers, record.machine) for kind, one in files.items()]


amount_option = click.option("--amount", type=click.IntRange(0), required=True, help="In minor units, e.g. cents.")
currency_option = click.option(
    "--currency", type=click.IntRange(1, 999), default=978, help="ISO 4217 number; 978: EUR."
)
statement_option = click.option("--statement", type=document, required=True, help="The statement document.")
respond_option = click.option("--respond-by", default="", help=f"ISO 8601, UTC; in {DAYS_TO_RESPOND} days if left out.")


@command.command()
@click.argument("machine")
@click.option("--from", "begin", required=True, help="Where the last invoice ended (ISO 8601, UTC).")
@click.option("--to", "end", required=True, help="Up to when, not included.")
@click.option("--anchors", type=click.IntRange(0), default=None, help="Up to which anchor; all if left out.")
@click.option("--final", is_flag=True, help="The last one, of a machine that is TERMINATING.")
@click.option("--payout", is_flag=True, help="With --final: the customer gets the amount.")
@amount_option
@currency_option
@statement_option
@respond_option
@wait_option
@pass_cli
def issue(
    cli: CliContext, machine: str, begin: str, end: str, anchors: int | None, final: bool, payout: bool, amount: int,
    currency: int, statement: Path, respond_by: str, wait: bool,
) -> None:  # fmt: skip
    """Bill a machine's time, as its OEM."""
    node = cli.synced_node
    machine_id = node.aliases.resolve("machine", machine)
    head = node.machines.heads(machine_id)[0]
    last = anchors if anchors is not None else 0 if head is None else head.seq
    payer = node.machines.get(machine_id).record.customer
    claim = _claim(node, payer, amount, currency, statement, respond_by, machine_id)
    window = (seconds(begin), seconds(end))
    invoice, submission = node.invoices.issue_period(machine_id, window, last + 1, claim, final=final, payout=payout)
    finish(cli, submission, wait, invoice=invoice.hex())


@command.command("issue-service")
@click.argument("payer", type=int)
@amount_option
@currency_option
@statement_option
@respond_option
@wait_option
@pass_cli
def issue_service(
    cli: CliContext, payer: int, amount: int, currency: int, statement: Path, respond_by: str, wait: bool
) -> None:
    """Bill a service to a party."""
    node = cli.synced_node
    invoice, submission = node.invoices.issue_service(
        payer, _claim(node, payer, amount, currency, statement, respond_by)
    )
    finish(cli, submission, wait, invoice=invoice.hex())


@command.command()
@click.argument("invoice")
@wait_option
@pass_cli
def accept(cli: CliContext, invoice: str, wait: bool) -> None:
    """Accept an invoice."""
    node = cli.synced_node
    finish(cli, node.invoices.accept(_id(node, invoice)), wait)


@command.command()
@click.argument("invoice")
@click.option("--claim", type=click.IntRange(0), required=True, help="The amount that is right, in minor units.")
@click.option("--slice", "first_slice", type=click.IntRange(0), required=True, help="The first differing time slice.")
@click.option("--statement", type=document, required=True, help="This party's own statement.")
@click.option("--evidence", type=document, required=True, help="What shows it.")
@wait_option
@pass_cli
def dispute(
    cli: CliContext, invoice: str, claim: int, first_slice: int, statement: Path, evidence: Path, wait: bool
) -> None:
    """Dispute an invoice."""
    node = cli.synced_node
    invoice_id = _id(node, invoice)
    own, shown = _published(node, invoice_id, statement=statement, evidence=evidence)
    finish(cli, node.invoices.dispute(invoice_id, claim, own, first_slice, shown), wait)


@command.command()
@click.argument("invoice")
@amount_option
@statement_option
@respond_option
@wait_option
@pass_cli
def revise(cli: CliContext, invoice: str, amount: int, statement: Path, respond_by: str, wait: bool) -> None:
    """Replace a disputed amount, as the issuer."""
    node = cli.synced_node
    until = seconds(respond_by) if respond_by else node.clock.now() + DAYS_TO_RESPOND * DAY
    invoice_id = _id(node, invoice)
    [content] = _published(node, invoice_id, statement=statement)
    finish(cli, node.invoices.revise(invoice_id, amount, content, until), wait)


@command.command()
@click.argument("invoice")
@amount_option
@click.option("--ruling", type=document, required=True, help="The ruling document.")
@wait_option
@pass_cli
def rule(cli: CliContext, invoice: str, amount: int, ruling: Path, wait: bool) -> None:
    """Decide a dispute, as an auditor."""
    node = cli.synced_node
    invoice_id = _id(node, invoice)
    [content] = _published(node, invoice_id, ruling=ruling)
    finish(cli, node.invoices.rule_on(invoice_id, amount, content), wait)


@command.command()
@click.argument("invoice")
@click.option("--payment", required=True, help="The payment's reference, e.g. a bank's transaction id.")
@wait_option
@pass_cli
def settle(cli: CliContext, invoice: str, payment: str, wait: bool) -> None:
    """Confirm that the money came."""
    node = cli.synced_node
    finish(cli, node.invoices.settle(_id(node, invoice), sha256(payment.encode()).digest()), wait)


for one in invoice_papers.COMMANDS:
    command.add_command(one)
