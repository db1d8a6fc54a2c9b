"""Readings between their arrival and their batch, in the node's database.

All functions work in the caller's transaction. A chunk holds readings of one machine and one standing. It is pending
until a batch takes it; what arrives for a time that regular batches have gone past is late, and waits for a correction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from maas_core.store.tables import ChunkRow, ReadingWindowRow
from maas_core.telemetry.intake import Conflict, admit, outside
from maas_core.telemetry.rows import Rows, no_rows, packed, together, unpacked

CHUNKS: Any = ChunkRow.__table__
WINDOWS: Any = ReadingWindowRow.__table__
LARGEST_CHUNK = 2**20
"""Readings; larger pages are cut."""
WORTH_KEEPING = 2**12
"""Readings; smaller chunks are joined when a batch takes them, so that a live machine does not leave millions."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of readings that came in."""

    kept: int
    late: int
    """Among those kept: for a time that regular batches have gone past."""
    duplicates: int
    conflicts: tuple[Conflict, ...]
    impossible: Rows
    """Their times cannot be."""
    erased: Rows
    """They are of a window that was erased here."""


@dataclass(frozen=True, slots=True)
class BatchWindow:
    """A window whose readings were put into a batch."""

    seq: int
    corrects: int
    """The batch that this one corrects; 0 for a regular one."""
    time_from: int
    time_to: int
    forgotten: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Readings at one moment; `mark` takes exactly these, whatever arrives meanwhile."""

    rows: Rows
    through: int
    """The last chunk that was there."""


def take_in(connection: Connection, machine: bytes, rows: Rows) -> Taken:
    """Store readings in the order of arrival: each name once, the first one counts."""
    strange = outside(rows)
    impossible = rows.take(strange)
    rows = rows.take(~strange) if len(impossible) else rows
    past = windows(connection, machine)
    gone = np.zeros(len(rows), np.bool_)
    for one in past:
        if one.forgotten:
            gone |= (rows.time >= one.time_from) & (rows.time < one.time_to)
    erased = rows.take(gone)
    rows = rows.take(~gone) if len(erased) else rows
    if not len(rows):
        return Taken(0, 0, 0, (), impossible, erased)
    admitted = admit(rows, _like(connection, machine, rows))
    kept, head = admitted.kept, head_of(past)
    is_late = kept.time < head
    late = int(np.count_nonzero(is_late))
    if late:
        _store(connection, machine, kept.take(is_late), late=True)
        kept = kept.take(~is_late)
    _store(connection, machine, kept, late=False)
    return Taken(len(admitted.kept), late, admitted.duplicates, admitted.conflicts, impossible, erased)


def windows(connection: Connection, machine: bytes) -> tuple[BatchWindow, ...]:
    """All windows of a machine that were put into batches, by sequence number."""
    found = connection.execute(select(WINDOWS).where(WINDOWS.c.machine == machine).order_by(WINDOWS.c.seq))
    return tuple(BatchWindow(one.seq, one.corrects, one.time_from, one.time_to, one.forgotten) for one in found)


def head_of(past: Iterable[BatchWindow]) -> int:
    """Up to when regular batches have gone."""
    return max((one.time_to for one in past if not one.corrects), default=0)


def snapshot(connection: Connection, machine: bytes, time_from: int, time_to: int, *, late: bool = False) -> Snapshot:
    """What is not in a batch of [time_from, time_to); with `late`, what waits for a correction instead."""
    found = connection.execute(_chunks(_waiting(machine, late), _overlaps(time_from, time_to))).all()
    parts = [unpacked(one.content).between(time_from, time_to) for one in found]
    return Snapshot(together(parts), max((one.id for one in found), default=0))


def waiting(connection: Connection, machine: bytes, *, late: bool = False) -> tuple[int, int, int]:
    """How many readings are not in a batch, and a window that holds them: (count, from, to), 0 if there are none."""
    asked = select(func.sum(CHUNKS.c.readings), func.min(CHUNKS.c.time_from), func.max(CHUNKS.c.time_to))
    count, time_from, time_to = connection.execute(asked.where(_waiting(machine, late))).one()
    return int(count or 0), time_from or 0, time_to or 0


def mark(connection: Connection, machine: bytes, window: BatchWindow, through: int) -> int:
    """Put the readings of a snapshot into a batch; returns how many.

    Readings of the window that arrived after the snapshot become late.
    """
    late = window.corrects != 0
    span = (window.time_from, window.time_to)
    found = connection.execute(_chunks(_waiting(machine, late), _overlaps(*span))).all()
    connection.execute(
        insert(WINDOWS).values(
            machine=machine,
            seq=window.seq,
            corrects=window.corrects,
            time_from=span[0],
            time_to=span[1],
            forgotten=False,
        )
    )
    parts: list[Rows] = []
    count = 0
    for one in found:
        whole = one.time_from >= span[0] and one.time_to <= span[1]
        if one.id <= through and whole and one.readings >= WORTH_KEEPING:
            connection.execute(update(CHUNKS).where(CHUNKS.c.id == one.id).values(batch=window.seq))
            count += one.readings
        elif one.id <= through:
            parts.append(_cut_out(connection, one, span))
        elif not late:
            _store(connection, machine, _cut_out(connection, one, span), late=True)
    joined = together(parts)
    _store(connection, machine, joined, late=late, batch=window.seq)
    return count + len(joined)


def unmark(connection: Connection, machine: bytes, seq: int) -> None:
    """Take a batch back that will never be anchored: its readings wait again."""
    past = windows(connection, machine)
    [window] = [one for one in past if one.seq == seq]
    connection.execute(delete(WINDOWS).where(WINDOWS.c.machine == machine, WINDOWS.c.seq == seq))
    head = head_of(one for one in past if one.seq != seq)
    late = bool(window.corrects) or window.time_from < head
    own = and_(CHUNKS.c.machine == machine, CHUNKS.c.batch == seq)
    connection.execute(update(CHUNKS).where(own).values(batch=None, late=late))
    if not late:
        again = and_(_waiting(machine, True), CHUNKS.c.time_from >= head)
        connection.execute(update(CHUNKS).where(again).values(late=False))


def batch(connection: Connection, machine: bytes, seq: int) -> Rows:
    """The readings that were put into a batch, as far as they are still here."""
    return together([unpacked(one.content) for one in connection.execute(_chunks(_in_batch(machine, seq)))])


def forget(connection: Connection, machine: bytes, seq: int) -> int:
    """Erase the readings of a batch here; returns how many. The same ones are not taken in again."""
    own = _in_batch(machine, seq)
    count = connection.execute(select(func.sum(CHUNKS.c.readings)).where(own)).scalar()
    connection.execute(delete(CHUNKS).where(own))
    named = and_(WINDOWS.c.machine == machine, WINDOWS.c.seq == seq)
    connection.execute(update(WINDOWS).where(named).values(forgotten=True))
    return int(count or 0)


def everything(connection: Connection, machine: bytes, time_from: int, time_to: int) -> Rows:
    """All readings of [time_from, time_to) that are here, in a batch or not."""
    own = CHUNKS.c.machine == machine
    found = connection.execute(_chunks(own, _overlaps(time_from, time_to)))
    return together([unpacked(one.content).between(time_from, time_to) for one in found])


def _like(connection: Connection, machine: bytes, rows: Rows) -> Rows:
    """Readings in order that may have the names of these."""
    signals = (int(rows.signal.min()), int(rows.signal.max()))
    near = and_(CHUNKS.c.signal_from <= signals[1], CHUNKS.c.signal_to >= signals[0])
    found = connection.execute(_chunks(CHUNKS.c.machine == machine, near, _overlaps(*rows.span()))).all()
    if not found:
        return no_rows()
    known = together([unpacked(one.content) for one in found]).between(*rows.span())
    return known.take(np.argsort(known.keys(), kind="stable"))


def _cut_out(connection: Connection, chunk: Any, span: tuple[int, int]) -> Rows:
    """Take the readings of a window out of a chunk; the rest stays under the chunk's id."""
    rows = unpacked(chunk.content)
    inside = (rows.time >= span[0]) & (rows.time < span[1])
    named = CHUNKS.c.id == chunk.id
    if inside.all():
        connection.execute(delete(CHUNKS).where(named))
    elif inside.any():
        connection.execute(update(CHUNKS).where(named).values(**_described(rows.take(~inside))))
    return rows.take(inside)


def _store(connection: Connection, machine: bytes, rows: Rows, *, late: bool, batch: int | None = None) -> None:
    for start in range(0, len(rows), LARGEST_CHUNK):
        part = rows.take(slice(start, start + LARGEST_CHUNK))
        connection.execute(insert(CHUNKS).values(machine=machine, batch=batch, late=late, **_described(part)))


def _described(rows: Rows) -> dict[str, Any]:
    time_from, time_to = rows.span()
    return {
        "time_from": time_from,
        "time_to": time_to,
        "signal_from": int(rows.signal.min()),
        "signal_to": int(rows.signal.max()),
        "readings": len(rows),
        "content": packed(rows),
    }


def _chunks(*conditions: ColumnElement[bool]) -> Any:
    return select(CHUNKS).where(*conditions).order_by(CHUNKS.c.id)


def _waiting(machine: bytes, late: bool) -> ColumnElement[bool]:
    return and_(CHUNKS.c.machine == machine, CHUNKS.c.batch.is_(None), CHUNKS.c.late == late)


def _in_batch(machine: bytes, seq: int) -> ColumnElement[bool]:
    return and_(CHUNKS.c.machine == machine, CHUNKS.c.batch == seq)


def _overlaps(time_from: int, time_to: int) -> ColumnElement[bool]:
    return and_(CHUNKS.c.time_from < time_to, CHUNKS.c.time_to > time_from)
