"""`maasctl maintenance`: the watchdog, the agents, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.maintenance_figures import (
    bill,
    check,
    downtime,
    kind_of,
    performance,
    preventive_option,
    preview,
)
from maas_core.cli.views import moment, seconds

if TYPE_CHECKING:
    from threading import Event

    from maas_core.node import Node

PAUSE = 2.0
"""Seconds between two looks of the agents at what this node knows."""


@click.group(cls=Group)
def command() -> None:
    """Watchdog, agents, performance and downtime."""


for one in (bill, check, downtime, performance, preview):
    command.add_command(one)


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm of a watchdog's rule."""

    machine: str
    rule: str
    since: str
    at: str
    value: int | None
    over: str
    outcome: str
    ticket: int | None


def _alarm_view(node: "Node", seen: Any) -> AlarmView:
    return AlarmView(
        machine=_machine(node, seen.machine),
        rule=seen.alarm.rule,
        since=moment(seen.alarm.since),
        at=moment(seen.alarm.at),
        value=seen.alarm.value,
        over="" if seen.alarm.over is None else moment(seen.alarm.over),
        outcome=seen.outcome,
        ticket=seen.n,
    )


def _machine(node: "Node", machine: bytes) -> str:
    return node.aliases.name_of("machine", machine) or machine.hex()


@command.command()
@pass_cli
def watch(cli: CliContext) -> None:
    """Evaluate the rules over the telemetry that has come since the last time.

    Shows the alarms that were raised or ended. Nothing is stopped; `maasctl maintenance run` does that.
    """
    node = cli.synced_node
    changed = [_alarm_view(node, seen) for seen in node.maintenance.watch()]
    blind = _blind(node)
    if cli.json:
        cli.show({"changed": changed, "not watched": blind})
        return
    cli.show(changed, "Alarms that changed")
    cli.print_lines(f"{machine} is not watched: {why}" for machine, why in blind.items())


def _blind(node: "Node") -> dict[str, str]:
    return {_machine(node, machine): why for machine, why in node.maintenance.watchdog.blind.items()}


@command.command()
@click.argument("machine")
@pass_cli
def alarms(cli: CliContext, machine: str) -> None:
    """List all alarms of a machine and what was made of them."""
    node = cli.synced_node
    machine_id = node.aliases.resolve("machine", machine)
    cli.show([_alarm_view(node, seen) for seen in node.maintenance.watchdog.alarms(machine_id)], "Alarms")


@command.command()
@click.option("--once", is_flag=True, help="End when there is nothing to do but wait.")
@pass_cli
def run(cli: CliContext, once: bool) -> None:
    """Run the agents, until Ctrl-C or SIGTERM.

    They watch telemetry, stop and restart machines, open, award and close tickets, accept, bid and bill: what the
    config's table [maintenance] allows, from final events only.
    """
    node = cli.synced_node
    if once:
        done = node.maintenance.catch_up()
        cli.show({"done": done, "left to others": node.maintenance.passed, "not watched": _blind(node)})
        return
    cli.say(f"{node.config.node.name} looks after maintenance; Ctrl-C ends it")
    _run_until(node, _stopped_by_signal(), cli.say)


def _stopped_by_signal() -> "Event":
    import signal  # noqa: PLC0415 - only here
    from threading import Event  # noqa: PLC0415

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _run_until(node: "Node", stop: "Event", say: Callable[[str], None]) -> None:
    from maas_core.errors import UnavailableError  # noqa: PLC0415 - only here

    before: list[str] = []
    while not stop.is_set():
        try:
            for line in node.maintenance.catch_up():
                say(line)
            standing = [f"{name} is left to others: {why}" for name, why in node.maintenance.passed.items()]
            standing += [f"{machine} is not watched: {why}" for machine, why in _blind(node).items()]
        except UnavailableError as error:
            standing = [f"waits: {error}"]
        for line in standing:
            if line not in before:
                say(line)
        before = standing
        stop.wait(PAUSE)


@dataclass(frozen=True, slots=True)
class JobView:
    """Work that can be done: the ticket is finally ours."""

    machine: str
    kind: str
    ticket: int
    decided_in_block: int | None
    decided: str


@command.command()
@pass_cli
def jobs(cli: CliContext) -> None:
    """List the work that this maintainer may do, each with the final block in which that was decided."""
    from maas_core.protocol.states import TicketKind  # noqa: PLC0415 - as above

    node = cli.synced_node
    rows = [
        JobView(
            machine=_machine(node, one.subject.machine),
            kind=TicketKind(one.subject.kind).name.lower(),
            ticket=one.subject.n,
            decided_in_block=None if one.block is None else one.block.height,
            decided="" if one.block is None else moment(one.block.time),
        )
        for one in node.maintenance.jobs()
    ]
    cli.show(rows, "Jobs")


@command.command()
@click.argument("machine")
@preventive_option
@click.option(
    "--attribution",
    type=click.Choice(["oem", "customer", "external", "unknown"]),
    default="unknown",
    help="Whose matter the downtime was; billing counts by it.",
)
@click.option("--done", required=True, help="What was done.")
@click.option("--finished-at", default="", help="When (ISO 8601, UTC); now if left out.")
@pass_cli
def complete(cli: CliContext, machine: str, preventive: bool, attribution: str, done: str, finished_at: str) -> None:
    """Report that the work on a ticket is done, with a report that billing can read."""
    from maas_core.maintenance.documents import Report  # noqa: PLC0415 - only here
    from maas_core.ports.downtime import Attribution  # noqa: PLC0415

    node = cli.synced_node
    at = seconds(finished_at) if finished_at else node.clock.now()
    report = Report(Attribution(attribution), done, at)
    action = node.maintenance.complete(node.aliases.resolve("machine", machine), kind_of(preventive), report)
    node.maintenance.actions.pump()
    submission = node.submissions.find(action.submission)
    from maas_core.cli.sending import finish  # noqa: PLC0415 - only here

    finish(cli, submission, wait=True)
    node.maintenance.actions.pump()


@dataclass(frozen=True, slots=True)
class ActionView:
    """A decision of an agent."""

    key: str
    state: str
    attempt: int
    reason: str
    exhausted: bool


@command.command()
@click.option("--all", "everything", is_flag=True, help="Also what is done.")
@click.option("--retry", default="", metavar="KEY", help="Let a refused decision be made again at once.")
@pass_cli
def actions(cli: CliContext, everything: bool, retry: str) -> None:
    """List what agents decided and what became of it: what is on its way or was refused."""
    node = cli.synced_node
    if retry:
        node.maintenance.actions.give_another_chance(retry)
    kept = node.maintenance.actions
    found = kept.all() if everything else kept.unfinished()
    rows = [ActionView(one.key, one.state.value, one.attempt, one.reason, one.exhausted) for one in found]
    cli.show(rows, "Actions")
