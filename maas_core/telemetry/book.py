"""What a node remembers of its telemetry beside the readings: signals, imports, counts, and what was dropped.

All functions work in the caller's transaction.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from maas_core.errors import UsageError
from maas_core.ports.telemetry_source import Signal
from maas_core.store.tables import DroppedReadingRow, ImportRow, ReadingMachineRow, SignalRow
from maas_core.telemetry.rows import MOST_SIGNALS

MACHINES: Any = ReadingMachineRow.__table__
SIGNALS: Any = SignalRow.__table__
IMPORTS: Any = ImportRow.__table__
DROPPED: Any = DroppedReadingRow.__table__
MOST_DECIMALS = 18
LONGEST_TEXT = 500
"""Characters of a place or reason."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What readings came to."""

    kept: int = 0
    late: int = 0
    """Among those kept: they came after a batch had gone past their time, and wait for a correction."""
    duplicates: int = 0
    """What came again: readings that are kept already, and input that was refused before."""
    quarantined: int = 0
    """Readings that contradict one that is kept, or that cannot be."""
    dropped: int = 0
    """Values that did not become readings."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Import:
    """One import from a source: where it is, and what it came to."""

    id: int
    source: str
    started: int
    updated: int
    finished: bool
    place: str
    done: int
    total: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Refused:
    """Input that did not become a reading."""

    machine: bytes | None
    quarantined: bool
    """A whole reading; else something that could not be read."""
    place: str
    reason: str
    readings: int


def signals(connection: Connection, machine: bytes) -> tuple[Signal, ...]:
    """A machine's signals; each stands at its number."""
    found = connection.execute(select(SIGNALS).where(SIGNALS.c.machine == machine).order_by(SIGNALS.c.number))
    return tuple(Signal(one.name, one.unit, one.decimals, tuple(json.loads(one.states)), one.interval) for one in found)


def learn(connection: Connection, machine: bytes, told: Iterable[Signal]) -> dict[str, int]:
    """Each signal's number; new ones get one. Raises `UsageError` if one means something else than it did."""
    known = signals(connection, machine)
    numbers = {one.name: number for number, one in enumerate(known)}
    for one in told:
        number = numbers.setdefault(one.name, len(numbers))
        if number >= MOST_SIGNALS:
            raise UsageError(f"machine {machine.hex()} has more than {MOST_SIGNALS} signals")
        row = {
            "machine": machine, "number": number, "name": one.name, "unit": one.unit, "decimals": one.decimals,
            "states": json.dumps(one.states), "interval": one.interval,
        }  # fmt: skip
        if number >= len(known):
            _check(one)
            connection.execute(insert(SIGNALS).values(row))
        elif one != known[number]:
            _check_change(known[number], one)
            named = and_(SIGNALS.c.machine == machine, SIGNALS.c.number == number)
            connection.execute(update(SIGNALS).where(named).values(states=row["states"], interval=one.interval))
    return numbers


def lock(connection: Connection, machine: bytes) -> None:
    """Let no other process take in readings of this machine until the transaction ends."""
    _insert_new(connection, MACHINES, [{"machine": machine, **_columns(Counts())}])
    connection.execute(select(MACHINES.c.machine).where(MACHINES.c.machine == machine).with_for_update())


def counts(connection: Connection, machine: bytes) -> Counts:
    """What all readings of a machine came to so far."""
    row = connection.execute(select(MACHINES).where(MACHINES.c.machine == machine)).one_or_none()
    return Counts() if row is None else _counts(row)


def machines(connection: Connection) -> tuple[bytes, ...]:
    """All machines whose readings this node takes in."""
    return tuple(bytes(one) for one in connection.execute(select(MACHINES.c.machine)).scalars())


def add_counts(connection: Connection, machine: bytes, more: Counts) -> None:
    """Add to what a machine's readings came to; the machine must be locked."""
    total = counts(connection, machine) + more
    connection.execute(update(MACHINES).where(MACHINES.c.machine == machine).values(**_columns(total)))


def last_import(connection: Connection, source: str) -> Import | None:
    """The latest import from a source."""
    asked = select(IMPORTS).where(IMPORTS.c.source == source).order_by(IMPORTS.c.id.desc()).limit(1)
    row = connection.execute(asked).one_or_none()
    return None if row is None else _import(row)


def imports(connection: Connection) -> tuple[Import, ...]:
    """All imports, the first one first."""
    return tuple(map(_import, connection.execute(select(IMPORTS).order_by(IMPORTS.c.id))))


def begin_import(connection: Connection, source: str, place: str, now: int) -> Import:
    """A new import that goes on at a place."""
    columns = {"source": source, "started": now, "updated": now, "finished": False, "place": place}
    values = {**columns, "done": 0, "total": 0, **_columns(Counts())}
    [number] = connection.execute(insert(IMPORTS).values(values).returning(IMPORTS.c.id)).one()
    return Import(number, source, now, now, finished=False, place=place, done=0, total=0, counts=Counts())


def store_import(connection: Connection, one: Import) -> None:
    """Where an import is now."""
    changed = {"updated": one.updated, "finished": one.finished, "place": one.place}
    values = {**changed, "done": one.done, "total": one.total, **_columns(one.counts)}
    connection.execute(update(IMPORTS).where(IMPORTS.c.id == one.id).values(values))


def refuse(connection: Connection, number: int, source: str, refused: Sequence[Refused]) -> tuple[Refused, ...]:
    """List what did not become readings under an import; returns those that were not listed before."""
    fresh: list[Refused] = []
    rows: list[dict[str, Any]] = []
    for one in refused:
        place, reason = one.place[:LONGEST_TEXT], one.reason[:LONGEST_TEXT]
        digest = sha256(json.dumps([source, place, reason]).encode()).digest()[:16]
        rows.append({
            "digest": digest, "import_id": number, "machine": one.machine, "quarantined": one.quarantined,
            "place": place, "reason": reason, "readings": one.readings,
        })  # fmt: skip
    new = _insert_new(connection, DROPPED, rows)
    for one, row in zip(refused, rows, strict=True):
        if row["digest"] in new:
            new.remove(row["digest"])
            fresh.append(one)
    return tuple(fresh)


def refused(connection: Connection, number: int | None, limit: int, machine: bytes | None = None) -> list[Refused]:
    """What did not become readings in one import or in all."""
    asked = select(DROPPED).order_by(DROPPED.c.id).limit(limit)
    if number is not None:
        asked = asked.where(DROPPED.c.import_id == number)
    if machine is not None:
        asked = asked.where(DROPPED.c.machine == machine)
    return [
        Refused(
            None if one.machine is None else bytes(one.machine), one.quarantined, one.place, one.reason, one.readings
        )
        for one in connection.execute(asked)
    ]


def _check(one: Signal) -> None:
    if not one.name or not one.name.isprintable():
        raise UsageError(f"{one.name!r} is no name of a signal: accepted is printable text")
    if not 0 <= one.decimals <= MOST_DECIMALS or (one.states and one.decimals):
        raise UsageError(
            f"signal {one.name!r}: decimals {one.decimals} is not accepted; "
            f"accepted: 0 to {MOST_DECIMALS}, 0 for a status"
        )
    if one.interval < 0:
        raise UsageError(f"signal {one.name!r}: an interval of {one.interval} s is not accepted; accepted: 0 or more")


def _check_change(known: Signal, told: Signal) -> None:
    same = (known.unit, known.decimals) == (told.unit, told.decimals)
    if not same or told.states[: len(known.states)] != known.states:
        raise UsageError(
            f"signal {told.name!r} was taken in with unit {known.unit!r}, {known.decimals} decimals and states "
            f"{list(known.states)}, and is now told with unit {told.unit!r}, {told.decimals} decimals and states "
            f"{list(told.states)}: give it another name, or keep its meaning (states may be added at the end)"
        )


def _insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> set[bytes]:
    """Insert rows whose (unique) first column is new; returns those."""
    if not rows:
        return set()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    key = next(iter(rows[0]))
    statement = dialect.insert(table).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])
    return {bytes(one) for one in connection.execute(statement, rows).scalars()}


def _columns(counted: Counts) -> dict[str, int]:
    return {one.name: getattr(counted, one.name) for one in fields(Counts)}


def _counts(row: Any) -> Counts:
    return Counts(row.kept, row.late, row.duplicates, row.quarantined, row.dropped)


def _import(row: Any) -> Import:
    place = (row.place, row.done, row.total)
    return Import(row.id, row.source, row.started, row.updated, row.finished, *place, _counts(row))
