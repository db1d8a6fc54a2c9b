"""Files about an invoice: its statement for people, and the proof that it is false."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.cli.bills import verdict_view
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.node import Node


@click.command(cls=Command)
@click.argument("invoice")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file.")
@pass_cli
def evidence(cli: CliContext, invoice: str, output: Path) -> None:
    """Write a self-contained proof that an invoice's statement is false.

    It holds documents and readings in the clear: whoever gets the file reads them.
    """
    node = cli.synced_node
    made, verdict = node.billing.evidence(node.aliases.resolve("invoice", invoice))
    _write(output, made.dumps())
    view = verdict_view(verdict, "from this node's ledger")
    if cli.json:
        cli.show(view)
    else:
        cli.say(f"{output}: {'proven' if view.proven else 'not proven by itself'}: {view.text}")


def write_statement(node: "Node", invoice: bytes, html: Path | None, pdf: Path | None) -> None:
    """Write an invoice's statement as a page or a PDF. Raises `UsageError`, `PluginError` if a library is missing."""
    if html is None and pdf is None:
        return
    statement, slices = node.billing.paper(invoice)
    heading = f"Invoice {invoice.hex()}"
    if html is not None:
        from maas_core.billing.page import page  # noqa: PLC0415 - only when a page is made

        _write(html, page(statement, slices, heading=heading).encode())
    if pdf is not None:
        from maas_core.billing.pdf import pdf_of  # noqa: PLC0415 - only when a PDF is made

        _write(pdf, pdf_of(statement, slices, heading=heading))


def _write(file: Path, content: bytes) -> None:
    from maas_core.objects.atomic_file import write_whole  # noqa: PLC0415 - only when a file is written

    folder = file.absolute().parent
    try:
        write_whole(folder, folder / file.name, content, durable=True)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None


COMMANDS = (evidence,)
