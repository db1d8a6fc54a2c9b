"""`maasctl devnet`: real networks on this machine, for development, tests and benchmarks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, get_type_hints

import click

from maas_core.cli.base import CliContext, Command, Group, pass_cli
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.ports.devnet import Devnet, DevnetAccess, DevnetBackend

MEMORY = "devnet.json"
"""In a devnet's folder: which devnet it is, and with what options it was started."""
ROOT = Path("devnet")


@click.group(cls=Group)
def command() -> None:
    """Real ledgers and storages on this machine, each started by one command."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a participant's node needs to join."""

    participant: str
    tables: Path
    """A TOML file with tables for its config."""


class UpGroup(Group):
    """A command for each devnet, with the fields of its settings as options."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All devnets that are installed."""
        return list(ctx.ensure_object(CliContext).plugins.devnets.names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them. Raises `PluginError` with the known ones for another name."""
        return up_command(ctx.ensure_object(CliContext).plugins.devnets.get(cmd_name))


@command.group(cls=UpGroup)
def up() -> None:
    """Start a network, and say how nodes join it. Up already: only say how."""


def up_command(backend: "DevnetBackend") -> click.Command:
    """`maasctl devnet up NAME` for one devnet."""

    @pass_cli
    def run(cli: CliContext, /, folder: Path | None, **options: Any) -> None:
        _up(cli, backend, (folder or ROOT / backend.name).absolute(), options)

    place = click.Option(
        ["--folder"], type=click.Path(path_type=Path, file_okay=False), help=f"Where it lives; {ROOT / backend.name}."
    )
    params: list[click.Parameter] = [place, *_options(backend.settings)]
    return Command(backend.name, callback=run, params=params, help=f"{backend.summary}.")


def _up(cli: CliContext, backend: "DevnetBackend", folder: Path, options: Mapping[str, Any]) -> None:
    from maas_core.cli.output import plain  # noqa: PLC0415 - only here

    given = {name: value for name, value in options.items() if value is not None}
    known = _remembered(folder)
    if known is None:
        settings = _settings(backend, given)
        _remember(folder, backend.name, plain(asdict(settings)))
    else:
        settings = _settings(backend, known["settings"])
        _require_same(folder, backend, known, plain(asdict(_settings(backend, known["settings"] | plain(given)))))
    accesses = backend.open(settings, folder).up(cli.say)
    written = [_write(folder, access) for access in accesses]
    if cli.json:
        cli.show({"folder": folder, "nodes": accesses})
        return
    cli.show(written, "Nodes")
    cli.say(f"# {written[0].tables}\n{written[0].tables.read_text('utf-8').rstrip()}")


def _write(folder: Path, access: "DevnetAccess") -> Written:
    from maas_core.config.writing import as_toml  # noqa: PLC0415 - only here

    name = access.participant or "node"
    file = folder / "nodes" / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(as_toml(access.config, {}), "utf-8")
    return Written(name, file)


@command.command()
@click.argument("name", required=False)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where it lives; devnet/NAME.")
@pass_cli
def status(cli: CliContext, name: str | None, folder: Path | None) -> None:
    """Ask a network's processes how they are."""
    cli.show(_find(cli, name, folder).status())


@command.command()
@click.argument("name", required=False)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where it lives; devnet/NAME.")
@click.option("--remove", is_flag=True, help="Delete its folder too: chain, keys and logs.")
@pass_cli
def down(cli: CliContext, name: str | None, folder: Path | None, remove: bool) -> None:
    """End a network's processes; what it stored stays, and `up` goes on from there."""
    place = _place(name, folder)
    devnet = _find(cli, name, folder)
    devnet.down()
    if remove:
        rmtree(place)
    cli.say(f"{place} is down" + (" and removed" if remove else ""))


@command.command("list")
@pass_cli
def list_devnets(cli: CliContext) -> None:
    """List the networks that can be started, and those of this folder."""
    rows = [{"name": one.name, "summary": one.summary, "folder": "", "state": ""} for one in cli.plugins.devnets.all()]
    for place in sorted(file.parent for file in ROOT.glob(f"*/{MEMORY}")):
        state = _find(cli, None, place).status().state
        rows.append({"name": _known(place)["devnet"], "summary": "", "folder": str(place), "state": str(state)})
    cli.show(rows, "Devnets")


def _find(cli: CliContext, name: str | None, folder: Path | None) -> "Devnet":
    place = _place(name, folder)
    known = _known(place)
    if name is not None and known["devnet"] != name:
        raise UsageError(f"{place} holds devnet {known['devnet']!r}, not {name!r}")
    backend = cli.plugins.devnets.get(known["devnet"])
    return backend.open(_settings(backend, known["settings"]), place)


def _place(name: str | None, folder: Path | None) -> Path:
    if folder is None and name is None:
        raise UsageError("name a devnet or its --folder; `maasctl devnet list` shows both")
    return (folder or ROOT / str(name)).absolute()


def _known(place: Path) -> dict[str, Any]:
    known = _remembered(place)
    if known is None:
        raise UsageError(f"{place} holds no devnet; `maasctl devnet list` shows those of this folder")
    return known


def _remembered(folder: Path) -> dict[str, Any] | None:
    try:
        content = json.loads((folder / MEMORY).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder / MEMORY} cannot be read ({error}): remove the folder, or name another") from None
    if not isinstance(content, dict) or content.keys() != {"devnet", "settings"}:
        raise UsageError(f"{folder / MEMORY} is not what `maasctl devnet up` writes: name another folder")
    return content


def _remember(folder: Path, name: str, settings: Mapping[str, Any]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MEMORY).write_text(json.dumps({"devnet": name, "settings": settings}, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from None


def _require_same(folder: Path, backend: "DevnetBackend", known: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if known["devnet"] != backend.name:
        raise UsageError(f"{folder} holds devnet {known['devnet']!r}: name another folder by --folder")
    others = [name for name, value in wanted.items() if known["settings"].get(name) != value]
    if others:
        told = ", ".join(f"{name} = {known['settings'].get(name)}" for name in others)
        raise UsageError(f"{folder} was made with {told}: leave the option out, or name another folder by --folder")


def _settings(backend: "DevnetBackend", values: Mapping[str, Any]) -> Any:
    """The settings dataclass from options or from what was remembered. Raises `UsageError`."""
    from maas_core.config.problems import Problems  # noqa: PLC0415 - brings the config with it
    from maas_core.config.reading import FAILED, Reader  # noqa: PLC0415

    problems = Problems("options")
    given = {name: value for name, value in values.items() if value is not None}
    plain_values = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    settings = Reader(Path.cwd(), {}, problems).table(backend.settings, plain_values, ())
    if settings is FAILED:
        raise UsageError("; ".join(problems.lines))
    return settings


def _options(settings: type[Any]) -> Iterator[click.Option]:
    """An option for each field; what is not given stays None and so the field's default."""
    hints = get_type_hints(settings)
    for one in fields(settings):
        yield _option(one, hints[one.name])


def _option(one: Field[Any], hint: Any) -> click.Option:
    """A field as an option; a bool's metadata may name the option for False by "off", e.g. "--funded"."""
    from maas_core.config.reading import without_none  # noqa: PLC0415 - brings the config with it

    flag = f"--{one.name.replace('_', '-')}"
    name = one.name
    text = f"{one.metadata.get('help', one.name)}; {_default(one)}."
    if without_none(hint) is bool:
        off = one.metadata.get("off", f"--no-{flag.removeprefix('--')}")
        return click.Option([f"{flag}/{off}", name], default=None, help=text)
    return click.Option([flag, name], type=_type(without_none(hint)), default=None, help=text)


def _default(one: Field[Any]) -> str:
    if one.default is MISSING:
        return "needed" if one.default_factory is MISSING else "empty by default"
    return "found by itself if left out" if one.default is None else f"{one.default} if left out"


def _type(hint: Any) -> Any:
    from maas_core.config.reading import PLAIN, accepted  # noqa: PLC0415 - brings the config with it

    kinds: dict[Any, Any] = {Path: click.Path(path_type=Path), **{kind: kind for kind in PLAIN}}
    if hint in kinds:
        return kinds[hint]
    choices = [one.strip().strip('"') for one in accepted(hint, {}).removeprefix("one of ").split(",")]
    return click.Choice(choices)
