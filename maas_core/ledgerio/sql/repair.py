"""Ways out: taking back what a wrong chain made final, retrying what could not be folded, checking the records."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from maas_core.errors import UsageError
from maas_core.ledgerio.journal import Halt
from maas_core.ledgerio.projection import Folding
from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.sql.journal import ATTEMPTS, BLOCKS, CHAIN, EVENTS, RECORDS, SUBMISSIONS, store_records
from maas_core.ledgerio.submission import AttemptState, SubmissionState
from maas_core.ports.workflow import BlockRef, EventBlock, LedgerEvent
from maas_core.protocol.model.overlay import Overlay
from maas_core.protocol.records import Key
from maas_core.store.database import Database
from maas_core.store.tables import ResolutionRow

RESOLUTIONS: Any = ResolutionRow.__table__
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a resolution took back."""

    events: int
    submissions: int
    checkpoint: BlockRef | None


def resolve(database: Database, from_height: int, now: int, note: str) -> Resolved:
    """Take back everything final from a height on, so that the node follows the chain as it is now.

    For a node that halted because the chain contradicts something final. The halt, the height and the note are kept.
    Raises `UsageError` if the node is not halted, or the halt lies below the height.
    """
    with database.writing() as connection:
        halt = _halt(connection)
        if halt.block.height < from_height:
            raise UsageError(f"the contradiction begins at block {halt.block.height}: name that one or an earlier one")
        events = connection.execute(delete(EVENTS).where(EVENTS.c.height >= from_height)).rowcount
        connection.execute(delete(BLOCKS))
        checkpoint = _last_block(connection)
        connection.execute(
            update(CHAIN).values(checkpoint=rows.ref_text(checkpoint), pinned=None, halt=None, epoch=CHAIN.c.epoch + 1)
        )
        submissions = _reopen(connection, from_height)
        _rebuild(connection)
        resolution = {"time": now, "from_height": from_height, "halt": rows.halt_text(halt), "note": note}
        connection.execute(insert(RESOLUTIONS), [resolution])
        return Resolved(events, submissions, checkpoint)


def _halt(connection: Connection) -> Halt:
    halt = rows.halt_from(connection.execute(select(CHAIN.c.halt).with_for_update()).scalar())
    if halt is None:
        raise UsageError("the ledger does not contradict anything final: there is nothing to resolve")
    return halt


def _last_block(connection: Connection) -> BlockRef | None:
    last = connection.execute(select(EVENTS).order_by(EVENTS.c.position.desc()).limit(1)).one_or_none()
    return None if last is None else BlockRef(last.height, bytes(last.digest), last.time)


def _reopen(connection: Connection, from_height: int) -> int:
    """Submissions that were included from a height on have to be looked up again."""
    reopened = connection.execute(
        update(SUBMISSIONS)
        .where(SUBMISSIONS.c.block_height >= from_height)
        .values(
            state=SubmissionState.SENT.value, finished=False, code=None, item=None, block_height=None,
            block_digest=None, block_time=None,
        )
    )  # fmt: skip
    connection.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.block_height >= from_height)
        .values(state=AttemptState.SENT.value, block_height=None, block_digest=None, block_time=None)
    )
    return reopened.rowcount


def _rebuild(connection: Connection) -> None:
    connection.execute(delete(RECORDS))
    folding = Folding(Overlay(lambda _: None), frozenset())
    for row in _history(connection):
        _fold_again(connection, folding, row)
    store_records(connection, folding.state.changes.items())


def _fold_again(connection: Connection, folding: Folding, row: Any) -> bool:
    """Fold a final event once more and note whether it is set aside; says if it was folded."""
    before = len(folding.aside)
    folding.fold(_event_block(row))
    reason = rows.plain(folding.aside[-1].reason) if len(folding.aside) > before else None
    if reason != row.aside:
        connection.execute(update(EVENTS).where(EVENTS.c.position == row.position).values(aside=reason))
    return reason is None


def fold_history(connection: Connection) -> Folding:
    """The records that all final events give, computed from nothing."""
    folding = Folding(Overlay(lambda _: None), frozenset())
    for row in _history(connection):
        folding.fold(_event_block(row))
    return folding


def _history(connection: Connection) -> Iterator[Any]:
    position = 0
    while page := connection.execute(
        select(EVENTS).where(EVENTS.c.position > position).order_by(EVENTS.c.position).limit(PAGE)
    ).all():
        yield from page
        position = page[-1].position


def _event_block(row: Any) -> EventBlock:
    block = BlockRef(row.height, bytes(row.digest), row.time)
    return EventBlock(block, (LedgerEvent(bytes(row.transaction), rows.event_from(row.event)),))


def retry_quarantine(database: Database) -> tuple[int, int]:
    """Try to fold what was set aside, in its order; returns how many events were folded and how many still wait.

    What a running writer remembers of the records is not true any more after that, so it can commit no more.
    """
    with database.writing() as connection:
        connection.execute(update(CHAIN).values(epoch=CHAIN.c.epoch + 1))
        aside = connection.execute(select(EVENTS).where(EVENTS.c.aside.is_not(None)).order_by(EVENTS.c.position)).all()
        folding = Folding(Overlay(lambda key: _read(connection, key)), frozenset())
        folded = sum(_fold_again(connection, folding, row) for row in aside)
        store_records(connection, folding.state.changes.items())
        return folded, len(aside) - folded


def _read(connection: Connection, key: Key) -> Any:
    row = connection.execute(select(RECORDS).where(RECORDS.c.key == rows.key_text(key))).one_or_none()
    return None if row is None else rows.record_from(row.kind, row.record)


def differences(database: Database, expected: dict[Key, Any]) -> list[str]:
    """The keys (as text) under which the records differ from `expected`; none means that they are the same."""
    wanted = {rows.key_text(key): rows.record_text(value) for key, value in expected.items()}
    with database.reading() as connection:
        stored = {row.key: row.record for row in connection.execute(select(RECORDS))}
    return sorted(key for key in wanted.keys() | stored.keys() if wanted.get(key) != stored.get(key))
