"""`kill -9` at any point between intent and final: a stored intent is applied exactly once, any other not at all."""

import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.e2e.pair import Pair, Party, make_pair

WRAPPER = Path(__file__).with_name("killed_at.py")
POINTS = 13
START = ("start",)
STOP = ("stop", "--cause", "operator")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(tmp_path_factory.mktemp("kill") / "pair")


def under_wrapper(point: int) -> tuple[str, ...]:
    return (sys.executable, str(WRAPPER), str(point))


def stored_intents(party: Party) -> int:
    with sqlite3.connect(party.config.with_name("node.db")) as database:
        return int(database.execute("SELECT count(*) FROM submissions").fetchone()[0])


def points_of(pair: Pair, machine: str) -> list[int]:
    """Points spread over the calls that one command takes, from the first to the last."""
    done = pair.customer.run("machine", *START, machine, command=under_wrapper(0))
    assert done.returncode == 0, done.stderr
    calls = int(done.stderr.strip().splitlines()[-1])
    return sorted({1 + (calls - 1) * index // (POINTS - 1) for index in range(POINTS)})


def version_after_a_kill(pair: Pair, machine: str, point: int) -> int:
    """Kill the customer's node at a point of its next command, let it recover; returns the machine's version."""
    running = pair.customer.ok("machine", "show", machine)["state"] == "EXECUTED"
    action = STOP if running else START
    done = pair.customer.run("machine", action[0], machine, *action[1:], command=under_wrapper(point))
    assert done.returncode == -signal.SIGKILL, f"point {point} was not reached: {done.stderr}"
    pair.customer.ok("node", "sync")
    assert pair.customer.ok("ledger", "submissions") == []
    version: int = pair.customer.ok("machine", "show", machine)["version"]
    return version


def test_a_node_killed_at_any_point_applies_each_stored_intent_exactly_once(pair: Pair) -> None:
    machine = pair.register()
    points = points_of(pair, machine)
    assert len(points) >= 12
    before, version = stored_intents(pair.customer), pair.customer.ok("machine", "show", machine)["version"]
    for point in points:
        seen = version_after_a_kill(pair, machine, point)
        stored = stored_intents(pair.customer)
        assert seen - version == stored - before, f"point {point} of {points[-1]}"
        before, version = stored, seen
    assert len(pair.customer.ok("machine", "history", machine)) == version
    assert before >= len(points), "the intent was stored at nearly all points"
    assert pair.customer.ok("verify")["different"] == []
    assert pair.oem.ok("machine", "show", machine)["version"] == version
