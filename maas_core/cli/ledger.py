"""`maasctl ledger`: the ledger as this node sees it, and the way out of trouble."""

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.sending import sent
from maas_core.cli.views import history_view
from maas_core.errors import IntegrityError, UsageError


@click.group(cls=Group)
def command() -> None:
    """The ledger, this node's submissions, and ways out of trouble."""


@command.command()
@pass_cli
def status(cli: CliContext) -> None:
    """Ask the ledger for its newest block and say how far this node is."""
    from maas_core.ports.clock import Deadline  # noqa: PLC0415 - brings the protocol with it

    node = cli.node
    deadline = Deadline.after(node.clock, node.config.submission.call_seconds)
    chain, _ = node.journal.chain()
    cli.show(
        {
            "head": node.ledger.finality.head(deadline),
            "final by the ledger's own word": node.ledger.finality.final_height(deadline),
            "final here": chain.checkpoint,
            "halted": chain.halt,
        }
    )


@command.command()
@pass_cli
def verify(cli: CliContext) -> None:
    """Replay a ledger that only orders: hash chain, signatures, and every rule of the protocol."""
    from maas_core.ledgerio.log_check import check_log  # noqa: PLC0415 - brings the protocol with it
    from maas_core.ledgerio.ordered import OrderedLedger  # noqa: PLC0415

    node = cli.node
    workflow = node.ledger.workflow
    if not isinstance(workflow, OrderedLedger):
        raise UsageError(f"{workflow.profile.name} checks its own rules; `maasctl verify` compares this node with it")
    report = check_log(workflow.log, node.clock)
    cli.show(report)
    if report.fault is not None:
        raise IntegrityError(f"the ledger is not what its members signed: {report.fault}")


@command.command()
@pass_cli
def submissions(cli: CliContext) -> None:
    """List what is on its way."""
    columns = ("submission", "action", "state", "block")
    cli.show([sent(one) for one in cli.node.submissions.unfinished()], "Submissions", columns)


@command.command()
@click.argument("submission")
@pass_cli
def submission(cli: CliContext, submission: str) -> None:
    """Show a submission with all its attempts."""
    cli.show(cli.node.submissions.find(_id(submission)))


@command.command()
@click.argument("submission")
@pass_cli
def retract(cli: CliContext, submission: str) -> None:
    """Take back a submission of which nothing was signed yet."""
    cli.show(sent(cli.node.submissions.retract(_id(submission))))


def _id(text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 16:
        raise UsageError(f"{text!r} is no submission id; accepted: 32 hexadecimal digits")
    return value


@command.command()
@click.option("--from", "height", type=click.IntRange(0), required=True, help="The first block to take back.")
@click.option("--note", required=True, help="Why; kept for the audit.")
@pass_cli
def resolve(cli: CliContext, height: int, note: str) -> None:
    """Take back everything final from a block on, after the ledger contradicted it, and follow the chain as it is."""
    from maas_core.ledgerio.sql.repair import resolve as resolve_halt  # noqa: PLC0415 - brings the store with it

    node = cli.node
    cli.show(resolve_halt(node.database, height, node.clock.now(), note))


@command.command()
@click.option("--retry", is_flag=True, help="Try to fold them again.")
@pass_cli
def quarantine(cli: CliContext, retry: bool) -> None:
    """List final events that could not be folded."""
    node = cli.node
    if retry:
        from maas_core.ledgerio.sql.repair import retry_quarantine  # noqa: PLC0415 - as above

        folded, waiting = retry_quarantine(node.database)
        cli.say(f"{folded} folded, {waiting} still wait")
    cli.show([{"reason": one.aside, "event": history_view(one)} for one in node.records.aside()], "Quarantine")
