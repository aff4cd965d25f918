"""The people who ever objected to something in a release, so that their inbox need not look into all releases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

PAGE = 1_000
_TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
STREAMS = "release/"
OBJECTIONS = ("hold_placed", "requirement_raised", "finding_raised", "incident_opened", "override_used")
"""The types of the events by which whoever makes the entry objects, whatever they say."""
REFUSAL = "sign_off_recorded"
MARKS = tuple(f'"{word}"'.encode() for word in (*OBJECTIONS, "reject"))


_ADD = sa.text(
    "INSERT INTO objector (person, slug) SELECT CAST(:person AS VARCHAR), CAST(:slug AS VARCHAR) "
    "WHERE NOT EXISTS (SELECT 1 FROM objector WHERE person = :person AND slug = :slug)"
)


def upgrade() -> None:
    """Makes the table, and fills it from the entries that there are."""
    op.create_table(
        "objector",
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("slug", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("person", "slug"),
        sqlite_with_rowid=False,
    )
    op.create_index("objector_slug", "objector", ["slug", "person"])
    for rows in _pages():
        found = {(person, row.stream.removeprefix(STREAMS)) for row in rows if (person := _objector(row))}
        if found:
            op.get_bind().execute(_ADD, [{"person": person, "slug": slug} for person, slug in sorted(found)])


def _pages() -> Iterator[Sequence[Any]]:
    entry = sa.table(
        "entry", sa.column("seq", sa.BigInteger()), sa.column("stream"), sa.column("body", sa.LargeBinary())
    )
    page, seq = sa.select(entry).order_by(entry.c.seq).limit(PAGE), 0
    while rows := op.get_bind().execute(page.where(entry.c.seq > seq)).fetchall():
        yield rows
        seq = rows[-1].seq


def _objector(row: Any) -> str | None:
    """Who objected to something by an entry, if that is what it records; of a damaged one the audit tells."""
    if not row.stream.startswith(STREAMS) or not any(mark in row.body for mark in MARKS):
        return None
    try:
        entry = json.loads(row.body)
        objects = any(
            event["type"] in OBJECTIONS or (event["type"] == REFUSAL and event["decision"] == "reject")
            for event in entry["events"]
        )
        actor = entry["actor"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return actor if objects and isinstance(actor, str) else None
