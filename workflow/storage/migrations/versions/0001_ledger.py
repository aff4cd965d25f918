"""The first schema: the ledger, its texts and blobs, and its projections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflow.storage.protection import postgres_made, sqlite_made

revision = "0001"
down_revision = None

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables, the triggers, and the row for the end of an empty ledger."""
    op.create_table(
        "entry",
        sa.Column("seq", _SEQ, autoincrement=False, nullable=False),
        sa.Column("stream", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("command_id", _TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("stream", "version", name="entry_stream_version"),
        sa.UniqueConstraint("command_id", name="entry_command_id"),
    )
    op.create_table(
        "text",
        sa.Column("commitment", _TEXT, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("commitment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "blob",
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("mark", _TEXT, nullable=True),
        sa.Column("peak", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="head_is_one"),
    )
    op.create_table(
        "release",
        sa.Column("slug", _TEXT, nullable=False),
        sa.Column("process", _TEXT, nullable=False),
        sa.Column("process_label", _TEXT, nullable=False),
        sa.Column("stage", _TEXT, nullable=False),
        sa.Column("exposure", _TEXT, nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("candidate", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("planned", _TEXT, nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("started_at", _TEXT, nullable=False),
        sa.Column("updated_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_index("release_closed_slug", "release", ["closed", "slug"])
    op.create_table(
        "kin",
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("slug", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", "slug"),
        sqlite_with_rowid=False,
    )
    op.create_index("kin_slug", "kin", ["slug", "digest"])

    head = sa.table("head", sa.column("id"), sa.column("size"), sa.column("frontier", sa.LargeBinary()))
    op.execute(sa.insert(head).values(id=1, size=0, frontier=b""))
    made = {"sqlite": sqlite_made, "postgresql": postgres_made}[op.get_bind().dialect.name]
    for statement in made():
        op.get_bind().exec_driver_sql(statement)
