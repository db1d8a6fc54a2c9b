"""Pages of the contract's events.

Far behind the head, one request spans many blocks, as many as the endpoint is willing to search; the span adapts. Near
the head, where the chain may change at any moment, blocks are walked by their digests and events asked for by them, so
that a page is of one chain whatever happens meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from maas_ledger_eth.blocks import block_ref, from_hex, to_hex
from maas_ledger_eth.codec import Codec, UndecodableData
from maas_ledger_eth.finality import ask_head, ask_height
from maas_ledger_eth.transport.endpoints import Endpoint, Endpoints
from maas_ledger_eth.transport.rpc import Call, Fault, NoAnswer

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef, EventBlock, EventPage, LedgerEvent, Undecodable

NEAR = 48
"""Blocks below the head that are walked by digest."""


@dataclass(frozen=True, slots=True)
class _Header:
    block: BlockRef
    parent: bytes
    may_have_logs: bool


class TooMuch(Exception):
    """The endpoint does not search so many blocks at once."""


class Span:
    """How many blocks one request may span: halved when an endpoint finds it too much, doubled when it does not."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = most

    def halve(self, tried: int) -> None:
        """So many were too much. Raises `NoAnswer` if it was a single one."""
        if tried <= 1:
            raise NoAnswer("the endpoint does not even give the events of one block")
        self.now = max(1, tried // 2)

    def grow(self) -> None:
        """What was asked for was answered."""
        self.now = min(self.most, self.now * 2)


class Events:
    """Reads the events of one contract."""

    def __init__(self, endpoints: Endpoints, codec: Codec, contract: bytes, log_blocks: int, start: int) -> None:
        self._endpoints = endpoints
        self._codec = codec
        self._contract = to_hex(contract)
        self._start = start
        self._span = Span(log_blocks)

    def page(self, after: BlockRef | None, limit: int, deadline: Deadline) -> EventPage:
        """The next page. Raises `NoAnswer`."""
        head = self._head(deadline)
        first = max(self._start if after is None else after.height + 1, 0)
        if head.height < first:
            return EventPage((), None)
        far = head.height - NEAR
        if first <= far:
            return self._far_page(after, first, far, limit, deadline)
        return self._endpoints.agreed(
            lambda one, until: self._near_page(one, after, first, head, limit, until), deadline
        )

    def _head(self, deadline: Deadline) -> BlockRef:
        """The newest block that enough endpoints have reached."""
        if self._endpoints.agree == 1:
            return self._endpoints.first(ask_head, deadline)
        heights = sorted((one.height for one in self._endpoints.each(ask_head, deadline)), reverse=True)
        if len(heights) < self._endpoints.agree:
            raise NoAnswer(f"fewer than {self._endpoints.agree} endpoints answer")
        height = heights[self._endpoints.agree - 1]
        head = self._endpoints.agreed(lambda one, until: ask_height(one, height, until), deadline)
        if head is None:
            raise NoAnswer("the endpoints have no common block")
        return head

    # Far from the head

    def _far_page(self, after: BlockRef | None, first: int, far: int, limit: int, deadline: Deadline) -> EventPage:
        while True:
            last = min(far, first + self._span.now - 1)
            try:
                page = self._endpoints.agreed(self._reader(after, first, last), deadline)
            except TooMuch:
                self._span.halve(last - first + 1)
                continue
            except NoAnswer:
                if last == first or deadline.passed():
                    raise
                self._span.halve(last - first + 1)
                continue
            self._span.grow()
            return _cut(page, limit)

    def _reader(self, after: BlockRef | None, first: int, last: int) -> Callable[[Endpoint, Deadline], EventPage]:
        return lambda endpoint, until: self._range(endpoint, after, first, last, until)

    def _range(self, asker: Endpoint, after: BlockRef | None, first: int, last: int, deadline: Deadline) -> EventPage:
        """All events from `first` through `last`; what was canonical before must be so afterwards too."""
        query = {"address": self._contract, "fromBlock": hex(first), "toBlock": hex(last)}
        before, logs = asker.ask([_header_at(last), ("eth_getLogs", [query])], deadline)
        if isinstance(logs, Fault):
            if last > first:
                raise TooMuch
            raise NoAnswer(f"{asker.name}: {logs.message}")
        heights = sorted({int(log["blockNumber"], 16) for log in logs})
        below = [] if after is None else [after.height]
        headers = asker.ask([_header_at(height) for height in [*below, *heights, last]], deadline)
        blocks = {block.height: block for block in map(block_ref, headers) if block is not None}
        if after is not None and blocks.get(after.height) != after:
            raise NoAnswer("the chain has just changed below the events asked for")
        if block_ref(before) is None or blocks.get(last) != block_ref(before):
            raise NoAnswer("the chain has just changed")
        if any(from_hex(log["blockHash"]) != blocks[int(log["blockNumber"], 16)].digest for log in logs):
            raise NoAnswer("the chain has just changed among the events asked for")
        return EventPage(self._grouped(logs, blocks), blocks[last])

    # Near the head

    def _near_page(
        self, asker: Endpoint, after: BlockRef | None, first: int, head: BlockRef, limit: int, deadline: Deadline
    ) -> EventPage:
        headers = self._walk(asker, after, first, head, deadline)
        if not headers:
            return EventPage((), None)
        wanted = [one for one in headers if one.may_have_logs]
        answers = asker.ask([self._logs_of(one.block) for one in wanted], deadline) if wanted else []
        logs: list[Any] = []
        for answer in answers:
            if not isinstance(answer, list):
                raise NoAnswer(f"{asker.name}: gives no events: {answer}")
            logs += answer
        blocks = {one.block.height: one.block for one in headers}
        return _cut(EventPage(self._grouped(logs, blocks), headers[-1].block), limit)

    def _walk(
        self, asker: Endpoint, after: BlockRef | None, first: int, head: BlockRef, deadline: Deadline
    ) -> list[_Header]:
        """The headers from `first` through `head`, each the parent of the next, the first a child of `after`."""
        answers = asker.ask([_header_at(height) for height in range(first, head.height + 1)], deadline)
        headers = [_header(answer) for answer in answers]
        if headers[-1].block != head:
            raise NoAnswer("the chain has just got another head")
        parents = [one.parent for one in headers]
        digests = [one.block.digest for one in headers]
        if parents[1:] != digests[:-1] or (after is not None and parents[0] != after.digest):
            raise NoAnswer("the chain has just changed")
        return headers

    def _logs_of(self, block: BlockRef) -> Call:
        return "eth_getLogs", [{"address": self._contract, "blockHash": to_hex(block.digest)}]

    # Both

    def _grouped(self, logs: Sequence[dict[str, Any]], blocks: dict[int, BlockRef]) -> tuple[EventBlock, ...]:
        found: dict[int, list[LedgerEvent]] = {}
        for log in sorted(logs, key=lambda one: (int(one["blockNumber"], 16), int(one["logIndex"], 16))):
            if (event := self._event(log)) is not None:
                found.setdefault(int(log["blockNumber"], 16), []).append(event)
        return tuple(EventBlock(blocks[height], tuple(events)) for height, events in found.items())

    def _event(self, log: dict[str, Any]) -> LedgerEvent | None:
        transaction, data = from_hex(log["transactionHash"]), from_hex(log["data"])
        try:
            event = self._codec.decode_event([from_hex(topic) for topic in log["topics"]], data)
        except UndecodableData as error:
            return LedgerEvent(transaction, Undecodable(log["data"], str(error)))
        return None if event is None else LedgerEvent(transaction, event)


def _header_at(height: int) -> Call:
    return "eth_getBlockByNumber", [hex(height), False]


def _header(answer: Any) -> _Header:
    block = block_ref(answer)
    if block is None:
        raise NoAnswer("the chain has just got shorter")
    return _Header(block, from_hex(answer["parentHash"]), answer.get("logsBloom", "0x1").strip("0x") != "")


def _cut(page: EventPage, limit: int) -> EventPage:
    """The page, ended after the block with which it holds at least `limit` events."""
    count = 0
    for place, entry in enumerate(page.blocks):
        count += len(entry.events)
        if count >= limit and place + 1 < len(page.blocks):
            return EventPage(page.blocks[: place + 1], entry.block)
    return page
