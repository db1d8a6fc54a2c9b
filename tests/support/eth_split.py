"""A network of five signers, split three to two, and joined again."""

from collections.abc import Callable

from tests.support.eth_network import EthNetwork, wait

MAJORITY, MINORITY = (0, 1, 2), (3, 4)


def apart(network: EthNetwork) -> None:
    """3 | 2, of which the minority seals nothing before `let_seal`, but then two blocks.

    A signer seals one of any three blocks, so both must have left the last two to others. What it has begun to seal
    before it is told to stop it finishes, so those two come after that.
    """
    few = {network.signers[place].address for place in MINORITY}

    def may_seal() -> bool:
        height = network.height(3)
        sealed = network.ask(3, *(("clique_getSigner", [hex(one)]) for one in (height - 1, height)))
        return few.isdisjoint(sealed)

    def is_apart() -> bool:
        counts = [int(network.ask(place, ("net_peerCount", []))[0], 16) for place in (*MAJORITY, *MINORITY)]
        return counts == [2, 2, 2, 1, 1]

    for place in MINORITY:
        network.ask(place, ("miner_stop", []))
    stopped = network.height(3)
    wait(lambda: network.height(3) > stopped + 1 and may_seal(), 60)
    network.split(MAJORITY, MINORITY)
    wait(is_apart, 20)


def let_seal(network: EthNetwork, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Let the minority seal as long as it can: one block each, the first by the signer that its nodes know.

    Both at once might seal the same height with the same weight, and then block each other. `meanwhile` is done after
    each of the blocks, and before.
    """
    height = network.height(MINORITY[0])
    meanwhile()
    for above, place in enumerate(MINORITY, 1):
        network.ask(place, ("miner_start", []))
        wait(lambda above=above: min(map(network.height, MINORITY)) >= height + above, 30)  # type: ignore[misc]
        meanwhile()


def together_again(network: EthNetwork) -> None:
    """All signers on one chain, whose head moves; the majority's, since it is longer by then."""
    wait(lambda: network.height(0) > network.height(3) + 1, 60)
    network.heal()
    start = network.height(0)
    wait(lambda: network.height(3) > start + 1, 60)
    wait(lambda: network.ask(0, block_at(start)) == network.ask(3, block_at(start)), 60)


def block_at(height: int) -> tuple[str, list[object]]:
    """The question for a block."""
    return "eth_getBlockByNumber", [hex(height), False]
