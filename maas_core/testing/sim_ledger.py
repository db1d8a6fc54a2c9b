"""SimLedger: a block tree in memory whose reorganisations, delays, losses and lies are chosen by the test.

`SimChain` is the tree and the pool of transactions; `SimLedger` is one participant's endpoint. Nothing happens by
itself: blocks come from `mine`, forks from mining on another block than the head, faults from a `Faults` object.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from immutables import Map

from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import (
    Ability,
    Attempt,
    BlockRef,
    Broadcast,
    BroadcastStatus,
    Enforcement,
    EventBlock,
    EventPage,
    FinalityKind,
    LedgerClock,
    LedgerEvent,
    LedgerIdentity,
    LedgerProfile,
    Pending,
    Prepared,
    Receipt,
    ReceiptStatus,
    Refused,
    Sequencing,
    Unavailable,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.model import EMPTY, State, apply, decide
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Rejection
from maas_core.protocol.wire import command_from_json, command_to_json, stored_from_json, stored_to_json

PROFILE = LedgerProfile(
    name="sim",
    enforces=Enforcement.CONTRACT,
    clock=LedgerClock.BLOCK,
    sequencing=Sequencing.FREE,
    finality=frozenset({FinalityKind.DEPTH, FinalityKind.QUORUM, FinalityKind.TAG}),
    identity_form="any 32 bytes",
    max_command_bytes=100_000,
    commands_per_broadcast=16,
    prepare_needs_network=False,
    cost_unit="",
    abilities=frozenset({Ability.OBSERVERS}),
)


@dataclass(frozen=True, slots=True)
class SimTransaction:
    """A signed command."""

    id: bytes
    sender: bytes
    command: Command
    expires: int | None


Outcome = tuple[Event, ...] | Rejection


@dataclass(frozen=True, slots=True)
class SimBlock:
    """A block, the state after it, and which transactions its branch has included where."""

    ref: BlockRef
    parent: "SimBlock | None"
    state: State
    outcomes: dict[bytes, Outcome]
    branch: Map[int, bytes]
    """Height -> digest, for this block and all its ancestors."""
    included: Map[bytes, tuple[BlockRef, Outcome]]
    events: EventBlock
    """The block as a backend reports it."""


def _events(ref: BlockRef, outcomes: dict[bytes, Outcome]) -> EventBlock:
    entries = [
        LedgerEvent(transaction, event)
        for transaction, outcome in outcomes.items()
        if not isinstance(outcome, Rejection)
        for event in outcome
    ]
    return EventBlock(ref, tuple(entries))


class SimChain:
    """The tree of blocks and the pool."""

    def __init__(self, time: int) -> None:
        ref = BlockRef(0, sha256(b"genesis").digest(), time)
        self.genesis = SimBlock(ref, None, EMPTY, {}, Map({0: ref.digest}), Map(), EventBlock(ref))
        self.head = self.genesis
        self.pool: dict[bytes, SimTransaction] = {}
        self.mailbox: list[SimTransaction] = []
        """Accepted by an endpoint, and still on the way to those who make blocks."""
        self.blocks = {ref.digest: self.genesis}
        """Every block of the tree by its digest."""

    def mine(
        self, time: int, on: SimBlock | None = None, choose: Callable[[SimTransaction], bool] | None = None
    ) -> SimBlock:
        """A block on `on` (the head if not given) with the transactions of the pool that `choose` lets in."""
        parent = on or self.head
        time = max(time, parent.ref.time + 1)
        state, outcomes, included = parent.state, {}, parent.included
        ref = BlockRef(parent.ref.height + 1, sha256(parent.ref.digest + b"%d" % len(self.blocks)).digest(), time)
        for transaction in self.pool.values():
            if transaction.id in included or _is_late(transaction, time) or (choose and not choose(transaction)):
                continue
            outcome = decide(state, transaction.command, transaction.sender, time)
            if not isinstance(outcome, Rejection):
                state = apply(state, outcome)
            outcomes[transaction.id] = outcome
            included = included.set(transaction.id, (ref, outcome))
        branch = parent.branch.set(ref.height, ref.digest)
        block = SimBlock(ref, parent, state, outcomes, branch, included, _events(ref, outcomes))
        self.blocks[ref.digest] = block
        return block

    def deliver(self) -> None:
        """Let all that is on the way arrive; once more, for what arrived already."""
        self.pool.update((one.id, one) for one in self.mailbox)
        self.mailbox.clear()

    def adopt(self, block: SimBlock) -> None:
        """Make a block the head, whatever branch it is on."""
        self.head = block

    def ancestor(self, depth: int, below: SimBlock | None = None) -> SimBlock:
        """The block `depth` below another one (the head if not given), or the genesis."""
        block = below or self.head
        while depth > 0 and block.parent is not None:
            block, depth = block.parent, depth - 1
        return block


def _is_late(transaction: SimTransaction, time: int) -> bool:
    return transaction.expires is not None and time > transaction.expires


class Faults:
    """What can go wrong at an endpoint; this one lets nothing go wrong. Tests override what they need."""

    def request_lost(self) -> bool:
        """The call does not reach the ledger."""
        return False

    def response_lost(self) -> bool:
        """The call has its effect and no answer comes."""
        return False

    def delayed(self) -> bool:
        """A transaction is accepted, and comes to those who make blocks only later."""
        return False

    def boasts(self) -> int:
        """How many blocks more than it sees the endpoint claims to have."""
        return 0

    def lies_about(self, block: BlockRef) -> bool:
        """The endpoint claims the opposite of what it sees."""
        return False


@dataclass
class SimLedger:
    """One participant's endpoint of a `SimChain`: workflow and finality."""

    chain: SimChain
    signs_as: bytes
    faults: Faults = field(default_factory=Faults)
    view: Callable[[], SimBlock] | None = None
    """The head that this endpoint sees, if not the chain's."""
    lifetime: int | None = None
    """Seconds for which its transactions can be included."""
    others: Sequence[FinalityWaiting] = ()
    final_below: int | None = None
    """Blocks under the head that the ledger itself calls final."""
    profile: LedgerProfile = PROFILE
    _salt: int = 0

    def identity(self) -> LedgerIdentity:
        """Who this endpoint signs as."""
        return LedgerIdentity(self.signs_as, self.signs_as.hex()[:8])

    def head_block(self) -> SimBlock:
        """The head that this endpoint sees."""
        return self.view() if self.view else self.chain.head

    def prepare(self, command: Command, pending: Pending, deadline: Deadline) -> Prepared | Refused | Unavailable:
        """Sign a command."""
        self._salt += 1
        text = json.dumps(command_to_json(command), sort_keys=True)
        if len(text) > self.profile.max_command_bytes:
            return Refused(f"{len(text)} bytes do not fit a transaction of {self.profile.max_command_bytes}")
        expires = None if self.lifetime is None else deadline.clock.now() + self.lifetime
        payload = json.dumps([self.signs_as.hex(), text, self._salt, expires]).encode()
        return Prepared(Attempt(sha256(payload).digest(), payload, expires=expires))

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Put transactions into the pool."""
        return [self._broadcast(attempt) for attempt in attempts]

    def _broadcast(self, attempt: Attempt) -> Broadcast:
        transaction = attempt.transaction
        if self.faults.request_lost():
            return Broadcast(transaction, BroadcastStatus.UNAVAILABLE, "request lost")
        status = BroadcastStatus.KNOWN if transaction in self.chain.pool else BroadcastStatus.ACCEPTED
        if attempt.expires is not None and self.head_block().ref.time > attempt.expires:
            status = BroadcastStatus.DEAD
        elif transaction not in self.chain.pool:
            self.chain.mailbox.append(_transaction(attempt))
            if not self.faults.delayed():
                self.chain.deliver()
        if self.faults.response_lost():
            return Broadcast(transaction, BroadcastStatus.UNAVAILABLE, "response lost")
        return Broadcast(transaction, status)

    def receipts(self, transactions: Sequence[bytes], deadline: Deadline) -> list[Receipt]:
        """What the seen branch knows of transactions."""
        head = self.head_block()
        return [self._receipt(head, transaction) for transaction in transactions]

    def _receipt(self, head: SimBlock, transaction: bytes) -> Receipt:
        if self.faults.request_lost():
            return Receipt(transaction, ReceiptStatus.UNAVAILABLE)
        found = head.included.get(transaction)
        if found is not None:
            block, outcome = found
            if isinstance(outcome, Rejection):
                return Receipt(transaction, ReceiptStatus.REJECTED, block, outcome)
            return Receipt(transaction, ReceiptStatus.INCLUDED, block)
        pooled = self.chain.pool.get(transaction)
        if pooled is None:
            return Receipt(transaction, ReceiptStatus.UNKNOWN)
        late = _is_late(pooled, head.ref.time)
        return Receipt(transaction, ReceiptStatus.DEAD if late else ReceiptStatus.PENDING)

    def events(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage | Unavailable:
        """Blocks of the seen branch after a checkpoint."""
        if self.faults.request_lost():
            return Unavailable("request lost")
        first = 0 if after is None else after.height + 1
        head = self.head_block()
        if after is not None and head.branch.get(after.height) != after.digest:
            return Unavailable("the checkpoint is not on the chain that this endpoint sees")
        blocks = [block.events for block in _branch_from(head, first)]
        page = list(_up_to(blocks, limit))
        if not page:
            return EventPage((), None)
        return EventPage(tuple(one for one in page if one.events), page[-1].block)

    def read_record(self, key: Key, deadline: Deadline) -> Record | Unavailable | None:
        """The stored fields of a record as the seen branch has it."""
        if self.faults.request_lost():
            return Unavailable("request lost")
        record: Any = self.head_block().state.get(key)
        return None if record is None else stored_from_json(stored_to_json(record))

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The head that this endpoint sees."""
        if self.faults.request_lost():
            return Unavailable("request lost")
        ref = self.head_block().ref
        boasts = self.faults.boasts()
        return replace(ref, height=ref.height + boasts) if boasts else ref

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """Whether a block is on the branch that this endpoint sees."""
        if self.faults.request_lost():
            return Unavailable("request lost")
        stands = self.head_block().branch.get(block.height) == block.digest
        return stands != self.faults.lies_about(block)

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """What lies `final_below` under the head; without that a simulated chain does not say."""
        if self.final_below is None:
            return None
        return Unavailable("request lost") if self.faults.request_lost() else self._seen_height() - self.final_below

    def _seen_height(self) -> int:
        return self.head_block().ref.height

    def observers(self) -> Sequence[FinalityWaiting]:
        """Other endpoints."""
        return self.others

    def close(self) -> None:
        """Nothing to give back."""


def _transaction(attempt: Attempt) -> SimTransaction:
    sender, text, _, expires = json.loads(attempt.payload)
    return SimTransaction(attempt.transaction, bytes.fromhex(sender), command_from_json(json.loads(text)), expires)


def _branch_from(head: SimBlock, first: int) -> list[SimBlock]:
    blocks: list[SimBlock] = []
    block: SimBlock | None = head
    while block is not None and block.ref.height >= first:
        blocks.append(block)
        block = block.parent
    return blocks[::-1]


def _up_to(blocks: Iterable[EventBlock], limit: int) -> Iterable[EventBlock]:
    count = 0
    for block in blocks:
        if count and count + len(block.events) > limit:
            return
        yield block
        count += len(block.events)
