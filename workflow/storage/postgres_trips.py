"""The two round trips of a command: one begins a transaction and sees how things are, one appends and commits.

While somebody holds the append lock everybody else waits, and most of what a statement costs is its way to the server
and back. So several go together, as one text with the values in it as literals that psycopg writes; and what they are
is prepared once on each connection, so that the server neither reads nor plans them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakSet

import psycopg

from workflow.errors import LedgerError, StorageError
from workflow.ledger import completed
from workflow.storage import statements
from workflow.storage.base import Ahead, Append, Head, StreamHead
from workflow.storage.brought import Brought
from workflow.storage.driver import Rows, numbered
from workflow.storage.projections import release_values, to_head, typed
from workflow.storage.reader import only, to_entry

_TYPES = {
    **dict.fromkeys(("size", "before", "seq", "version", "round", "release_version"), "bigint"),
    **dict.fromkeys(("frontier", "hash", "body"), "bytea"),
    **dict.fromkeys(("streams", "digests", "commitments", "said", "objectors"), "text[]"),
    "salts": "bytea[]",
    "closed": "boolean",
}
"""The types of the parameters that are no text."""

# One row, whether there is an end and a last entry or not.
_END = (
    "SELECT clock_timestamp(), size, frontier, mark, peak, seq, stream, version, hash, command_id, body"
    " FROM (VALUES (1)) AS one (id) LEFT JOIN head USING (id) LEFT JOIN entry ON seq = size"
)
_NEAR = (
    "SELECT wanted, version, hash, NULL AS slug FROM unnest(:streams) AS wanted CROSS JOIN LATERAL"
    " (SELECT version, hash FROM entry WHERE stream = wanted ORDER BY version DESC LIMIT 1) AS found"
    " UNION ALL SELECT digest, NULL, NULL, slug FROM kin WHERE digest = ANY(:digests)"
)

# Where the end of the ledger is not where it was, nothing at all is written.
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
# What a trigger drops or rewrites ends the transaction, ahead of its commit: a division by zero is an error.
_KEPT = (
    " SELECT count(*), 1 / CAST(count(*) = 0 OR ((SELECT count(*) FROM written WHERE (seq, stream, version, hash,"
    " command_id, body) = (:size, :stream, :version, :hash, :command_id, :body)) = 1"
    " AND (SELECT count(*) FROM told WHERE (commitment, salt, body) IN"
    " (SELECT t.* FROM unnest(:commitments, :salts, :said) AS t)) = cardinality(:commitments){line}) AS integer)"
    " FROM moved"
)
_LISTED = " AND (SELECT count(*) FROM line) = 1"

_LOOKING = {
    "holdfast_end": _END,
    "holdfast_near": _NEAR,
}
_WRITING = {
    "holdfast_append": _APPEND + _KEPT.format(line=""),
    "holdfast_append_to_release": _APPEND + _LINE + _KEPT.format(line=_LISTED),
    "holdfast_append_with_new": _APPEND + _LINE + _NEW + _KEPT.format(line=_LISTED),
}
_PREPARED = {**_LOOKING, **_WRITING}
_LOOKS: WeakSet[Any] = WeakSet()
_WRITES: WeakSet[Any] = WeakSet()
"""The connections on which they are prepared. What writes is prepared under the lock: PostgreSQL waits for it there."""


def begin(connection: psycopg.Connection[Any], begun: str, ahead: Ahead | None) -> tuple[datetime, Brought]:
    """Begins a transaction by some statements; returns the server's time, and what came along.

    Without ``ahead`` that is the end of the ledger alone, and no other table is looked at.
    """
    if ahead is None:
        [(now,)], found = _sent(connection, f"{begun} SELECT clock_timestamp(); {statements.HEAD}", {})
        return now, Brought(_end(only(found)))
    _prepare(connection, _LOOKING, _LOOKS)
    values = {"streams": _array(ahead.streams), "digests": _array(ahead.digests)}
    [(now, *there)], near = _sent(connection, f"{begun} {_called('holdfast_end')}; {_called('holdfast_near')}", values)
    head, last = _end(there[:4]), there[4:]
    if head is None:
        return now, Brought()
    heads: dict[str, StreamHead | None] = dict.fromkeys(ahead.streams)
    kin: dict[str, set[str]] = {digest: set() for digest in ahead.digests}
    for key, version, hash_, slug in near:
        if slug is None:
            typed((version, hash_), (int, bytes), f"the last entry of {key}")
            heads[key] = StreamHead(version, hash_.hex())
        else:
            kin[key].add(slug)
    return now, Brought(
        head,
        None if last[0] is None else to_entry(last),
        heads,
        {digest: frozenset(slugs) for digest, slugs in kin.items()},
    )


def _end(row: Sequence[Any] | None) -> Head | None:
    """The end of the ledger; None where it is missing or damaged: whoever needs it finds out, the rest can be read."""
    try:
        return None if row is None or row[0] is None else to_head(row)
    except LedgerError:
        return None


def fits(append: Append) -> bool:
    """Whether one round trip is enough for an append: it brings nothing that must be compared with what is kept."""
    return not append.blobs and append.erase is None and not any(completed(append.entry.seq))


def finish(connection: psycopg.Connection[Any], append: Append) -> None:
    """Writes one entry and all that belongs to it, and commits.

    Raises:
        LedgerError: the end of the ledger is elsewhere; nothing was written.
        StorageError: the server rolled it back.
        psycopg.Error: likewise, or the connection was lost, and then perhaps not.
    """
    _prepare(connection, _WRITING, _WRITES)
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
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(f"{_called(name)}; COMMIT", values)
        [(moved, _)] = cursor.fetchall()
        cursor.nextset()
        done = cursor.statusmessage
    if done != "COMMIT":
        raise StorageError("the database rolled the change back", remedy="try again")
    if moved != 1:
        raise LedgerError(
            f"the end of the ledger does not fit its entries: there are {entry.seq - 1}",
            remedy="run an audit; then have an administrator rebuild the projections from the entries",
        )


def _prepare(connection: psycopg.Connection[Any], wanted: Mapping[str, str], ready: WeakSet[Any]) -> None:
    if connection in ready:
        return
    made = []
    for name, statement in wanted.items():
        text, names = numbered(statement)
        types = f"({', '.join(_TYPES.get(each, 'text') for each in names)})" if names else ""
        made.append(f"PREPARE {name}{types} AS {text}")
    _sent(connection, "; ".join(made), {})
    ready.add(connection)


@lru_cache(maxsize=16)
def _called(name: str) -> str:
    _, names = numbered(_PREPARED[name])
    return f"EXECUTE {name}({', '.join(f'%({each})s' for each in names)})" if names else f"EXECUTE {name}"


def _sent(connection: psycopg.Connection[Any], text: str, values: Mapping[str, Any]) -> list[Rows]:
    """The rows of each of some statements that has any, sent as one text."""
    found: list[Rows] = []
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(text, values or None)
        while True:
            # Not its description, which would be made anew each time.
            if cursor.pgresult is not None and cursor.pgresult.nfields:
                found.append(cursor.fetchall())
            if not cursor.nextset():
                return found


def _array(items: Iterable[str]) -> str:
    """An array as PostgreSQL reads it from a text: psycopg would ask of every item what it is."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"
