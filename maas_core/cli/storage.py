"""`maasctl storage`: the node's storages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.exits import exit_code
from maas_core.errors import IntegrityError, UnavailableError

if TYPE_CHECKING:
    from maas_core.node.storage_audit import Report

MOST_SHOWN = 20
"""Findings that are printed; a report file has all."""

deep_option = click.option(
    "--deep", is_flag=True, help="Fetch all bytes and check them, rather than ask what is there."
)
report_option = click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write all findings to a file, as JSON."
)


@click.group(cls=Group)
def command() -> None:
    """The node's storages: audit, repair, copy and move objects."""


@command.command()
@pass_cli
def status(cli: CliContext) -> None:
    """Ask each storage whether it answers, and show what it can do."""
    states = cli.node.storages.status()
    cli.show(states, "Storages")
    due = cli.node.storages.copies.count()
    if due:
        cli.say(f"{due} objects are still to be copied from the first storage to the others")


@command.command()
@deep_option
@report_option
@pass_cli
def audit(cli: CliContext, deep: bool, report: Path | None) -> int:
    """Look whether every object that the ledger names is in every storage.

    Exit code 30 if an object is in none of them, 21 if a storage did not answer.
    """
    node = cli.synced_node
    with _progress(cli, "audit") as progress:
        found = node.storages.audit(progress, deep=deep)
    return _told(cli, found, report)


@command.command()
@deep_option
@report_option
@pass_cli
def repair(cli: CliContext, deep: bool, report: Path | None) -> int:
    """Bring good copies to every storage and every place that lacks one; what is left is told as by `audit`."""
    node = cli.synced_node
    with _progress(cli, "repair") as progress:
        found = node.storages.repair(progress, deep=deep)
    return _told(cli, found, report)


@command.command()
@pass_cli
def replicate(cli: CliContext) -> int:
    """Make the copies that are due under the write policy `background`."""
    with _progress(cli, "replicate") as progress:
        moved = cli.node.storages.replicate(progress)
    cli.show(moved, "Copies")
    return exit_code(UnavailableError()) if moved.failed else 0


@command.command()
@click.argument("source")
@click.argument("target")
@click.option("--release", is_flag=True, help="Let the source go of each object that the target gives back whole.")
@pass_cli
def migrate(cli: CliContext, source: str, target: str, release: bool) -> int:
    """Copy all objects that the ledger names from one storage to another. Anchors stay as they are.

    Interrupted, it goes on where it was. Afterwards make SOURCE `read_only`, or take it out of the config.
    """
    node = cli.synced_node
    with _progress(cli, "migrate") as progress:
        moved = node.storages.migrate(source, target, progress, release=release)
    cli.show(moved, "Moved")
    return exit_code(UnavailableError()) if moved.failed else 0


@command.command()
@click.option("--older", default=24, show_default=True, help="Hours without progress.", type=click.IntRange(min=1))
@click.option("--list", "look_only", is_flag=True, help="Only tell what would be taken away.")
@pass_cli
def clean(cli: CliContext, older: int, look_only: bool) -> int:
    """Take away what uploads of this node left that were begun and never ended.

    Nothing is touched that the ledger, a batch's manifest or a document names.
    """
    node = cli.synced_node
    with _progress(cli, "clean") as progress:
        done = node.uploads.clean(older * 3600, progress, look_only=look_only)
    cli.show(done, "Would be taken away" if look_only else "Taken away")
    return exit_code(UnavailableError()) if done.failed else 0


def _told(cli: CliContext, found: "Report", file: Path | None) -> int:
    from maas_core.cli.output import as_json  # noqa: PLC0415 - only here
    from maas_core.objects.atomic_file import write_whole  # noqa: PLC0415

    if file is not None:
        write_whole(file.absolute().parent, file.absolute(), as_json(_whole(found)).encode(), durable=False)
    if cli.json:
        cli.show(_whole(found))
    else:
        _print(cli, found)
    unknown = any(look.condition.value == "unknown" for one in found.findings for look in one.looks)
    if found.lost:
        return exit_code(IntegrityError())
    return exit_code(UnavailableError()) if unknown or found.failed else 0


def _whole(found: "Report") -> dict[str, Any]:
    from maas_core.cli.output import plain  # noqa: PLC0415 - only here

    return {**plain(found), "lost": found.lost}


def _print(cli: CliContext, found: "Report") -> None:
    rows = [{"storage": name, **counts} for name, counts in found.by_storage.items()]
    kinds = sorted({kind for counts in found.by_storage.values() for kind in counts})
    cli.show([{"storage": row["storage"], **{kind: row.get(kind, 0) for kind in kinds}} for row in rows], "Objects")
    shown = [
        {"object": one.digest.hex()[:16], "of": one.what, **{look.storage: look.condition.value for look in one.looks}}
        for one in found.findings[:MOST_SHOWN]
    ]
    if shown:
        cli.show(shown, "Not whole everywhere")
    if len(found.findings) > MOST_SHOWN:
        cli.say(f"and {len(found.findings) - MOST_SHOWN} more; --report FILE writes them all")
    for line in found.failed[:MOST_SHOWN]:
        cli.say(f"not copied: {line}")
    for line in found.closed[:MOST_SHOWN]:
        cli.say(f"not looked into: {line}")
    cli.say(f"{found.objects} objects, {found.repaired} copies made, {found.lost} lost")


@contextmanager
def _progress(cli: CliContext, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere. How many objects there are is known only in the end."""
    from rich.console import Console  # noqa: PLC0415 - takes longer to import than most commands run
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if cli.json or not console.is_terminal:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed} objects"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done: bar.update(task, completed=done)
