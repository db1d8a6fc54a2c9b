"""Blocks, attempts, submissions and a whole engine over a simulated chain, for the tests of the ledgerio package."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import count

from maas_core.ledgerio.engine import Engine, EngineSettings
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    BroadcastStatus,
    EventBlock,
    EventPage,
    LedgerEvent,
    LedgerProfile,
    Pending,
    Prepared,
    Receipt,
    Refused,
    Unavailable,
)
from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.memory_journal import MemoryJournal
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_ledger import PROFILE, Faults, SimBlock, SimChain, SimLedger
from maas_core.testing.sim_story import CUSTOMER, IDENTITIES, OEM, TERMS, founded

CLOCK = SimClock()
SOON = Deadline.after(CLOCK, 1_000.0)
NEW = b"\x09" * 16
OTHER = b"\x0a" * 16
STALE = Rejection(Code.STALE_VERSION)


def register(machine: bytes = NEW) -> c.RegisterMachine:
    """A command that the OEM of the simulation may send."""
    return c.RegisterMachine(machine, OEM, CUSTOMER, 1, b"s" * 32, TERMS, 60, 86_400)


def block(height: int, branch: str = "a", time: int = 0) -> BlockRef:
    """A block of a branch."""
    return BlockRef(height, sha256(f"{branch} {height}".encode()).digest(), time or 1_000 + height)


def entry(ref: BlockRef, *events: Event, transaction: bytes = b"t" * 32) -> EventBlock:
    """A block with events."""
    return EventBlock(ref, tuple(LedgerEvent(transaction, one) for one in events))


def attempt(number: int, expires: int | None = None) -> Attempt:
    """A signed transaction."""
    return Attempt(bytes([number]) * 32, b"payload %d" % number, expires=expires)


def tracked(
    number: int, state: AttemptState = AttemptState.SIGNED, seen: BlockRef | None = None, expires: int | None = None
) -> TrackedAttempt:
    """A signed transaction and what is known of it."""
    return TrackedAttempt(attempt(number, expires), state, seen)


def submission(
    *attempts: TrackedAttempt, state: SubmissionState = SubmissionState.INTENDED, seq: int = 1, **fields: object
) -> Submission:
    """A submission with attempts."""
    usual = Submission(seq, seq.to_bytes(16, "big"), register(), 1_000, state, tuple(attempts))
    return replace(usual, **fields)  # type: ignore[arg-type]


class Trouble(Faults):
    """Faults that a test switches on and off."""

    def __init__(self) -> None:
        self.lose_requests = False
        self.lose_responses = False
        self.delay = False

    def request_lost(self) -> bool:
        return self.lose_requests

    def response_lost(self) -> bool:
        return self.lose_responses

    def delayed(self) -> bool:
        return self.delay


class Endpoint(SimLedger):
    """An endpoint whose next answers a test can put in, and which remembers what it was asked."""

    def __init__(self, chain: SimChain, party: int = OEM, profile: LedgerProfile = PROFILE) -> None:
        super().__init__(chain, IDENTITIES[party], Trouble(), profile=profile)
        self.prepares: list[Refused | Unavailable] = []
        self.outcomes: list[BroadcastStatus | Broadcast] = []
        self.answers: list[Receipt] = []
        self.broadcasts: list[list[bytes]] = []
        self.asked: list[list[bytes]] = []
        self.pending: list[Pending] = []

    @property
    def trouble(self) -> Trouble:
        assert isinstance(self.faults, Trouble)
        return self.faults

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        limited(deadline)
        self.pending.append(replace(pending, attempts=tuple(pending.attempts)))
        return self.prepares.pop(0) if self.prepares else super().prepare(command, pending, deadline)

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        limited(deadline)
        self.broadcasts.append([one.transaction for one in attempts])
        if not self.outcomes:
            return super().broadcast(attempts, deadline)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BroadcastStatus):
            return [Broadcast(one.transaction, outcome, outcome.value) for one in attempts]
        return [replace(outcome, transaction=one.transaction) for one in attempts]

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        limited(deadline)
        self.asked.append(list(transactions))
        if self.answers:
            answer = self.answers.pop(0)
            return [replace(answer, transaction=one) for one in transactions]
        return super().receipts(transactions, deadline)

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        limited(deadline)
        return super().events(after, limit, deadline)

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        limited(deadline)
        return super().head(deadline)

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        limited(deadline)
        return super().is_canonical(block, deadline)


def limited(deadline: Deadline) -> None:
    """Every call to a ledger has a deadline that lies ahead."""
    assert isinstance(deadline, Deadline)
    assert not deadline.passed()


class Bench:
    """An engine over a simulated chain whose deployment is founded."""

    def __init__(
        self,
        policies: FinalityPolicies | None = None,
        party: int = OEM,
        settings: EngineSettings | None = None,
        profile: LedgerProfile = PROFILE,
    ) -> None:
        self.clock = SimClock()
        self.chain = founded(int(self.clock.seconds))
        self.clock.pass_time(100.0)
        self.endpoint = Endpoint(self.chain, party, profile)
        self.journal = MemoryJournal()
        self.policies = policies or FinalityPolicies(Depth(3))
        self.settings = settings or EngineSettings()
        self._ids = count(1)
        self.engine = self.restart()

    def restart(self) -> Engine:
        """The engine of a new process on the same journal."""
        ledger = OpenLedger(self.endpoint, self.endpoint)
        self.engine = Engine(ledger, self.journal, self.policies, self.clock, self.settings)
        return self.engine

    def submit(self, *commands: Command, not_after: int | None = None) -> list[Submission]:
        """Store intents."""
        now = self.clock.now()
        new = [NewSubmission(next(self._ids).to_bytes(16, "big"), one, now, not_after) for one in commands]
        return self.engine.submit(new)

    def one(self, seq: int = 1) -> Submission:
        """A submission as it is stored."""
        return self.journal.submissions[seq]

    def mine(self, blocks: int = 1, on: SimBlock | None = None, *, empty: bool = False) -> SimBlock:
        """New blocks, by which time passes, on the head or on another block."""
        made = on or self.chain.head
        for _ in range(blocks):
            self.clock.pass_time(5.0)
            made = self.chain.mine(self.clock.now(), on=made, choose=lambda _: not empty)
        self.chain.adopt(made)
        return made

    def step(self, times: int = 1, seconds: float = 0.0) -> None:
        """Steps of the engine."""
        for _ in range(times):
            self.clock.pass_time(seconds)
            self.engine.step()

    def replace_blocks(self, depth: int, *, empty: bool = True) -> None:
        """A reorganisation: the last blocks make way for a branch that is one longer."""
        self.mine(depth + 1, on=self.chain.ancestor(depth), empty=empty)

    def applied(self, seq: int = 1) -> int:
        """How many attempts took effect on the chain."""
        found = [self.chain.head.included.get(one.attempt.transaction) for one in self.one(seq).attempts]
        return sum(one is not None and not isinstance(one[1], Rejection) for one in found)


def anchor_of(machine: bytes) -> c.AnchorItem:
    """A first anchor."""
    return c.AnchorItem(machine, 1, 1, 0, 1, 2, 5, b"m" * 32, b"")


def stop_of(machine: bytes) -> c.StopMachine:
    """A stop."""
    return c.StopMachine(machine, 1, 1, 1, ZERO_DIGEST)
