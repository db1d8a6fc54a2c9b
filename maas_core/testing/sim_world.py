"""The world of a simulated schedule: one chain, the ways in which it troubles its users, and their nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from maas_core.ledgerio.engine import Engine, EngineSettings
from maas_core.ledgerio.journal import ChainState, Changes, NewSubmission
from maas_core.ledgerio.policy import Agreement, Depth, FinalityPolicies, FinalityPolicy, Native
from maas_core.ledgerio.submission import Submission
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Attempt, BlockRef, Broadcast
from maas_core.protocol.commands import Command
from maas_core.testing.memory_journal import MemoryJournal
from maas_core.testing.sim_checks import STRICT_DEPTH, NodeChecks
from maas_core.testing.sim_ledger import Faults, SimBlock, SimLedger
from maas_core.testing.sim_story import DEPTH, IDENTITIES, Story, founded

EPOCH = 1_780_000_000
HOUR = 3_600
DEEPEST_REORGANISATION = 4
LEAST_DEPTH = DEEPEST_REORGANISATION + 1
"""The least depth that any policy of a schedule calls final."""
SETTINGS = EngineSettings(batch=8, page_events=20)


class Crash(Exception):
    """The process of a node ends here."""


@dataclass
class NodeClock:
    """A node's clock: it runs with the world's, and somebody may set it."""

    world: "World"
    offset: int = 0

    def now(self) -> int:
        """Seconds UTC."""
        return int(self.world.seconds) + self.offset

    def monotonic(self) -> float:
        """Seconds."""
        return self.world.seconds


class World:
    """The chain and its two branches while it is split; time; and the dice."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.seconds: float = EPOCH
        self.chain = founded(EPOCH)
        self.other: SimBlock | None = None
        """The head of the smaller part of the network, while that is cut off."""
        self._split_at = 0
        self.highest = self.chain.head.ref.height
        self.catastrophe = False
        """Whether a reorganisation was deeper than what is called final."""

    def mine(self, chance: float = 0.7) -> None:
        """A block on the main branch, with some of the waiting transactions."""
        self._adopt(self.chain.mine(int(self.seconds), choose=lambda _: self.random.random() < chance))

    def _adopt(self, block: SimBlock) -> None:
        self.chain.adopt(block)
        self.highest = max(self.highest, block.ref.height)

    def move(self) -> None:
        """Something happens."""
        match self.random.randrange(10):
            case 0 | 1 | 2 | 3 | 4:
                for _ in range(self.random.randrange(1, 4) * (3 if self.other else 1)):
                    self.mine()
            case 5 | 6:
                self._reorganise(self.random.randrange(1, DEEPEST_REORGANISATION + 1))
            case 7:
                self._split_or_heal()
            case 8:
                self.chain.deliver()
            case _:
                self._forget()
        if self.other is not None and self.random.random() < 0.5:
            self._mine_on_the_other_side()

    def _reorganise(self, depth: int) -> None:
        """Replace blocks, but none that anybody may have called final."""
        head = self.chain.head.ref.height
        depth = min(depth, head - (self.highest - LEAST_DEPTH), head - self._split_at if self.other else depth)
        if depth > 0:
            self._replace(depth)

    def _replace(self, depth: int) -> None:
        block = self.chain.ancestor(depth)
        for _ in range(depth + 1):
            block = self.chain.mine(block.ref.time + 1, on=block, choose=lambda _: self.random.random() < 0.5)
        self._adopt(block)

    def contradict(self) -> None:
        """Replace blocks that were called final."""
        self.catastrophe = True
        self.heal()
        self._replace(self.random.randrange(LEAST_DEPTH + 1, 2 * DEPTH + 4))

    def _split_or_heal(self) -> None:
        if self.other is None:
            self.other, self._split_at = self.chain.head, self.chain.head.ref.height
        elif self.random.random() < 0.3:
            self.heal()

    def heal(self) -> None:
        """The network is whole again: the main branch wins."""
        self.other = None

    def _mine_on_the_other_side(self) -> None:
        if self.other is not None and self.other.ref.height - self._split_at < DEEPEST_REORGANISATION:
            time = max(int(self.seconds), self.other.ref.time + 1)
            self.other = self.chain.mine(time, on=self.other, choose=lambda _: self.random.random() < 0.5)
            self.highest = max(self.highest, self.other.ref.height)

    def _forget(self) -> None:
        """Those who make blocks drop a transaction that waits."""
        waiting = [one for one in self.chain.pool if one not in self.chain.head.included]
        if waiting:
            del self.chain.pool[self.random.choice(waiting)]


class RandomFaults(Faults):
    """Losses with the schedule's probabilities, until `calm`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.loss = random.choice((0.0, 0.05, 0.2, 0.4))
        self.delay = random.choice((0.0, 0.0, 0.3))
        self.calm = False

    def request_lost(self) -> bool:
        """The call does not reach the ledger."""
        return not self.calm and self._random.random() < self.loss

    def response_lost(self) -> bool:
        """The call has its effect and no answer comes."""
        return not self.calm and self._random.random() < self.loss

    def delayed(self) -> bool:
        """A transaction is accepted, and comes to those who make blocks only later."""
        return not self.calm and self._random.random() < self.delay


class Liar(Faults):
    """An observer that claims to see more than there is, and says yes to every block, or no to every one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._yes = world.random.random() < 0.5

    def lies_about(self, block: BlockRef) -> bool:
        """Whether its one word is the wrong one for this block."""
        stands = self._world.chain.head.branch.get(block.height) == block.digest
        return stands != self._yes

    def boasts(self) -> int:
        """Enough for every depth."""
        return 50


class CrashingJournal(MemoryJournal):
    """A journal whose owner crashes before or after a transaction when the schedule says so."""

    def __init__(self, node: "SimNode") -> None:
        super().__init__()
        self._node = node

    def commit(self, changes: Changes) -> None:
        """Store, and crash before or after it."""
        self._node.may_crash()
        self._node.checks.before_commit(changes)
        super().commit(changes)
        self._node.may_crash()

    def submit(self, new: Sequence[NewSubmission]) -> list[Submission]:
        """Store, and crash before or after it."""
        self._node.may_crash()
        stored = super().submit(new)
        self._node.may_crash()
        return stored


@dataclass
class WatchedLedger(SimLedger):
    """A node's endpoint that notes what is sent through it."""

    checks: NodeChecks | None = None

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Put transactions into the pool."""
        assert self.checks is not None
        self.checks.before_broadcast(attempts)
        return super().broadcast(attempts, deadline)


class SimNode:
    """One party: its endpoint, its journal, and an engine that a crash replaces."""

    def __init__(self, world: World, number: int, lifetime: int | None) -> None:
        random = world.random
        self._world = world
        self.faults = RandomFaults(random)
        self.clock = NodeClock(world)
        self.crashes = random.choice((0.0, 0.003, 0.01))
        self.restless = random.choice((0.0, 0.0, 0.06))
        """The chance that the world moves, or the endpoint finds its way back to it, between two calls of one step."""
        self.story = Story(number)
        self.lag = 0
        self.cut_off = False
        self.journal = CrashingJournal(self)
        if random.random() < 0.8:
            self._know_the_beginning()
        self._ledger = WatchedLedger(world.chain, IDENTITIES[number], self.faults, self._seen, lifetime=lifetime)
        self._policies = self._choose_policies()
        self.checks = self._ledger.checks = NodeChecks(self.journal, world.chain, exact=not self.restless)
        self.engine = self._start()

    def _know_the_beginning(self) -> None:
        """The node was there when the deployment was founded; a few have that to read yet."""
        block = self._world.chain.ancestor(DEPTH)
        self.journal.chain = ChainState(block.ref, ())
        self.journal.records = dict(block.state.items())  # type: ignore[attr-defined]

    def _choose_policies(self) -> FinalityPolicies:
        self._ledger.final_below = DEPTH
        self._ledger.others = (
            SimLedger(self._world.chain, b"", Liar(self._world)),
            SimLedger(self._world.chain, b"", self.faults, lambda: self._world.chain.ancestor(1)),
        )
        choices: tuple[FinalityPolicy, ...] = (Depth(DEPTH), Depth(), Native(), Agreement(2, LEAST_DEPTH))
        by_action = {"start_machine": Depth(LEAST_DEPTH), "anchor_telemetry": Depth(STRICT_DEPTH)}
        return FinalityPolicies(self._world.random.choice(choices), by_action)

    def _seen(self) -> SimBlock:
        """The head as this node's endpoint sees it: on its side of a split, some blocks behind."""
        self.may_crash()
        if not self.faults.calm and self.restless and self._world.random.random() < self.restless:
            self._world.move()
            self.lag, self.cut_off = 0, False
        head = self._world.other if self.cut_off and self._world.other else self._world.chain.head
        return self._world.chain.ancestor(self.lag, head)

    def may_crash(self) -> None:
        """Crash, if the schedule says so."""
        if not self.faults.calm and self.crashes and self._world.random.random() < self.crashes:
            raise Crash

    def _start(self) -> Engine:
        return Engine(OpenLedger(self._ledger, self._ledger), self.journal, self._policies, self.clock, SETTINGS)

    def step(self) -> None:
        """One step of the engine, or a crash within it; what must hold is checked after it."""
        try:
            self.engine.step()
        except Crash:
            self.engine = self._start()
        self.checks.after_step(self.engine)

    def submit(self) -> None:
        """Store what the party wants, by this process or another one; a second time changes nothing."""
        random, now = self._world.random, self.clock.now()
        if self.journal.chain.halt is not None:
            return
        wishes: list[Command] = self.story.next_commands(self.engine.provisional(), now)
        chosen = random.sample(wishes, min(len(wishes), 2))
        limit = random.choice((None, None, None, now + 15))
        new = [NewSubmission(self.story.next_id(), command, now, limit) for command in chosen]
        try:
            self.engine.submit(new)
            self.journal.submit(new)
        except Crash:
            self.engine = self._start()

    def calm_down(self) -> None:
        """No faults from here on."""
        self.faults.calm = True
        self.lag, self.cut_off, self.clock.offset = 0, False, 0
