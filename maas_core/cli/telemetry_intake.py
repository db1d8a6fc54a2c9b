"""`maasctl telemetry` preview, import, status, dropped and gaps: readings on their way in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.cli.views import moment, seconds
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.node import Node
    from maas_core.telemetry.book import Import

PREVIEW = 1_000_000
SIGNAL_COLUMNS = (
    "machine", "signal", "unit", "decimals", "states", "readings", "repeated", "not_good", "first", "last", "lowest",
    "highest", "interval", "gaps", "missing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import for people."""

    number: int
    source: str
    state: str
    updated: str
    done: str
    kept: int
    late: int
    duplicates: int
    quarantined: int
    dropped: int


@dataclass(frozen=True, slots=True)
class StandingView:
    """A machine's telemetry for people."""

    machine: str
    alias: str
    kept: int
    duplicates: int
    quarantined: int
    dropped: int
    pending: int
    pending_from: str
    pending_to: str
    late: int
    batched_to: str


@dataclass(frozen=True, slots=True)
class RefusedView:
    """Input that did not become a reading, for people."""

    kind: str
    place: str
    reason: str
    readings: int
    machine: str


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap for people."""

    signal: str
    gap_from: str
    gap_to: str
    missing: int


@click.command(cls=Command)
@click.argument("source", required=False, default="")
@click.option("--rows", type=click.IntRange(0, 1000), default=10, show_default=True, help="First readings to show.")
@click.option("--most", type=click.IntRange(1), default=PREVIEW, show_default=True, help="Readings to look at.")
@pass_cli
def preview(cli: CliContext, source: str, rows: int, most: int) -> None:
    """Show what a source would bring, and store nothing.

    SOURCE is a table [telemetry.SOURCE] of the config; it may be left out if there is only one. Tells the settings as
    understood, signals with units, first readings, gaps, and what would be dropped and why.
    """
    from maas_core.node.readings import look_at  # noqa: PLC0415 - brings the store with it

    name = _source(cli, source)
    section = cli.config.telemetry[name]
    seen = look_at(cli.config, name, rows, most)
    if cli.json:
        cli.show({"source": name, "settings": section.settings, "preview": seen})
        return
    cli.show(section.settings, f"Source {name}: {section.backend.name}")
    cli.show(seen.signals, "Signals", SIGNAL_COLUMNS)
    if seen.unused:
        cli.say(f"No readings of: {', '.join(seen.unused)}")
    cli.show(seen.first, "First readings")
    cli.show([_gap_view(one) for one in seen.gaps], "First gaps")
    cli.show(seen.reasons, "Would be dropped")
    whole = "all of it" if seen.complete else "its beginning; --most reads on"
    cli.say(f"{seen.readings} readings, {seen.dropped} values dropped ({whole}). Nothing was stored.")


@click.command("import", cls=Command)
@click.argument("source", nargs=-1)
@click.option("--again", is_flag=True, help="Begin at the source's beginning; what is there already is a duplicate.")
@click.option(
    "--seconds", type=click.FloatRange(0), default=5.0, show_default=True, help="How long to wait for a live source."
)
@pass_cli
def import_readings(cli: CliContext, source: tuple[str, ...], again: bool, seconds: float) -> None:
    """Take in readings from sources of the config, all of them if none is named.

    Goes on where the last import stopped, also after an interruption. Lists what was not taken in: `maasctl telemetry
    dropped`.
    """
    node = cli.synced_node
    names = source or tuple(cli.config.telemetry)
    if not names:
        raise UsageError(f"{cli.config.file} has no table [telemetry.NAME]")
    done: list[ImportView] = []
    for name in names:
        with _bar(cli, name) as progress:
            done.append(_import_view(node.readings.take(name, again=again, progress=progress, seconds=seconds)))
    cli.show(done, "Imports")


@click.command(cls=Command)
@pass_cli
def status(cli: CliContext) -> None:
    """Show how the telemetry of each machine stands here, and all imports."""
    node = cli.synced_node
    standing = [_standing(node, one) for one in node.readings.machines()]
    imports = [_import_view(one) for one in node.readings.imports()]
    if cli.json:
        cli.show({"machines": standing, "imports": imports})
        return
    cli.show(standing, "Machines")
    cli.show(imports, "Imports")


@click.command(cls=Command)
@click.option("--import", "number", type=int, default=None, help="Only of the import of this number.")
@click.option("--machine", default="", help="Only of this machine.")
@click.option("--most", type=click.IntRange(1), default=1000, show_default=True, help="How many to list.")
@pass_cli
def dropped(cli: CliContext, number: int | None, machine: str, most: int) -> None:
    """List input that did not become readings, and why."""
    node = cli.node
    machine_id = node.aliases.resolve("machine", machine) if machine else None
    found = node.readings.refused(number, most, machine_id)
    views = [
        RefusedView(
            "quarantined" if one.quarantined else "dropped",
            one.place,
            one.reason,
            one.readings,
            "" if one.machine is None else _named(node, one.machine),
        )
        for one in found
    ]
    cli.show(views, "Not taken in")


@click.command(cls=Command)
@click.argument("machine")
@click.option(
    "--from", "time_from", default="", help="Begin of a window (ISO 8601, UTC); silence at its ends counts too."
)
@click.option("--to", "time_to", default="", help="End of the window.")
@click.option("--interval", type=click.IntRange(1), default=None, help="Seconds between readings, if not as declared.")
@pass_cli
def gaps(cli: CliContext, machine: str, time_from: str, time_to: str, interval: int | None) -> None:
    """List the times at which a machine's readings are missing."""
    if bool(time_from) != bool(time_to):
        raise UsageError("a window has both --from and --to")
    node = cli.node
    window = (seconds(time_from), seconds(time_to)) if time_from else None
    found = node.readings.gaps(node.aliases.resolve("machine", machine), window, interval or 0)
    cli.show([_gap_view(one) for one in found], "Gaps")


def _source(cli: CliContext, name: str) -> str:
    known = tuple(cli.config.telemetry)
    if name in known:
        return name
    if not name and len(known) == 1:
        return known[0]
    told = f"there is no source {name!r}" if name else "name a source"
    raise UsageError(f"{told}; {cli.config.file} has: {', '.join(known) or 'no table [telemetry.NAME]'}")


@contextmanager
def _bar(cli: CliContext, name: str) -> "Iterator[Callable[[Import], None] | None]":
    """A progress bar on a terminal, and nothing elsewhere."""
    from rich.console import Console  # noqa: PLC0415 - takes longer to import than most commands run
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if cli.json or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[kept]} readings"), console=console, transient=True) as bar:
        task = bar.add_task(name, total=None, kept=0)

        def tell(one: "Import") -> None:
            bar.update(task, completed=one.done, total=one.total or None, kept=one.counts.kept)

        yield tell


def _import_view(one: "Import") -> ImportView:
    counts = one.counts
    share = f"{100 * one.done // one.total} %" if one.total else ""
    state = "finished" if one.finished else "unfinished"
    numbers = (counts.kept, counts.late, counts.duplicates, counts.quarantined, counts.dropped)
    return ImportView(one.id, one.source, state, moment(one.updated), share, *numbers)


def _standing(node: "Node", machine: bytes) -> StandingView:
    one = node.readings.standing(machine)
    return StandingView(
        machine=machine.hex(),
        alias=node.aliases.name_of("machine", machine),
        kept=one.counts.kept,
        duplicates=one.counts.duplicates,
        quarantined=one.counts.quarantined,
        dropped=one.counts.dropped,
        pending=one.pending,
        pending_from=moment(one.pending_from),
        pending_to=moment(one.pending_to),
        late=one.late,
        batched_to=moment(one.batched_to),
    )


def _named(node: "Node", machine: bytes) -> str:
    return node.aliases.name_of("machine", machine) or machine.hex()


def _gap_view(one: Any) -> GapView:
    return GapView(one.signal, moment(one.time_from), moment(one.time_to), one.missing)


COMMANDS: tuple[click.Command, ...] = (preview, import_readings, status, dropped, gaps)
