"""Whether a PostgreSQL database has the tables of a ledger as they were made, with keys that refuse a second row.

A key whose index is gone, or was never built to its end, lets a command in twice, or finds none where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql.base import PGDialect

from workflow.errors import LedgerError
from workflow.storage.projections import Rows
from workflow.storage.protection import PLACE
from workflow.storage.tables import metadata

_COLUMNS = """
SELECT c.relname || '.' || a.attname,
upper(replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'))
|| CASE WHEN l.collname IS NULL OR l.collname = 'default' THEN '' ELSE ' COLLATE "' || l.collname || '"' END
|| CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
|| CASE WHEN a.atthasdef OR a.attidentity <> '' THEN ' with a default' ELSE '' END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = CAST(:place AS regnamespace) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
_INDEXES = """
SELECT i.relname,
m.amname || ' on ' || c.relname || ' (' || array_to_string(ARRAY(
  SELECT a.attname || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END
  || CASE WHEN l.collname IS NULL OR k.attcollation = a.attcollation THEN '' ELSE ' COLLATE "' || l.collname || '"' END
  || CASE WHEN x.indoption[n - 1] = 0 THEN '' ELSE ' otherwise ordered' END
  FROM generate_series(1, x.indnkeyatts) n
  JOIN pg_attribute k ON k.attrelid = x.indexrelid AND k.attnum = n
  JOIN pg_opclass o ON o.oid = x.indclass[n - 1]
  LEFT JOIN pg_collation l ON l.oid = x.indcollation[n - 1]
  LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[n - 1] ORDER BY n), ', ') || ')'
|| CASE WHEN x.indisunique THEN ' unique' ELSE '' END
|| CASE WHEN x.indisprimary THEN ' primary' ELSE '' END
|| CASE WHEN x.indpred IS NULL THEN '' ELSE ' of some rows' END
|| CASE WHEN x.indimmediate THEN '' ELSE ' at the end of a transaction' END
|| CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN '' ELSE ' not usable' END
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_am m ON m.oid = i.relam
WHERE c.relnamespace = CAST(:place AS regnamespace)
"""
_CHECKS = """
SELECT n.conname,
c.relname || ' ' || pg_get_constraintdef(n.oid) || CASE WHEN n.convalidated THEN '' ELSE ' unheeded' END
FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid
WHERE c.relnamespace = CAST(:place AS regnamespace) AND n.contype NOT IN ('p', 'u', 'n', 't')
"""
_AMCHECK = """
SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'amcheck' AND EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid
  AND p.proname = 'bt_index_check' AND has_function_privilege(p.oid, 'EXECUTE'))
"""
_DIALECT = PGDialect()  # type: ignore[no-untyped-call]


def defects(read: Rows) -> Iterator[str]:
    """What is not as it was made, in words.

    Args:
        read: runs a query.
    """
    asked = {"place": PLACE}
    columns, indexes, checks = (dict(map(_pair, read(query, asked))) for query in (_COLUMNS, _INDEXES, _CHECKS))
    tables = metadata.tables.values()
    yield from _differences("column", dict(made for table in tables for made in _columns(table)), columns)
    keys = dict(made for table in tables for made in _indexes(table))
    yield from _differences(
        "index", keys, {name: how for name, how in indexes.items() if name in keys or " unique" in how}
    )
    yield from _differences("constraint", {"head_is_one": "head CHECK ((id = 1))"}, checks)


def unindexed(read: Rows) -> Iterator[str]:
    """What amcheck finds, where it is installed and may be used: an index that leaves a row out, or is out of order.

    Args:
        read: runs a query, in a transaction that is of no use any more once something was found.
    """
    for (place,) in read(_AMCHECK, {}):
        read("SET LOCAL statement_timeout = 0", {})
        for name in dict(made for table in metadata.tables.values() for made in _indexes(table)):
            try:
                read(f"SELECT {place}.bt_index_check(CAST(:name AS regclass), true)", {"name": f"{PLACE}.{name}"})
            except LedgerError as error:
                yield f"the index {name}: {error.message}"
                return


def _differences(what: str, made: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """In words, how what is found is not what was made."""
    for name, expected in made.items():
        if name not in found:
            yield f"the {what} {name} is missing"
        elif found[name] != expected:
            yield f"the {what} {name} is {found[name]}, and was made as {expected}"
    yield from (f"the {what} {name} is none of Holdfast's" for name in sorted(found.keys() - made.keys()))


def _columns(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        needed = "" if column.nullable else " NOT NULL"
        yield f"{table.name}.{column.name}", column.type.compile(dialect=_DIALECT) + needed


def _indexes(table: Table) -> Iterator[tuple[str, str]]:
    for thing in (*table.constraints, *table.indexes):
        if isinstance(thing, PrimaryKeyConstraint):
            yield str(thing.name or f"{table.name}_pkey"), _index(thing, " unique primary")
        elif isinstance(thing, UniqueConstraint):
            yield str(thing.name), _index(thing, " unique")
        elif isinstance(thing, Index):
            yield str(thing.name), _index(thing, "")


def _index(thing: PrimaryKeyConstraint | UniqueConstraint | Index, kind: str) -> str:
    table = thing.columns[0].table.name if isinstance(thing, Index) else thing.table.name
    return f"btree on {table} ({', '.join(column.name for column in thing.columns)}){kind}"


def _pair(row: Sequence[Any]) -> tuple[str, str]:
    return row[0], row[1]
