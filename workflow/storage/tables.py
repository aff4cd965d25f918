"""The tables of one ledger. They only map: what goes in was checked before, and rows never leave storage.

``entry``, ``text`` and ``blob`` are the truth. ``head``, ``span``, ``release``, ``kin`` and ``objector`` are
projections, rebuildable from it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, String, Table, UniqueConstraint
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlmodel import Field, SQLModel

from workflow.storage.revision import SCHEMA as SCHEMA

# Otherwise SQLite gives each row a hidden number too: a second key, by which a row could be replaced.
_KEYED_ONCE = {"sqlite_with_rowid": False}

TEXT = String().with_variant(String(collation="C"), "postgresql")
"""A text that is ordered by its bytes, on every database alike."""


class Mapped(SQLModel):
    """What the tables share: a catalogue of their own, so that a host application's tables do not mix with them."""

    metadata = MetaData()


class EntryRow(Mapped, table=True):
    """One entry of the ledger: its bytes, and what it is found by."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("stream", "version", name="entry_stream_version"),
        UniqueConstraint("command_id", name="entry_command_id"),
    )

    # On SQLite only a column declared INTEGER is the row's own number; on others that would be 32 bits.
    seq: int = Field(
        sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False)
    )
    stream: str = Field(sa_type=TEXT)
    version: int = Field(sa_type=BigInteger)
    hash: bytes
    command_id: str = Field(sa_type=TEXT)
    body: bytes


class TextRow(Mapped, table=True):
    """The text behind a commitment; the only row that may go."""

    __tablename__ = "text"
    __table_args__ = _KEYED_ONCE

    commitment: str = Field(sa_type=TEXT, primary_key=True)
    salt: bytes
    body: str = Field(sa_type=TEXT)


class BlobRow(Mapped, table=True):
    """A blob that is kept; no content means that it stands in the directory beside the database."""

    __tablename__ = "blob"
    __table_args__ = _KEYED_ONCE

    digest: str = Field(sa_type=TEXT, primary_key=True)
    size: int = Field(sa_type=BigInteger)
    content: bytes | None


class HeadRow(Mapped, table=True):
    """The end of the ledger, in the one row with ``id`` 1."""

    __tablename__ = "head"
    __table_args__ = (CheckConstraint("id = 1", name="head_is_one"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int = Field(sa_type=BigInteger)
    frontier: bytes
    mark: str | None = Field(sa_type=TEXT)
    peak: str | None = Field(sa_type=TEXT)


class SpanRow(Mapped, table=True):
    """A node of the tree that is kept: :mod:`workflow.ledger.spans` says which."""

    __tablename__ = "span"
    __table_args__ = _KEYED_ONCE

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: bytes


class ReleaseLine(Mapped, table=True):
    """A line of the list of releases; the columns are the fields of ``ReleaseRow``."""

    __tablename__ = "release"
    __table_args__ = (Index("release_closed_slug", "closed", "slug"),)

    slug: str = Field(sa_type=TEXT, primary_key=True)
    process: str = Field(sa_type=TEXT)
    process_label: str = Field(sa_type=TEXT)
    stage: str = Field(sa_type=TEXT)
    exposure: str = Field(sa_type=TEXT)
    round: int = Field(sa_type=BigInteger)
    candidate: str = Field(sa_type=TEXT)
    label: str = Field(sa_type=TEXT)
    planned: str | None = Field(sa_type=TEXT)
    closed: bool
    version: int = Field(sa_type=BigInteger)
    started_at: str = Field(sa_type=TEXT)
    updated_at: str = Field(sa_type=TEXT)


class KinRow(Mapped, table=True):
    """A digest that a release ever had."""

    __tablename__ = "kin"
    __table_args__ = (Index("kin_slug", "slug", "digest"), _KEYED_ONCE)

    digest: str = Field(sa_type=TEXT, primary_key=True)
    slug: str = Field(sa_type=TEXT, primary_key=True)


class ObjectorRow(Mapped, table=True):
    """A person who ever refused, held or demanded something in a release."""

    __tablename__ = "objector"
    __table_args__ = (Index("objector_slug", "slug", "person"), _KEYED_ONCE)

    person: str = Field(sa_type=TEXT, primary_key=True)
    slug: str = Field(sa_type=TEXT, primary_key=True)


metadata = Mapped.metadata
entry = metadata.tables["entry"]
text = metadata.tables["text"]
blob = metadata.tables["blob"]
head = metadata.tables["head"]
release = metadata.tables["release"]
kin = metadata.tables["kin"]

# Alembic's own table, word for word, so that a fresh database and a migrated one are the same.
stamp = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKey("version_num", name="alembic_version_pkc"),
)
