"""The newest blocks of the channel as a peer delivers them, kept in memory for a while.

One thread reads a stream of blocks; everybody else looks at what it has read. What is older is read anew.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator

from maas_ledger_fabric.blocks import DUPLICATE, Block, BlockTransaction
from maas_ledger_fabric.client import BlockStream, Client, StreamEnded

from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.workflow import BlockRef, Unavailable

KEPT_BLOCKS = 4_000
KEPT_TRANSACTIONS = 50_000
KEPT_REFERENCES = 256
"""Older blocks of which the reference is remembered."""
PAUSE = 0.3
"""Seconds before a stream that ended is replaced."""
SILENCE = 2.0
"""Seconds without a block after which the peer is asked whether it is still there."""


class Window:
    """Consecutive blocks up to the newest, and where each of their transactions is. Not thread-safe."""

    def __init__(self, blocks: int = KEPT_BLOCKS, transactions: int = KEPT_TRANSACTIONS) -> None:
        self._most_blocks = blocks
        self._most_transactions = transactions
        self._blocks: deque[Block] = deque()
        self._places: dict[bytes, tuple[Block, BlockTransaction]] = {}

    @property
    def top(self) -> Block | None:
        """The newest."""
        return self._blocks[-1] if self._blocks else None

    @property
    def first(self) -> int | None:
        """The height of the oldest."""
        return self._blocks[0].ref.height if self._blocks else None

    def take(self, block: Block) -> bool:
        """Put a block on top; False if it does not follow the one that is there."""
        top = self.top
        if top is not None and (block.ref.height != top.ref.height + 1 or block.previous != top.header):
            return False
        self._blocks.append(block)
        for one in block.transactions:
            if one.code != DUPLICATE:
                self._places.setdefault(one.id, (block, one))
        while len(self._blocks) > self._most_blocks or (
            len(self._places) > self._most_transactions and len(self._blocks) > 1
        ):
            self._drop_oldest()
        return True

    def _drop_oldest(self) -> None:
        for one in self._blocks.popleft().transactions:
            self._places.pop(one.id, None)

    def at(self, height: int) -> Block | None:
        """A block by its height, if it is kept."""
        first = self.first
        if first is None or not 0 <= height - first < len(self._blocks):
            return None
        return self._blocks[height - first]

    def after(self, height: int) -> list[Block] | None:
        """All blocks above a height; None if not all of them are kept."""
        first = self.first
        if first is None or height + 1 < first:
            return None
        return [self._blocks[place] for place in range(height + 1 - first, len(self._blocks))]

    def where(self, transaction: bytes) -> tuple[Block, BlockTransaction] | None:
        """The block that a transaction is in."""
        return self._places.get(transaction)

    def clear(self) -> None:
        """Forget all."""
        self._blocks.clear()
        self._places.clear()


class Follower:
    """A window that a thread keeps up to date from when it is first looked at until it is closed."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._changed = threading.Condition()
        self._window = Window()
        self._references: OrderedDict[int, BlockRef] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._stream: BlockStream | None = None
        self._trouble = ""
        self._heard = 0.0
        self._closed = False

    @property
    def address(self) -> str:
        """The peer that blocks come from now."""
        stream = self._stream
        return "" if stream is None else stream.address

    def top(self, deadline: Deadline) -> Block | Unavailable:
        """The newest block."""
        with self._changed:
            self._start()
            self._changed.wait_for(lambda: self._window.top is not None or self._trouble, deadline.remaining())
            top = self._window.top
            if top is None:
                return Unavailable(self._trouble or "no peer delivered a block in time")
            if self._trouble:
                return Unavailable(self._trouble)
            stream, quiet = self._stream, self._clock.monotonic() - self._heard
        if quiet > SILENCE and stream is not None:
            return self._ask(stream, top, deadline)
        return top

    def _ask(self, stream: BlockStream, top: Block, deadline: Deadline) -> Block | Unavailable:
        """A quiet peer may be hung: a stream does not tell."""
        if stream.answers(deadline):
            with self._changed:
                self._heard = self._clock.monotonic()
                return self._window.top or top
        stream.cancel()
        with self._changed:
            self._trouble = self._trouble or f"{stream.address}: does not answer"
            return Unavailable(self._trouble)

    def known_height(self) -> int:
        """The height of the newest block seen so far, -1 if none was."""
        with self._changed:
            top = self._window.top
            return -1 if top is None else top.ref.height

    def after(self, height: int, limit: int, deadline: Deadline) -> list[Block] | Unavailable:
        """Some of the blocks above a height, ascending; as many as have about `limit` transactions with events."""
        top = self.top(deadline)
        with self._changed:
            kept = self._window.after(height)
        if kept:
            return list(_limited(iter(kept), limit))
        if isinstance(top, Unavailable):
            return top
        return [] if kept is not None else self._older(height + 1, top.ref.height, limit, deadline)

    def _older(self, begin: int, end: int, limit: int, deadline: Deadline) -> list[Block] | Unavailable:
        found: list[Block] = []
        stream = self._client.blocks(begin, end, deadline)
        try:
            found.extend(_limited(iter(stream), limit))
        except StreamEnded as ended:
            return found or Unavailable(ended.failure.reason)
        finally:
            stream.cancel()
        return found

    def reference(self, height: int, deadline: Deadline) -> BlockRef | Unavailable | None:
        """The block at a height; None above the newest one."""
        with self._changed:
            block = self._window.at(height)
            known = block.ref if block is not None else self._references.get(height)
        if known is not None:
            return known
        top = self.top(deadline)
        if isinstance(top, Unavailable):
            return top
        if height > top.ref.height:
            return None
        blocks = self._older(height, height, 1, deadline)
        if isinstance(blocks, Unavailable):
            return blocks
        if not blocks:
            return Unavailable(f"block {height} was not delivered in time")
        with self._changed:
            self._references[height] = blocks[0].ref
            while len(self._references) > KEPT_REFERENCES:
                self._references.popitem(last=False)
        return blocks[0].ref

    def where(self, transaction: bytes) -> tuple[Block, BlockTransaction] | None:
        """The block that a transaction is in, if it is one of those kept."""
        with self._changed:
            return self._window.where(transaction)

    def covers_all_after(self, height: int) -> bool:
        """Whether all blocks above a height are kept."""
        with self._changed:
            first = self._window.first
            return first is not None and height + 1 >= first

    def close(self) -> None:
        """End the thread and its stream."""
        with self._changed:
            self._closed = True
            stream, thread = self._stream, self._thread
            self._changed.notify_all()
        if stream is not None:
            stream.cancel()
        if thread is not None:
            thread.join(timeout=5)

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="fabric-blocks", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closed:
            try:
                self._read()
            except StreamEnded as ended:
                self._note(ended.failure.reason)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, PAUSE)

    def _read(self) -> None:
        with self._changed:
            top = self._window.top
            stream = self._client.blocks(None if top is None else top.ref.height + 1, None)
            self._stream = stream
            self._heard = 0.0
            self._trouble = "" if top is not None else self._trouble
        for block in stream:
            if not self._take(block):
                stream.cancel()
                return

    def _take(self, block: Block) -> bool:
        with self._changed:
            follows = self._window.take(block)
            if not follows:
                self._window.clear()
            self._trouble = "" if follows else "the peers do not agree on the chain"
            self._heard = self._clock.monotonic()
            self._changed.notify_all()
            return follows

    def _note(self, trouble: str) -> None:
        with self._changed:
            if not self._closed:
                self._trouble = trouble
            self._changed.notify_all()


def _limited(blocks: Iterator[Block], limit: int) -> Iterator[Block]:
    count = 0
    for block in blocks:
        yield block
        count += sum(1 for one in block.transactions if one.payload)
        if count >= limit:
            return
