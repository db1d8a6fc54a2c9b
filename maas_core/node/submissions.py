"""Sending commands and waiting for what becomes of them."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from maas_core.errors import BusyError, CommandRejectedError, HaltedError, NotFinalError, UsageError
from maas_core.ledgerio.engine import Progress
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.sql.journal import SqlJournal, retract
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.node.advice import advice_for
from maas_core.node.writer import IDLE_SECONDS, Writer
from maas_core.ports.clock import Deadline
from maas_core.protocol.commands import Command
from maas_core.protocol.wire import command_name

if TYPE_CHECKING:
    from maas_core.node.node import Node

OnChange = Callable[[Submission], None]


class Submissions:
    """The node's outbox."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._writer: Writer | None = None

    def send(self, command: Command, submission_id: bytes | None = None) -> Submission:
        """Store a command to be sent; from then on it is not lost. Sending the same id again changes nothing."""
        return self.send_all([command], None if submission_id is None else [submission_id])[0]

    def send_all(self, commands: Sequence[Command], ids: Sequence[bytes] | None = None) -> list[Submission]:
        """Store commands to be sent in this order."""
        _ = self._node.identity
        self._refuse_if_halted()
        now = self._node.clock.now()
        give_up = self._node.config.submission.give_up_seconds
        not_after = None if give_up is None else now + give_up
        ids = ids or [secrets.token_bytes(16) for _ in commands]
        new = [NewSubmission(one, command, now, not_after) for one, command in zip(ids, commands, strict=True)]
        return self._journal.submit(new)

    @property
    def _journal(self) -> SqlJournal:
        return self._node.journal

    def _refuse_if_halted(self) -> None:
        halt = self._journal.chain()[0].halt
        if halt is not None:
            raise HaltedError(f"{halt.reason} (block {halt.block.height}); see `maasctl ledger resolve`")

    def find(self, submission_id: bytes) -> Submission:
        """A submission by its id. Raises `UsageError`."""
        found = self._journal.find(submission_id)
        if found is None:
            raise UsageError(f"there is no submission {submission_id.hex()}")
        return found

    def unfinished(self) -> tuple[Submission, ...]:
        """All that are on their way, in their order."""
        return self._journal.load().submissions

    def retract(self, submission_id: bytes) -> Submission:
        """Take back a submission of which nothing was signed yet.

        Raises `BusyError` while another process sends, and `UsageError` if it is too late.
        """
        self.close()
        with WriterLease(self._node.database):
            if not retract(self._node.database, self.find(submission_id).id):
                raise UsageError(f"submission {submission_id.hex()} is signed or finished: it cannot be taken back")
        return self.find(submission_id)

    def wait(self, submission: Submission, on_change: OnChange | None = None) -> Submission:
        """Wait until a submission is final, sending it from here unless another process does.

        Raises `CommandRejectedError` with advice, or `NotFinalError` after the time limit of its finality policy.
        """
        action = command_name(type(submission.command))
        limit = self._node.config.finality.of(action).time_limit
        deadline = Deadline.after(self._node.clock, limit)
        seen = told = submission
        while not seen.finished:
            progress = self._step()
            self._refuse_if_halted()
            seen = self.find(submission.id)
            now = _with_trouble(seen, progress)
            if now != told and on_change is not None:
                on_change(now)
            told = now
            if deadline.passed():
                raise NotFinalError(
                    f"{action} is {seen.state} after {limit:.0f} s; it goes on: "
                    f"`maasctl ledger submission {seen.id.hex()}` tells how"
                )
            if not (progress and progress.moved) and not seen.finished:
                time.sleep(IDLE_SECONDS)
        return _accepted(seen, action)

    def catch_up(self) -> Progress | None:
        """Step until there is nothing to do but wait; None if another process does that."""
        writer = self._own_writer()
        return None if writer is None else writer.catch_up()

    def _step(self) -> Progress | None:
        writer = self._own_writer()
        return None if writer is None else writer.step()

    def _own_writer(self) -> Writer | None:
        if self._writer is None:
            try:
                self._writer = self._node.writer()
            except BusyError:
                return None
        return self._writer

    def close(self) -> None:
        """Let another process send."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _with_trouble(submission: Submission, progress: Progress | None) -> Submission:
    """The submission as its owner is told of it: with what keeps the ledger from answering, if nothing else is said."""
    if progress is None or not progress.trouble or submission.reason or submission.finished:
        return submission
    return replace(submission, reason=progress.trouble)


def _accepted(submission: Submission, action: str) -> Submission:
    if submission.state == SubmissionState.FINAL:
        return submission
    if submission.rejection is None:
        raise CommandRejectedError(f"{action} is {submission.state}: {submission.reason or 'no reason was given'}")
    rejection = submission.rejection
    probable = " (probably)" if submission.probable else ""
    item = f", item {rejection.item}" if rejection.item else ""
    raise CommandRejectedError(f"{action}: {rejection.code.name}{probable}{item}. {advice_for(rejection.code)}")
