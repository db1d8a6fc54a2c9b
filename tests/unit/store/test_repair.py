"""Ways out: resolving a contradiction, retrying what was set aside, comparing records."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from maas_core.errors import BusyError, UsageError
from maas_core.ledgerio import projection
from maas_core.ledgerio.journal import Changes, Halt
from maas_core.ledgerio.sql import repair
from maas_core.ledgerio.sql.journal import SqlJournal, take_over
from maas_core.ledgerio.sql.repair import differences, fold_history, resolve, retry_quarantine
from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.protocol.events import Event, MachineAccepted, MachineRegistered
from maas_core.protocol.model import fold
from maas_core.protocol.model.state import State
from maas_core.protocol.records import Key
from maas_core.protocol.states import MachineState
from maas_core.store.database import Database
from maas_core.testing.sim_story import MACHINES
from tests.support.ledgerio import NEW, OTHER, Bench, block, register

S = SubmissionState


def opened(database: Database) -> Bench:
    """An engine whose journal is a database, with one submission that is final."""
    bench = Bench()
    bench.journal = SqlJournal(database, take_over(database))  # type: ignore[assignment]
    bench.restart()
    bench.submit(register())
    bench.step()
    bench.mine()
    bench.step()
    bench.mine(3)
    bench.step()
    return bench


def journal(bench: Bench) -> SqlJournal:
    kept: object = bench.journal
    assert isinstance(kept, SqlJournal)
    return kept


def submissions(bench: Bench) -> list[SubmissionState]:
    return [one.state for one in journal(bench).since(0)]


def records(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        return {row.key: row.record for row in connection.execute(text("SELECT key, record FROM records"))}


def contradicted(bench: Bench) -> int:
    """The chain drops the final submission; returns the height from which it differs."""
    height = bench.chain.head.ref.height - 3
    bench.replace_blocks(4)
    bench.step()
    return height


def again(bench: Bench, database: Database) -> None:
    """A new process."""
    bench.journal = SqlJournal(database, take_over(database))  # type: ignore[assignment]
    bench.restart()


def test_a_resolved_node_follows_the_chain_as_it_is_now(database: Database) -> None:
    bench = opened(database)
    height = contradicted(bench)
    assert (submissions(bench), bench.engine.chain.halt is not None) == ([S.FINAL], True)

    done = resolve(database, height, 77, "the network was split")
    again(bench, database)
    assert submissions(bench) == [S.SENT]
    assert ("machine", NEW) not in bench.engine.records()
    bench.mine(4)
    bench.step(2)

    assert (done.events, done.submissions) == (1, 1)
    assert done.checkpoint is not None
    assert done.checkpoint.height < height
    assert (submissions(bench), bench.engine.records()["machine", NEW].machine) == ([S.FINAL], NEW)


def test_only_what_was_included_from_the_height_on_is_looked_up_again(database: Database) -> None:
    bench = opened(database)
    first = journal(bench).since(0)[0]
    bench.submit(register(MACHINES[0]))
    bench.step()
    bench.mine()
    bench.step()
    bench.mine(3, empty=True)
    bench.step()
    rejected = journal(bench).since(1)[0]
    assert rejected.block is not None
    journal(bench).commit(Changes(halt=Halt(rejected.block, "x")))

    resolve(database, rejected.block.height, 77, "")

    assert journal(bench).since(0)[0] == first
    attempts = tuple(replace(one, state=AttemptState.SENT, block=None) for one in rejected.attempts)
    expected = replace(rejected, state=S.SENT, block=None, rejection=None, attempts=attempts)
    assert list(journal(bench).since(1)) == [expected]


def test_a_resolution_is_kept_for_the_audit(database: Database) -> None:
    bench = opened(database)
    height = contradicted(bench)

    resolve(database, height, 77, "the network was split")

    with database.reading() as connection:
        [row] = connection.execute(text("SELECT time, from_height, halt, note FROM resolutions")).all()
    assert (row.time, row.from_height, row.note) == (77, height, "the network was split")
    assert "no longer contains" in row.halt


def test_the_writer_of_before_can_commit_no_more_after_a_resolution(database: Database) -> None:
    bench = opened(database)
    resolve(database, contradicted(bench), 77, "")

    with pytest.raises(BusyError):
        journal(bench).commit(Changes(pinned=block(1)))


def test_there_is_nothing_to_resolve_without_a_contradiction(database: Database) -> None:
    opened(database)

    with pytest.raises(UsageError, match="nothing to resolve"):
        resolve(database, 1, 77, "")


def test_a_resolution_begins_at_the_contradiction_or_before(database: Database) -> None:
    bench = opened(database)
    journal(bench).commit(Changes(halt=Halt(block(9), "x")))
    before = records(database)

    with pytest.raises(UsageError, match="begins at block 9"):
        resolve(database, 10, 77, "")
    assert records(database) == before
    assert resolve(database, 9, 77, "").checkpoint is not None


def test_all_may_be_taken_back(database: Database) -> None:
    bench = opened(database)
    journal(bench).commit(Changes(halt=Halt(block(9), "x"), pinned=block(8)))

    done = resolve(database, 0, 77, "")

    assert done.checkpoint is None
    assert (records(database), journal(bench).load().chain.tip, journal(bench).load().chain.pinned) == ({}, None, None)


def broken(allowed: Callable[[Event], bool]) -> Callable[[State, Event], State]:
    """A fold that cannot cope with some events."""

    def folds(state: State, event: Event) -> State:
        if not allowed(event):
            raise ValueError("not understood")
        return fold(state, event)

    return folds


def not_the_first_machine(event: Event) -> bool:
    return not (isinstance(event, MachineRegistered) and event.machine == MACHINES[0])


def quarantined(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bench:
    with monkeypatch.context() as patched:
        patched.setattr(projection, "fold", broken(not_the_first_machine))
        bench = opened(database)
        bench.mine(3)
        bench.step()
        return bench


def test_what_was_set_aside_is_folded_once_it_can_be(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = quarantined(database, monkeypatch)
    waiting = f"machine:{MACHINES[0].hex()}"
    assert waiting in journal(bench).load().quarantined
    assert journal(bench).read(("machine", MACHINES[0])) is None
    assert journal(bench).read(("machine", NEW)) is not None

    folded, left = retry_quarantine(database)

    assert (folded > 0, left) == (True, 0)
    assert journal(bench).load().quarantined == frozenset()
    again(bench, database)
    bench.submit(register(OTHER))
    bench.step()
    bench.mine(4)
    bench.step()
    expected = bench.chain.ancestor(3).state
    assert differences(database, dict(expected.items())) == []  # type: ignore[attr-defined]


def test_what_was_set_aside_is_folded_on_top_of_the_records_as_they_are(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(projection, "fold", broken(lambda event: not isinstance(event, MachineAccepted)))
        bench = opened(database)
        bench.mine(3)
        bench.step()
    assert journal(bench).read(("machine", MACHINES[0])).state == MachineState.REGISTERED

    retry_quarantine(database)

    assert journal(bench).read(("machine", MACHINES[0])).state == MachineState.ACCEPTED
    assert journal(bench).chain() == (journal(bench).load().chain, frozenset())


def test_a_running_writer_learns_that_its_records_are_out_of_date(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = quarantined(database, monkeypatch)

    retry_quarantine(database)
    bench.mine()

    with pytest.raises(BusyError):
        bench.step()


def test_what_still_cannot_be_folded_waits_on_in_its_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = quarantined(database, monkeypatch)
    before = records(database)
    monkeypatch.setattr(projection, "fold", broken(not_the_first_machine))

    folded, left = retry_quarantine(database)

    assert (left > 0, records(database)) == (True, before)
    assert folded == 0
    with database.reading() as connection:
        reasons = list(connection.execute(text("SELECT aside FROM events WHERE aside IS NOT NULL ORDER BY position")))
    assert reasons[0][0] == "ValueError: not understood"
    assert f"machine:{MACHINES[0].hex()}" in journal(bench).load().quarantined


def test_a_resolution_folds_what_can_be_folded_by_then_and_no_event_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = quarantined(database, monkeypatch)
    halt = bench.engine.chain.checkpoint
    assert halt is not None
    journal(bench).commit(Changes(halt=Halt(halt, "x")))

    resolve(database, halt.height, 77, "")

    assert journal(bench).load().quarantined == frozenset()
    assert journal(bench).read(("machine", MACHINES[0])) is not None
    assert retry_quarantine(database) == (0, 0)


def test_the_history_gives_the_records(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(database)
    monkeypatch.setattr(repair, "PAGE", 2)

    with database.reading() as connection:
        folding = fold_history(connection)

    assert differences(database, dict(folding.state.changes.items())) == []
    assert folding.aside == []


def test_differences_name_the_keys(database: Database) -> None:
    bench = opened(database)
    keys: list[Key] = [("machine", NEW), ("machine", MACHINES[0])]
    expected: dict[Key, Any] = {key: journal(bench).read(key) for key in keys}
    wrong = expected | {keys[0]: expected[keys[1]]}

    missing = set(differences(database, expected))

    assert set(differences(database, wrong)) - missing == {f'["machine","{NEW.hex()}"]'}
    assert differences(database, wrong) == sorted(differences(database, wrong))
