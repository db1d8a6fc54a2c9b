"""`maasctl node`: run a node, and see how it does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.views import moment

if TYPE_CHECKING:
    from maas_core.node import Node


@click.group(cls=Group)
def command() -> None:
    """Run this node, and see how it does."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a node does."""

    name: str
    ledger: str
    storages: list[str]
    checkpoint: int | None
    """The last final block."""
    checkpoint_time: str
    provisional_blocks: int
    unfinished: dict[str, int]
    """Submissions on their way, by state."""
    quarantined: int
    halted: str
    machines: int


@command.command()
@pass_cli
def status(cli: CliContext) -> None:
    """Show what the node knows, from its database alone."""
    cli.show(_status(cli.node))


def _status(node: "Node") -> Status:
    from collections import Counter  # noqa: PLC0415 - only here

    chain, _ = node.journal.chain()
    point = chain.checkpoint
    return Status(
        name=node.config.node.name,
        ledger=node.config.ledger.backend.name,
        storages=list(node.config.storages),
        checkpoint=None if point is None else point.height,
        checkpoint_time="" if point is None else moment(point.time),
        provisional_blocks=sum(1 for entry in chain.unfinal if entry.events),
        unfinished=dict(Counter(one.state.value for one in node.submissions.unfinished())),
        quarantined=len(node.records.aside()),
        halted="" if chain.halt is None else f"{chain.halt.reason} (block {chain.halt.block.height})",
        machines=node.records.count("machine"),
    )


@command.command()
@pass_cli
def run(cli: CliContext) -> None:
    """Send what is to be sent and follow the ledger, until Ctrl-C or SIGTERM."""
    import signal  # noqa: PLC0415 - only here
    from threading import Event  # noqa: PLC0415

    from maas_core.node.copier import copying  # noqa: PLC0415

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    node = cli.node
    with node.writer() as writer, copying(node.config):
        cli.say(f"{node.config.node.name} follows {node.config.ledger.backend.name}; Ctrl-C ends it")
        writer.run(stop)


@command.command()
@pass_cli
def migrate(cli: CliContext) -> None:
    """Bring the database to this version, or make it."""
    from maas_core.node.node import database_url  # noqa: PLC0415 - brings the store with it
    from maas_core.store.database import Database  # noqa: PLC0415

    database = Database(database_url(cli.config.database))
    cli.resources.callback(database.close)
    database.migrate()
    cli.say("the database is of this version")


@command.command()
@pass_cli
def sync(cli: CliContext) -> None:
    """Catch up with the ledger and send what is to be sent, then end."""
    progress = cli.node.sync()
    cli.show({"running elsewhere": True} if progress is None else progress)
