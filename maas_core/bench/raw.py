"""The bare backend without the core: prepare, broadcast, ask for receipts; nothing is stored or waited on further.

What the core is measured against: the same commands by the same key over the same kind of connection, with the
backend's own batches. One thread signs and sends, another watches the chain's head and asks for receipts.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic

from maas_core.bench.operations import Change, Outcome, Request, Stage
from maas_core.bench.settling import Settling
from maas_core.bench.target import RunClock
from maas_core.bench.worker import Inbox, Notes
from maas_core.ledgerio.lanes import lanes_of
from maas_core.ledgerio.policy import FinalityPolicies
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import (
    Attempt,
    Broadcast,
    BroadcastStatus,
    Pending,
    Prepared,
    PreparesMany,
    Receipt,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key

CALL_SECONDS = 10.0
POLL_SECONDS = 0.02
ASK_ANYWAY_SECONDS = 1.0
BATCH = 256

SENT = {BroadcastStatus.ACCEPTED, BroadcastStatus.KNOWN}
AGAIN = {BroadcastStatus.RETRY_SAME, BroadcastStatus.UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class _Flying:
    request: Request
    command: Command
    attempt: Attempt
    lanes: frozenset[Key]


class RawWorker:
    """One participant's bare client."""

    def __init__(
        self,
        open_ledger: Callable[[], OpenLedger],
        notes: Notes,
        clock: RunClock,
        policies: FinalityPolicies | None = None,
    ) -> None:
        """With `policies`, what is in a block is watched until it is final by them; else a block is the end."""
        self.inbox = Inbox()
        self.ready = Event()
        self.stop = Event()
        self._open_ledger = open_ledger
        self._notes = notes
        self._clock = clock
        self._lock = Lock()
        """Guards the three below, which both threads use."""
        self._flying: dict[bytes, _Flying] = {}
        self._busy: set[Key] = set()
        self._again: deque[Request] = deque()
        self._head = -1
        self._held: list[Request] = []
        self._unsent: list[_Flying] = []
        self._settling = None if policies is None else Settling(policies)
        """Used by the watching thread only."""

    def run(self) -> None:
        """Send until told to stop, with a second thread that watches."""
        sender, watcher = self._open_ledger(), self._open_ledger()
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="bench-watch") as pool:
                watching = pool.submit(self._watch, watcher)
                self.ready.set()
                try:
                    self._send(sender, watching)
                finally:
                    self.stop.set()
                watching.result()
        finally:
            sender.workflow.close()
            watcher.workflow.close()

    def _soon(self) -> Deadline:
        return Deadline.after(SystemClock(), CALL_SECONDS)

    # Sending

    def _send(self, ledger: OpenLedger, watching: Future[None]) -> None:
        while not (self.stop.is_set() or watching.done()):
            self._held += self.inbox.take()
            with self._lock:
                while self._again:
                    self._held.append(self._again.popleft())
            ready = self._free_ones()
            flying = self._prepared(ledger, ready) if ready else []
            self._unsent += flying
            if self._unsent:
                self._broadcast(ledger)
            if not flying:
                self.inbox.wait(POLL_SECONDS)

    def _free_ones(self) -> list[tuple[Request, Command, frozenset[Key]]]:
        """Requests that no other on the same record holds up, and whose cause is seen."""
        ready: list[tuple[Request, Command, frozenset[Key]]] = []
        rest: list[Request] = []
        with self._lock:
            taken = set(self._busy)
            for place, request in enumerate(self._held):
                if len(ready) == BATCH:
                    rest += self._held[place:]
                    break
                command = request.work
                assert isinstance(command, Command)
                lanes = lanes_of(command)
                if request.sees <= self._head and taken.isdisjoint(lanes):
                    ready.append((request, command, lanes))
                else:
                    rest.append(request)
                taken |= lanes
            self._held = rest
            for _, _, lanes in ready:
                self._busy |= lanes
        return ready

    def _prepared(self, ledger: OpenLedger, ready: Sequence[tuple[Request, Command, frozenset[Key]]]) -> list[_Flying]:
        workflow = ledger.workflow
        answers: Sequence[Prepared | Refused | Unavailable]
        if isinstance(workflow, PreparesMany):
            answers = workflow.prepare_all([command for _, command, _ in ready], self._soon())
        else:
            with self._lock:
                pending = [one.attempt for one in self._flying.values()]
            answers = []
            for _, command, _ in ready:
                answer = workflow.prepare(command, Pending(pending), self._soon())
                answers.append(answer)
                if isinstance(answer, Prepared):
                    pending.append(answer.attempt)
        done = []
        for (request, command, lanes), answer in zip(ready, answers, strict=True):
            match answer:
                case Prepared(attempt):
                    done.append(_Flying(request, command, attempt, lanes))
                case Refused(reason, rejection):
                    outcome = Outcome.REJECTED if rejection else Outcome.FAILED
                    self._ended(request, lanes, outcome, rejection.code.name if rejection else reason)
                case Unavailable():
                    self._free(lanes)
                    self._again.append(request)
        with self._lock:
            self._flying |= {one.attempt.transaction: one for one in done}
        return done

    def _broadcast(self, ledger: OpenLedger) -> None:
        size = ledger.workflow.profile.commands_per_broadcast
        left: list[_Flying] = []
        for start in range(0, len(self._unsent), size):
            part = self._unsent[start : start + size]
            answers = ledger.workflow.broadcast([one.attempt for one in part], self._soon())
            for one, answer in zip(part, answers, strict=True):
                if answer.status in AGAIN:
                    left.append(one)
                else:
                    self._taken(one, answer)
        self._unsent = left

    def _taken(self, one: _Flying, answer: Broadcast) -> None:
        if answer.status in SENT:
            self._notes.add(Change(one.request.number, Stage.SENT, self._clock.now()))
            return
        self._landed(one)
        if answer.status is BroadcastStatus.REFUSED:
            name = answer.rejection.code.name if answer.rejection else answer.reason
            self._ended(one.request, one.lanes, Outcome.REJECTED if answer.rejection else Outcome.FAILED, name)
        else:
            self._free(one.lanes)
            self._again.append(one.request)

    # Watching

    def _watch(self, ledger: OpenLedger) -> None:
        asked = 0.0
        while not self.stop.is_set():
            head = ledger.finality.head(self._soon())
            moved = not isinstance(head, Unavailable) and head.height != self._head
            if not isinstance(head, Unavailable):
                self._head = head.height
            if moved or monotonic() - asked > ASK_ANYWAY_SECONDS:
                asked = monotonic()
                self._ask(ledger)
                self._settle(ledger)
            self.stop.wait(POLL_SECONDS)

    def _settle(self, ledger: OpenLedger) -> None:
        if self._settling is not None:
            for number in self._settling.final(ledger, self._soon()):
                self._notes.add(Change(number, Stage.ENDED, self._clock.now(), final=True))

    def _ask(self, ledger: OpenLedger) -> None:
        with self._lock:
            waiting = list(self._flying.values())
        for start in range(0, len(waiting), BATCH):
            part = waiting[start : start + BATCH]
            told = ledger.workflow.receipts([one.attempt.transaction for one in part], self._soon())
            now = self._clock.now()
            for one, receipt in zip(part, told, strict=True):
                self._judge(one, receipt, now)

    def _judge(self, one: _Flying, receipt: Receipt, now: float) -> None:
        number = one.request.number
        if receipt.status is ReceiptStatus.INCLUDED:
            self._landed(one)
            self._free(one.lanes)
            height = receipt.block.height if receipt.block else -1
            self._notes.add(Change(number, Stage.INCLUDED, now, height=height, cost=receipt.cost))
            if self._settling is None or receipt.block is None:
                self._notes.add(Change(number, Stage.ENDED, now, height=height, cost=receipt.cost))
            else:
                self._settling.add(number, one.command, receipt.block)
        elif receipt.status is ReceiptStatus.REJECTED:
            self._landed(one)
            name = receipt.rejection.code.name if receipt.rejection else receipt.reason
            self._ended(one.request, one.lanes, Outcome.REJECTED, name)
        elif receipt.status is ReceiptStatus.DEAD:
            self._landed(one)
            self._free(one.lanes)
            self._again.append(one.request)

    def _landed(self, one: _Flying) -> None:
        with self._lock:
            self._flying.pop(one.attempt.transaction, None)

    def _free(self, lanes: frozenset[Key]) -> None:
        with self._lock:
            self._busy -= lanes

    def _ended(self, request: Request, lanes: frozenset[Key], outcome: Outcome, reason: str) -> None:
        self._free(lanes)
        self._notes.add(Change(request.number, Stage.ENDED, self._clock.now(), outcome, reason=reason))
