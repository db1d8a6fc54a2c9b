"""Deterministic simulation: real engines over a simulated ledger, one seed driving everything that can go wrong.

    python -m maas_core.testing.simulate --schedules 1000 --seed 1

Each schedule lets three to five nodes carry machines, invoices and tickets through their states while requests and
responses get lost, transactions are delayed, doubled and forgotten, blocks are reorganised, the network splits, clocks
are set, observers lie, and nodes crash between any two calls. After each step the invariants of `sim_checks` are
checked; when the faults stop, every submission must come to its end. A schedule depends on its seed alone, so a failing
one is run again by `--schedules 1 --seed N`.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from random import Random

from maas_core.testing.sim_checks import InvariantError, require
from maas_core.testing.sim_story import BOARD, CUSTOMER, DEPTH, MAINTAINER, OEM, RIVAL
from maas_core.testing.sim_world import HOUR, SimNode, World

PARTIES = (CUSTOMER, OEM, MAINTAINER, RIVAL, BOARD)
CALM_ROUNDS = 60
BLOCKS_OF_A_CALM_ROUND = 4
LAGS = (0, 0, 1, 2, 9)
STEPS = 30


class Schedule:
    """One run."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - it draws schedules, not keys
        self.world = World(self.random)
        lifetime = self.random.choice((None, 20))
        parties = PARTIES[: self.random.choice((3, 3, 3, 4, 5))]
        self.nodes = [SimNode(self.world, number, lifetime) for number in parties]
        self._contradicts = self.random.random() < 0.15
        self._sets_clocks = self.random.random() < 0.2

    def run(self, steps: int) -> None:
        """Faults for `steps` steps, then calm until everything is at its end."""
        contradiction = self.random.randrange(steps // 2, steps - steps // 6) if self._contradicts else None
        for number in range(steps):
            self.world.seconds += self.random.choice((0.1, 0.5, 1.0, 4.0))
            if number == contradiction:
                self.world.contradict()
            self._one_step()
        self._calm_down()
        for node in self.nodes:
            node.checks.at_the_end()
            halted = node.journal.chain.halt is not None
            require(not halted or self.world.catastrophe, "a node halted although no reorganisation was that deep")

    def _one_step(self) -> None:
        node = self.random.choice(self.nodes)
        match self.random.randrange(12):
            case 0 | 1 | 2 | 3:
                self.world.move()
            case 4:
                self._disturb(node)
            case 5 | 6 | 7:
                node.submit()
                node.step()
            case _:
                node.step()

    def _disturb(self, node: SimNode) -> None:
        node.lag = self.random.choice(LAGS)
        node.cut_off = self.random.random() < 0.4 and (node.cut_off or self.world.other is None)
        if self._sets_clocks:
            node.clock.offset = self.random.choice((0, -HOUR, HOUR))

    def _calm_down(self) -> None:
        self.world.heal()
        for node in self.nodes:
            node.calm_down()
            node.step()
        for _ in range(CALM_ROUNDS):
            self._calm_round()
            waiting = [node for node in self.nodes if node.engine.unfinished() and node.engine.chain.halt is None]
            for node in waiting:
                node.step()
            if not waiting:
                break
        for _ in range(DEPTH // BLOCKS_OF_A_CALM_ROUND + 1):
            self._calm_round()
        for node in self.nodes:
            node.step()

    def _calm_round(self) -> None:
        self.world.seconds += 8.0
        self.world.chain.deliver()
        for _ in range(BLOCKS_OF_A_CALM_ROUND):
            self.world.mine(chance=1.0)


def run_schedules(first: int, count: int, steps: int = STEPS) -> None:
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
    parser.add_argument("--steps", type=int, default=STEPS)
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
