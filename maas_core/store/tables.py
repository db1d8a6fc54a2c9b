"""The tables of a node's database.

Ledger values that fit 64 bits are integers; commands, events and records are kept in the JSON form of the protocol,
keys as the JSON list of `wire.key_to_json`. Times are seconds UTC.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, Text
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


class DocumentRow(Base):
    """A document that a digest on the ledger stands for."""

    __tablename__ = "documents"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    added: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes]
