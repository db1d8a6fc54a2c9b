"""`maasctl demo`: a whole consortium with real industrial data on any ledger and storage."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, pass_cli

if TYPE_CHECKING:
    from maas_core.demo.run import Outcome

a_file = click.Path(path_type=Path, dir_okay=False)
a_folder = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--ledger", default="local", show_default=True, help="Which ledger; `maasctl plugins` lists them.")
@click.option("--storage", default="local", show_default=True, help="Which storage.")
@click.option("-c", "--config", type=a_file, help="TOML with tables for the nodes, for networks that run already.")
@click.option("--short", is_flag=True, help="Bill three months instead of twelve, for slow ledgers.")
@click.option("--examples", type=a_folder, help="The project's folder examples; found by itself in a checkout.")
@click.option("--folder", type=a_folder, help="Keep the nodes in this new folder; else they are deleted.")
@click.option("--report", type=a_file, default=Path("maas-demo.html"), show_default=True, help="The HTML report.")
@click.option("--json", "result", type=a_file, help="Write the figures here.")
@pass_cli
def command(
    cli: CliContext, ledger: str, storage: str, config: Path | None, short: bool, examples: Path | None,
    folder: Path | None, report: Path, result: Path | None,
) -> None:  # fmt: skip
    """Run a consortium of six through a year of use, failure, repair and billing.

    Ledgers and storages that need servers are started as devnets and ended afterwards. Tables of --config count for all
    nodes, those under [participants.NAME] for one of board, oem, customer, maintainer-1, maintainer-2, auditor.
    """
    from maas_core.demo.network import Choice  # noqa: PLC0415 - brings numpy and the store with it
    from maas_core.demo.run import Options, run  # noqa: PLC0415

    options = Options(Choice(ledger, storage, config), short, examples, folder, report, result)
    outcome = run(options, cli.plugins, lambda line: click.echo(line, err=True))
    _show(cli, outcome, report)


def _show(cli: CliContext, outcome: "Outcome", report: Path) -> None:
    from maas_core.demo.report import money  # noqa: PLC0415 - as above

    rows = [
        asdict(bill) | {"claimed": money(bill.claimed), "amount": money(bill.amount)} for bill in outcome.story.bills
    ]
    cli.show(rows, f"Invoices, {outcome.currency}")
    cli.show(outcome.summary.figures(), "Summary")
    cli.say(f"report: {report}")
