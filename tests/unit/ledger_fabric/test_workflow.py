"""Which rejection counts, what becomes of what was sent, and what is too large."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from maas_ledger_fabric.blocks import VALID, Block, BlockTransaction
from maas_ledger_fabric.client import Endorsed
from maas_ledger_fabric.failures import NOT_THERE, Failure, Kind
from maas_ledger_fabric.profile import profile_of
from maas_ledger_fabric.sent import ORDERING_SECONDS, Sent
from maas_ledger_fabric.settings import Peer, Settings
from maas_ledger_fabric.workflow import FabricLedger, receipt_of

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    BroadcastStatus,
    Pending,
    Prepared,
    ReceiptStatus,
    Refused,
    Unavailable,
)
from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code, Rejection
from maas_core.testing.sim_clock import SimClock

OWN, OTHER = "own:7051", "other:7051"
STALE = Rejection(Code.STALE_VERSION)
REJECTED = Failure(Kind.REJECTED, "STALE_VERSION", STALE, address=OWN)
JOIN = c.Join(b"p" * 32)
TRANSACTION = b"t" * 32


class Client:
    """Answers what a test wants."""

    def __init__(self) -> None:
        self.endorsements: list[Endorsed | Failure] = []
        self.heights: dict[str, int | None] = {}
        self.submitted: Failure | None = None
        self.looked_up: bytes | Failure = Failure(Kind.REFUSED, f"{NOT_THERE} [..] in index")
        self.asked = 0

    def endorse(self, calls: Sequence[Sequence[bytes]], deadline: Deadline) -> list[Endorsed | Failure]:
        return [self.endorsements.pop(0) for _ in calls]

    def submit(self, transactions: Sequence[object], deadline: Deadline) -> list[Failure | None]:
        return [self.submitted for _ in transactions]

    def evaluate(self, chaincode: str, arguments: Sequence[bytes], deadline: Deadline) -> bytes | Failure:
        self.asked += 1
        return self.looked_up

    def height(self, address: str, deadline: Deadline) -> int | None:
        return self.heights.get(address)


class Follower:
    """Stands at block 10, from block 5 on."""

    address = OWN

    def __init__(self) -> None:
        self.first = 5
        self.places: dict[bytes, tuple[Block, BlockTransaction]] = {}

    def known_height(self) -> int:
        return 10

    def top(self, deadline: Deadline) -> Block:
        return Block(BlockRef(10, b"d" * 32, 1), b"h" * 32, b"p" * 32, ())

    def where(self, transaction: bytes) -> tuple[Block, BlockTransaction] | None:
        return self.places.get(transaction)

    def covers_all_after(self, height: int) -> bool:
        return height + 1 >= self.first


class Bench:
    def __init__(self) -> None:
        self.clock = SimClock()
        self.client: Any = Client()
        self.follower: Any = Follower()
        settings = Settings(msp_id="M", certificate=Path("c"), gateways=(Peer(OWN),), max_command_bytes=1_024)
        client, follower, nobody = cast("Any", self.client), cast("Any", self.follower), cast("Any", None)
        sent = Sent(self.clock)
        self.ledger = FabricLedger(client, nobody, follower, sent, profile_of(settings), "maas", "maas", ())

    def soon(self) -> Deadline:
        return Deadline.after(self.clock, 5)

    def prepare(self, *answers: Endorsed | Failure) -> object:
        self.client.endorsements = list(answers)
        return self.ledger.prepare(JOIN, Pending(), self.soon())

    def status(self) -> ReceiptStatus:
        [receipt] = self.ledger.receipts([TRANSACTION], self.soon())
        return receipt.status


ENDORSED = Endorsed(TRANSACTION, b"signed")


def test_the_followed_peers_rejection_counts() -> None:
    assert Bench().prepare(REJECTED) == Refused("STALE_VERSION", STALE)


def test_a_peer_that_is_behind_rejects_nothing() -> None:
    bench = Bench()
    bench.client.heights = {OTHER: 10}  # it has blocks 0 to 9
    answer = bench.prepare(replace(REJECTED, address=OTHER))
    assert answer == Unavailable("other:7051: is behind, it lacks block 10")


def test_a_peer_that_has_caught_up_is_asked_again() -> None:
    bench = Bench()
    bench.client.heights = {OTHER: 11}
    assert bench.prepare(replace(REJECTED, address=OTHER), ENDORSED) == Prepared(Attempt(TRANSACTION, b"signed"))
    again = replace(REJECTED, address=OTHER)
    assert bench.prepare(again, again) == Refused("STALE_VERSION", STALE)
    third = replace(REJECTED, address="third:7051")
    assert isinstance(bench.prepare(again, third), Unavailable)


def test_trouble_is_not_a_refusal() -> None:
    assert Bench().prepare(Failure(Kind.LATER, "the clocks differ")) == Unavailable("the clocks differ")
    assert Bench().prepare(Failure(Kind.ELSEWHERE, "nothing listens")) == Unavailable("nothing listens")
    assert Bench().prepare(Failure(Kind.REFUSED, "no member")) == Refused("no member")


def test_a_large_command_is_refused_beside_those_that_fit() -> None:
    bench = Bench()
    bench.client.endorsements = [ENDORSED, ENDORSED]
    item = c.AnchorItem(b"m" * 16, 1, 1, 0, 1, 2, 60, b"d" * 32, bytes(256))
    large = c.AnchorTelemetry((item,) * 3)
    first, second, third = bench.ledger.prepare_all([JOIN, large, JOIN], bench.soon())
    assert isinstance(first, Prepared)
    assert isinstance(second, Refused)
    assert "max_command_bytes" in second.reason
    assert isinstance(third, Prepared)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (None, BroadcastStatus.ACCEPTED),
        (Failure(Kind.ELSEWHERE, "no orderers"), BroadcastStatus.UNAVAILABLE),
        (Failure(Kind.LATER, "busy"), BroadcastStatus.UNAVAILABLE),
        (Failure(Kind.REFUSED, "too large"), BroadcastStatus.REFUSED),
    ],
)
def test_what_an_orderer_says(failure: Failure | None, status: BroadcastStatus) -> None:
    bench = Bench()
    bench.client.submitted = failure
    [answer] = bench.ledger.broadcast([Attempt(TRANSACTION, b"signed")], bench.soon())
    assert answer.status is status


def test_what_was_just_sent_is_waited_for_and_then_sent_again_without_asking_the_peer() -> None:
    bench = Bench()
    bench.prepare(ENDORSED)
    assert bench.status() is ReceiptStatus.UNKNOWN
    bench.ledger.broadcast([Attempt(TRANSACTION, b"signed")], bench.soon())
    assert bench.status() is ReceiptStatus.PENDING
    bench.clock.pass_time(ORDERING_SECONDS)
    assert bench.status() is ReceiptStatus.UNKNOWN
    assert bench.client.asked == 0


def test_what_a_process_before_this_one_sent_is_looked_up_once() -> None:
    bench = Bench()
    assert bench.status() is ReceiptStatus.UNKNOWN
    assert bench.status() is ReceiptStatus.UNKNOWN
    assert bench.client.asked == 1


def test_what_may_lie_in_a_block_that_is_not_kept_any_more_is_looked_up_again() -> None:
    bench = Bench()
    bench.status()
    bench.follower.first = 12
    bench.status()
    assert bench.client.asked == 2


def test_a_peer_that_does_not_tell_makes_nothing_unknown() -> None:
    bench = Bench()
    bench.client.looked_up = Failure(Kind.ELSEWHERE, "nothing listens", silent=True)
    assert bench.status() is ReceiptStatus.UNAVAILABLE


def test_one_that_later_ones_have_overtaken_is_lost() -> None:
    clock = SimClock()
    sent = Sent(clock)
    sent.taken(b"a" * 32)
    clock.pass_time(4)
    sent.taken(b"b" * 32)
    assert sent.is_being_ordered(b"a" * 32)
    sent.seen(b"b" * 32)
    assert not sent.is_being_ordered(b"a" * 32)
    assert sent.is_being_ordered(b"b" * 32)


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        (VALID, ReceiptStatus.INCLUDED, ""),
        (11, ReceiptStatus.DEAD, "MVCC_READ_CONFLICT"),
        (12, ReceiptStatus.DEAD, "PHANTOM_READ_CONFLICT"),
        (17, ReceiptStatus.DEAD, "EXPIRED_CHAINCODE"),
        (10, ReceiptStatus.REJECTED, "ENDORSEMENT_POLICY_FAILURE"),
        (4, ReceiptStatus.REJECTED, "BAD_CREATOR_SIGNATURE"),
    ],
)
def test_a_validation_code_says_whether_to_try_again(code: int, status: ReceiptStatus, word: str) -> None:
    block = Block(BlockRef(7, b"d" * 32, 1), b"", b"", ())
    receipt = receipt_of(block, BlockTransaction(TRANSACTION, code, 1))
    assert (receipt.status, receipt.rejection) == (status, None)
    assert receipt.reason.startswith(word)
    assert (receipt.block == block.ref) == (status is not ReceiptStatus.DEAD)
