"""One page of readings into the database: tells machines and signals apart, and says why something was refused."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from maas_core.errors import UsageError
from maas_core.ports.readings import Quality, Readings
from maas_core.ports.telemetry_source import ReadingPage, Signal
from maas_core.telemetry import book, buffer
from maas_core.telemetry.book import Counts, Import, Refused
from maas_core.telemetry.rows import LATEST, Rows
from maas_core.telemetry.values import moment, shown

if TYPE_CHECKING:
    from maas_core.node.node import Node

Names = tuple[bytes | None, ...]
"""The registered machine for each machine of a page; None for one that the config leaves out."""


def store_page(
    node: "Node", connection: Connection, running: Import, page: ReadingPage, signals: Sequence[Signal]
) -> Import:
    """Store a page and where its import is now, in the caller's transaction; returns the import as it is now.

    Raises `UsageError` for a machine or a signal that nobody knows.
    """
    readings = _sound(page.readings, running.source)
    names = registered(node, running.source, readings.machines)
    told = {one.name: one for one in signals}
    counts = Counts()
    refused: list[Refused] = []
    for machine in sorted({one for one in names if one is not None}):
        book.lock(connection, machine)
        rows = _of_machine(connection, readings, names, machine, told)
        taken = buffer.take_in(connection, machine, rows)
        own = Counts(taken.kept, taken.late, taken.duplicates)
        book.add_counts(connection, machine, own)
        counts += own
        refused += _reasons(machine, taken, book.signals(connection, machine))
    refused += _left_out(readings, names)
    about = tuple({one.machine for one in page.dropped} - {""})
    ids = dict(zip(about, registered(node, running.source, about), strict=True))
    for one in page.dropped:
        reason = f"{one.text!r}: {one.reason}" if one.text else one.reason
        refused.append(Refused(ids.get(one.machine), False, one.place, reason, one.values))
    counts += _list(connection, running, refused)
    changed = _moved(running, page, counts, node.clock.now())
    book.store_import(connection, changed)
    return changed


def _sound(given: Readings, source: str) -> Readings:
    """The readings with columns of the right types. Raises `UsageError` if they are not what the port says."""
    told: dict[str, tuple[NDArray[Any], int | None]] = {
        "machine": (given.machine, len(given.machines) - 1),
        "signal": (given.signal, len(given.signals) - 1),
        "quality": (given.quality, max(Quality)),
        "time": (given.time, None),
        "value": (given.value, None),
    }
    for name, (column, most) in told.items():
        if not np.issubdtype(column.dtype, np.integer) or column.shape != (len(given.time),):
            raise UsageError(
                f"source {source!r}: column {name} is not of {len(given.time)} whole numbers, like the others"
            )
        if most is not None and len(column) and not (column.min() >= 0 and column.max() <= most):
            wrong = int(column.max() if column.max() > most else column.min())
            raise UsageError(f"source {source!r}: there is a {name} {wrong}; accepted: 0 to {int(most)}")
    return Readings(
        given.machines,
        given.signals,
        given.machine,
        given.signal,
        given.time.astype(np.int64, copy=False),
        given.value.astype(np.int64, copy=False),
        given.quality.astype(np.uint8, copy=False),
    )


def registered(node: "Node", source: str, names: Iterable[str]) -> Names:
    """The machines that a source's names stand for: as the config maps them, else by alias or id."""
    section = node.config.telemetry.get(source)
    mapped = {} if section is None else section.machines
    return tuple(_registered(node, source, name, mapped.get(name)) for name in names)


def _registered(node: "Node", source: str, name: str, mapped: str | None) -> bytes | None:
    if mapped == "":
        return None
    try:
        return node.aliases.resolve("machine", name if mapped is None else mapped)
    except UsageError as error:
        raise UsageError(
            f"telemetry source {source!r} names a machine {name!r}: {error}; "
            f'[telemetry.{source}.machines] maps such names, and "" leaves a machine out'
        ) from None


def _of_machine(
    connection: Connection, readings: Readings, names: Names, machine: bytes, told: dict[str, Signal]
) -> Rows:
    """One machine's readings, its signals by number."""
    columns: tuple[Any, ...] = (readings.signal, readings.time, readings.value, readings.quality)
    if any(one != machine for one in names):
        own = np.array([one == machine for one in names], np.bool_)[readings.machine]
        columns = tuple(column[own] for column in columns)
    signal, time, value, quality = columns
    present = np.flatnonzero(np.bincount(signal, minlength=len(readings.signals)))
    used = [readings.signals[one] for one in present]
    numbers = book.learn(connection, machine, [told[name] for name in used if name in told])
    if missing := [name for name in used if name not in numbers]:
        raise UsageError(f"there are readings of signal {missing[0]!r}, which machine {machine.hex()} does not have")
    number = np.zeros(len(readings.signals), np.int16)
    number[present] = [numbers[name] for name in used]
    return Rows(number[signal], time, value, quality)


def _reasons(machine: bytes, taken: buffer.Taken, signals: Sequence[Signal]) -> Iterable[Refused]:
    for one in taken.conflicts:
        signal = signals[one.signal]
        kept, other = (shown(signal, *pair) for pair in (one.kept, one.refused))
        reason = f"{kept} is kept for this time, {other} came as well"
        yield Refused(machine, True, _place(machine, signal, one.time), reason, 1)
    for rows, reason in (
        (taken.impossible, f"the time is not between {moment(0)} and {moment(LATEST - 1)}"),
        (taken.erased, "the readings of this window were erased on this node"),
    ):
        for number, time in zip(rows.signal.tolist(), rows.time.tolist(), strict=True):
            yield Refused(machine, True, _place(machine, signals[number], time), reason, 1)


def _place(machine: bytes, signal: Signal, time: int) -> str:
    return f"machine {machine.hex()} {signal.name} at {moment(time)}"


def _left_out(readings: Readings, names: Names) -> Iterable[Refused]:
    for number, (name, machine) in enumerate(zip(readings.machines, names, strict=True)):
        if machine is None:
            times = readings.time[readings.machine == number]
            if len(times):
                span = f"times {int(times.min())} to {int(times.max())}"
                yield Refused(None, False, f"machine {name}, {span}", "the config leaves this machine out", len(times))


def _list(connection: Connection, running: Import, refused: Sequence[Refused]) -> Counts:
    """List what was refused; what had been listed before counts as a duplicate, like readings that come again."""
    fresh = book.refuse(connection, running.id, running.source, refused)
    again = sum(one.readings for one in refused) - sum(one.readings for one in fresh)
    total = Counts(duplicates=again)
    by_machine: dict[bytes | None, Counts] = {}
    for one in fresh:
        counted = Counts(quarantined=one.readings) if one.quarantined else Counts(dropped=one.readings)
        total += counted
        by_machine[one.machine] = by_machine.get(one.machine, Counts()) + counted
    for machine, counted in by_machine.items():
        if machine is not None:
            book.lock(connection, machine)
            book.add_counts(connection, machine, counted)
    return total


def _moved(running: Import, page: ReadingPage, counts: Counts, now: int) -> Import:
    done, total = page.progress or (running.done, running.total)
    return replace(
        running,
        updated=now,
        finished=page.ended,
        place=page.through,
        done=done,
        total=total,
        counts=running.counts + counts,
    )
