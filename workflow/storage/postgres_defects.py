"""Whether a PostgreSQL database still has the keys and indexes that its tables were made with.

Without a key a place could be taken twice, and without an index a read would not end in time. One that was being made
and broke off is there and counts for nothing. A page whose checksum is wrong needs no looking for: reading it fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflow.storage.postgres_protection import Read
from workflow.storage.protection import PLACE

_THERE = """
SELECT c.relname, i.indisunique, ARRAY(
    SELECT CAST(a.attname AS text) FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number ORDER BY k.place
)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = CAST(:place AS regnamespace) AND i.indisvalid AND i.indisready AND i.indislive
AND i.indpred IS NULL AND i.indexprs IS NULL
"""

Index = tuple[str, bool, tuple[str, ...]]
"""The table that it is on, whether it is a key, and its columns."""


def defects(read: Read) -> tuple[str, ...]:
    """What is missing, in words.

    Args:
        read: runs a query.
    """
    there: set[Index] = {(table, unique, tuple(columns)) for table, unique, columns in read(_THERE, {"place": PLACE})}
    return tuple(
        f"the table {table} has no valid {'key' if unique else 'index'} over {', '.join(columns)}"
        for table, unique, columns in sorted(_wanted())
        if (table, unique, columns) not in there
    )


def _wanted() -> Iterator[Index]:
    # Nothing but an audit asks for it, and only the tables need this import.
    from sqlalchemy import UniqueConstraint

    from workflow.storage.tables import metadata

    for table in metadata.tables.values():
        yield table.name, True, tuple(column.name for column in table.primary_key.columns)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield table.name, True, tuple(column.name for column in constraint.columns)
        for index in table.indexes:
            yield table.name, bool(index.unique), tuple(column.name for column in index.columns)
