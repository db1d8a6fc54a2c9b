"""`maasctl bench`: one scenario on any ledger and storage, with figures that hold."""

import shlex
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from types import FrameType

    from maas_core.bench.results import Summary

MISSED = 3
INVALID = 4

a_file = click.Path(path_type=Path, dir_okay=False)
a_folder = click.Path(path_type=Path, file_okay=False)


@click.group(cls=Group)
def command() -> None:
    """Compare ledgers and storages by one scenario."""


@command.command("run")
@click.argument("scenario", type=a_file)
@click.option("--ledger", default="local", show_default=True, help="Ledgers, separated by commas.")
@click.option("--storage", default="local", show_default=True, help="Storages, separated by commas.")
@click.option(
    "--network",
    type=click.Choice(["devnet", "existing"]),
    default="devnet",
    show_default=True,
    help="Start devnets for what is not embedded, or use what --nodes names.",
)
@click.option("--nodes", type=a_file, help="TOML with tables for the participants' nodes, for --network existing.")
@click.option("--repetitions", type=click.IntRange(1), help="Instead of the scenario's.")
@click.option("--out", type=a_folder, required=True, help="A new folder for rows, figures and the report.")
@pass_cli
def run_scenario(
    cli: CliContext, scenario: Path, ledger: str, storage: str, network: str, nodes: Path | None,
    repetitions: int | None, out: Path,
) -> int:  # fmt: skip
    """Measure SCENARIO on every pairing of ledger and storage, and write the report.

    Exit code 3: a threshold was missed; 4: a run is invalid.
    """
    from maas_core.bench.run import Options, run  # noqa: PLC0415 - brings numpy and the store with it

    if (network == "existing") != (nodes is not None):
        raise UsageError("--network existing and --nodes FILE go together")
    told = "maasctl " + shlex.join(sys.argv[1:])
    options = Options(scenario, _names("--ledger", ledger), _names("--storage", storage), out, nodes, repetitions, told)
    with _terminable():
        run(options, cli.plugins, lambda line: click.echo(line, err=True))
    return _report(cli, out)


@command.command("regions")
@click.argument("scenario", type=a_file)
@click.option("--table", type=a_file, required=True, help="TOML: regions, what lies between them, who is where.")
@click.option("--ledger", default="eth", show_default=True, help="Ledgers with a devnet, separated by commas.")
@click.option("--storage", default="local", show_default=True, help="Storages, separated by commas; beside clients.")
@click.option("--repetitions", type=click.IntRange(1), help="Instead of the scenario's.")
@click.option("--out", type=a_folder, required=True, help="A new folder for rows, figures and the report.")
@pass_cli
def run_in_regions(
    cli: CliContext, scenario: Path, table: Path, ledger: str, storage: str, repetitions: int | None, out: Path
) -> int:
    """Measure SCENARIO with the ledger's processes and the participants in regions far from each other.

    Each region is a network namespace of this machine; packets between them are late, lost and limited as --table
    says. Needs root, Linux and iproute2. Exit codes as of `run`.
    """
    from maas_core.bench.run import Options, run  # noqa: PLC0415 - brings numpy and the store with it

    told = "maasctl " + shlex.join(sys.argv[1:])
    ledgers, storages = _names("--ledger", ledger), _names("--storage", storage)
    options = Options(scenario, ledgers, storages, out, None, repetitions, told, table)
    with _terminable():
        run(options, cli.plugins, lambda line: click.echo(line, err=True))
    return _report(cli, out)


@command.command("report")
@click.argument("folder", type=a_folder)
@pass_cli
def report_again(cli: CliContext, folder: Path) -> int:
    """Write report.html and summary.json anew from the rows in FOLDER. Exit codes as of `run`."""
    return _report(cli, folder)


@command.command("compare")
@click.argument("first", type=a_folder)
@click.argument("second", type=a_folder)
@pass_cli
def compare_runs(cli: CliContext, first: Path, second: Path) -> int:
    """Compare the same pairings in two folders, e.g. before and after a change. Exit code 4: a run is invalid."""
    from maas_core.bench.compare import compare  # noqa: PLC0415

    found = compare(first, second)
    cli.show(list(found.rows), f"{second} by {first}")
    for line in found.invalid:
        click.echo(f"invalid: {line}", err=True)
    return INVALID if found.invalid else 0


def _estimate(cli: CliContext, /, folders: tuple[Path, ...], **options: Any) -> None:
    from maas_core.bench.cost import Fleet, estimate, merged, slopes  # noqa: PLC0415
    from maas_core.bench.summary import summarise  # noqa: PLC0415

    measured = []
    for folder in folders:
        scenario, _, summary = summarise(folder)
        measured += slopes(scenario, summary)
    told = estimate(Fleet(**{name: value for name, value in options.items() if value is not None}), merged(measured))
    if cli.json:
        cli.show(told)
        return
    cli.show(list(told.bills), "A year")
    cli.say("It rests on:")
    for line in told.assumptions:
        cli.say(f"- {line}")


def _estimate_command() -> click.Command:
    from maas_core.bench.cost import Fleet  # noqa: PLC0415

    options: list[click.Parameter] = [click.Argument(["folders"], type=a_folder, nargs=-1, required=True)]
    for one in fields(Fleet):
        kind = click.IntRange(min=int(one.metadata["min"])) if one.type in (int, "int") else click.FloatRange(
            min=one.metadata["min"])  # fmt: skip
        flag = "--" + one.name.replace("_", "-")
        options.append(
            click.Option([flag, one.name], type=kind, help=f"{one.metadata['help']}  [default: {one.default:g}]")
        )
    text = "Estimate a fleet's year from what was measured in FOLDERS, and its growth to a million machines."
    return command.command_class("estimate", callback=pass_cli(_estimate), params=options, help=text)


def _report(cli: CliContext, folder: Path) -> int:
    from maas_core.bench.glance import capacity_lines, pairing_lines  # noqa: PLC0415
    from maas_core.bench.record import REPORT  # noqa: PLC0415
    from maas_core.bench.report import report  # noqa: PLC0415
    from maas_core.bench.words import answers  # noqa: PLC0415

    scenario, summary = report(folder)
    pairings, capacities = pairing_lines(scenario, summary), capacity_lines(summary)
    if cli.json:
        cli.show({"valid": summary.valid, "met": summary.met, "pairings": pairings, "capacities": capacities,
                  "answers": answers(summary), "report": folder / REPORT})  # fmt: skip
    else:
        cli.show(pairings, "Pairings")
        if capacities:
            cli.show(capacities, "Capacity of the ledgers")
    for line in (*answers(summary), *_troubles(summary), f"report: {folder / REPORT}"):
        cli.say(line)
    if not summary.valid:
        return INVALID
    return 0 if summary.met else MISSED


def _troubles(summary: "Summary") -> list[str]:
    lines = [f"INVALID {one.name}, {line}" for one in summary.pairings for line in one.invalid]
    return lines + [
        f"MISSED {one.pairing}: {one.operation} {one.figure}, accepted {one.accepted}"
        for one in summary.thresholds
        if not one.met
    ]


def _names(option: str, text: str) -> list[str]:
    names = [one.strip() for one in text.split(",") if one.strip()]
    if not names or len(set(names)) < len(names):
        raise UsageError(f"{option}: {text!r} is not accepted; accepted: names separated by commas, each once")
    return names


class _terminable:  # noqa: N801 - used like a function
    """SIGTERM ends networks as Ctrl-C does."""

    def __enter__(self) -> None:
        import signal  # noqa: PLC0415

        self._before = signal.signal(signal.SIGTERM, _interrupt)

    def __exit__(self, *_: object) -> None:
        import signal  # noqa: PLC0415

        signal.signal(signal.SIGTERM, self._before)


def _interrupt(_: int, __: "FrameType | None") -> NoReturn:
    raise KeyboardInterrupt


command.add_command(_estimate_command())
