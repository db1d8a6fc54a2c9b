"""An ordered log in memory with a small consortium on it."""

from maas_core.ledgerio.ordered import OrderedLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import Attempt, BlockRef, EventPage, LedgerEvent, Pending, Prepared, Receipt
from maas_core.protocol import commands as c
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, Role
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.memory_log import MemoryLog, SharedEntries

CLOCK = SystemClock()
BOARD, OTHER = b"b" * 32, b"o" * 32
DEPLOYMENT = b"d" * 32
RULES = Rules(1, 86_400, 20, 900, 86_400, 3)
FOUND = c.Found(DEPLOYMENT, ZERO_DIGEST, b"p" * 32, RULES)


def soon() -> Deadline:
    return Deadline.after(CLOCK, 5)


def invitation(number: int) -> c.Propose:
    action = c.Action(ActionKind.INVITE, number, number.to_bytes(32, "big"), Role.OEM, 0, 0, ZERO_DIGEST)
    return c.Propose(number.to_bytes(16, "big"), action)


def prepared(ledger: OrderedLedger, command: c.Command) -> Attempt:
    answer = ledger.prepare(command, Pending(), soon())
    assert isinstance(answer, Prepared)
    return answer.attempt


def sent(ledger: OrderedLedger, *commands: c.Command) -> list[bytes]:
    attempts = [prepared(ledger, command) for command in commands]
    ledger.broadcast(attempts, soon())
    return [attempt.transaction for attempt in attempts]


def receipt(ledger: OrderedLedger, transaction: bytes) -> Receipt:
    [found] = ledger.receipts([transaction], soon())
    return found


def put(shared: SharedEntries, payload: bytes, sender: bytes = BOARD) -> bytes:
    log = MemoryLog(shared, sender)
    attempt = log.seal(payload)
    log.append([attempt], soon())
    return attempt.transaction


def followed(ledger: OrderedLedger, after: BlockRef | None, limit: int) -> list[LedgerEvent]:
    found: list[LedgerEvent] = []
    while True:
        page = ledger.events(after, limit, soon())
        assert isinstance(page, EventPage)
        if page.through is None:
            return found
        found += [event for block in page.blocks for event in block.events]
        after = page.through


def block_at(shared: SharedEntries, height: int) -> BlockRef:
    entry = shared.entries[height - 1]
    return BlockRef(entry.position, entry.digest, entry.time)


def grown(ledger: OrderedLedger, count: int) -> list[bytes]:
    """Found, then invite so many parties."""
    sent(ledger, FOUND)
    return sent(ledger, *(invitation(2 + number) for number in range(count)))
