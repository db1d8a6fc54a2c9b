"""The customer's side of telemetry: readings become batches in the storages, and batches become anchors on the ledger.

A batch is stored whole before a row names it, and the row is written together with the mark on its readings; the id of
the command that anchors it is stored before the command is sent. So whatever interrupts this, doing it again goes on
where it stopped: no batch is anchored twice and no reading is lost.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from maas_core.errors import BusyError, CommandRejectedError, UsageError
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.node.batching import Batching, Made
from maas_core.node.service import Service, new_id
from maas_core.protocol.commands import AnchorItem, AnchorTelemetry
from maas_core.protocol.records import AnchorHead
from maas_core.protocol.states import AnchorKind
from maas_core.store.tables import BatchRow
from maas_core.telemetry.batch import Link

BATCHES: Any = BatchRow.__table__
DAY = 86_400
BLOCK = 16
"""Windows that are made at once at most."""
AT_ONCE = 4_000_000
"""Readings in them, about."""

Window = tuple[int, int]


class Anchoring(Service):
    """Cuts and anchors, for machines whose customer this node is."""

    def cut(self, machine: bytes, until: int | None = None, every: int | None = None) -> int:
        """Make batches of what is pending up to `until`, a window of `every` seconds each; returns how many.

        Windows follow each other without a hole; long silence is one batch. Without `until`: all windows that are over
        and have readings or come before such. Late readings become corrections of the batches they came too late for.
        Nothing goes to the ledger yet. Raises `UsageError` if this node is not the machine's customer or has no device
        key that the specification names, and as storages do.
        """
        self._node.sync()
        self._settle([machine])
        every = every or DAY
        batching = Batching(self._node, machine)
        made = 0
        for windows in _blocks(self._windows(machine, until, every), self._block_size(machine, every)):
            made += self._make(batching, machine, windows)
        for late in self._node.readings.late(machine):
            made += self._correct(batching, machine, late.corrects, (late.time_from, late.time_to))
        return made

    def anchor(self, machines: Iterable[bytes] | None = None) -> list[tuple[bytes, int]]:
        """Anchor all batches that were cut, of many machines in one command; returns (machine, seq) of what is final.

        Raises `CommandRejectedError` if the ledger refused: then what does not fit the ledger any more is cut again by
        the next `cut`, and nothing is lost. Raises as `node.submissions.wait`.
        """
        self._node.sync()
        wanted = self.machines() if machines is None else sorted(set(machines))
        done = self._settle(wanted)
        self._dispatch(wanted)
        for submission, rows in self._sent(wanted).items():
            try:
                self._node.submissions.wait(self._found(submission, rows))
            except CommandRejectedError:
                self._settle(wanted)
                raise
        return done + self._settle(wanted)

    def machines(self) -> list[bytes]:
        """All machines with batches that are not anchored."""
        query = select(BATCHES.c.machine).where(BATCHES.c.anchored.is_(False)).distinct().order_by(BATCHES.c.machine)
        with self._node.database.reading() as connection:
            return [bytes(row.machine) for row in connection.execute(query)]

    def waiting(self, machine: bytes) -> list[int]:
        """Sequence numbers of batches that were cut and are not anchored."""
        return [row.seq for row in self._open_rows(machine)]

    # Cutting

    def _windows(self, machine: bytes, until: int | None, every: int) -> Iterator[Window]:
        standing = self._node.readings.standing(machine)
        now = self._node.clock.now()
        if until is None:
            until = min(standing.pending_to + -standing.pending_to % every, now - now % every)
        elif until > now:
            raise UsageError(f"telemetry can be anchored up to now ({now}), not up to {until}")
        start = max(self._head(machine).window_to, standing.batched_to)
        if not start:
            start = standing.pending_from - standing.pending_from % every if standing.pending else until
        while start < until:
            end = min(start - start % every + every, until)
            yield start, end
            start = end

    def _block_size(self, machine: bytes, every: int) -> int:
        """How many windows are made at once, so that memory does not grow with what is pending."""
        standing = self._node.readings.standing(machine)
        slots = max(1, (standing.pending_to - standing.pending_from) // every)
        return max(1, min(BLOCK, AT_ONCE * slots // max(1, standing.pending)))

    def _make(self, batching: Batching, machine: bytes, windows: Sequence[Window]) -> int:
        """One block of windows: batches in the storages, then their rows and the marks on the readings."""
        snapshot = self._node.readings.snapshot(machine, windows[0][0], windows[-1][1])
        joined = batching.joined(windows, snapshot.series)
        links = self._links(machine, [(AnchorKind.REGULAR, 0)] * len(joined))
        made = batching.make(joined, snapshot.series, links)
        with self._node.database.writing() as connection:
            for one in made:
                self._keep(connection, one, snapshot.through)
        return len(made)

    def _correct(self, batching: Batching, machine: bytes, corrects: int, window: Window) -> int:
        snapshot = self._node.readings.snapshot(machine, *window, late=True)
        links = self._links(machine, [(AnchorKind.CORRECTION, corrects)])
        [made] = batching.make([window], snapshot.series, links)
        with self._node.database.writing() as connection:
            self._keep(connection, made, snapshot.through)
        return 1

    def _links(self, machine: bytes, kinds: Sequence[tuple[AnchorKind, int]]) -> list[Link]:
        """Places for new batches after the last one; what was dropped since is told by the first of them.

        `previous` and `counter_from` of all but the first are known only when the one before is made.
        """
        last = self._last_row(machine)
        seq, previous, counter = (
            self._tail(machine) if last is None else (last.seq, bytes(last.manifest), last.counter_to)
        )
        counts = self._node.readings.standing(machine).counts
        told = select(func.sum(BATCHES.c.dropped)).where(BATCHES.c.machine == machine)
        with self._node.database.reading() as connection:
            dropped = counts.quarantined + counts.dropped - int(connection.execute(told).scalar() or 0)
        deployment = self._node.parties.deployment().record.deployment
        return [
            Link(deployment, machine, seq + 1 + n, kind, corrects, previous, counter, 0 if n else max(0, dropped))
            for n, (kind, corrects) in enumerate(kinds)
        ]

    def _tail(self, machine: bytes) -> tuple[int, bytes, int]:
        """Where the ledger stands when this node has no rows: at the beginning, or its database was lost."""
        seq = self._head(machine).seq
        if seq == 0:
            return 0, bytes(32), 0
        [(anchor, manifest)] = self._node.telemetry.manifests(machine, seq, seq + 1)
        return seq, anchor.manifest, manifest.counter_to

    def _keep(self, connection: Connection, made: Made, through: int) -> None:
        manifest = made.manifest
        window = (manifest.slicing.time_from, manifest.slicing.time_to)
        self._node.readings.mark_anchored(
            connection, manifest.machine, manifest.seq, window, through, manifest.corrects
        )
        row = {
            "machine": manifest.machine,
            "seq": manifest.seq,
            "kind": manifest.kind,
            "corrects": manifest.corrects,
            "time_from": window[0],
            "time_to": window[1],
            "readings": manifest.readings,
            "dropped": manifest.dropped,
            "counter_to": manifest.counter_to,
            "manifest": made.digest,
            "locator": made.locator,
            "anchored": False,
        }
        connection.execute(insert(BATCHES).values(row))
        self._node.uploads.end(connection, made.upload)

    # Anchoring

    def _dispatch(self, machines: Sequence[bytes]) -> None:
        """Name the commands for all rows that have none, then send them: the first batches of all machines first."""
        limit = self._node.parties.deployment().record.rules.anchor_items
        queues = [[row for row in self._open_rows(one) if row.submission is None] for one in machines]
        commands: list[tuple[bytes, list[Row[Any]]]] = []
        for round_ in zip_longest(*queues):
            items = [row for row in round_ if row is not None]
            commands += [(new_id(), items[at : at + limit]) for at in range(0, len(items), limit)]
        with self._node.database.writing() as connection:
            for submission, rows in commands:
                self._name(connection, submission, rows)
        ids = [one for one, _ in commands]
        self._node.submissions.send_all([_command(rows) for _, rows in commands], ids)

    def _name(self, connection: Connection, submission: bytes | None, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            changed = connection.execute(
                update(BATCHES)
                .where(
                    BATCHES.c.machine == row.machine, BATCHES.c.seq == row.seq, BATCHES.c.submission == row.submission
                )
                .values(submission=submission)
                if row.submission is not None
                else update(BATCHES)
                .where(BATCHES.c.machine == row.machine, BATCHES.c.seq == row.seq, BATCHES.c.submission.is_(None))
                .values(submission=submission)
            )
            if changed.rowcount != 1:
                raise BusyError("another process is anchoring the same batches")

    def _settle(self, machines: Iterable[bytes]) -> list[tuple[bytes, int]]:
        """Find out what became of commands that were sent earlier; returns what is anchored now."""
        done: list[tuple[bytes, int]] = []
        for machine in machines:
            self._compare(machine)
        for submission, rows in self._sent(machines).items():
            found = self._found(submission, rows)
            if found.state == SubmissionState.FINAL:
                self._note_anchored(rows)
                done += [(bytes(row.machine), row.seq) for row in rows]
            elif found.finished:
                self._take_back(rows)
        return sorted(done)

    def _sent(self, machines: Iterable[bytes]) -> dict[bytes, list[Row[Any]]]:
        """Rows by the command that anchors them; a command may hold other machines' items too."""
        ids = {bytes(row.submission) for one in machines for row in self._open_rows(one) if row.submission is not None}
        found: dict[bytes, list[Row[Any]]] = {}
        with self._node.database.reading() as connection:
            for one in sorted(ids):
                query = select(BATCHES).where(BATCHES.c.submission == one).order_by(BATCHES.c.machine)
                found[one] = list(connection.execute(query))
        return dict(sorted(found.items(), key=lambda item: [row.seq for row in item[1]]))

    def _found(self, submission: bytes, rows: Sequence[Row[Any]]) -> Submission:
        try:
            return self._node.submissions.find(submission)
        except UsageError:  # named and not sent: the process ended in between
            return self._node.submissions.send(_command(rows), submission)

    def _note_anchored(self, rows: Sequence[Row[Any]]) -> None:
        with self._node.database.writing() as connection:
            for row in rows:
                own = (BATCHES.c.machine == row.machine, BATCHES.c.seq == row.seq)
                connection.execute(update(BATCHES).where(*own).values(anchored=True))

    def _take_back(self, rows: Sequence[Row[Any]]) -> None:
        """After a rejection: what still fits the ledger is sent again, the rest is made anew from its readings."""
        with self._node.database.writing() as connection:
            self._name(connection, None, rows)
        for machine in {bytes(row.machine) for row in rows}:
            self._compare(machine)

    def _compare(self, machine: bytes) -> None:
        """Drop batches that do not continue what the ledger has: a copy of this node may have anchored meanwhile."""
        head, rows = self._head(machine).seq, self._open_rows(machine)
        if not rows or rows[0].submission is not None:
            return
        if rows[0].seq == head + 1 and self._continues(machine, head):
            return
        with self._node.database.writing() as connection:
            for row in reversed(rows):
                self._node.readings.unmark(connection, machine, row.seq)
                own = (BATCHES.c.machine == machine, BATCHES.c.seq == row.seq)
                connection.execute(delete(BATCHES).where(*own))

    def _continues(self, machine: bytes, head: int) -> bool:
        """Whether this node's batches up to the ledger's last anchor are those that were anchored."""
        row = self._row(machine, head)
        if head == 0 or row is None:
            return True
        return bool(row.manifest == self._node.telemetry.anchor_at(machine, head).manifest)

    def _row(self, machine: bytes, seq: int) -> Row[Any] | None:
        query = select(BATCHES).where(BATCHES.c.machine == machine, BATCHES.c.seq == seq)
        with self._node.database.reading() as connection:
            return connection.execute(query).one_or_none()

    def _open_rows(self, machine: bytes) -> list[Row[Any]]:
        query = select(BATCHES).where(BATCHES.c.machine == machine, BATCHES.c.anchored.is_(False))
        with self._node.database.reading() as connection:
            return list(connection.execute(query.order_by(BATCHES.c.seq)))

    def _last_row(self, machine: bytes) -> Row[Any] | None:
        query = select(BATCHES).where(BATCHES.c.machine == machine).order_by(BATCHES.c.seq.desc()).limit(1)
        with self._node.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return row if row is not None and row.seq >= self._head(machine).seq else None

    def _head(self, machine: bytes) -> AnchorHead:
        head = self._node.machines.heads(machine)[0]
        if head is None:
            raise UsageError("this machine's agreement is not accepted yet: there is nothing to anchor to")
        return head


def _blocks(windows: Iterable[Window], size: int) -> Iterator[list[Window]]:
    block: list[Window] = []
    for one in windows:
        block.append(one)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def _command(rows: Sequence[Row[Any]]) -> AnchorTelemetry:
    return AnchorTelemetry(
        tuple(
            AnchorItem(
                machine=bytes(row.machine),
                seq=row.seq,
                kind=row.kind,
                corrects=row.corrects,
                window_from=row.time_from,
                window_to=row.time_to,
                readings=row.readings,
                manifest=bytes(row.manifest),
                locator=bytes(row.locator),
            )
            for row in sorted(rows, key=lambda row: bytes(row.machine))
        )
    )
