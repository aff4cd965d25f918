"""The two round trips of a command: one begins a transaction and sees how things are, one appends and commits.

While somebody holds the append lock everybody else waits, and most of what a statement costs is its way to the server
and back. So several go together, as one text with the values in it as literals that libpq writes; and what they are is
prepared once on each connection, so that the server neither reads nor plans them again. They go by way of libpq itself:
of a process that waited for the lock among many, nothing is in the processor's caches any more, and every line of
Python between counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import Escaping, ExecStatus
from psycopg.pq.abc import PGresult

from workflow.errors import LedgerError, StorageError
from workflow.ledger import completed
from workflow.storage import statements
from workflow.storage.base import Ahead, Append, Head, StoredEntry, StreamHead
from workflow.storage.brought import Brought
from workflow.storage.driver import numbered
from workflow.storage.projections import release_values, to_head
from workflow.storage.reader import to_entry

_TYPES = {
    **dict.fromkeys(("size", "before", "seq", "version", "round", "release_version"), "bigint"),
    **dict.fromkeys(("frontier", "hash", "body"), "bytea"),
    **dict.fromkeys(("streams", "digests", "commitments", "said", "objectors", "blobs"), "text[]"),
    **dict.fromkeys(("salts", "contents"), "bytea[]"),
    "sizes": "bigint[]",
    "closed": "boolean",
}
"""The types of the parameters that are no text."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = "(VALUES (1)) AS one (id) LEFT JOIN head USING (id)"
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
# The first row is there whether there is an end and a last entry or not; then come ends of streams, and kin.
_SEEN = (
    f"SELECT {_NOW}, size, frontier, mark, peak, seq, stream, version, hash, command_id, body"
    f" FROM {_ONE} LEFT JOIN entry ON seq = size"
    " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, wanted, version, hash, NULL, NULL"
    " FROM unnest(:streams) AS wanted CROSS JOIN LATERAL"
    " (SELECT version, hash FROM entry WHERE stream = wanted ORDER BY version DESC LIMIT 1) AS found"
    " UNION ALL SELECT NULL, NULL, NULL, slug, digest, NULL, NULL, NULL, NULL, NULL, NULL"
    " FROM kin WHERE digest = ANY(:digests)"
)

# Where the end of the ledger is not where it was, nothing at all is written: the last line is an error then.
_APPEND = (
    "WITH moved AS (UPDATE head SET size = :size, frontier = :frontier, mark = :mark, peak = :peak"
    " WHERE size = :before AND id = 1 RETURNING id),"
    " written AS (INSERT INTO entry (seq, stream, version, hash, command_id, body)"
    " SELECT :size, :stream, :version, :hash, :command_id, :body FROM moved RETURNING *),"
    " told AS (INSERT INTO text (commitment, salt, body)"
    " SELECT t.* FROM moved, unnest(:commitments, :salts, :said) AS t RETURNING commitment, salt, body)"
)
_NAMES = {name: "release_version" if name == "version" else name for name in statements.RELEASE_NAMES}
_LINE = (
    f", line AS (INSERT INTO release ({', '.join(_NAMES)}) SELECT {', '.join(f':{name}' for name in _NAMES.values())}"
    f" FROM moved ON CONFLICT (slug) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES)}"
    " RETURNING slug)"
)
_NEW = (
    ", related AS (INSERT INTO kin (digest, slug) SELECT digest, :slug FROM moved, unnest(:digests) AS digest"
    " ON CONFLICT DO NOTHING),"
    " objecting AS (INSERT INTO objector (person, slug) SELECT person, :slug FROM moved, unnest(:objectors) AS person"
    " ON CONFLICT DO NOTHING)"
)
_BLOBS = (
    ", attached AS (INSERT INTO blob (digest, size, content)"
    " SELECT b.* FROM moved, unnest(:blobs, :sizes, :contents) AS b"
    " ON CONFLICT DO NOTHING),"
    " damaged AS (SELECT 1 FROM unnest(:blobs, :sizes, :contents) AS b (digest, size, content)"
    " JOIN blob USING (digest) WHERE (blob.size, blob.content) IS DISTINCT FROM (b.size, b.content))"
)
# Likewise where a trigger dropped or rewrote something on its way.
_CHECK = (
    " SELECT 1 / count(*) FROM moved WHERE EXISTS (SELECT 1 FROM written WHERE (seq, stream, version, hash, command_id,"
    " body) = (:size, :stream, :version, :hash, :command_id, :body))"
    " AND (SELECT count(*) FROM told WHERE (commitment, salt, body) IN"
    " (SELECT t.* FROM unnest(:commitments, :salts, :said) AS t)) = cardinality(:commitments)"
)
_CHECK_LINE = f"{_CHECK} AND EXISTS (SELECT 1 FROM line)"
_SOUND = " AND NOT EXISTS (SELECT 1 FROM damaged)"

_PREPARED = {
    "holdfast_seen": _SEEN,
    "holdfast_append": _APPEND + _CHECK,
    "holdfast_append_to_release": _APPEND + _LINE + _CHECK_LINE,
    "holdfast_append_with_new": _APPEND + _LINE + _NEW + _CHECK_LINE,
    "holdfast_append_with_blobs": _APPEND + _BLOBS + _CHECK + _SOUND,
    "holdfast_append_to_release_with_blobs": _APPEND + _LINE + _BLOBS + _CHECK_LINE + _SOUND,
    "holdfast_append_with_new_with_blobs": _APPEND + _LINE + _NEW + _BLOBS + _CHECK_LINE + _SOUND,
}
_NAMED = {name: numbered(statement)[1] for name, statement in _PREPARED.items()}
_READY: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""What is prepared on each connection: what it needs, and what writes only under the lock, for which that waits."""

MOST = 256 * 1024
"""The bytes of the blobs that one round trip takes."""


def begin(connection: psycopg.Connection[Any], begun: str, ahead: Ahead | None) -> tuple[datetime, Brought]:
    """Begins a transaction by some statements; returns the server's time, and what came along.

    Without ``ahead`` that is the end of the ledger alone, and no other table is looked at.
    """
    if ahead is None:
        rows = _rows(_sent(connection, f"{begun} SELECT {_NOW}, size, frontier, mark, peak FROM {_ONE}"))
    else:
        _prepare(connection, "holdfast_seen")
        values = {"streams": _array(ahead.streams), "digests": _array(ahead.digests)}
        rows = _rows(_sent(connection, f"{begun} {_called(connection, 'holdfast_seen', values)}"))
    now, *head = rows[0][:5]
    at = _time(now)
    end = _end(head)
    if ahead is None or end is None:
        return at, Brought(end)
    heads: dict[str, StreamHead | None] = dict.fromkeys(ahead.streams)
    kin: dict[str, set[str]] = {digest: set() for digest in ahead.digests}
    for *_, slug, digest, _, stream, version, hash_, _, _ in rows[1:]:
        if stream is not None:
            heads[stream.decode()] = StreamHead(int(version or 0), hash_[2:].decode() if hash_ else "")
        elif digest is not None and slug is not None:
            kin[digest.decode()].add(slug.decode())
    return at, Brought(end, _entry(rows[0][5:]), heads, {digest: frozenset(slugs) for digest, slugs in kin.items()})


def _time(now: bytes | None) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=int(now or b""))
    except (ValueError, OverflowError) as error:
        raise StorageError("the server's clock says no time", remedy="check the server") from error


def _end(row: Row) -> Head | None:
    """The end of the ledger; None where it is missing or damaged: whoever needs it finds out, the rest can be read."""
    size, frontier, mark, peak = row
    try:
        return to_head((_number(size), _bytes(frontier), _text(mark), _text(peak))) if size is not None else None
    except LedgerError:
        return None


def fits(append: Append) -> bool:
    """Whether one round trip is enough for an append: it erases nothing, completes no node, and has no large blobs."""
    large = sum(map(len, append.blobs.values())) > MOST
    return not large and append.erase is None and not any(completed(append.entry.seq))


def finish(connection: psycopg.Connection[Any], append: Append) -> None:
    """Writes one entry and all that belongs to it, and commits.

    Raises:
        LedgerError: the end of the ledger is elsewhere, or a blob is kept otherwise; nothing was written.
        StorageError: the server rolled it back.
        psycopg.Error: likewise, or the connection was lost, and then perhaps not.
    """
    entry, head = append.entry, append.head
    values: dict[str, Any] = {
        "size": entry.seq,
        "before": entry.seq - 1,
        "frontier": head.frontier.to_bytes(),
        "mark": head.mark,
        "peak": head.peak,
        "stream": entry.stream,
        "version": entry.version,
        "hash": bytes.fromhex(entry.hash),
        "command_id": entry.command_id,
        "body": entry.body,
        "commitments": _array(text.commitment for text in append.texts),
        "salts": _array(f"\\x{text.salt.hex()}" for text in append.texts),
        "said": _array(text.text for text in append.texts),
    }
    name = "holdfast_append"
    if append.release is not None:
        name = "holdfast_append_to_release"
        values |= {_NAMES[column]: value for column, value in release_values(append.release).items()}
    if append.kin or append.objectors:
        name = "holdfast_append_with_new"
        values |= {"digests": _array(sorted(append.kin)), "objectors": _array(sorted(append.objectors))}
    if append.blobs:
        name += "_with_blobs"
        values |= {
            "blobs": _array(append.blobs),
            "sizes": _array(str(len(data)) for data in append.blobs.values()),
            "contents": _array(f"\\x{data.hex()}" for data in append.blobs.values()),
        }
    _prepare(connection, name)
    try:
        done = _sent(connection, f"{_called(connection, name, values)}; COMMIT")
    except psycopg.errors.DivisionByZero as error:
        raise LedgerError(
            f"what is kept does not fit what comes with entry {entry.seq}: a blob or the end of the ledger is another,"
            " or a trigger did not keep it",
            remedy="run an audit, and restore a backup",
        ) from error
    if done.command_status != b"COMMIT":
        raise StorageError("the database rolled the change back", remedy="try again")


def _prepare(connection: psycopg.Connection[Any], name: str) -> None:
    ready = _READY.setdefault(connection, set())
    if name not in ready:
        text, names = numbered(_PREPARED[name])
        types = ", ".join(_TYPES.get(each, "text") for each in names)
        _sent(connection, f"PREPARE {name}({types}) AS {text}")
        ready.add(name)


def _called(connection: psycopg.Connection[Any], name: str, values: Mapping[str, Any]) -> str:
    literal = Escaping(connection.pgconn).escape_literal
    return f"EXECUTE {name}({', '.join([_literal(literal, values[each]) for each in _NAMED[name]])})"


def _literal(literal: Any, value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, bytes):
        value = f"\\x{value.hex()}"
    data = value.encode()
    if b"\0" in data:
        raise psycopg.DataError("a text with a NUL, which PostgreSQL has no place for")  # libpq would end it there
    written: str = literal(data).decode()
    return written


def _sent(connection: psycopg.Connection[Any], text: str) -> PGresult:
    """What came of the last of some statements, sent as one text: the others after one that failed are not tried.

    Raises:
        psycopg.Error: one of them failed, or the connection was lost.
    """
    connection.pgconn.send_query(text.encode())
    last: PGresult = connection.wait(execute(connection.pgconn))[-1]
    if last.status == ExecStatus.FATAL_ERROR:
        raise error_from_result(last)
    return last


Row = Sequence[bytes | None]


def _rows(result: PGresult) -> list[Row]:
    columns = range(result.nfields)
    return [[result.get_value(row, column) for column in columns] for row in range(result.ntuples)]


def _number(value: bytes | None) -> int | None:
    return None if value is None else int(value)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _bytes(value: bytes | None) -> bytes | None:
    # The connection has them written as \x and two digits a byte.
    return None if value is None else bytes.fromhex(value[2:].decode())


def _entry(row: Row) -> StoredEntry | None:
    seq, stream, version, hash_, command_id, body = row
    if seq is None:
        return None
    return to_entry((_number(seq), _text(stream), _number(version), _bytes(hash_), _text(command_id), _bytes(body)))


def _array(items: Iterable[str]) -> str:
    """An array as PostgreSQL reads it from a text."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"
