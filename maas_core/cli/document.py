"""`maasctl document`: what the digests on the ledger stand for."""

from dataclasses import dataclass
from pathlib import Path

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.views import digest
from maas_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as its digest, its key and its author's signature show it."""

    digest: str
    kind: str
    author: int
    signing_key: str
    size: int
    content: str


@click.group(cls=Group)
def command() -> None:
    """Sealed documents: terms, specifications, reports and the like."""


@command.command("list")
@pass_cli
def list_documents(cli: CliContext) -> None:
    """List the documents that this node published."""
    rows = [{"digest": one.hex(), "kind": kind} for one, kind in cli.node.documents.published()]
    cli.show(rows, "Documents")


@command.command()
@click.argument("kind")
@click.argument("name", metavar="DIGEST")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the content to a file.")
@pass_cli
def show(cli: CliContext, kind: str, name: str, output: Path | None) -> None:
    """Fetch, decrypt and check a document of a KIND (terms, spec, work ...), and show it."""
    opened = cli.synced_node.documents.opened(digest(name), kind)
    if output is not None:
        try:
            output.write_bytes(opened.content)
        except OSError as error:
            raise UsageError(f"{output}: cannot be written: {error.strerror}") from None
    content = opened.content.decode("utf-8", "replace")
    key = f"{opened.author_scheme} {opened.author_key.hex()}"
    cli.show(DocumentView(name, kind, opened.author_party, key, len(opened.content), content))
