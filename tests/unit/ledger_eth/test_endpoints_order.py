"""Which endpoint is asked first: the first in the config that is well and has the blocks that others have.

And which is believed when it says that a block is gone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from maas_ledger_eth.finality import AgreedView
from maas_ledger_eth.settings import ChainKind
from maas_ledger_eth.transport.endpoints import NEWEST, Asker, Endpoint, Endpoints
from maas_ledger_eth.transport.rpc import Call, NoAnswer

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, Unavailable
from maas_core.testing.sim_clock import SimClock

CLOCK = SimClock()
NAME: Call = ("web3_clientVersion", [])


class Node:
    """A node at a height, which may be away; of some blocks it tells the digest."""

    def __init__(self, name: str, height: int = 10, digests: Mapping[int, bytes] | None = None) -> None:
        self.name = name
        self.height = height
        self.digests = digests or {}
        self.away = False

    def batch(self, calls: Sequence[Call], seconds: float) -> list[Any]:
        if self.away:
            raise NoAnswer(f"{self.name}: no connection")
        return [self.name if call == NAME else self.block(call) for call in calls]

    def block(self, call: Call) -> dict[str, str] | None:
        height = self.height if call == NEWEST else int(call[1][0], 16)
        digest = self.digests.get(height, bytes(32)).hex()
        if height > self.height:
            return None
        return {"number": hex(height), "hash": "0x" + digest, "timestamp": hex(1_700_000_000)}

    def close(self) -> None:
        pass


def endpoints(*nodes: Node, agree: int = 1) -> Endpoints:
    def check(asker: Asker, deadline: Deadline) -> None:
        pass

    return Endpoints([Endpoint(one, check, CLOCK, 100) for one in nodes], CLOCK, agree, 2.0)


def soon() -> Deadline:
    return Deadline.after(CLOCK, 5)


def asked_first(among: Endpoints) -> str:
    among.ask([NEWEST], soon())
    return str(among.ask([NAME], soon())[0])


def test_one_that_failed_is_left_alone_for_a_while_and_then_is_first_again() -> None:
    first, second = Node("first"), Node("second")
    both = endpoints(first, second)
    first.away = True
    assert asked_first(both) == "second"
    first.away = False
    assert asked_first(both) == "second"
    CLOCK.pass_time(1)
    assert asked_first(both) == "first"


def test_one_that_comes_back_behind_the_others_is_first_again_when_it_has_caught_up() -> None:
    first, second = Node("first"), Node("second")
    both = endpoints(first, second)
    first.away = True
    assert asked_first(both) == "second"
    first.away, second.height = False, 14
    assert asked_first(both) == "second"
    for first.height in (10, 12):
        CLOCK.pass_time(20)
        assert asked_first(both) == "second"
    first.height = 13
    CLOCK.pass_time(1)
    assert asked_first(both) == "first"


def test_one_that_is_behind_is_asked_when_no_other_answers() -> None:
    first, second = Node("first"), Node("second", 14)
    both = endpoints(first, second)
    first.away = True
    assert asked_first(both) == "second"
    first.away, second.away = False, True
    CLOCK.pass_time(20)
    assert asked_first(both) == "first"


def test_one_alone_is_asked_whatever_it_did_before() -> None:
    only = Node("only")
    alone = endpoints(only)
    assert asked_first(alone) == "only"
    only.away = True
    with pytest.raises(NoAnswer, match="no connection"):
        asked_first(alone)
    only.away = False
    assert asked_first(alone) == "only"


BLOCK = BlockRef(12, b"f" * 32, 1_700_000_000)


def view(agree: int, *nodes: Node) -> AgreedView:
    return AgreedView(endpoints(*nodes, agree=agree), ChainKind.CLIQUE)


def at(name: str, height: int, *, has_it: bool) -> Node:
    return Node(name, height, {12: b"f" * 32 if has_it else b"o" * 32})


def test_a_block_is_not_gone_while_another_endpoint_has_it_on_a_longer_chain() -> None:
    late = view(1, at("late", 12, has_it=False), at("other", 15, has_it=True))
    assert late.is_canonical(BLOCK, soon()) == Unavailable("late is on a branch that others have left, at block 12")


@pytest.mark.parametrize(
    "other", [at("no longer", 15, has_it=True), at("without it", 20, has_it=False), at("behind", 11, has_it=True)]
)
def test_a_block_is_gone_if_no_longer_chain_has_it(other: Node) -> None:
    assert view(1, at("first", 15, has_it=False), other).is_canonical(BLOCK, soon()) is False


def test_an_endpoint_that_is_away_says_nothing_for_a_block() -> None:
    away = at("away", 20, has_it=True)
    away.away = True
    assert view(1, at("first", 15, has_it=False), away).is_canonical(BLOCK, soon()) is False


def test_where_several_must_agree_their_word_is_enough() -> None:
    three = (at("a", 15, has_it=False), at("b", 15, has_it=False), at("liar", 99, has_it=True))
    assert view(2, *three).is_canonical(BLOCK, soon()) is False
