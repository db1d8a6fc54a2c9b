"""What must hold in every simulated schedule, after each step and at its end."""

from collections.abc import Sequence
from typing import Any

from maas_core.ledgerio.engine import Engine
from maas_core.ledgerio.journal import Changes
from maas_core.ledgerio.lanes import lanes_of
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState
from maas_core.ports.workflow import Attempt, BlockRef
from maas_core.protocol.commands import AnchorTelemetry
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.rejections import Rejection
from maas_core.testing.memory_journal import MemoryJournal
from maas_core.testing.sim_ledger import SimBlock, SimChain

STRICT_DEPTH = 9
"""What the policies ask for anchors, more than for anything else."""
UNSETTLED = (SubmissionState.INTENDED, SubmissionState.SIGNED, SubmissionState.SENT)


class InvariantError(AssertionError):
    """The simulation found a node in a state that must never be."""


def require(condition: bool, message: str) -> None:
    """Raises `InvariantError` if a condition does not hold."""
    if not condition:
        raise InvariantError(message)


class NodeChecks:
    """The invariants of one node, by its journal and the chain as it really is."""

    def __init__(self, journal: MemoryJournal, chain: SimChain, *, exact: bool) -> None:
        """`exact`: the chain does not move within a step, so what was looked up fits what was followed."""
        self._exact = exact
        self._journal = journal
        self._chain = chain
        self._finished: dict[int, Submission] = {}
        self._checkpoint = journal.chain.checkpoint
        self._tip: BlockRef | None = None

    def before_broadcast(self, attempts: Sequence[Attempt]) -> None:
        """Nothing is sent that is not stored, and nothing at all while the ledger contradicts itself."""
        require(self._journal.chain.halt is None, "something was sent after the halt")
        stored = {one.attempt for kept in self._journal.submissions.values() for one in kept.attempts}
        require(stored.issuperset(attempts), "something was sent before it was stored")

    def before_commit(self, changes: Changes) -> None:
        """No new attempt beside a live one, none before its turn, and what is finished stays as it is."""
        for changed in changes.submissions:
            stored = self._journal.submissions[changed.seq]
            require(not stored.finished, f"submission {stored.seq} was changed after its end")
            require(len(changed.attempts) >= len(stored.attempts), f"submission {stored.seq} forgot an attempt")
            if len(changed.attempts) > len(stored.attempts):
                self._check_new_attempt(stored)

    def _check_new_attempt(self, stored: Submission) -> None:
        checkpoint = self._journal.chain.checkpoint
        final_time = checkpoint.time if checkpoint else 0
        for one in stored.attempts:
            found = self._chain.head.included.get(one.attempt.transaction)
            settled = found is not None and checkpoint is not None and found[0].height <= checkpoint.height
            require(not settled, f"submission {stored.seq} was signed again after a final answer")
            expires = one.attempt.expires
            beyond_doubt = one.state == AttemptState.DEAD and expires is not None and expires < final_time
            require(beyond_doubt, f"submission {stored.seq} was signed again beside a live attempt")
        lanes = lanes_of(stored.command)
        for earlier in self._journal.submissions.values():
            if earlier.seq < stored.seq and earlier.state in UNSETTLED:
                require(lanes.isdisjoint(lanes_of(earlier.command)), f"submission {stored.seq} overtook another one")

    def after_step(self, engine: Engine) -> None:
        """The node's view of chain, records and submissions agrees with what is stored and with the chain."""
        chain = self._journal.chain
        require(engine.chain == chain, "the engine knows another chain than its journal")
        self._check_submissions()
        if chain.checkpoint != self._checkpoint:
            self._checkpoint = chain.checkpoint
            require(self._stands(chain.checkpoint), "a block was called final that is not part of the chain")
            require(self._journal.records == self._records_at(chain.checkpoint), "the records are not the ledger's")
        if chain.tip != self._tip:
            self._tip = chain.tip
            self._check_provisional(engine.provisional())

    def _stands(self, block: BlockRef | None) -> bool:
        return block is None or self._chain.head.branch.get(block.height) == block.digest

    def _records_at(self, block: BlockRef | None) -> dict[Any, Any]:
        return {} if block is None else dict(self._block(block).state.items())  # type: ignore[attr-defined]

    def _block(self, block: BlockRef) -> SimBlock:
        return self._chain.blocks[block.digest]

    def _check_provisional(self, provisional: Overlay) -> None:
        expected = self._records_at(self._tip)
        seen = {**self._journal.records, **provisional.changes}
        there = {key: value for key, value in seen.items() if value is not ABSENT}
        require(there == expected, "the provisional records are not those of the node's branch")

    def _check_submissions(self) -> None:
        for seq, submission in self._journal.submissions.items():
            if submission.state == SubmissionState.INCLUDED:
                self._check_included(submission)
            elif submission.finished and seq not in self._finished:
                self._finished[seq] = submission
                self._check_end(submission)
                self._check_depth(submission)

    def _check_included(self, submission: Submission) -> None:
        tip, block = self._journal.chain.tip, submission.block
        if self._exact and tip is not None and block is not None and block.height <= tip.height:
            stands = self._block(tip).branch.get(block.height) == block.digest
            require(stands, f"submission {submission.seq} is shown in a block that left the chain")

    def _check_depth(self, submission: Submission) -> None:
        if submission.state == SubmissionState.FINAL and isinstance(submission.command, AnchorTelemetry):
            assert submission.block is not None
            depth = max(one.ref.height for one in self._chain.blocks.values()) - submission.block.height
            require(depth >= STRICT_DEPTH, f"submission {submission.seq} is final at depth {depth}")

    def _check_end(self, submission: Submission) -> None:
        applied = self._applied(submission)
        told = f"submission {submission.seq} is {submission.state} and was applied {applied} times"
        require(applied == (submission.state == SubmissionState.FINAL), told)

    def _applied(self, submission: Submission) -> int:
        included = self._chain.head.included
        outcomes = [included.get(one.attempt.transaction) for one in submission.attempts]
        return sum(one is not None and not isinstance(one[1], Rejection) for one in outcomes)

    def at_the_end(self) -> None:
        """Every submission came to its end and that is what the ledger says; a halted node has a reason."""
        halt = self._journal.chain.halt
        if halt is not None:
            require(not self._stands(halt.block), "a node halted over a block that is part of the chain")
            return
        require(self._stands(self._journal.chain.checkpoint), "a final block left the chain, and the node did not halt")
        for submission in self._journal.submissions.values():
            require(submission.finished, f"submission {submission.seq} is {submission.state} for ever")
            self._check_end(submission)
