"""The journal keeps what the engine decides: in memory, in SQLite and in PostgreSQL alike."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from maas_core.ledgerio.journal import ChainState, Changes, Folded, Halt, Journal, Loaded, NewSubmission, Quarantined
from maas_core.ledgerio.sql.journal import SqlJournal, take_over
from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.workflow import EventBlock, LedgerEvent, Undecodable
from maas_core.protocol.events import MachineStarted
from maas_core.protocol.model.overlay import ABSENT
from maas_core.protocol.records import AnchorHead
from maas_core.protocol.rejections import Code, Rejection
from maas_core.store.database import Database
from maas_core.testing.memory_journal import MemoryJournal
from maas_core.testing.sim_story import IDENTITIES, OEM
from tests.support.ledgerio import NEW, OTHER, block, entry, register, tracked

A, S = AttemptState, SubmissionState
Open = Callable[[], Journal]
STARTED = LedgerEvent(b"t" * 32, MachineStarted(NEW, 2, 7))
UNREADABLE = LedgerEvent(b"u" * 32, Undecodable("0x\x00\ud800", "new \x00 version"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_journal(request: pytest.FixtureRequest) -> Open:
    """Opens the journal, as each process does that comes later."""
    if request.param == "memory":
        kept = MemoryJournal()
        return lambda: kept
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    database: Database = request.getfixturevalue(name)
    epoch = take_over(database)
    return lambda: SqlJournal(database, epoch)


def new(number: int, not_after: int | None = None) -> NewSubmission:
    return NewSubmission(number.to_bytes(16, "big"), register(number.to_bytes(16, "big")), 1_000 + number, not_after)


def test_a_new_journal_is_empty(open_journal: Open) -> None:
    assert open_journal().load() == Loaded(ChainState(None, ()))
    assert list(open_journal().since(0)) == []
    assert open_journal().read(("machine", NEW)) is None


def test_intents_are_stored_in_their_order(open_journal: Open) -> None:
    stored = open_journal().submit([new(3), new(1, not_after=9), new(2)])

    assert [(one.seq, one.id[-1], one.created, one.not_after) for one in stored] == [
        (1, 3, 1_003, None),
        (2, 1, 1_001, 9),
        (3, 2, 1_002, None),
    ]
    assert all(one.state == S.INTENDED and one.attempts == () for one in stored)
    assert list(open_journal().since(0)) == stored
    assert open_journal().load().submissions == tuple(stored)
    assert open_journal().load().last_seq == 3


def test_an_id_that_exists_is_not_stored_again(open_journal: Open) -> None:
    [first] = open_journal().submit([new(1)])

    again = open_journal().submit([replace(new(1), command=register(OTHER)), new(2), new(2)])

    assert [one.seq for one in again] == [1, 2, 2]
    assert again[0] == first
    assert open_journal().submit([]) == []


def test_of_two_intents_with_one_id_in_one_call_the_first_is_stored(open_journal: Open) -> None:
    stored = open_journal().submit([new(1), replace(new(1), command=register(OTHER)), new(2)])

    assert [one.command for one in stored] == [new(1).command, new(1).command, new(2).command]
    assert [one.seq for one in stored] == [1, 1, 2]


def test_only_what_came_later_is_taken_over(open_journal: Open) -> None:
    open_journal().submit([new(number) for number in range(1, 6)])

    assert [one.seq for one in open_journal().since(3)] == [4, 5]


def test_a_submission_is_kept_with_all_its_attempts(open_journal: Open) -> None:
    [one] = open_journal().submit([new(1)])
    changed = replace(
        one,
        state=S.INCLUDED,
        attempts=(tracked(1, A.DEAD, expires=77), tracked(2, A.REJECTED, block(5))),
        rejection=Rejection(Code.SEQUENCE_GAP, 3),
        probable=True,
        reason="why",
        block=block(5),
        cost=2**40,
    )
    open_journal().commit(Changes(submissions=[changed]))
    assert list(open_journal().since(0)) == [changed]

    taken_back = replace(one, state=S.SENT, attempts=(changed.attempts[0], tracked(2, A.SENT), tracked(3)))
    open_journal().commit(Changes(submissions=[taken_back]))

    assert list(open_journal().since(0)) == [taken_back]


def test_a_finished_submission_is_not_loaded_and_still_counted(open_journal: Open) -> None:
    first, second = open_journal().submit([new(1), new(2)])
    open_journal().commit(Changes(submissions=[replace(second, state=S.REJECTED)]))

    assert open_journal().load().submissions == (first,)
    assert open_journal().load().last_seq == 2


def test_unfinal_blocks_are_kept_raw_and_dropped(open_journal: Open) -> None:
    blocks = [EventBlock(block(3), (STARTED, UNREADABLE)), EventBlock(block(4)), EventBlock(block(6), (STARTED,))]
    open_journal().commit(Changes(blocks=blocks))
    assert open_journal().load().chain == ChainState(None, tuple(blocks))

    other = EventBlock(block(4, "b"))
    open_journal().commit(Changes(drop_above=3, blocks=[other]))
    assert open_journal().load().chain.unfinal == (blocks[0], other)

    open_journal().commit(Changes(drop_above=-1))
    assert open_journal().load().chain == ChainState(None, ())


def test_folding_moves_the_checkpoint_and_the_records_together(open_journal: Open) -> None:
    head = AnchorHead(NEW, 3, 1, 7, 0)
    open_journal().commit(Changes(blocks=[entry(block(3)), entry(block(4)), entry(block(6))]))

    records = [(("anchor_head", NEW), head), (("identity", IDENTITIES[OEM]), OEM)]
    open_journal().commit(Changes(folded=Folded(block(4), (entry(block(3)), entry(block(4))), records)))

    assert open_journal().load().chain == ChainState(block(4), (entry(block(6)),))
    assert open_journal().read(("anchor_head", NEW)) == head
    assert open_journal().read(("identity", IDENTITIES[OEM])) == OEM

    later = [(("anchor_head", NEW), replace(head, seq=2)), (("identity", IDENTITIES[OEM]), ABSENT)]
    open_journal().commit(Changes(folded=Folded(block(6), (entry(block(6)),), later)))

    assert open_journal().read(("anchor_head", NEW)).seq == 2
    assert open_journal().read(("identity", IDENTITIES[OEM])) is None


def test_a_record_that_came_and_went_within_one_fold_was_never_there(open_journal: Open) -> None:
    gone = [(("identity", IDENTITIES[OEM]), ABSENT)]

    open_journal().commit(Changes(folded=Folded(block(4), (), gone)))

    assert open_journal().read(("identity", IDENTITIES[OEM])) is None


def test_what_is_set_aside_is_loaded_by_its_subject(open_journal: Open) -> None:
    both = EventBlock(block(3), (STARTED, UNREADABLE))
    aside = (
        Quarantined(0, block(3), STARTED, "KeyError: \x00 \ud800", f"machine:{NEW.hex()}"),
        Quarantined(0, block(3), UNREADABLE, "new", "undecodable"),
    )

    open_journal().commit(Changes(folded=Folded(block(3), (both,), [], aside)))

    assert open_journal().load().quarantined == {f"machine:{NEW.hex()}", "undecodable"}


def test_pinned_block_and_halt_stay_until_others_are_told(open_journal: Open) -> None:
    open_journal().commit(Changes(pinned=block(3)))
    open_journal().commit(Changes(halt=Halt(block(2), "gone")))
    open_journal().commit(Changes(pinned=block(4)))

    assert open_journal().load().chain == ChainState(None, (), block(4), Halt(block(2), "gone"))


def test_nothing_to_store_changes_nothing(open_journal: Open) -> None:
    open_journal().submit([new(1)])
    before = open_journal().load()

    open_journal().commit(Changes())

    assert open_journal().load() == before


def test_a_thousand_intents_at_once_keep_their_order(open_journal: Open) -> None:
    stored = open_journal().submit([new(number) for number in range(1, 1_001)])

    assert [one.seq for one in stored] == sorted(one.seq for one in stored)
    assert [one.id for one in stored] == [one.id for one in open_journal().since(0)]
