"""The SQL of every read and every append, as SQLite and PostgreSQL share it. A test holds it against the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from workflow.storage.base import ReleaseRow

PAGE = 256
"""Rows that a stream of rows fetches at a time; each page is a read of its own, so that none is held open."""

RELEASE_NAMES = tuple(field.name for field in fields(ReleaseRow))


def _inserted(table: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


def by_place(table: str, names: Sequence[str]) -> str:
    """What writes a row whose values come in the order of their columns."""
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"


def _paged(columns: str, table: str, key: str) -> tuple[str, str]:
    """A page of rows from a key on, and one of those above it."""
    start, onward = (f"SELECT {columns} FROM {table} WHERE {key} {above} :after" for above in (">=", ">"))
    rest = f" ORDER BY {key} LIMIT {PAGE}"
    return start + rest, onward + rest


ENTRY_NAMES = ("seq", "stream", "version", "hash", "command_id", "body")
TEXT_NAMES = ("commitment", "salt", "body")
BLOB_NAMES = ("digest", "size", "content")
KIN_NAMES = ("digest", "slug")
OBJECTOR_NAMES = ("person", "slug")

_ENTRY = ", ".join(ENTRY_NAMES)
_ENTRIES = f"SELECT {_ENTRY} FROM entry"
_RELEASES = f"SELECT {', '.join(RELEASE_NAMES)} FROM release"

REVISION = "SELECT version_num FROM alembic_version"
HEAD = "SELECT size, frontier, mark, peak FROM head WHERE id = 1"
LEAVES = "SELECT hash FROM entry WHERE seq > :first AND seq <= :last ORDER BY seq"
NODES = "SELECT hash FROM span WHERE level = :level AND place >= :first AND place < :last ORDER BY place"
SPANS = (
    f"SELECT level, place, hash FROM span WHERE (level, place) > (:level, :after) ORDER BY level, place LIMIT {PAGE}"
)
STREAM_HEAD = "SELECT version, hash FROM entry WHERE stream = :stream ORDER BY version DESC LIMIT 1"
STREAM = f"{_ENTRIES} WHERE stream = :stream AND version > :after ORDER BY version"
ENTRY = f"{_ENTRIES} WHERE seq = :seq"
BY_COMMAND = f"{_ENTRIES} WHERE command_id = :command_id"
ALL_ENTRIES = _paged(_ENTRY, "entry", "seq")
LAST = f"{_ENTRIES} ORDER BY seq DESC LIMIT :most"
LAST_BEFORE = f"{_ENTRIES} WHERE seq < :before ORDER BY seq DESC LIMIT :most"
# A stream's entries have the same order by version, and that is what its index is sorted by. Whoever goes on from one
# page to the next names an entry of the stream itself: the index leads right there, however long the stream is.
LAST_OF = f"{_ENTRIES} WHERE stream = :stream ORDER BY version DESC LIMIT :most"
LAST_OF_BEFORE = (
    f"{_ENTRIES} WHERE stream = :stream AND version < coalesce("
    "(SELECT version FROM entry WHERE seq = :before AND stream = :stream), "
    "(SELECT version + 1 FROM entry WHERE stream = :stream AND seq < :before ORDER BY version DESC LIMIT 1)"
    ") ORDER BY version DESC LIMIT :most"
)
TEXT = "SELECT salt, body FROM text WHERE commitment = :commitment"
TEXTS = _paged(", ".join(TEXT_NAMES), "text", "commitment")
COMMITMENTS = _paged("commitment", "text", "commitment")
BLOB = "SELECT digest, size, content FROM blob WHERE digest = :digest"
BLOBS = _paged("digest", "blob", "digest")
RELEASE = f"{_RELEASES} WHERE slug = :slug"
RELEASES = tuple(f"{_RELEASES} WHERE slug {above} :after ORDER BY slug LIMIT :most" for above in (">=", ">"))
# A plan that is made before the values are known must know that it is these few, or it would walk past all others.
OPEN_RELEASES = tuple(
    f"{_RELEASES} WHERE closed = FALSE AND slug {above} :after ORDER BY slug LIMIT :most" for above in (">=", ">")
)
KIN = "SELECT slug FROM kin WHERE digest = :digest"
DIGESTS = "SELECT DISTINCT digest FROM kin WHERE digest >= :after AND digest < :end ORDER BY digest"
KIN_OF = "SELECT digest FROM kin WHERE slug = :slug"
RELATED = _paged("DISTINCT slug", "kin", "slug")
OBJECTED = "SELECT slug FROM objector WHERE person = :person AND slug > :after ORDER BY slug LIMIT :most"
OBJECTORS = "SELECT person FROM objector WHERE slug = :slug"
DISPUTED = _paged("DISTINCT slug", "objector", "slug")

INSERT_ENTRY = _inserted("entry", ENTRY_NAMES)
INSERT_TEXT = _inserted("text", TEXT_NAMES)
ERASE_TEXT = "DELETE FROM text WHERE commitment = :commitment"
INSERT_BLOB = _inserted("blob", BLOB_NAMES)
INSERT_HEAD = _inserted("head", ("id", "size", "frontier", "mark", "peak"))
MOVE_HEAD = (
    "UPDATE head SET size = :size, frontier = :frontier, mark = :mark, peak = :peak WHERE size = :before AND id = 1"
)
INSERT_SPAN = _inserted("span", ("level", "place", "hash"))
INSERT_RELEASE = _inserted("release", RELEASE_NAMES)
_CHANGED = ", ".join(f"{name} = :{name}" for name in RELEASE_NAMES if name not in ("slug", "closed"))
# SQLite writes an index anew where a statement sets one of its columns, even to what it is; so that is done apart.
UPDATE_RELEASE = f"UPDATE release SET {_CHANGED} WHERE slug = :slug AND closed = :closed"
TURN_RELEASE = f"UPDATE release SET {_CHANGED}, closed = :closed WHERE slug = :slug"
INSERT_KIN = _inserted("kin", KIN_NAMES)
INSERT_OBJECTOR = _inserted("objector", OBJECTOR_NAMES)
EMPTY = tuple(f"DELETE FROM {table}" for table in ("span", "kin", "objector", "release", "head"))
RETIRE = ("UPDATE alembic_version SET version_num = :retired", "DELETE FROM head")
NOTHING = "DELETE FROM head WHERE 0 = 1"
