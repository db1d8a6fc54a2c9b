"""`maasctl payments-file`: what an operator says about payments by file and by hand."""

from typing import TYPE_CHECKING, Any

import click
from maas_payments_file.settings import BankSettings, ManualSettings

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_payments_file.book import Book


@click.group("payments-file", cls=Group)
def command() -> None:
    """Payments by bank file or by hand: confirm, fail, collect, list."""


def _settings(cli: CliContext) -> Any:
    section = cli.config.payments
    if section is None or not isinstance(section.settings, (BankSettings, ManualSettings)):
        raise UsageError('the config has no [payments] with backend = "pain001" or "manual"')
    return section.settings


def _book(cli: CliContext) -> "Book":
    from maas_payments_file.book import Book  # noqa: PLC0415 - the help imports this module, and nothing heavy
    from maas_payments_file.paying import Places  # noqa: PLC0415

    return Book(Places(cli.config.directory / _settings(cli).directory).orders)


def _invoice(cli: CliContext, invoice: str) -> bytes:
    return cli.node.aliases.resolve("invoice", invoice)


@command.command("list")
@pass_cli
def list_payments(cli: CliContext) -> None:
    """All payments that were ordered or confirmed here."""
    entries = _book(cli).all()
    columns = ("invoice", "state", "attempt", "file", "reference")
    cli.show(entries, "Payments", columns)


@command.command()
@click.argument("invoice")
@click.option("--reference", required=True, help="How the payment is named outside, e.g. a line of a bank statement.")
@pass_cli
def confirm(cli: CliContext, invoice: str, reference: str) -> None:
    """Say that an invoice's money moved: as the payer that it was paid, as the payee that it came."""
    cli.show(_book(cli).confirm(_invoice(cli, invoice), reference))


@command.command()
@click.argument("invoice")
@click.option("--why", required=True, help="What the bank said.")
@pass_cli
def fail(cli: CliContext, invoice: str, why: str) -> None:
    """Say that an ordered payment did not and will not take place; it may be ordered again."""
    cli.show(_book(cli).fail(_invoice(cli, invoice), why))


@command.command()
@pass_cli
def collect(cli: CliContext) -> None:
    """Write all waiting transfers into one file for the bank (`files = "collected"`)."""
    from maas_payments_file.paying import open_bank  # noqa: PLC0415 - only when needed

    from maas_core.ports.backends import Context  # noqa: PLC0415
    from maas_core.ports.clock import SystemClock  # noqa: PLC0415

    settings = _settings(cli)
    if not isinstance(settings, BankSettings):
        raise UsageError('only backend = "pain001" writes files')
    bank = open_bank(settings, Context(SystemClock(), None, cli.config.directory))
    written = []
    while (done := bank.collect())[1]:
        written.append({"file": done[0], "transfers": done[1]})
    cli.show(written, "Files for the bank")
