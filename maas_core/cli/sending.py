"""What all commands that write share: they wait for the end with a line of progress, or return at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from maas_core.cli.base import CliContext
from maas_core.cli.views import moment

if TYPE_CHECKING:
    from maas_core.ledgerio.submission import Submission

F = TypeVar("F", bound=Callable[..., Any])

wait_option = click.option(
    "--wait/--no-wait", default=True, help="Wait until it is final, or return at once with the submission's id."
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a command."""

    action: str
    state: str
    submission: str
    block: int | None
    cost: int | None
    made: Mapping[str, str]
    """What the command created or named, e.g. {"machine": id}."""


def finish(cli: CliContext, submission: "Submission", wait: bool, **made: str) -> None:
    """Wait for a submission if asked, and show what became of it."""
    if wait:
        submission = _waited(cli, submission)
    cli.show(sent(submission, made))


def _waited(cli: CliContext, submission: "Submission") -> "Submission":
    from rich.console import Console  # noqa: PLC0415 - takes longer to import than most commands run

    console = Console(stderr=True, quiet=cli.json)
    with console.status("stored, to be sent") as status:
        return cli.node.submissions.wait(submission, lambda now: status.update(_progress(now)))


def _progress(submission: "Submission") -> str:
    where = (
        "" if submission.block is None else f" in block {submission.block.height} of {moment(submission.block.time)}"
    )
    return f"{submission.state}{where}{': ' + submission.reason if submission.reason else ''}"


def sent(submission: "Submission", made: Mapping[str, str] | None = None) -> Sent:
    """A submission as the command line shows it."""
    from maas_core.protocol.wire import command_name  # noqa: PLC0415 - brings the protocol with it

    return Sent(
        action=command_name(type(submission.command)),
        state=submission.state.value,
        submission=submission.id.hex(),
        block=None if submission.block is None else submission.block.height,
        cost=submission.cost,
        made=made or {},
    )
