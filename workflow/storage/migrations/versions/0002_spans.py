"""The nodes of the tree that are kept, so that its earlier roots need not be computed from all entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflow.ledger.spans import Spans

revision = "0002"
down_revision = "0001"

PAGE = 10_000


def upgrade() -> None:
    """Makes the table, and fills it from the entries that there are."""
    span = op.create_table(
        "span",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place"),
        sqlite_with_rowid=False,
    )
    entry = sa.table("entry", sa.column("seq", sa.BigInteger()), sa.column("hash", sa.LargeBinary()))
    spans, seq = Spans(), 0
    page = sa.select(entry.c.seq, entry.c.hash).order_by(entry.c.seq).limit(PAGE)
    while rows := op.get_bind().execute(page.where(entry.c.seq > seq)).fetchall():
        seq = rows[-1].seq
        made = [
            {"level": found.level, "place": found.place, "hash": found.hash}
            for row in rows
            for found in spans.add(row.hash)
        ]
        if made:
            op.bulk_insert(span, made)
