"""The tables of a node's database.

Ledger values that fit 64 bits are integers; commands, events and records are kept in the JSON form of the protocol,
keys as the JSON list of `wire.key_to_json`. Times are seconds UTC.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REVISION = "0001"
"""The migration that makes these tables."""

Sequence = BigInteger().with_variant(Integer, "sqlite")
"""A growing number; SQLite only counts up its own INTEGER."""


class Base(DeclarativeBase):
    """The root of all tables."""


class SubmissionRow(Base):
    """An intent and where it stands."""

    __tablename__ = "submissions"

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    command: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(BigInteger)
    not_after: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    finished: Mapped[bool] = mapped_column(index=True)
    code: Mapped[int | None]
    item: Mapped[int | None]
    probable: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    block_height: Mapped[int | None] = mapped_column(BigInteger)
    block_digest: Mapped[bytes | None]
    block_time: Mapped[int | None] = mapped_column(BigInteger)
    cost: Mapped[int | None] = mapped_column(BigInteger)


class AttemptRow(Base):
    """A signed transaction of a submission; never deleted."""

    __tablename__ = "attempts"

    transaction: Mapped[bytes] = mapped_column(primary_key=True)
    submission: Mapped[int] = mapped_column(ForeignKey("submissions.seq"), index=True)
    ordinal: Mapped[int]
    """Its place among the submission's attempts, from 0."""
    payload: Mapped[bytes]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    expires: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    block_height: Mapped[int | None] = mapped_column(BigInteger)
    block_digest: Mapped[bytes | None]
    block_time: Mapped[int | None] = mapped_column(BigInteger)


class BlockRow(Base):
    """A block that is not final, raw."""

    __tablename__ = "unfinal_blocks"

    height: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[bytes]
    time: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[str] = mapped_column(Text)


class EventRow(Base):
    """A final event."""

    __tablename__ = "events"

    position: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    height: Mapped[int] = mapped_column(BigInteger, index=True)
    digest: Mapped[bytes]
    time: Mapped[int] = mapped_column(BigInteger)
    transaction: Mapped[bytes] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    aside: Mapped[str | None] = mapped_column(Text)
    """Why it could not be folded; null once it is."""

    __table_args__ = (
        Index("events_by_subject", "subject", "position"),
        Index("events_aside", "position", sqlite_where=aside.is_not(None), postgresql_where=aside.is_not(None)),
    )


class RecordRow(Base):
    """A record as the final events give it."""

    __tablename__ = "records"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, index=True)
    record: Mapped[str] = mapped_column(Text)


class ChainRow(Base):
    """The one row on the chain and its writer."""

    __tablename__ = "chain"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(BigInteger)
    """Grows whenever another process takes over as the writer."""
    checkpoint: Mapped[str | None] = mapped_column(Text)
    pinned: Mapped[str | None] = mapped_column(Text)
    halt: Mapped[str | None] = mapped_column(Text)


class ResolutionRow(Base):
    """An operator's way out of a halt, for the audit."""

    __tablename__ = "resolutions"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    time: Mapped[int] = mapped_column(BigInteger)
    from_height: Mapped[int] = mapped_column(BigInteger)
    halt: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)


class AliasRow(Base):
    """A local name for a record."""

    __tablename__ = "aliases"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    id: Mapped[bytes]


class CopyRow(Base):
    """An object that the first storage has, or is about to have, and the others do not have yet."""

    __tablename__ = "copies"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    first: Mapped[str] = mapped_column(Text)
    """The name of the storage that it is put into."""
    others: Mapped[str] = mapped_column(Text)
    """The names of those that shall have it too, a JSON list."""
    added: Mapped[int] = mapped_column(BigInteger)
    retain_until: Mapped[int | None] = mapped_column(BigInteger)


class UploadRow(Base):
    """A content of several objects that is on its way to the storages; gone when a row that names it is there."""

    __tablename__ = "uploads"

    content: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """SHA-256 of what it is for and of its plain bytes."""
    what: Mapped[str] = mapped_column(Text)
    key: Mapped[bytes]
    """What its objects are sealed with, wrapped for this node."""
    touched: Mapped[int] = mapped_column(BigInteger)
    """When it was begun, or gone on with."""


class UploadPartRow(Base):
    """An object of an upload, noted before it is put."""

    __tablename__ = "upload_parts"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)


class DataDemandRow(Base):
    """What terms that this party registered or accepted ask of its storages: known without reading the terms again."""

    __tablename__ = "data_demands"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    terms: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    anchors: Mapped[bool]
    """Whether this party anchors the machine's telemetry."""
    demands: Mapped[str] = mapped_column(Text)
    """JSON, as in the terms; an empty object asks for nothing."""


class GroupRow(Base):
    """The group of a machine whose telemetry this node anchors, as it wants it."""

    __tablename__ = "groups"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The document of the current epoch."""
    added: Mapped[str] = mapped_column(Text)
    """Parties beside those that are members of themselves, a JSON list."""
    removed: Mapped[str] = mapped_column(Text)
    past: Mapped[bool]
    """Whether new members may read what was anchored before they came."""


class BatchRow(Base):
    """A batch that this node made: stored whole, and anchored or about to be."""

    __tablename__ = "batches"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[int]
    corrects: Mapped[int] = mapped_column(BigInteger)
    time_from: Mapped[int] = mapped_column(BigInteger)
    time_to: Mapped[int] = mapped_column(BigInteger)
    readings: Mapped[int] = mapped_column(BigInteger)
    dropped: Mapped[int] = mapped_column(BigInteger)
    counter_to: Mapped[int] = mapped_column(BigInteger)
    manifest: Mapped[bytes] = mapped_column(LargeBinary(32))
    locator: Mapped[bytes]
    submission: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    """The command that anchors it; null before there is one."""
    anchored: Mapped[bool]


class EnvelopeRow(Base):
    """An object that holds the key of a batch, wrapped: all of a batch's are released to destroy the key."""

    __tablename__ = "envelopes"

    reference: Mapped[bytes] = mapped_column(LargeBinary(41), primary_key=True)
    machine: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class DocumentRow(Base):
    """A sealed document that this node published: what a digest on the ledger stands for."""

    __tablename__ = "documents"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    added: Mapped[int] = mapped_column(BigInteger)
    readers: Mapped[str] = mapped_column(Text)
    """Party numbers, a JSON list."""
    sealed: Mapped[bytes]
    """The object as it is stored."""
    body: Mapped[bytes | None]
    """The encoded reference of the blob that holds a long content."""


class ReadingMachineRow(Base):
    """A machine whose readings this node takes in, and what became of them so far."""

    __tablename__ = "reading_machines"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    kept: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[int] = mapped_column(BigInteger)
    duplicates: Mapped[int] = mapped_column(BigInteger)
    quarantined: Mapped[int] = mapped_column(BigInteger)
    dropped: Mapped[int] = mapped_column(BigInteger)


class SignalRow(Base):
    """A signal of a machine, under the number that chunks name it by."""

    __tablename__ = "reading_signals"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    decimals: Mapped[int]
    states: Mapped[str] = mapped_column(Text)
    """The words of a status, as a JSON list."""
    interval: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("machine", "name"),)


class ChunkRow(Base):
    """Some readings of a machine, packed; what is in it has one standing: pending, late, or anchored in one batch."""

    __tablename__ = "reading_chunks"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    machine: Mapped[bytes] = mapped_column(LargeBinary(16))
    batch: Mapped[int | None] = mapped_column(BigInteger)
    """The sequence number of the anchor that holds them; null before there is one."""
    late: Mapped[bool]
    """They came after a regular batch had gone past their time: they need a correction."""
    time_from: Mapped[int] = mapped_column(BigInteger)
    time_to: Mapped[int] = mapped_column(BigInteger)
    signal_from: Mapped[int]
    signal_to: Mapped[int]
    readings: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes]

    __table_args__ = (
        Index("chunks_by_time", "machine", "time_from"),
        Index("chunks_by_batch", "machine", "batch"),
    )


class ReadingWindowRow(Base):
    """A window of a machine whose readings were put into a batch."""

    __tablename__ = "reading_windows"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    corrects: Mapped[int] = mapped_column(BigInteger)
    """The batch that this one corrects; 0 for a regular one."""
    time_from: Mapped[int] = mapped_column(BigInteger)
    time_to: Mapped[int] = mapped_column(BigInteger)
    forgotten: Mapped[bool]
    """Its readings were erased here, and are not taken in again."""


class ImportRow(Base):
    """One import from a source: where it is, and what it came to."""

    __tablename__ = "reading_imports"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(Text, index=True)
    started: Mapped[int] = mapped_column(BigInteger)
    updated: Mapped[int] = mapped_column(BigInteger)
    finished: Mapped[bool]
    place: Mapped[str] = mapped_column(Text)
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    kept: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[int] = mapped_column(BigInteger)
    duplicates: Mapped[int] = mapped_column(BigInteger)
    quarantined: Mapped[int] = mapped_column(BigInteger)
    dropped: Mapped[int] = mapped_column(BigInteger)


class DroppedReadingRow(Base):
    """Input that did not become a reading."""

    __tablename__ = "dropped_readings"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    """Of source, place and reason: what is read again is not listed again."""
    import_id: Mapped[int] = mapped_column(BigInteger, index=True)
    machine: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    quarantined: Mapped[bool]
    """A whole reading that contradicts another one; else something that could not be read."""
    place: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    readings: Mapped[int] = mapped_column(BigInteger)


class ActionRow(Base):
    """Something that an agent decided to do, kept before it does it and for ever."""

    __tablename__ = "maintenance_actions"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    """What it is about; there is never a second one for the same."""
    name: Mapped[str] = mapped_column(Text, index=True)
    machine: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    kind: Mapped[int]
    n: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int]
    command: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    """JSON; for a sealed bid, what is going to be shown, its salt included."""
    state: Mapped[str] = mapped_column(Text, index=True)
    reason: Mapped[str] = mapped_column(Text)
    block_height: Mapped[int | None] = mapped_column(BigInteger)
    block_digest: Mapped[bytes | None]
    block_time: Mapped[int | None] = mapped_column(BigInteger)
    created: Mapped[int] = mapped_column(BigInteger)


class WatchRow(Base):
    """How far a watchdog's rule has looked at a machine, and how things stood there."""

    __tablename__ = "watches"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    rule: Mapped[str] = mapped_column(Text, primary_key=True)
    definition: Mapped[str] = mapped_column(Text)
    watch: Mapped[str] = mapped_column(Text)


class AlarmRow(Base):
    """An alarm of a watchdog's rule, and what was made of it."""

    __tablename__ = "alarms"

    machine: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    rule: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int | None] = mapped_column(BigInteger)
    over: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(Text)
    n: Mapped[int | None] = mapped_column(BigInteger)
    """The reactive ticket that it led to."""


class BillingIntentRow(Base):
    """A billing command that was decided on: what is sent however often it is asked for."""

    __tablename__ = "billing_intents"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    """What it is about, e.g. `issue:MACHINE:FROM`."""
    submission: Mapped[bytes] = mapped_column(LargeBinary(16))
    command: Mapped[str] = mapped_column(Text)
    decided: Mapped[int] = mapped_column(BigInteger)


class BillingResultRow(Base):
    """A statement that this node computed, under the digest of all that went into it."""

    __tablename__ = "billing_results"

    inputs: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    machine: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    statement: Mapped[bytes]
    slices: Mapped[bytes]
    """The slices document by zlib."""
