"""`maasctl ipfs`: check a daemon, make swarm keys, keep objects for others."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from maas_storage_ipfs.settings import Settings

storage_option = click.option("--storage", "name", default="", help="Which [storage.NAME], if several are IPFS.")


@click.group("ipfs", cls=Group)
def command() -> None:
    """Private IPFS swarms: check a daemon, make swarm keys, keep objects for others."""


@command.command("swarm-key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_cli
def swarm_key(cli: CliContext, file: Path) -> None:
    """Write a new swarm key to FILE, which must not exist: all daemons of a swarm have a copy of it."""
    from maas_storage_ipfs.devnet import new_swarm_key  # noqa: PLC0415 - only here

    try:
        file.touch(0o600, exist_ok=False)
    except OSError as error:
        raise UsageError(f"{file} cannot be made: {error.strerror}") from None
    file.write_text(new_swarm_key(), "ascii")
    cli.say(f"{file} is written; copy it to swarm.key in each daemon's repository, and keep it secret")


@command.command()
@storage_option
@pass_cli
def check(cli: CliContext, name: str) -> None:
    """Look whether the daemon is as a node needs it, and whether its peers and keepers answer."""
    from maas_storage_ipfs.probing import findings  # noqa: PLC0415 - brings the client with it

    cli.show(findings(_settings(cli, name), cli.node.signer), "Daemon")


@command.command()
@storage_option
@pass_cli
def keep(cli: CliContext, name: str) -> None:
    """Keep objects for the nodes that `keeping.allow` lists, until Ctrl-C or SIGTERM."""
    import signal  # noqa: PLC0415 - only here
    from threading import Event, Thread  # noqa: PLC0415

    from maas_storage_ipfs.keeper import Keeper, KeeperServer, kept_of  # noqa: PLC0415
    from maas_storage_ipfs.storage import open_kubo  # noqa: PLC0415

    from maas_core.ports.clock import SystemClock  # noqa: PLC0415

    settings = _settings(cli, name)
    if settings.keeping is None:
        raise UsageError("this storage keeps nothing for others: add a table `keeping` to its settings")
    kubo, kept = open_kubo(settings), kept_of(settings.keeping, cli.config.directory)
    try:
        server = KeeperServer(settings.keeping, Keeper(settings.keeping, kubo, kept, SystemClock()))
    except OSError as error:
        raise UnavailableError(f"{settings.keeping.listen} cannot be listened on: {error.strerror}") from None
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    thread = Thread(target=server.serve_forever)
    thread.start()
    cli.say(f"keeps objects at {settings.keeping.address} for {len(settings.keeping.allow)} nodes; Ctrl-C ends it")
    stop.wait()
    server.shutdown()
    thread.join()
    server.server_close()
    kubo.close()


@command.command()
@storage_option
@pass_cli
def kept(cli: CliContext, name: str) -> None:
    """Show how much is kept for whom."""
    from maas_storage_ipfs.keeper import MEBIBYTE, kept_of  # noqa: PLC0415 - only here

    settings = _settings(cli, name)
    if settings.keeping is None:
        raise UsageError("this storage keeps nothing for others: add a table `keeping` to its settings")
    memory = kept_of(settings.keeping, cli.config.directory)
    rows = [
        {"public_key": key, "bytes": memory.used(key), "quota": quota * MEBIBYTE}
        for key, quota in settings.keeping.allow.items()
    ]
    cli.show(rows, "Kept")


def _settings(cli: CliContext, name: str) -> "Settings":
    """The table that is meant. Raises `UsageError` unless it is clear which."""
    found = {key: one.settings for key, one in cli.config.storages.items() if one.backend.name == "ipfs"}
    if not name and len(found) == 1:
        return next(iter(found.values()))  # type: ignore[no-any-return]
    if name not in found:
        known = ", ".join(found) or "none"
        raise UsageError(f"say by --storage which daemon is meant; the config has of backend ipfs: {known}")
    return found[name]  # type: ignore[no-any-return]
