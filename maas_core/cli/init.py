"""`maasctl init`: the folder of a new node, or of two that share one embedded ledger and storage."""

from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import click

from maas_core.cli.base import DEFAULT_CONFIG, CliContext, Command, pass_cli
from maas_core.errors import UsageError
from maas_core.plugins import Catalogue

COMMENTS = {
    "node": "All keys: `maasctl config reference`. A variable MAAS_SECTION__KEY overrides a key.",
    "party": "The party that this node acts for, as other parties shall read it.",
    "signer": "The party's key. Whoever has it can act for the party: keep a copy in a safe place.",
    "ledger": "Nodes of one consortium name the same ledger.",
    "storage.main": "Encrypted telemetry and documents.",
    "database": "What this node knows; can be built again from ledger and storage.",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The backends of a new node."""

    signer: Any
    ledger: Any
    storage: Any


@dataclass(frozen=True, slots=True)
class NewNode:
    """What was written."""

    name: str
    config: Path
    public_key: bytes


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--pair", is_flag=True, help="Two nodes in FOLDER, oem (also the board) and customer, on one ledger.")
@click.option("--name", default="", help="The party's name; the folder's if left out.")
@click.option("--ledger", default="", help="Which embedded ledger, if there are several.")
@click.option("--storage", default="", help="Which embedded storage, if there are several.")
@click.option("--signer", default="", help="Which kind of key, if several can be made here.")
@pass_cli
def command(cli: CliContext, folder: Path, pair: bool, name: str, ledger: str, storage: str, signer: str) -> None:
    """Write a new node's folder: config, key and database.

    Existing files are never replaced.
    """
    if pair and name:
        raise UsageError("--name is for a single node; the two of --pair are called oem and customer")
    chosen = Chosen(
        _choose(cli.plugins.signers, signer, "--signer"),
        _choose(cli.plugins.ledgers, ledger, "--ledger"),
        _choose(cli.plugins.storages, storage, "--storage"),
    )
    if pair:
        places = {role: folder / role for role in ("oem", "customer")}
        written = _write_nodes(cli, places, Path("..") / "shared", chosen)
        (folder / "shared").mkdir(exist_ok=True)
    else:
        written = _write_nodes(cli, {name or folder.absolute().name: folder}, Path("data"), chosen)
        (folder / "data").mkdir(exist_ok=True)
    cli.show(written, "New nodes" if pair else "New node")


def _choose(catalogue: Catalogue[Any], wanted: str, option: str) -> Any:
    """The backend that was named, else the only one that needs no server. Raises `UsageError` or `PluginError`."""
    fit = {one.name: one for one in catalogue.all() if one.embedded is not None}
    if wanted:
        backend = catalogue.get(wanted)
        if backend.name not in fit:
            raise UsageError(f"{option}: {wanted!r} needs a server of its own; write the config by hand")
        return backend
    if len(fit) == 1:
        return next(iter(fit.values()))
    if not fit:
        raise UsageError(f"{option}: no {catalogue.kind} is installed that needs no server")
    raise UsageError(f"{option}: there are several, choose one: {', '.join(fit)}")


def _write_nodes(cli: CliContext, places: dict[str, Path], shared: Path, chosen: Chosen) -> list[NewNode]:
    """All of the nodes or, if anything fails, none: each is made in a draft folder and moved when all are complete."""
    drafts: dict[str, Path] = {}
    written: list[NewNode] = []
    try:
        for name, folder in places.items():
            folder.mkdir(parents=True, exist_ok=True)
            drafts[name] = Path(mkdtemp(prefix=".new-", dir=folder))
            key = _write_node(cli, drafts[name], _tables(name, shared, chosen))
            written.append(NewNode(name, folder / DEFAULT_CONFIG, key))
        moves = {file: places[name] / file.name for name, draft in drafts.items() for file in draft.iterdir()}
        for taken in filter(Path.exists, moves.values()):
            raise UsageError(f"{taken}: exists; nothing was written")
        for file, place in moves.items():
            file.rename(place)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from None
    finally:
        for draft in drafts.values():
            rmtree(draft, ignore_errors=True)
    return written


def _write_node(cli: CliContext, folder: Path, tables: dict[str, Any]) -> bytes:
    """Config, key and database; returns the key's public half."""
    from maas_core.config import load_config  # noqa: PLC0415 - brings the model with it
    from maas_core.config.writing import as_toml  # noqa: PLC0415
    from maas_core.node.setup import make_node  # noqa: PLC0415

    file = folder / DEFAULT_CONFIG
    file.write_text(as_toml(tables, COMMENTS), encoding="utf-8")
    return make_node(load_config(file, cli.plugins, {}))


def _tables(name: str, shared: Path, chosen: Chosen) -> dict[str, Any]:
    return {
        "node": {"name": name},
        "party": {"name": name},
        "signer": {"backend": chosen.signer.name, "settings": chosen.signer.embedded(Path())},
        "ledger": {"backend": chosen.ledger.name, "settings": chosen.ledger.embedded(shared)},
        "storage": {"main": {"backend": chosen.storage.name, "settings": chosen.storage.embedded(shared)}},
        "database": {"url": "sqlite:///node.db"},
    }
