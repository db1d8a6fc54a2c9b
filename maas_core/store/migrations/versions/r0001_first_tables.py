"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create all tables."""
    _create_outbox()
    _create_chain()
    _create_local()
    _create_batches()
    _create_buffer()
    _create_imports()
    _create_maintenance()
    _create_billing()


def _create_outbox() -> None:
    op.create_table(
        "submissions",
        sa.Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("not_after", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False, index=True),
        sa.Column("code", sa.Integer),
        sa.Column("item", sa.Integer),
        sa.Column("probable", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *_block_columns(),
        sa.Column("cost", sa.BigInteger),
    )
    op.create_table(
        "attempts",
        sa.Column("transaction", sa.LargeBinary, primary_key=True),
        sa.Column("submission", SEQUENCE, sa.ForeignKey("submissions.seq"), nullable=False, index=True),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("expires", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        *_block_columns(),
    )


def _block_columns() -> list[sa.Column[int] | sa.Column[bytes]]:
    return [
        sa.Column("block_height", sa.BigInteger),
        sa.Column("block_digest", sa.LargeBinary),
        sa.Column("block_time", sa.BigInteger),
    ]


def _create_chain() -> None:
    op.create_table(
        "unfinal_blocks",
        sa.Column("height", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("position", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("height", sa.BigInteger, nullable=False, index=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("transaction", sa.LargeBinary, nullable=False, index=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("aside", sa.Text),
    )
    op.create_index("events_by_subject", "events", ["subject", "position"])
    only_aside = sa.text("aside IS NOT NULL")
    op.create_index("events_aside", "events", ["position"], sqlite_where=only_aside, postgresql_where=only_aside)
    op.create_table(
        "records",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False, index=True),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("checkpoint", sa.Text),
        sa.Column("pinned", sa.Text),
        sa.Column("halt", sa.Text),
    )
    op.execute("INSERT INTO chain (id, epoch) VALUES (1, 0)")
    op.create_table(
        "resolutions",
        sa.Column("id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("from_height", sa.BigInteger, nullable=False),
        sa.Column("halt", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def _create_local() -> None:
    op.create_table(
        "aliases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "copies",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("others", sa.Text, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("retain_until", sa.BigInteger),
    )
    op.create_table(
        "uploads",
        sa.Column("content", sa.LargeBinary(32), primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("touched", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "upload_parts",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("content", sa.LargeBinary(32), nullable=False, index=True),
    )
    op.create_table(
        "data_demands",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("terms", sa.LargeBinary(32), primary_key=True),
        sa.Column("anchors", sa.Boolean, nullable=False),
        sa.Column("demands", sa.Text, nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("readers", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary),
    )


def _create_batches() -> None:
    op.create_table(
        "groups",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("added", sa.Text, nullable=False),
        sa.Column("removed", sa.Text, nullable=False),
        sa.Column("past", sa.Boolean, nullable=False),
    )
    op.create_table(
        "batches",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Integer, nullable=False),
        sa.Column("corrects", sa.BigInteger, nullable=False),
        sa.Column("time_from", sa.BigInteger, nullable=False),
        sa.Column("time_to", sa.BigInteger, nullable=False),
        sa.Column("readings", sa.BigInteger, nullable=False),
        sa.Column("dropped", sa.BigInteger, nullable=False),
        sa.Column("counter_to", sa.BigInteger, nullable=False),
        sa.Column("manifest", sa.LargeBinary(32), nullable=False),
        sa.Column("locator", sa.LargeBinary, nullable=False),
        sa.Column("submission", sa.LargeBinary(16)),
        sa.Column("anchored", sa.Boolean, nullable=False),
    )
    op.create_table(
        "envelopes",
        sa.Column("reference", sa.LargeBinary(41), primary_key=True),
        sa.Column("machine", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def _create_buffer() -> None:
    op.create_table(
        "reading_machines",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        *_reading_counts(),
    )
    op.create_table(
        "reading_signals",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("decimals", sa.Integer, nullable=False),
        sa.Column("states", sa.Text, nullable=False),
        sa.Column("interval", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("machine", "name"),
    )
    op.create_table(
        "reading_chunks",
        sa.Column("id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("machine", sa.LargeBinary(16), nullable=False),
        sa.Column("batch", sa.BigInteger),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("time_from", sa.BigInteger, nullable=False),
        sa.Column("time_to", sa.BigInteger, nullable=False),
        sa.Column("signal_from", sa.Integer, nullable=False),
        sa.Column("signal_to", sa.Integer, nullable=False),
        sa.Column("readings", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("chunks_by_time", "reading_chunks", ["machine", "time_from"])
    op.create_index("chunks_by_batch", "reading_chunks", ["machine", "batch"])
    op.create_table(
        "reading_windows",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("corrects", sa.BigInteger, nullable=False),
        sa.Column("time_from", sa.BigInteger, nullable=False),
        sa.Column("time_to", sa.BigInteger, nullable=False),
        sa.Column("forgotten", sa.Boolean, nullable=False),
    )


def _create_imports() -> None:
    op.create_table(
        "reading_imports",
        sa.Column("id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("source", sa.Text, nullable=False, index=True),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        *_reading_counts(),
    )
    op.create_table(
        "dropped_readings",
        sa.Column("id", SEQUENCE, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("import_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("machine", sa.LargeBinary(16)),
        sa.Column("quarantined", sa.Boolean, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("readings", sa.BigInteger, nullable=False),
    )


def _reading_counts() -> list[sa.Column[int]]:
    names = ("kept", "late", "duplicates", "quarantined", "dropped")
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


def _create_maintenance() -> None:
    op.create_table(
        "maintenance_actions",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, index=True),
        sa.Column("machine", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("kind", sa.Integer, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("command", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("reason", sa.Text, nullable=False),
        *_block_columns(),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "watches",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("watch", sa.Text, nullable=False),
    )
    op.create_table(
        "alarms",
        sa.Column("machine", sa.LargeBinary(16), primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("value", sa.BigInteger),
        sa.Column("over", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger),
    )


def _create_billing() -> None:
    op.create_table(
        "billing_intents",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("submission", sa.LargeBinary(16), nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("decided", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "billing_results",
        sa.Column("inputs", sa.LargeBinary(32), primary_key=True),
        sa.Column("machine", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("slices", sa.LargeBinary, nullable=False),
    )
