"""A process beside the signers: when two forks of equal difficulty have stopped for good, it makes one side give way.

With an even number of signers awake, two halves can each have sealed a block of the same difficulty and height, and
each then waits for the other: everybody "signed recently". What recovers it is to take one half two blocks back, let it
meet the others anew, and seal again only when it has their chain: else it might seal its own block once more.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from maas_ledger_eth.devnet import geth, peering
from maas_ledger_eth.devnet.layout import Layout, NetworkPlan, SignerPlace
from maas_ledger_eth.transport.endpoints import NEWEST
from maas_ledger_eth.transport.rpc import NoAnswer

PATIENCE_PERIODS = 12
"""Periods without a new block anywhere after which it is looked whether the signers block each other."""
LEAST_PATIENCE = 8.0
LOOK_SECONDS = 1.0
BACK = 2
MEET_SECONDS = peering.LONG_ENOUGH
"""How long a side that was taken back may take to be on the others' chain; then it seals again wherever it is."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A node's newest block."""

    signer: SignerPlace
    height: int
    digest: str
    difficulty: int
    """Of the whole chain."""


def tips(plan: NetworkPlan) -> list[Tip]:
    """The newest blocks of all nodes that answer."""
    found = []
    for one in plan.signers:
        try:
            head = geth.ask(one, [NEWEST], 2.0)[0]
        except NoAnswer:
            continue
        if isinstance(head, dict):
            found.append(Tip(one, int(head["number"], 16), head["hash"], int(head["totalDifficulty"], 16)))
    return found


def blocked(seen: list[Tip]) -> list[Tip]:
    """The nodes to take back: those of one side, if there are two sides of the same weight; else none."""
    heaviest = max((one.difficulty for one in seen), default=0)
    sides = sorted({one.digest for one in seen if one.difficulty == heaviest})
    return [one for one in seen if one.digest == sides[-1]] if len(sides) > 1 else []


def repair(plan: NetworkPlan, losing: list[Tip]) -> bool:
    """Take one side back and let it meet the others again; whether it then has their chain. Raises `NoAnswer`."""
    names = {tip.signer.name for tip in losing}
    try:
        for tip in losing:
            back = hex(max(tip.height - BACK, 0))
            geth.ask(tip.signer, [("miner_stop", []), ("debug_setHead", [back])])
            peering.part(tip.signer, [one for one in plan.signers if one.name not in names])
        return _joined(plan, names, max(tip.difficulty for tip in losing))
    finally:
        for tip in losing:
            geth.ask(tip.signer, [("miner_start", [])])


def _joined(plan: NetworkPlan, names: set[str], difficulty: int) -> bool:
    """Wait until signers are peers of all that are awake and have a chain of at least this difficulty."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < MEET_SECONDS:
        seen = tips(plan)
        are_met = peering.are_met([one.signer for one in seen], waited)
        if are_met and all(one.difficulty >= difficulty for one in seen if one.signer.name in names):
            return True
        time.sleep(LOOK_SECONDS / 4)
    return False


def watch(layout: Layout) -> None:
    """Look once a second, for ever."""
    plan = layout.load()
    if plan is None:
        return
    patience = max(LEAST_PATIENCE, PATIENCE_PERIODS * plan.period)
    last, since = set[str](), time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        seen = tips(plan)
        now = {one.digest for one in seen}
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > patience:
            since = time.monotonic()
            if losing := blocked(seen):
                _tell({"blocked": [one.signer.name for one in losing], "height": losing[0].height})
                try:
                    _tell({"repaired": repair(plan, losing)})
                except NoAnswer as reason:
                    _tell({"repair": str(reason)})


def _tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({"time": int(time.time()), **what}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    watch(Layout(Path(sys.argv[1])))
