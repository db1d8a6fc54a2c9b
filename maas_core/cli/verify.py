"""`maasctl verify`: compare what the node believes with what the ledger says."""

import click

from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.errors import IntegrityError


@click.command(cls=Command)
@pass_cli
def command(cli: CliContext) -> None:
    """Rebuild the records from the ledger and compare them with the database."""
    from maas_core.node.verification import verify  # noqa: PLC0415 - brings the store with it

    report = verify(cli.node)
    cli.show(report)
    if report.different:
        raise IntegrityError(
            f"{len(report.different)} records differ from what the ledger says, the first is {report.different[0]}"
        )
