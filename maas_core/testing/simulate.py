"""Deterministic simulation: real engines over a simulated ledger, one seed driving everything that can go wrong.

    python -m maas_core.testing.simulate --schedules 1000 --seed 1

Each schedule lets three nodes carry machines through their states while requests and responses get lost, blocks are
reorganised, endpoints fall behind each other and nodes crash between any two transactions of their journal. After
each step the invariants are checked; when the faults stop, every submission must come to its end. A schedule depends
on its seed alone, so a failing one is run again by `--schedules 1 --seed N`.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from maas_core.ledgerio.engine import Engine, EngineSettings
from maas_core.ledgerio.journal import Changes, NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.projection import Folding
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.backends import OpenLedger
from maas_core.ports.workflow import BlockRef, EventBlock
from maas_core.protocol.commands import Command
from maas_core.protocol.model.overlay import ABSENT, Overlay
from maas_core.protocol.records import Key
from maas_core.protocol.rejections import Rejection
from maas_core.testing.memory_journal import MemoryJournal
from maas_core.testing.sim_ledger import Faults, SimBlock, SimChain, SimLedger
from maas_core.testing.sim_story import Story, founded

DEPTH = 6
DEEPEST_REORGANISATION = 4
EPOCH = 1_780_000_000


class InvariantError(AssertionError):
    """The simulation found a node in a state that must never be."""


class Crash(Exception):
    """The process of a node ends here."""


@dataclass
class SimClock:
    """A clock that only the schedule moves."""

    seconds: float = EPOCH

    def now(self) -> int:
        """Seconds UTC."""
        return int(self.seconds)

    def monotonic(self) -> float:
        """Seconds."""
        return self.seconds


class RandomFaults(Faults):
    """Losses with the schedule's probabilities, until `calm`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.loss = random.choice((0.0, 0.05, 0.2, 0.4))
        self.calm = False

    def request_lost(self) -> bool:
        """The call does not reach the ledger."""
        return not self.calm and self._random.random() < self.loss

    def response_lost(self) -> bool:
        """The call has its effect and no answer comes."""
        return not self.calm and self._random.random() < self.loss


class CrashingJournal(MemoryJournal):
    """A journal whose owner crashes before or after a transaction when the schedule says so."""

    def __init__(self, random: Random, chance: float) -> None:
        super().__init__()
        self._random = random
        self.chance = chance

    def commit(self, changes: Changes) -> None:
        """Store, and crash before or after it."""
        if self._random.random() < self.chance:
            raise Crash
        super().commit(changes)
        if self._random.random() < self.chance:
            raise Crash


class SimNode:
    """One party: its endpoint, its journal, and an engine that a crash replaces."""

    def __init__(self, schedule: "Schedule", number: int, identity: bytes, chance: float) -> None:
        self.faults = RandomFaults(schedule.random)
        self.journal = CrashingJournal(schedule.random, chance)
        self.story = Story(number)
        self.lag = 0
        self._schedule = schedule
        self._ledger = SimLedger(schedule.chain, identity, self.faults, self._seen, lifetime=schedule.lifetime)
        self.engine = self._start()

    def _seen(self) -> SimBlock:
        """The head as this node's endpoint sees it: some blocks behind while it is partitioned."""
        return self._schedule.chain.ancestor(self.lag)

    def _start(self) -> Engine:
        ledger = OpenLedger(self._ledger, self._ledger)
        return Engine(
            ledger,
            self.journal,
            FinalityPolicies(Depth(DEPTH), {"settle_invoice": Depth(DEPTH + 2)}),
            self._schedule.clock,
            EngineSettings(batch=8, page_events=20),
        )

    def step(self) -> None:
        """One step of the engine, or a crash within it."""
        try:
            self.engine.step()
        except Crash:
            self.engine = self._start()

    def submit(self, commands: Sequence[Command]) -> None:
        """Store intents; a second time changes nothing."""
        now = self._schedule.clock.now()
        new = [NewSubmission(self.story.next_id(), command, now) for command in commands]
        self.engine.submit(new)
        self.engine.submit(new)


class Schedule:
    """One run."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - it draws schedules, not keys
        self.clock = SimClock()
        self.chain = SimChain(EPOCH)
        self.lifetime = self.random.choice((None, 20))
        parties = founded(self.chain)
        chance = self.random.choice((0.0, 0.01, 0.05))
        self.nodes = [SimNode(self, number, identity, chance) for number, identity in parties]

    def run(self, steps: int) -> None:
        """Faults for `steps` steps, then calm until everything is at its end."""
        for _ in range(steps):
            self._one_step()
            self._check()
        self._calm_down()
        for node in self.nodes:
            self._check_ended(node)
        self._check_agreement()

    def _one_step(self) -> None:
        self.clock.seconds += self.random.choice((0.1, 0.5, 1.0, 4.0))
        match self.random.randrange(10):
            case 0 | 1 | 2:
                self._mine()
            case 3:
                self._reorganise()
            case 4:
                self.random.choice(self.nodes).lag = self.random.randrange(3)
            case 5 | 6:
                node = self.random.choice(self.nodes)
                node.submit(node.story.next_commands(node.engine.provisional()))
            case _:
                self.random.choice(self.nodes).step()

    def _mine(self) -> None:
        self.chain.adopt(self.chain.mine(self.clock.now(), choose=lambda _: self.random.random() < 0.7))

    def _reorganise(self) -> None:
        depth = self.random.randrange(1, DEEPEST_REORGANISATION + 1)
        block = self.chain.ancestor(depth)
        for _ in range(depth + 1):
            time = block.ref.time + 1
            block = self.chain.mine(time, on=block, choose=lambda _: self.random.random() < 0.5)
        self.chain.adopt(block)

    def _calm_down(self) -> None:
        for node in self.nodes:
            node.faults.calm = True
            node.journal.chance = 0.0
            node.lag = 0
        for _ in range(80):
            self.clock.seconds += 4.0
            self.chain.adopt(self.chain.mine(self.clock.now()))
            for node in self.nodes:
                node.step()
            if not any(node.engine.unfinished() for node in self.nodes):
                break
        for _ in range(DEPTH + 3):
            self.clock.seconds += 4.0
            self.chain.adopt(self.chain.mine(self.clock.now()))
        for node in self.nodes:
            node.step()

    # Invariants

    def _check(self) -> None:
        for node in self.nodes:
            _require(node.journal.chain.halt is None, "a node halted although no reorganisation was that deep")
            self._check_final_stands(node)

    def _check_final_stands(self, node: SimNode) -> None:
        checkpoint = node.journal.chain.checkpoint
        _require(
            checkpoint is None or self.chain.head.branch.get(checkpoint.height) == checkpoint.digest,
            "a final block left the chain",
        )

    def _check_ended(self, node: SimNode) -> None:
        included = self.chain.head.included
        for submission in node.journal.submissions.values():
            applied = [
                one
                for one in submission.attempts
                if one.attempt.transaction in included
                and not isinstance(included[one.attempt.transaction][1], Rejection)
            ]
            _require(len(applied) <= 1, f"submission {submission.seq} was applied {len(applied)} times")
            _require(submission.finished, f"submission {submission.seq} is {submission.state} for ever")
            final = submission.state == SubmissionState.FINAL
            _require(final == bool(applied), _told(submission, len(applied)))

    def _check_agreement(self) -> None:
        expected = _replayed(self.chain, self.nodes[0].journal.chain.checkpoint)
        for node in self.nodes:
            at = node.journal.chain.checkpoint
            state = expected if at == self.nodes[0].journal.chain.checkpoint else _replayed(self.chain, at)
            _require(state == node.journal.records, "the records are not what the ledger says")


def _replayed(chain: SimChain, checkpoint: BlockRef | None) -> dict[Key, Any]:
    blocks: list[EventBlock] = []
    block: SimBlock | None = chain.head
    while block is not None and checkpoint is not None:
        if block.ref.height <= checkpoint.height:
            blocks.append(block.events())
        block = block.parent
    state = Overlay(lambda _: None)
    for entry in reversed(blocks):
        folding = Folding(state, frozenset())
        folding.fold(entry)
        state = folding.state
    return {key: value for key, value in state.changes.items() if value is not ABSENT}


def _told(submission: Submission, applied: int) -> str:
    return f"submission {submission.seq} is {submission.state} and was applied {applied} times"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InvariantError(message)


def run_schedules(first: int, count: int, steps: int) -> None:
    """Run schedules with seeds from `first` on; raises `InvariantError` naming the seed of the first that fails."""
    for seed in range(first, first + count):
        try:
            Schedule(seed).run(steps)
        except InvariantError as error:
            raise InvariantError(f"seed {seed}: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Simulate nodes over a faulty ledger.")
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    try:
        run_schedules(options.seed, options.schedules, options.steps)
    except InvariantError as error:
        print(error)  # noqa: T201
        return 1
    seconds = time.perf_counter() - started
    print(f"{options.schedules} schedules, {options.schedules / seconds:.0f}/s, no violation")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
