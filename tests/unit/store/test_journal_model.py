"""Whatever is stored in whatever order: the journal in SQL answers as the one in memory."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maas_core.ledgerio.journal import Changes, Folded, Halt, NewSubmission, Quarantined
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.ports.workflow import BlockRef, EventBlock, LedgerEvent
from maas_core.protocol.events import MachineStarted
from maas_core.protocol.model.overlay import ABSENT
from maas_core.protocol.records import AnchorHead
from maas_core.protocol.rejections import Code, Rejection
from maas_core.store.database import Database
from maas_core.testing.memory_journal import MemoryJournal
from tests.support.databases import wipe
from tests.support.ledgerio import attempt, block, register

MACHINES = [bytes([number]) * 16 for number in range(1, 4)]
KEYS = [("anchor_head", machine) for machine in MACHINES]
BLOCKS = st.builds(block, st.integers(0, 50), st.sampled_from("ab"))
MAYBE_BLOCK = st.none() | BLOCKS
EVENTS = st.builds(
    LedgerEvent,
    st.sampled_from([b"t" * 32, b"u" * 32]),
    st.builds(MachineStarted, st.sampled_from(MACHINES), st.integers(1, 9), st.integers(0, 99)),
)
HEADS = st.builds(AnchorHead, st.sampled_from(MACHINES), st.just(3), st.integers(0, 9), st.just(1), st.just(0))
RECORDS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.just(ABSENT) | HEADS),
    unique_by=lambda pair: pair[0],
)
NEW = st.builds(
    NewSubmission,
    st.integers(1, 6).map(lambda number: number.to_bytes(16, "big")),
    st.sampled_from(MACHINES).map(register),
    st.integers(0, 99),
    st.none() | st.integers(0, 99),
)
SUBMIT = st.tuples(st.just("submit"), st.lists(NEW, max_size=4))
UPDATE = st.tuples(
    st.just("update"),
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(SubmissionState),
        st.lists(st.tuples(st.sampled_from(AttemptState), MAYBE_BLOCK), max_size=3),
        st.none() | st.builds(Rejection, st.sampled_from(Code), st.integers(0, 200)),
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
        MAYBE_BLOCK,
        st.none() | st.integers(0, 2**60),
    ),
)
GROW = st.tuples(st.just("grow"), st.tuples(st.lists(st.lists(EVENTS, max_size=2), max_size=3), st.integers(0, 6)))
FOLD = st.tuples(st.just("fold"), st.tuples(st.integers(1, 3), RECORDS, st.booleans()))
TOLD = st.tuples(st.just("told"), st.tuples(MAYBE_BLOCK, st.none() | st.builds(Halt, BLOCKS, st.text(max_size=5))))
OPERATIONS = st.lists(st.one_of(SUBMIT, UPDATE, GROW, FOLD, TOLD), max_size=12)


@pytest.fixture(scope="module")
def kept() -> Iterator[Database]:
    """A database in memory, emptied for each example."""
    database = Database("sqlite://")
    database.migrate()
    yield database
    database.close()


def updated(memory: MemoryJournal, drawn: tuple) -> Changes:  # type: ignore[type-arg]
    index, state, attempts, rejection, reason, seen, cost = drawn
    if not memory.submissions:
        return Changes()
    one: Submission = memory.submissions[index % len(memory.submissions) + 1]
    tries = tuple(
        TrackedAttempt(attempt(one.seq * 10 + number), kind, where) for number, (kind, where) in enumerate(attempts)
    )
    kept = one.attempts[len(tries) :]
    changed = replace(one, state=state, attempts=(*tries, *kept), reason=reason, block=seen, cost=cost)
    return Changes(submissions=[replace(changed, rejection=rejection, probable=rejection is not None)])


def grown(memory: MemoryJournal, drawn: tuple) -> Changes:  # type: ignore[type-arg]
    events, drop = drawn
    tip = -1 if memory.chain.tip is None else memory.chain.tip.height
    floor = -1 if memory.chain.checkpoint is None else memory.chain.checkpoint.height
    above = max(floor, tip - drop)
    start = above + 1 if drop else tip + 1
    blocks = [EventBlock(block(start + step), tuple(each)) for step, each in enumerate(events)]
    return Changes(drop_above=above if drop else None, blocks=blocks)


def folded(memory: MemoryJournal, drawn: tuple) -> Changes:  # type: ignore[type-arg]
    count, records, aside = drawn
    blocks = memory.chain.unfinal[:count]
    if not blocks:
        return Changes()
    ref: BlockRef = blocks[-1].block
    events = [(one.block, event) for one in blocks for event in one.events]
    set_aside = tuple(
        Quarantined(0, where, event, "why", f"machine:{event.event.machine.hex()}")  # type: ignore[union-attr]
        for where, event in events
        if aside
    )
    return Changes(folded=Folded(ref, blocks, records, set_aside))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_the_journal_in_sql_answers_as_the_one_in_memory(kept: Database, operations: list[tuple]) -> None:  # type: ignore[type-arg]
    wipe(kept)
    memory, stored = MemoryJournal(), SqlJournal(kept, 0)
    make = {"update": updated, "grow": grown, "fold": folded}
    for what, drawn in operations:
        if what == "submit":
            assert stored.submit(drawn) == memory.submit(drawn)
            continue
        changes = make[what](memory, drawn) if what in make else Changes(pinned=drawn[0], halt=drawn[1])
        memory.commit(changes)
        stored.commit(changes)

        assert stored.load() == memory.load()
        assert list(stored.since(0)) == list(memory.since(0))
        assert [stored.read(key) for key in KEYS] == [memory.read(key) for key in KEYS]
