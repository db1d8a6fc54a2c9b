"""The node with the core: a participant's engine over its database, as a node runs it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from secrets import token_bytes
from threading import Event
from typing import Any

from maas_core.bench.operations import Change, Outcome, Request, Stage
from maas_core.bench.target import RunClock
from maas_core.bench.worker import Inbox, Notes
from maas_core.ledgerio.chain import height_of
from maas_core.ledgerio.engine import Engine
from maas_core.ledgerio.journal import Changes, Loaded, NewSubmission
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.node.node import Node
from maas_core.node.writer import IDLE_SECONDS
from maas_core.ports.backends import OpenLedger
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key

STATES = {
    SubmissionState.SENT: (Stage.SENT, Outcome.OK),
    SubmissionState.INCLUDED: (Stage.INCLUDED, Outcome.OK),
    SubmissionState.FINAL: (Stage.ENDED, Outcome.OK),
    SubmissionState.REJECTED: (Stage.ENDED, Outcome.REJECTED),
    SubmissionState.RETRACTED: (Stage.ENDED, Outcome.FAILED),
    SubmissionState.EXPIRED: (Stage.ENDED, Outcome.FAILED),
}


UNDONE = frozenset({SubmissionState.INTENDED, SubmissionState.SIGNED, SubmissionState.SENT})
"""Where a submission is after its block left the chain."""


class ObservedJournal:
    """A node's journal that tells of every state of a submission the moment it is stored."""

    def __init__(self, journal: SqlJournal, told: Callable[[Submission], None]) -> None:
        self._journal = journal
        self._told = told

    def load(self) -> Loaded:
        """As the journal."""
        return self._journal.load()

    def submit(self, new: Sequence[NewSubmission]) -> list[Submission]:
        """As the journal."""
        return self._journal.submit(new)

    def since(self, seq: int) -> Sequence[Submission]:
        """As the journal."""
        return self._journal.since(seq)

    def read(self, key: Key) -> Any:
        """As the journal."""
        return self._journal.read(key)

    def commit(self, changes: Changes) -> None:
        """As the journal; then tell."""
        self._journal.commit(changes)
        for one in changes.submissions:
            self._told(one)


class CoreWorker:
    """One participant's node."""

    has_core = True

    def __init__(
        self,
        open_node: Callable[[], Node],
        notes: Notes,
        clock: RunClock,
        place: Callable[[OpenLedger], OpenLedger],
        *,
        to_final: bool = True,
    ) -> None:
        """`place` puts the ledger as far away as the participant is. Not `to_final`: in a block is the end."""
        self.inbox = Inbox()
        self.ready = Event()
        self.stop = Event()
        self._open_node = open_node
        self._place = place
        self._notes = notes
        self._clock = clock
        self._numbers: dict[bytes, int] = {}
        self._included: set[int] = set()
        """Those of which was told that they are in a block."""
        self._held: list[Request] = []
        self._away: float | None = None
        self._to_final = to_final

    def restart(self, seconds: float) -> None:
        """End the node without warning, and open it again after a while."""
        self._away = seconds

    def run(self) -> None:
        """Run the node until told to stop; after a restart it goes on from its journal."""
        while not self.stop.is_set():
            with self._open_node() as node:
                self._run(node)
            if self._away is not None:
                self.stop.wait(self._away)
                self._away = None

    def _run(self, node: Node) -> None:
        with WriterLease(node.database) as lease:
            journal = ObservedJournal(SqlJournal(node.database, lease.epoch), self._told)
            engine = Engine(self._place(node.ledger), journal, node.config.finality, node.clock, node.engine_settings)
            while not self.ready.is_set() and engine.step().moved:
                pass
            self.ready.set()
            while not self.stop.is_set() and self._away is None:
                took = self._take(engine, node.clock.now())
                if not (engine.step().moved or took):
                    self.inbox.wait(IDLE_SECONDS)

    def _take(self, engine: Engine, now: int) -> int:
        self._held += self.inbox.take()
        if not self._held:
            return 0
        seen = max(height_of(engine.chain.tip), 0)
        new = []
        for request in self._held:
            if request.sees <= seen and isinstance(request.work, Command):
                name = token_bytes(16)
                self._numbers[name] = request.number
                new.append(NewSubmission(name, request.work, now))
        self._held = [one for one in self._held if one.sees > seen]
        if new:
            engine.submit(new)
        return len(new)

    def _told(self, submission: Submission) -> None:
        number = self._numbers.get(submission.id)
        if number is None:
            return
        if submission.state is SubmissionState.INCLUDED:
            self._included.add(number)
        elif number in self._included and submission.state in UNDONE:
            self._included.remove(number)
            self._notes.add(Change(number, Stage.UNDONE, self._clock.now()))
        if submission.state not in STATES:
            return
        stage, outcome = STATES[submission.state]
        if submission.state is SubmissionState.INCLUDED and submission.rejection is not None:
            outcome = Outcome.REJECTED
        final = submission.state is SubmissionState.FINAL
        reason = submission.rejection.code.name if submission.rejection is not None else submission.reason
        change = Change(
            number, stage, self._clock.now(), outcome, final, height_of(submission.block), submission.cost, reason
        )
        self._notes.add(change)
        if stage is Stage.INCLUDED and not self._to_final:
            self._notes.add(replace(change, stage=Stage.ENDED))
