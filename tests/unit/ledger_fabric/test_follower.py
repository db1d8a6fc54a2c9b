"""Following the newest blocks through streams that end, hang, or belong to another chain."""

import queue
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from maas_ledger_fabric.blocks import VALID, Block, BlockTransaction
from maas_ledger_fabric.client import StreamEnded
from maas_ledger_fabric.failures import Failure, Kind
from maas_ledger_fabric.finality import FabricFinality
from maas_ledger_fabric.follower import Follower

from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import BlockRef, Unavailable

ENDED = Failure(Kind.ELSEWHERE, "peer0:7051: ends the delivery")


def block(height: int, branch: int = 0) -> Block:
    def header(number: int) -> bytes:
        return bytes([number, branch]) * 16

    events = (BlockTransaction(bytes([height]) * 32, VALID, 1, b"[]"),)
    return Block(BlockRef(height, header(height), height), header(height), header(height - 1), events)


class Stream:
    """Gives what a test puts in; an exception ends it."""

    address = "peer0:7051"

    def __init__(self, *first: Block) -> None:
        self.given: queue.Queue[Block | Exception | None] = queue.Queue()
        for one in first:
            self.given.put(one)
        self.is_alive = True

    def __iter__(self) -> Iterator[Block]:
        while True:
            one = self.given.get()
            if one is None:
                return
            if isinstance(one, Exception):
                raise one
            yield one

    def cancel(self) -> None:
        self.given.put(StreamEnded(Failure(Kind.ELSEWHERE, "cancelled")))

    def answers(self, deadline: Deadline) -> bool:
        return self.is_alive


class Client:
    """Hands out streams in turn, and old blocks by their height."""

    def __init__(self, *streams: Stream) -> None:
        self.streams = list(streams)
        self.begun: list[int | None] = []

    def blocks(self, begin: int | None, end: int | None, deadline: Deadline | None = None) -> Stream:
        if end is not None and begin is not None:
            old = Stream(*(block(height) for height in range(begin, end + 1)))
            old.given.put(None)
            return old
        self.begun.append(begin)
        return self.streams.pop(0) if self.streams else Stream()


def soon(seconds: float = 2.0) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


Follow = Callable[..., Follower]


@pytest.fixture
def follow() -> Iterator[Follow]:
    followers: list[Follower] = []

    def begin(client: Client) -> Follower:
        anything: Any = client
        followers.append(Follower(anything, SystemClock()))
        return followers[-1]

    yield begin
    for one in followers:
        one.close()


def heights(blocks: Sequence[Block] | Unavailable) -> list[int]:
    assert not isinstance(blocks, Unavailable), blocks
    return [one.ref.height for one in blocks]


def eventually(look: Callable[[], object], wanted: object) -> None:
    deadline = soon()
    found = look()
    while found != wanted and not deadline.passed():
        found = look()
    assert found == wanted


def test_it_begins_at_the_newest_block_and_reads_older_ones_when_asked(follow: Follow) -> None:
    client = Client(Stream(block(10)))
    follower = follow(client)
    top = follower.top(soon())
    assert isinstance(top, Block)
    assert top.ref.height == 10
    assert client.begun == [None]
    assert heights(follower.after(6, 100, soon())) == [7, 8, 9, 10]
    assert heights(follower.after(6, 2, soon())) == [7, 8]
    assert heights(follower.after(10, 100, soon())) == []


def test_new_blocks_come_by_themselves(follow: Follow) -> None:
    stream = Stream(block(10))
    follower = follow(Client(stream))
    follower.top(soon())
    stream.given.put(block(11))
    eventually(lambda: heights(follower.after(10, 100, soon())), [11])
    assert follower.where(bytes([11]) * 32) is not None


def test_a_stream_that_ends_is_continued_where_it_ended(follow: Follow) -> None:
    first, second = Stream(block(10), block(11)), Stream(block(12))
    client = Client(first, second)
    follower = follow(client)
    follower.top(soon())
    first.given.put(StreamEnded(ENDED))
    eventually(follower.known_height, 12)
    assert client.begun == [None, 12]
    assert heights(follower.after(9, 100, soon())) == [10, 11, 12]


def test_while_no_peer_delivers_the_reason_is_told_and_known_blocks_are_still_there(follow: Follow) -> None:
    first = Stream(block(10), block(11))
    broken = Stream()
    broken.given.put(StreamEnded(ENDED))
    follower = follow(Client(first, broken))
    follower.top(soon())
    eventually(follower.known_height, 11)
    first.given.put(StreamEnded(ENDED))
    eventually(lambda: follower.top(soon(0.1)), Unavailable(ENDED.reason))
    assert heights(follower.after(10, 100, soon(0.1))) == [11]


def test_a_peer_that_is_quiet_is_asked_and_one_that_does_not_answer_is_left(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maas_ledger_fabric.follower.SILENCE", 0.05)
    hung, other = Stream(block(10)), Stream(block(11))
    follower = follow(Client(hung, other))
    assert isinstance(follower.top(soon()), Block)
    hung.is_alive = False
    eventually(lambda: isinstance(follower.top(soon()), Unavailable), wanted=True)
    eventually(follower.known_height, 11)


def test_a_block_of_another_chain_empties_the_window(follow: Follow) -> None:
    stream, other = Stream(block(10)), Stream(block(11, branch=1))
    follower = follow(Client(stream, other))
    follower.top(soon())
    stream.given.put(block(11, branch=1))
    eventually(lambda: follower.reference(11, soon()), block(11, branch=1).ref)


def test_without_any_block_in_time_it_says_so(follow: Follow) -> None:
    assert follow(Client(Stream())).top(soon(0.05)) == Unavailable("no peer delivered a block in time")


def test_finality_follows_the_blocks(follow: Follow) -> None:
    finality = FabricFinality(follow(Client(Stream(block(10)))))
    assert finality.head(soon()) == block(10).ref
    assert finality.final_height(soon()) == 10
    assert finality.is_canonical(block(4).ref, soon()) is True
    assert finality.is_canonical(block(4, branch=1).ref, soon()) is False
    assert finality.is_canonical(block(11).ref, soon()) is False
