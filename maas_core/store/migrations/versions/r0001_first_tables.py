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
        "documents",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
