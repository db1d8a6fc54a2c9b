"""What the bare client sent, until it is final by a node's policies."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from maas_core.bench.settling import Settling
from maas_core.ledgerio.policy import Depth, FinalityPolicies, Native
from maas_core.node.parties import FIRST_RULES
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import BlockRef, Unavailable
from maas_core.protocol import commands as c
from maas_core.protocol.records import Deployment

MACHINE = b"m" * 16
STOP = c.StopMachine(MACHINE, 3, 0, 1, b"\x00" * 32)
ACCEPT = c.AcceptMachine(MACHINE, 1, b"\x00" * 32)


@dataclass
class Chain:
    """A chain that says how high it is."""

    height: int = 0
    known: bool = True

    def head(self, _: Deadline) -> BlockRef:
        return block(self.height)

    def final_height(self, _: Deadline) -> int:
        return self.height

    def read_record(self, *_: object) -> Deployment | Unavailable:
        if not self.known:
            return Unavailable("not now")
        return Deployment(b"", b"", 1, b"", FIRST_RULES, 1, 1)


def block(height: int) -> BlockRef:
    return BlockRef(height, height.to_bytes(32), height)


def final(settling: Settling, chain: Chain) -> list[int]:
    return settling.final(OpenLedger(chain, chain), Deadline.after(SystemClock(), 1.0))  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20), st.integers(0, 20))
def test_each_is_told_once_and_as_soon_as_so_many_blocks_are_on_top(heights: list[int], depth: int) -> None:
    settling = Settling(FinalityPolicies(Depth(depth)))
    for number, height in enumerate(heights):
        settling.add(number, STOP, block(height))
    told = {}
    for height in range(70):
        for number in final(settling, Chain(height)):
            assert number not in told
            told[number] = height
    assert told == {number: height + depth for number, height in enumerate(heights)}


def test_each_action_waits_by_its_own_policy() -> None:
    settling = Settling(FinalityPolicies(Depth(5), {"accept_machine": Native()}))
    settling.add(1, STOP, block(3))
    settling.add(2, ACCEPT, block(3))
    assert final(settling, Chain(3)) == [2]
    assert final(settling, Chain(8)) == [1]


def test_a_depth_by_the_rule_is_the_deployments_and_nothing_is_final_until_that_is_known() -> None:
    settling = Settling(FinalityPolicies(Depth()))
    settling.add(1, STOP, block(3))
    assert final(settling, Chain(1000, known=False)) == []
    assert final(settling, Chain(3 + FIRST_RULES.finality_depth - 1)) == []
    assert final(settling, Chain(3 + FIRST_RULES.finality_depth)) == [1]
