"""The engine's journal in SQL tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from maas_core.errors import BusyError
from maas_core.ledgerio.journal import ChainState, Changes, Folded, Loaded, NewSubmission
from maas_core.ledgerio.lanes import subject_of
from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.sql.rows import Columns
from maas_core.ledgerio.submission import Submission, SubmissionState, TrackedAttempt
from maas_core.ports.workflow import EventBlock, LedgerEvent, Undecodable
from maas_core.protocol.model.overlay import ABSENT
from maas_core.protocol.records import Key
from maas_core.store.database import Database
from maas_core.store.tables import AttemptRow, BlockRow, ChainRow, EventRow, RecordRow, SubmissionRow

SUBMISSIONS: Any = SubmissionRow.__table__
ATTEMPTS: Any = AttemptRow.__table__
BLOCKS: Any = BlockRow.__table__
EVENTS: Any = EventRow.__table__
RECORDS: Any = RecordRow.__table__
CHAIN: Any = ChainRow.__table__


class SqlJournal:
    """A node's durable memory. With an `epoch` it may commit, as long as no other writer has taken over."""

    def __init__(self, database: Database, epoch: int | None = None) -> None:
        self._database = database
        self._epoch = epoch

    def load(self) -> Loaded:
        """Where things stand."""
        with self._database.reading() as connection:
            submissions = _submissions(connection, select(SUBMISSIONS).where(~SUBMISSIONS.c.finished))
            last = connection.execute(select(SUBMISSIONS.c.seq).order_by(SUBMISSIONS.c.seq.desc()).limit(1)).scalar()
            chain, quarantined = _chain(connection)
            return Loaded(chain, tuple(submissions), last or 0, quarantined)

    def chain(self) -> tuple[ChainState, frozenset[str]]:
        """What the node knows of the chain, and the subjects whose events wait in quarantine."""
        with self._database.reading() as connection:
            return _chain(connection)

    def submit(self, new: Sequence[NewSubmission]) -> list[Submission]:
        """Store intents in this order; an id that exists already is not stored again."""
        ids = [one.id for one in new]
        with self._database.writing() as connection:
            _lock(connection)
            known = set(connection.execute(select(SUBMISSIONS.c.id).where(SUBMISSIONS.c.id.in_(ids))).scalars())
            fresh: dict[bytes, Columns] = {}
            for one in new:
                if one.id not in known:
                    fresh.setdefault(one.id, _new_columns(one))
            if fresh:
                connection.execute(insert(SUBMISSIONS), list(fresh.values()))
            stored = _submissions(connection, select(SUBMISSIONS).where(SUBMISSIONS.c.id.in_(ids)))
        by_id = {one.id: one for one in stored}
        return [by_id[one] for one in ids]

    def since(self, seq: int) -> Sequence[Submission]:
        """Submissions stored after `seq`."""
        with self._database.reading() as connection:
            return _submissions(connection, select(SUBMISSIONS).where(SUBMISSIONS.c.seq > seq))

    def find(self, submission_id: bytes) -> Submission | None:
        """A submission by its id."""
        with self._database.reading() as connection:
            found = _submissions(connection, select(SUBMISSIONS).where(SUBMISSIONS.c.id == submission_id))
            return found[0] if found else None

    def commit(self, changes: Changes) -> None:
        """Store what the engine decided. Raises `BusyError` if another writer has taken over."""
        with self._database.writing() as connection:
            if _lock(connection) != self._epoch:
                raise BusyError("another process has taken over this node's submissions; this one only reads now")
            _store_submissions(connection, changes.submissions)
            if changes.drop_above is not None:
                connection.execute(delete(BLOCKS).where(BLOCKS.c.height > changes.drop_above))
            if changes.blocks:
                connection.execute(insert(BLOCKS), [_block_columns(one) for one in changes.blocks])
            if changes.folded is not None:
                _store_folded(connection, changes.folded)
            _store_chain(connection, changes)

    def read(self, key: Key) -> Any:
        """The final record under a key; None if absent."""
        with self._database.reading() as connection:
            row = connection.execute(select(RECORDS).where(RECORDS.c.key == rows.key_text(key))).one_or_none()
            return None if row is None else rows.record_from(row.kind, row.record)


def _chain(connection: Connection) -> tuple[ChainState, frozenset[str]]:
    chain = connection.execute(select(CHAIN)).one()
    unfinal = connection.execute(select(BLOCKS).order_by(BLOCKS.c.height)).all()
    aside = connection.execute(select(EVENTS.c.subject).where(EVENTS.c.aside.is_not(None)).distinct())
    state = ChainState(
        rows.ref_from(chain.checkpoint),
        tuple(rows.event_block_from(row) for row in unfinal),
        rows.ref_from(chain.pinned),
        rows.halt_from(chain.halt),
    )
    return state, frozenset(aside.scalars())


def _lock(connection: Connection) -> int:
    """Keep other writers out until the transaction ends; returns the writer's epoch."""
    return int(connection.execute(select(CHAIN.c.epoch).with_for_update()).scalar_one())


def take_over(database: Database) -> int:
    """Become the writer: whoever was it before can commit no more. Returns the new epoch."""
    with database.writing() as connection:
        epoch = _lock(connection) + 1
        connection.execute(update(CHAIN).values(epoch=epoch))
        return epoch


def retract(database: Database, submission_id: bytes) -> bool:
    """Take back an intent of which nothing was signed; says whether that was so."""
    with database.writing() as connection:
        _lock(connection)
        fresh = (SUBMISSIONS.c.id == submission_id) & (SUBMISSIONS.c.state == SubmissionState.INTENDED.value)
        untouched = ~select(ATTEMPTS.c.transaction).where(ATTEMPTS.c.submission == SUBMISSIONS.c.seq).exists()
        taken_back = {"state": SubmissionState.RETRACTED.value, "finished": True}
        return connection.execute(update(SUBMISSIONS).where(fresh & untouched).values(taken_back)).rowcount == 1


def _submissions(connection: Connection, query: Select[Any]) -> list[Submission]:
    found = connection.execute(query.order_by(SUBMISSIONS.c.seq)).all()
    wanted = query.with_only_columns(SUBMISSIONS.c.seq).order_by(None).scalar_subquery()
    attempts: dict[int, list[TrackedAttempt]] = {}
    of_these = select(ATTEMPTS).where(ATTEMPTS.c.submission.in_(wanted))
    for row in connection.execute(of_these.order_by(ATTEMPTS.c.submission, ATTEMPTS.c.ordinal)) if found else ():
        attempts.setdefault(row.submission, []).append(rows.attempt_from(row))
    return [rows.submission_from(row, tuple(attempts.get(row.seq, ()))) for row in found]


def _new_columns(new: NewSubmission) -> Columns:
    fresh = Submission(0, new.id, new.command, new.created)
    return {
        "id": new.id,
        "command": rows.command_text(new.command),
        "created": new.created,
        "not_after": new.not_after,
        **rows.submission_columns(fresh),
    }


def _store_submissions(connection: Connection, submissions: Sequence[Submission]) -> None:
    if not submissions:
        return
    columns = [{"b_seq": one.seq, **rows.submission_columns(one)} for one in submissions]
    connection.execute(update(SUBMISSIONS).where(SUBMISSIONS.c.seq == bindparam("b_seq")), columns)
    attempts = [rows.attempt_columns(one, ordinal) for one in submissions for ordinal in range(len(one.attempts))]
    upsert(connection, ATTEMPTS, "transaction", attempts)


def upsert(connection: Connection, table: Table, key: str, values: list[Columns]) -> None:
    """Insert rows, or replace those with the same key."""
    if not values:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    replaced = {name: statement.excluded[name] for name in values[0] if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=replaced), values)


def _block_columns(entry: EventBlock) -> Columns:
    block = entry.block
    return {"height": block.height, "digest": block.digest, "time": block.time, "events": rows.events_text(entry)}


def _store_folded(connection: Connection, folded: Folded) -> None:
    connection.execute(delete(BLOCKS).where(BLOCKS.c.height <= folded.checkpoint.height))
    connection.execute(update(CHAIN).values(checkpoint=rows.ref_text(folded.checkpoint)))
    aside = {id(one.entry): rows.plain(one.reason) for one in folded.quarantined}
    events = [_event_columns(entry, one, aside.get(id(one))) for entry in folded.blocks for one in entry.events]
    if events:
        connection.execute(insert(EVENTS), events)
    store_records(connection, folded.records)


def _event_columns(entry: EventBlock, one: LedgerEvent, aside: str | None) -> Columns:
    return {
        "height": entry.block.height,
        "digest": entry.block.digest,
        "time": entry.block.time,
        "transaction": one.transaction,
        "subject": "undecodable" if isinstance(one.event, Undecodable) else subject_of(one.event),
        "event": rows.event_text(one.event),
        "aside": aside,
    }


def store_records(connection: Connection, records: Iterable[tuple[Key, Any]]) -> None:
    """Store changed records; `ABSENT` deletes."""
    changed = list(records)
    gone = [rows.key_text(key) for key, value in changed if value is ABSENT]
    if gone:
        connection.execute(delete(RECORDS).where(RECORDS.c.key.in_(gone)))
    kept = [
        {"key": rows.key_text(key), "kind": rows.kind_of(value), "record": rows.record_text(value)}
        for key, value in changed
        if value is not ABSENT
    ]
    upsert(connection, RECORDS, "key", kept)


def _store_chain(connection: Connection, changes: Changes) -> None:
    values = {"pinned": rows.ref_text(changes.pinned), "halt": rows.halt_text(changes.halt)}
    told = {name: value for name, value in values.items() if value is not None}
    if told:
        connection.execute(update(CHAIN).values(**told))
