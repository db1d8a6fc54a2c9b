"""The log: signed entries in one order, appended by any process of the machine that holds a key."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from maas_ledger_local.blocks import LONGEST_INTERVAL, Blocks
from maas_ledger_local.entries import COLUMNS, Place, Row, Sealed, audited, is_signed, next_place, seal, unseal
from maas_ledger_local.file import is_damage, open_file

from maas_core.errors import IntegrityError, SignerError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.ordered_log import EVERY_COMMAND, BrokenEntry, LogEntry
from maas_core.ports.signer import Scheme, Signer
from maas_core.ports.workflow import Attempt, Broadcast, BroadcastStatus, LedgerIdentity, Unavailable

AUDIT_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Settings:
    """`[ledger]` with `backend = "local"`."""

    path: Path = field(default=Path("ledger.db"), metadata={"help": "the file that all processes share"})
    block_interval_ms: int = field(
        default=0,
        metadata={"help": "show entries in steps of so many ms; 0: at once", "min": 0, "max": LONGEST_INTERVAL},
    )


def open_log(settings: Settings, context: Context) -> "LocalLog":
    """Open the log, or begin one. Raises ConfigError, StoreError, IntegrityError, SignerError."""
    if context.signer is not None and context.signer.scheme is not Scheme.ED25519:
        raise SignerError(f"the local ledger signs with an ed25519 key, not {context.signer.scheme}: use another key")
    connection, log_id = open_file(context.directory / settings.path)
    return LocalLog(connection, log_id, settings.block_interval_ms, context.clock, context.signer)


class LocalLog:
    """One handle; it may be used by several threads, which then wait for each other."""

    name = "local"
    max_payload_bytes = EVERY_COMMAND

    def __init__(
        self, connection: sqlite3.Connection, log_id: bytes, interval: int, clock: Clock, signer: Signer | None
    ) -> None:
        self._connection = connection
        self._log_id = log_id
        self._blocks = Blocks(connection, interval, clock)
        self._signer = signer
        self._lock = Lock()

    def identity(self) -> LedgerIdentity:
        """The key's public half."""
        key = self._key().public_key
        return LedgerIdentity(key, key.hex())

    def seal(self, payload: bytes) -> Attempt:
        """Sign a payload."""
        return seal(self._log_id, self._key(), payload)

    def append(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        """Append all in one transaction of the database, so that they share one fsync."""
        checked = [self._check(attempt) for attempt in attempts]
        try:
            with self._using(deadline):
                return self._append(checked)
        except (sqlite3.Error, TimeoutError) as error:
            trouble = _trouble(error)
            return [Broadcast(one.transaction, BroadcastStatus.UNAVAILABLE, trouble.reason) for one in attempts]

    def read(self, after: int, limit: int, deadline: Deadline) -> Sequence[LogEntry] | Unavailable:
        """Entries that are shown."""
        try:
            with self._using(deadline):
                rows = self._rows(after, min(limit, self._blocks.shown(self._last()) - after))
        except (sqlite3.Error, TimeoutError) as error:
            return _trouble(error)
        return [LogEntry(*row[:-1]) for row in rows]

    def find(self, transactions: Sequence[bytes], deadline: Deadline) -> Sequence[int | None] | Unavailable:
        """Positions, of entries that are not shown yet too."""
        try:
            with self._using(deadline):
                return [self._position(transaction) for transaction in transactions]
        except (sqlite3.Error, TimeoutError) as error:
            return _trouble(error)

    def audit(self) -> Iterator[LogEntry]:
        """Check each entry, then what SQLite itself says of the file; entries that are not shown yet are included."""
        last = Place(0, self._log_id, 0)
        try:
            while rows := self._rows(last.position, AUDIT_PAGE):
                for row in rows:
                    last = audited(self._log_id, last, row)
                    yield LogEntry(*row[:-1])
            [(finding,)] = self._connection.execute("PRAGMA integrity_check(1)")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise BrokenEntry(last.position + 1, str(error)) from error
        if finding != "ok":
            raise BrokenEntry(last.position + 1, finding)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _key(self) -> Signer:
        if self._signer is None:
            raise SignerError("this node has no key, it only reads: name one under [signer]")
        return self._signer

    @contextmanager
    def _using(self, deadline: Deadline) -> Iterator[None]:
        """Hold the connection; whatever SQLite waits for within, it waits until the deadline."""
        if deadline.passed() or not self._lock.acquire(timeout=deadline.remaining()):
            raise TimeoutError("no time left")
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {int(deadline.remaining() * 1000)}")
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _check(self, attempt: Attempt) -> Sealed | Broadcast:
        sealed = unseal(self._log_id, attempt.payload)
        if len(sealed.payload) > self.max_payload_bytes:
            reason = f"the payload has {len(sealed.payload)} bytes, {self.max_payload_bytes} are possible"
        elif sealed.transaction != attempt.transaction:
            reason = "the transaction's id does not belong to its payload and this log"
        elif not is_signed(sealed):
            reason = "the signature is not the sender's"
        else:
            return sealed
        return Broadcast(attempt.transaction, BroadcastStatus.REFUSED, reason)

    def _append(self, checked: Sequence[Sealed | Broadcast]) -> list[Broadcast]:
        if not any(isinstance(one, Sealed) for one in checked):
            return [one for one in checked if isinstance(one, Broadcast)]
        with self._writing():
            last = self._last()
            time = self._blocks.open(last)
            outcomes = []
            for one in checked:
                if isinstance(one, Broadcast):
                    outcomes.append(one)
                elif self._position(one.transaction) is not None:
                    outcomes.append(Broadcast(one.transaction, BroadcastStatus.KNOWN))
                else:
                    last = next_place(last, time, one)
                    self._insert(last, one)
                    outcomes.append(Broadcast(one.transaction, BroadcastStatus.ACCEPTED))
        return outcomes

    def _insert(self, place: Place, sealed: Sealed) -> None:
        row = (*place, sealed.sender, sealed.transaction, sealed.payload, sealed.signature)
        self._connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _last(self) -> Place:
        row = self._connection.execute(
            "SELECT position, digest, time FROM entry ORDER BY position DESC LIMIT 1"
        ).fetchone()
        return Place(*row) if row else Place(0, self._log_id, 0)

    def _position(self, transaction: bytes) -> int | None:
        row = self._connection.execute("SELECT position FROM entry WHERE tx = ?", (transaction,)).fetchone()
        return row[0] if row else None

    def _rows(self, after: int, limit: int) -> Sequence[Row]:
        query = f"SELECT {COLUMNS} FROM entry WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608 - names of columns, a constant
        return self._connection.execute(query, (after, max(0, limit))).fetchall()


def _trouble(error: sqlite3.Error | TimeoutError) -> Unavailable:
    """Why there is no answer now; what will never be better is raised."""
    if isinstance(error, sqlite3.Error) and is_damage(error):
        raise IntegrityError(f"the log's file is damaged ({error}): restore it") from error
    return Unavailable(f"the log's file cannot be used now: {error}")
