"""Two signers that block each other for good, made on purpose, and what the watchdog of the devnet makes of it."""

import json
import time
from pathlib import Path

from tests.support.eth_network import EthNetwork, wait

NEWEST = ("eth_getBlockByNumber", ["latest", False])

LONGER_THAN_A_BLOCK = 2.5
"""Seconds within which a block that was being sealed has come."""


def newest(network: EthNetwork, signer: int) -> tuple[int, str, int]:
    """Height, digest and difficulty of a signer's chain."""
    [head] = network.ask(signer, NEWEST)
    return int(head["number"], 16), head["hash"], int(head["totalDifficulty"], 16)


def at_rest(network: EthNetwork) -> int:
    """Let all stop sealing; returns the height of the block on which all are then, and stay."""
    network.each(lambda one: network.ask(one, ("miner_stop", [])))
    seen = [newest(network, one) for one in range(3)]
    since = time.monotonic()
    while len(set(seen)) > 1 or time.monotonic() - since < LONGER_THAN_A_BLOCK:
        time.sleep(0.1)
        before, seen = seen, [newest(network, one) for one in range(3)]
        since = since if seen == before else time.monotonic()
    return seen[0][0]


def block_each_other(network: EthNetwork) -> tuple[int, int]:
    """Leave two signers awake, each on a block of its own that weighs as much as the other's; returns their places.

    A signer seals one of any two blocks; block n is the turn of the signer of place n % 3 by address, and weighs twice
    as much from it as from another. So when the third seals out of turn, and it would have been its turn next, the
    other two may both seal the block after, both out of turn.
    """
    by_address = sorted(range(3), key=lambda place: network.signers[place].address)
    while True:
        height = at_rest(network)
        third = by_address[(height + 2) % 3]
        if network.ask(third, ("clique_getSigner", [hex(height)])) != [network.signers[third].address]:
            break
        network.each(lambda one: network.ask(one, ("miner_start", [])))
        wait(lambda: newest(network, 0)[0] > height, 30)  # noqa: B023 - called at once
    first, second = (place for place in range(3) if place != third)
    network.ask(third, ("miner_start", []))
    wait(lambda: all(newest(network, one)[0] == height + 1 for one in range(3)), 30)
    network.kill(third)
    network.split([first], [second])
    for one in (first, second):
        network.ask(one, ("miner_start", []))
    wait(lambda: all(newest(network, one)[0] == height + 2 for one in (first, second)), 30)
    network.heal(first, second)
    return first, second


def test_signers_that_block_each_other_are_freed(own_eth: EthNetwork) -> None:
    first, second = block_each_other(own_eth)
    one, other = newest(own_eth, first), newest(own_eth, second)
    assert one[1] != other[1]
    assert (one[0], one[2]) == (other[0], other[2])

    wait(lambda: newest(own_eth, first)[0] > one[0] + 4, 90)
    wait(lambda: newest(own_eth, second)[0] > one[0] + 4, 10)

    told = told_by_the_watchdog(own_eth.devnet.folder)
    assert [line.keys() - {"time"} for line in told] == [{"blocked", "height"}, {"repaired"}]
    assert told[0]["height"] == one[0]
    assert told[1]["repaired"] is True


def told_by_the_watchdog(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "watchdog.log").read_text("utf-8").splitlines()]
