"""Readings on their way from sources into batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from maas_core.config.sections import NodeConfig
from maas_core.errors import UnavailableError, UsageError
from maas_core.node.intake import store_page
from maas_core.node.service import Service
from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.readings import Readings, Series
from maas_core.ports.telemetry_source import ReadingPage, Signal, TelemetrySource
from maas_core.ports.workflow import Unavailable
from maas_core.telemetry import book, buffer
from maas_core.telemetry.book import Counts, Import, Refused
from maas_core.telemetry.gaps import Gap, gaps
from maas_core.telemetry.preview import Preview, preview
from maas_core.telemetry.rows import as_series

PAGE = 1_000_000
"""Readings that are taken in at once, and that an interruption can cost."""
EVER = (0, 2**34)


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for a batch at one moment; `mark_anchored` takes exactly this."""

    series: dict[str, Series]
    """By signal; each time once, ascending."""
    through: int
    """Hand it to `mark_anchored`."""
    counter: int
    """The machine's counter at that moment."""

    def __len__(self) -> int:
        return sum(map(len, self.series.values()))


@dataclass(frozen=True, slots=True)
class Late:
    """Readings that came after a batch had gone past their time."""

    corrects: int
    """The batch that a correction has to name."""
    time_from: int
    time_to: int
    """[time_from, time_to) just holds them."""
    readings: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a machine's telemetry stands on this node."""

    machine: bytes
    counts: Counts
    pending: int
    pending_from: int
    pending_to: int
    """The window that holds what is pending; 0 if nothing is."""
    late: int
    """Readings that wait for a correction."""
    batched_to: int
    """Up to when batches have taken readings."""


class Intake(Service):
    """Takes readings in, and hands them out to batches."""

    def add(self, source: str, readings: Readings, signals: Sequence[Signal] = (), through: str = "") -> Import:
        """Take in readings that the application has; either all or, if anything raises, none.

        `source` is a name of the caller's choice; machines are named by alias or id, or as `[telemetry.SOURCE]` maps
        them. `signals` describes those that the machine does not have yet. Raises `UsageError` for a machine or signal
        that nobody knows.
        """
        with self._node.database.writing() as connection:
            last = book.last_import(connection, source)
            place = through or ("" if last is None else last.place)
            begun = book.begin_import(connection, source, place, self._node.clock.now())
            return store_page(self._node, connection, begun, ReadingPage(readings, (), place, ended=True), signals)

    def take(
        self, source: str, *, again: bool = False, progress: Callable[[Import], None] | None = None,
        page: int = PAGE, seconds: float = 60.0,
    ) -> Import:  # fmt: skip
        """Take in what a source has, from where the last import stopped, until it ends or is quiet for `seconds`.

        `again` begins at its beginning: what is there already is a duplicate. Readings and place are stored together,
        page by page, so whatever interrupts it, the next call goes on without loss and without repetition. Raises
        `UsageError`, `IntegrityError` (the input was changed meanwhile), `UnavailableError`.
        """
        opened = open_source(self._node.config, source, self._node.clock)
        try:
            return self._take(opened, self._begun(source, again), progress, page, seconds)
        finally:
            opened.close()

    def _begun(self, source: str, again: bool) -> Import:
        """The import that was interrupted, or a new one that goes on where the last one ended."""
        with self._node.database.writing() as connection:
            last = book.last_import(connection, source)
            if last is not None and not last.finished and not again:
                return last
            place = "" if last is None or again else last.place
            return book.begin_import(connection, source, place, self._node.clock.now())

    def _take(
        self, source: TelemetrySource, running: Import, progress: Callable[[Import], None] | None,
        limit: int, seconds: float,
    ) -> Import:  # fmt: skip
        signals = _signals(self._node.config, running.source, source)
        while True:
            page = source.read(running.place, limit, Deadline.after(self._node.clock, seconds))
            if isinstance(page, Unavailable):
                raise UnavailableError(f"telemetry source {running.source!r}: {page.reason}")
            quiet = page.through == running.place and not len(page.readings)
            with self._node.database.writing() as connection:
                running = store_page(self._node, connection, running, page, signals)
            if progress is not None:
                progress(running)
            if page.ended:
                return running
            if quiet:
                return self._paused(running)

    def _paused(self, running: Import) -> Import:
        paused = replace(running, finished=True, updated=self._node.clock.now())
        with self._node.database.writing() as connection:
            book.store_import(connection, paused)
        return paused

    def machines(self) -> tuple[bytes, ...]:
        """All machines whose readings this node takes in."""
        with self._node.database.reading() as connection:
            return book.machines(connection)

    def signals(self, machine: bytes) -> dict[str, Signal]:
        """What a machine's signals mean, by name."""
        with self._node.database.reading() as connection:
            return {one.name: one for one in book.signals(connection, machine)}

    def pending(self, machine: bytes, time_from: int = 0, time_to: int = EVER[1]) -> dict[str, Series]:
        """What is not in a batch of [time_from, time_to), by signal: each time once, ascending."""
        return self.snapshot(machine, time_from, time_to).series

    def snapshot(self, machine: bytes, time_from: int, time_to: int, *, late: bool = False) -> Pending:
        """The same with what `mark_anchored` needs; `late`: what waits for a correction instead."""
        with self._node.database.reading() as connection:
            taken = buffer.snapshot(connection, machine, time_from, time_to, late=late)
            names = [one.name for one in book.signals(connection, machine)]
            counts = book.counts(connection, machine)
        return Pending(as_series(taken.rows, names), taken.through, _counter(counts))

    def late(self, machine: bytes) -> tuple[Late, ...]:
        """What came too late, by the batch that a correction has to name."""
        with self._node.database.reading() as connection:
            rows = buffer.snapshot(connection, machine, *EVER, late=True).rows
            past = [one for one in buffer.windows(connection, machine) if not one.corrects]
        if not len(rows):
            return ()
        begins = np.array(sorted(one.time_from for one in past), np.int64)
        number = {one.time_from: one.seq for one in past}
        place = np.maximum(np.searchsorted(begins, rows.time, "right") - 1, 0)
        found: list[Late] = []
        for one in np.unique(place):
            times = rows.time[place == one]
            found.append(Late(number[int(begins[one])], int(times.min()), int(times.max()) + 1, len(times)))
        return tuple(found)

    def counter(self, machine: bytes) -> int:
        """How many readings this machine was heard to give: kept, quarantined and dropped; it only grows."""
        with self._node.database.reading() as connection:
            return _counter(book.counts(connection, machine))

    def mark_anchored(
        self, connection: Connection, machine: bytes, seq: int, window: tuple[int, int], through: int,
        corrects: int = 0,
    ) -> int:  # fmt: skip
        """Put a snapshot's readings of [from, to) into batch `seq`, in the caller's transaction; returns how many.

        What arrived in the window since the snapshot becomes late. `corrects` names the batch that a correction is for.
        """
        book.lock(connection, machine)
        taken = buffer.BatchWindow(seq, corrects, *window, forgotten=False)
        return buffer.mark(connection, machine, taken, through)

    def unmark(self, connection: Connection, machine: bytes, seq: int) -> None:
        """Take a batch back that was never anchored, in the caller's transaction: its readings wait again."""
        book.lock(connection, machine)
        buffer.unmark(connection, machine, seq)

    def forget(self, connection: Connection, machine: bytes, seq: int) -> int:
        """Erase the readings of a batch from this node, in the caller's transaction; returns how many."""
        book.lock(connection, machine)
        return buffer.forget(connection, machine, seq)

    def batched(self, machine: bytes) -> tuple[buffer.BatchWindow, ...]:
        """The windows that were put into batches."""
        with self._node.database.reading() as connection:
            return buffer.windows(connection, machine)

    def all(self, machine: bytes, time_from: int = 0, time_to: int = EVER[1]) -> dict[str, Series]:
        """All readings of [time_from, time_to) that are on this node, in a batch or not."""
        with self._node.database.reading() as connection:
            rows = buffer.everything(connection, machine, time_from, time_to)
            return as_series(rows, [one.name for one in book.signals(connection, machine)])

    def gaps(self, machine: bytes, window: tuple[int, int] | None = None, interval: int = 0) -> list[Gap]:
        """Where readings are missing, signal by signal; `interval` (seconds) replaces what the signals declare.

        Signals that declare no interval are left out. With a `window` silence at its ends counts too.
        """
        told = self.signals(machine)
        series = self.all(machine, *(window or EVER))
        found: list[Gap] = []
        for name, one in series.items():
            if expected := interval or told[name].interval:
                found += gaps(name, one, expected, window)
        return found

    def imports(self) -> tuple[Import, ...]:
        """All imports, the first one first."""
        with self._node.database.reading() as connection:
            return book.imports(connection)

    def refused(self, number: int | None = None, limit: int = 1000, machine: bytes | None = None) -> list[Refused]:
        """What did not become readings, in one import or in all."""
        with self._node.database.reading() as connection:
            return book.refused(connection, number, limit, machine)

    def standing(self, machine: bytes) -> Standing:
        """How a machine's telemetry stands here."""
        with self._node.database.reading() as connection:
            counts = book.counts(connection, machine)
            pending = buffer.waiting(connection, machine)
            late = buffer.waiting(connection, machine, late=True)[0]
            head = buffer.head_of(buffer.windows(connection, machine))
        return Standing(machine, counts, *pending, late, head)


def _counter(counts: Counts) -> int:
    return counts.kept + counts.quarantined + counts.dropped


def open_source(config: NodeConfig, source: str, clock: Clock) -> TelemetrySource:
    """A source of the config, opened. Raises `UsageError` if there is none of this name."""
    section = config.telemetry.get(source)
    if section is None:
        told = ", ".join(config.telemetry) or "none"
        raise UsageError(f"there is no [telemetry.{source}] in {config.file}; there is: {told}")
    return section.backend.open(section.settings, Context(clock, None, config.directory))


def look_at(config: NodeConfig, source: str, rows: int, most: int, seconds: float = 5.0) -> Preview:
    """What a source would bring: reads about `most` readings and stores nothing, so that no database is needed."""
    clock = SystemClock()
    opened = open_source(config, source, clock)
    pages: list[ReadingPage] = []
    try:
        signals = _signals(config, source, opened)
        while sum(len(page.readings) for page in pages) < most:
            after = pages[-1].through if pages else ""
            page = opened.read(after, most, Deadline.after(clock, seconds))
            if isinstance(page, Unavailable):
                raise UnavailableError(f"telemetry source {source!r}: {page.reason}")
            pages.append(page)
            if page.ended or page.through == after:
                break
    finally:
        opened.close()
    return preview(pages, signals, rows)


def _signals(config: NodeConfig, name: str, source: TelemetrySource) -> list[Signal]:
    """A source's signals, with the config's interval where it knows none."""
    interval = config.telemetry[name].interval
    return [replace(one, interval=one.interval or interval) for one in source.signals()]
