"""A submission: a command on its way to the ledger, with every attempt that was ever signed for it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from maas_core.ports.workflow import Attempt, BlockRef
from maas_core.protocol.commands import Command
from maas_core.protocol.rejections import Rejection


class SubmissionState(StrEnum):
    """Where a submission stands. INCLUDED may still be undone by a reorganisation; the last four are the end."""

    INTENDED = "intended"
    """Stored; nothing is signed that could still be included."""
    SIGNED = "signed"
    """An attempt is stored and not known to have reached the ledger."""
    SENT = "sent"
    INCLUDED = "included"
    """In a block that is not final; with a rejection if its command did not take effect there."""
    FINAL = "final"
    REJECTED = "rejected"
    """Refused for good: before the ledger took it, or in a final block."""
    RETRACTED = "retracted"
    """Taken back by the operator before anything was signed."""
    EXPIRED = "expired"
    """Its time ran out while nothing could be included any more."""


FINISHED = frozenset(
    {
        SubmissionState.FINAL,
        SubmissionState.REJECTED,
        SubmissionState.RETRACTED,
        SubmissionState.EXPIRED,
    }
)


class AttemptState(StrEnum):
    """Where one signed transaction stands."""

    SIGNED = "signed"
    """Stored, to be broadcast (again)."""
    SENT = "sent"
    """The ledger has it, or may have it."""
    INCLUDED = "included"
    REJECTED = "rejected"
    """In a block, without effect."""
    DEAD = "dead"
    """Can never be included."""


@dataclass(frozen=True, slots=True)
class TrackedAttempt:
    """An attempt and what is known of it."""

    attempt: Attempt
    state: AttemptState = AttemptState.SIGNED
    block: BlockRef | None = None
    """Where it was seen; only with INCLUDED and REJECTED."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One intent. `seq` is the order in which the node's intents were stored."""

    seq: int
    id: bytes
    """16 bytes."""
    command: Command
    created: int
    """Seconds UTC."""
    state: SubmissionState = SubmissionState.INTENDED
    attempts: tuple[TrackedAttempt, ...] = ()
    """In the order in which they were signed."""
    not_after: int | None = None
    """Seconds UTC after which no new attempt is signed."""
    rejection: Rejection | None = None
    probable: bool = False
    """The rejection code was inferred, not read."""
    reason: str = ""
    """What the backend said last, for people."""
    block: BlockRef | None = None
    """Where it was included."""
    cost: int | None = None
    """In the ledger's cost unit."""

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in FINISHED

    def live(self) -> tuple[TrackedAttempt, ...]:
        """The attempts that may still be included, or are."""
        return tuple(one for one in self.attempts if one.state != AttemptState.DEAD)

    def with_attempt(self, changed: TrackedAttempt) -> "Submission":
        """A copy in which the attempt with the same transaction is replaced, or appended if it is new."""
        transaction = changed.attempt.transaction
        others = [one for one in self.attempts if one.attempt.transaction != transaction]
        if len(others) == len(self.attempts):
            return replace(self, attempts=(*self.attempts, changed))
        return replace(
            self,
            attempts=tuple(changed if one.attempt.transaction == transaction else one for one in self.attempts),
        )

    def attempt(self, transaction: bytes) -> TrackedAttempt | None:
        """The attempt with this transaction id."""
        return next((one for one in self.attempts if one.attempt.transaction == transaction), None)

    def transaction_in(self, block: BlockRef) -> bytes | None:
        """The transaction that took effect in a block; None if none did."""
        included = (one for one in self.attempts if one.state == AttemptState.INCLUDED and one.block == block)
        return next((one.attempt.transaction for one in included), None)
