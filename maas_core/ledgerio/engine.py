"""The engine of one node: takes submissions to their end and the chain's events into the records, step by step.

Each phase asks the ledger, decides by pure functions, stores the decision in one transaction, and only then remembers
it. A crash between any two lines is repaired by loading from the journal: what was not stored is asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maas_core.errors import HaltedError
from maas_core.ledgerio import outbox
from maas_core.ledgerio.chain import HeightFor, advanced, foldable, follow, height_of, ripe_submissions
from maas_core.ledgerio.costs import with_costs
from maas_core.ledgerio.finality import final_heights
from maas_core.ledgerio.journal import ChainState, Changes, Folded, Journal, NewSubmission
from maas_core.ledgerio.policy import FinalityPolicies
from maas_core.ledgerio.preparing import Preparing
from maas_core.ledgerio.projection import CachedReader, Folding
from maas_core.ledgerio.queue import Queue
from maas_core.ledgerio.submission import Submission
from maas_core.ledgerio.tracking import tracked
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.workflow import (
    BlockRef,
    Broadcast,
    EventBlock,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Sequencing,
    TellsCosts,
    Unavailable,
)
from maas_core.protocol.model.overlay import Overlay
from maas_core.protocol.model.state import DEPLOYMENT

SOME_COSTS, BLOCK_COSTS = 32, 2_000
"""Costs that one step asks for: one by one, or of a block at once."""
FIRST_LOOK = 8
"""How many receipts are asked for first where transactions are included in an order; then twice as many, and so on."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How eager the engine is."""

    batch: int = 256
    """Submissions that one phase takes on."""
    call_seconds: float = 5.0
    """The deadline of one call to the ledger."""
    resend_seconds: float = 3.0
    """How long an attempt that the ledger does not know is given before it is sent again."""
    page_events: int = 2_000
    """Events that one look at the ledger asks for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step did."""

    moved: int
    """Submissions and blocks that changed; 0 means there is nothing to do but wait."""
    unfinished: int
    trouble: str = ""
    """Why the ledger could not be asked, if it could not."""


class Engine:
    """One writer for one signing key. Not thread-safe: whoever runs it calls `step` from one thread."""

    def __init__(
        self,
        ledger: OpenLedger,
        journal: Journal,
        policies: FinalityPolicies,
        clock: Clock,
        settings: EngineSettings | None = None,
    ) -> None:
        loaded = journal.load()
        self._workflow = ledger.workflow
        self._finality = ledger.finality
        self._journal = journal
        self._policies = policies
        self._clock = clock
        self._settings = settings or EngineSettings()
        self._chain = loaded.chain
        self._queue = Queue(loaded.submissions, loaded.last_seq)
        self._preparing = Preparing(ledger.workflow, clock, self._settings.call_seconds)
        self._reader = CachedReader(journal.read)
        self._quarantined = loaded.quarantined
        self._provisional: Overlay | None = None
        self._trouble = ""

    @property
    def chain(self) -> ChainState:
        """What the node knows of the chain."""
        return self._chain

    def records(self) -> Overlay:
        """The final records."""
        return Overlay(self._reader)

    def provisional(self) -> Overlay:
        """The records as they would be if nothing is undone."""
        if self._provisional is None:
            folding = Folding(self.records(), self._quarantined)
            for entry in self._chain.unfinal:
                folding.fold(entry)
            self._provisional = folding.state
        return self._provisional

    def unfinished(self) -> list[Submission]:
        """Submissions on their way, in their order."""
        return self._queue.all()

    def submit(self, new: Sequence[NewSubmission]) -> list[Submission]:
        """Store intents; from then on they are not lost. Raises `HaltedError` while the ledger contradicts itself."""
        if self._chain.halt is not None:
            raise HaltedError(f"{self._chain.halt.reason}; see `maasctl ledger resolve`")
        return self._journal.submit(new)

    def step(self) -> Progress:
        """Do all that can be done now."""
        if self._chain.halt is not None:
            return Progress(0, len(self._queue), self._chain.halt.reason)
        self._trouble = ""
        self._queue.add(self._journal.since(self._queue.last_seq))
        moved = self._prepare() + self._replace_stuck() + self._broadcast()
        followed, is_current = self._follow()
        moved += followed
        if followed:
            moved += self._send_newcomers()
        if is_current:
            moved += self._look_up() + self._finalise() + self._look_up_costs()
        return Progress(moved, len(self._queue), self._trouble)

    def _send_newcomers(self) -> int:
        """Taking in a block takes a while; what was submitted meanwhile must not miss the next one."""
        newcomers = self._journal.since(self._queue.last_seq)
        self._queue.add(newcomers)
        return self._prepare() + self._broadcast() if newcomers else 0

    def _deadline(self) -> Deadline:
        return Deadline.after(self._clock, self._settings.call_seconds)

    def _commit(self, changes: Changes) -> int:
        """Store a decision, then remember it; returns how many submissions it changed."""
        changed = tuple(one for one in changes.submissions if one != self._queue.get(one.seq))
        told = changed or changes.blocks or changes.folded or changes.pinned or changes.halt
        if not told and changes.drop_above is None:
            return 0
        all_changed = len(changed) == len(changes.submissions)
        self._journal.commit(changes if all_changed else replace(changes, submissions=changed))
        self._queue.update(changed)
        return len(changed)

    # Outbox

    def _prepare(self) -> int:
        found = (self._look_up_before_signing(one) for one in self._queue.ready_to_sign(self._settings.batch))
        known = [one for one in found if one is not None]
        signed = self._preparing.signed(known, self._queue.all())
        self._trouble = self._preparing.trouble or self._trouble
        return self._commit(Changes(submissions=signed))

    def _replace_stuck(self) -> int:
        """Sign another attempt in place of the first that waits in vain.

        At most one of both takes effect: they have the same counter, or the ledger rejects the later one, which
        repeats a command.
        """
        found = self._queue.take_stuck()
        if found is None:
            return 0
        submission, attempt = found
        answer = self._workflow.prepare(
            submission.command, Pending(self._preparing.in_flight(self._queue.all()), attempt), self._deadline()
        )
        if not isinstance(answer, Prepared):
            self._trouble = answer.reason
            return 0
        return self._commit(Changes(submissions=[outbox.signed(submission, answer.attempt)]))

    def _look_up_before_signing(self, submission: Submission) -> Submission | None:
        """An attempt given up for dead may have been included all the same: ask before there is another.

        None: it cannot be told yet.
        """
        transactions = [one.attempt.transaction for one in submission.attempts]
        if not transactions:
            return submission
        if not outbox.is_beyond_doubt(submission, self._final_time()):
            return None
        seen = (ReceiptStatus.PENDING, ReceiptStatus.STUCK, ReceiptStatus.INCLUDED, ReceiptStatus.REJECTED)
        for answer in self._workflow.receipts(transactions, self._deadline()):
            if answer.status in seen:
                submission = outbox.receipt(submission, answer)
            elif answer.status == ReceiptStatus.UNAVAILABLE:
                self._trouble = "the ledger does not tell what became of an earlier attempt"
                return None
        return submission

    def _final_time(self) -> int:
        return 0 if self._chain.checkpoint is None else self._chain.checkpoint.time

    def _broadcast(self) -> int:
        now = self._clock.monotonic()
        waiting = self._queue.to_broadcast(self._settings.batch, now)
        size = self._workflow.profile.commands_per_broadcast
        moved = 0
        for start in range(0, len(waiting), size):
            part = waiting[start : start + size]
            answers = self._workflow.broadcast([attempt for _, attempt in part], self._deadline())
            changed = {seq: self._queue[seq] for seq, _ in part}
            for (seq, attempt), answer in zip(part, answers, strict=True):
                changed[seq] = outbox.broadcast(changed[seq], answer)
                self._queue.touched(attempt.transaction, now + self._settings.resend_seconds)
                self._note(answer)
            moved += self._commit(Changes(submissions=list(changed.values())))
        return moved

    def _note(self, answer: Broadcast) -> None:
        if answer.reason and not self._trouble:
            self._trouble = answer.reason

    def _look_up(self) -> int:
        now = self._clock.monotonic()
        waiting = self._queue.to_look_up(now)
        ordered = self._workflow.profile.sequencing == Sequencing.NONCE
        moved, start, size = 0, 0, FIRST_LOOK if ordered else self._settings.batch
        while start < len(waiting):
            part = waiting[start : start + size]
            answers = self._workflow.receipts([transaction for _, transaction in part], self._deadline())
            moved += self._take_in(part, answers, now)
            start, size = start + size, min(2 * size, self._settings.batch)
            if ordered and answers[-1].status == ReceiptStatus.PENDING:
                break  # those after it wait for it
        again = now + self._settings.resend_seconds
        self._queue.looked_up([transaction for _, transaction in waiting], again)
        return moved

    def _take_in(self, part: Sequence[tuple[int, bytes]], answers: Sequence[Receipt], now: float) -> int:
        changed = {seq: self._queue[seq] for seq, _ in part}
        for (seq, transaction), answer in zip(part, answers, strict=True):
            is_due = self._queue.is_due(transaction, now)
            if answer.status == ReceiptStatus.UNKNOWN and not is_due:
                continue
            if answer.status == ReceiptStatus.STUCK and is_due:
                self._queue.stuck(transaction)
            changed[seq] = outbox.receipt(changed[seq], answer)
        return self._commit(Changes(submissions=list(changed.values())))

    def _look_up_costs(self) -> int:
        """A few at each step, so that no step takes long."""
        most = BLOCK_COSTS if isinstance(self._workflow, TellsCosts) else SOME_COSTS
        some = [(one, one.block) for one in self._queue.without_cost(most) if one.block is not None]
        told = with_costs(some, self._workflow, self._deadline())
        self._queue.asked_for_cost(one.seq for one, _ in some)
        return self._commit(Changes(submissions=[one for one, _ in told]))

    # Chain

    def _follow(self) -> tuple[int, bool]:
        """How many looks brought something, and whether all that is known is part of the chain right now."""
        moved = 0
        while True:
            followed = follow(self._chain, self._workflow, self._finality, self._settings.page_events, self._deadline())
            self._trouble = followed.trouble or self._trouble
            changed = tracked(self._queue, followed.drop_above, followed.blocks)
            submissions = list(changed.values())
            drop, blocks, halt = followed.drop_above, followed.blocks, followed.halt
            self._commit(Changes(submissions=submissions, blocks=blocks, drop_above=drop, halt=halt))
            self._chain = advanced(self._chain, followed)
            if followed.blocks or followed.drop_above is not None:
                self._provisional = None
                self._queue.chain_moved()
                moved += 1
            if not followed.more:
                return moved, not (followed.trouble or followed.halt)

    def _finalise(self) -> int:
        if not self._chain.unfinal and not self._queue.included():
            return 0
        heights = self._final_heights()
        blocks = self._chain.unfinal[: foldable(self._chain.unfinal, heights)]
        ripe = ripe_submissions(self._queue.included(), self._chain, blocks, heights)
        if not (blocks or ripe) or not self._tip_stands():
            return 0
        return self._fold(blocks, with_costs(ripe, self._workflow, self._deadline()))

    def _tip_stands(self) -> bool:
        """Whether the chain did not change while the facts about finality were asked for."""
        tip = self._chain.tip
        return tip is not None and self._finality.is_canonical(tip, self._deadline()) is True

    def _final_heights(self) -> HeightFor:
        candidates = [entry.block for entry in self._chain.unfinal]
        by_policy = final_heights(
            self._policies.all(), self._finality, candidates, self._default_depth(), self._deadline()
        )
        by_action = {action: by_policy[policy] for action, policy in self._policies.by_action.items()}
        return HeightFor(by_policy[self._policies.default], by_action)

    def _default_depth(self) -> int:
        """The final rule, or the provisional one if that is stricter."""
        if not self._policies.follow_rule:
            return 0
        deployments = [self.records().get(DEPLOYMENT), self.provisional().get(DEPLOYMENT)]
        return max([0, *(int(one.rules.finality_depth) for one in deployments if one is not None)])

    def _fold(self, blocks: tuple[EventBlock, ...], ripe: Sequence[tuple[Submission, BlockRef]]) -> int:
        finished, pinned = self._finished(blocks, ripe)
        folding = Folding(self.records(), self._quarantined)
        for entry in blocks:
            folding.fold(entry)
        changes = list(folding.state.changes.items())
        folded = Folded(blocks[-1].block, blocks, changes, tuple(folding.aside)) if blocks else None
        moved = self._commit(Changes(submissions=finished, folded=folded, pinned=pinned))
        if blocks:
            self._reader.update(changes)
            self._quarantined = folding.subjects
            self._chain = replace(self._chain, checkpoint=blocks[-1].block, unfinal=self._chain.unfinal[len(blocks) :])
            self._provisional = None
        if pinned is not None:
            self._chain = replace(self._chain, pinned=pinned)
        return moved + len(blocks)

    def _finished(
        self, blocks: Sequence[EventBlock], ripe: Sequence[tuple[Submission, BlockRef]]
    ) -> tuple[list[Submission], BlockRef | None]:
        """The ripe ones at their end, and the highest block that this relies on if that is not folded."""
        finished = [(self._finish(submission, block), block) for submission, block in ripe]
        folded = blocks[-1].block.height if blocks else height_of(self._chain.checkpoint)
        above = [block for one, block in finished if one.finished and block.height > folded]
        pinned = max(above, key=height_of, default=None)
        if pinned is not None and self._chain.pinned is not None and self._chain.pinned.height >= pinned.height:
            pinned = None
        return [one for one, _ in finished], pinned

    def _finish(self, submission: Submission, block: BlockRef) -> Submission:
        """End a submission whose block is deep enough, if that block is part of the chain."""
        if all(entry.block != block for entry in self._chain.unfinal):
            stands = self._finality.is_canonical(block, self._deadline())
            if isinstance(stands, Unavailable):
                return submission
            if not stands:
                return outbox.undone(submission, block.height - 1)
        return outbox.ended(submission)
