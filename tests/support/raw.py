"""A ledger's database past Holdfast: what somebody can do to it who has the file, or the owner's password.

Statements are written as SQLite takes them; bytes in them (``x'00'``) are spelled for PostgreSQL.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Protocol

import psycopg

from workflow.storage.protection import PLACE, POSTGRES, SQLITE

PREFIX = "sqlite:///"


class Raw(Protocol):
    """A connection to a ledger's database; each statement is committed by itself."""

    refused: type[Exception]
    """What is raised where the database does not do it."""

    def run(self, *statements: str) -> None:
        """Runs them one after another."""
        ...

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        ...

    def drop(self, *triggers: str) -> None:
        """Removes triggers of the ledger's."""
        ...

    def unprotect(self) -> None:
        """Removes all that keeps a row from being changed, and what checks its form."""
        ...


class SqliteRaw:
    """The file, as any program opens it."""

    refused: type[Exception] = sqlite3.Error

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def run(self, *statements: str) -> None:
        """Runs them one after another."""
        for statement in statements:
            self.connection.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self.connection.execute(query).fetchall()

    def drop(self, *triggers: str) -> None:
        """Removes triggers of the ledger's."""
        self.run(*(f"DROP TRIGGER {name}" for name in triggers))

    def unprotect(self) -> None:
        """Removes all that keeps a row from being changed, and what checks its form."""
        self.drop(*SQLITE)
        self.run("PRAGMA ignore_check_constraints = ON")


class PostgresRaw:
    """The database, as its owner connects to it."""

    refused: type[Exception] = psycopg.Error

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def run(self, *statements: str) -> None:
        """Runs them one after another."""
        for statement in statements:
            self.connection.execute(spelled(statement))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self.connection.execute(spelled(query)).fetchall()

    def drop(self, *triggers: str) -> None:
        """Removes triggers of the ledger's."""
        self.run(*(f"DROP TRIGGER {name} ON {POSTGRES[name].table}" for name in triggers))

    def unprotect(self) -> None:
        """Removes all that keeps a row from being changed, and what checks its form."""
        self.drop(*POSTGRES)
        checks = self.connection.execute(
            "SELECT CAST(CAST(conrelid AS regclass) AS text), conname FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = CAST(%s AS regnamespace)",
            [PLACE],
        ).fetchall()
        self.run(*(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in checks))


@contextmanager
def raw(url: str) -> Iterator[Raw]:
    """The database at an address, whichever it is."""
    if url.startswith(PREFIX):
        with closing(sqlite3.connect(url.removeprefix(PREFIX), isolation_level=None)) as connection:
            yield SqliteRaw(connection)
    else:
        with psycopg.connect(url, autocommit=True, options=f"-c search_path={PLACE}") as server:
            yield PostgresRaw(server)


def contents(reader: Raw, tables: Sequence[str] = ("entry", "text", "blob")) -> list[list[tuple[Any, ...]]]:
    """Every row of these tables."""
    return [reader.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]  # noqa: S608 (names of tables)


def spelled(statement: str) -> bytes:
    """A statement with its bytes as PostgreSQL writes them."""
    return re.sub(r"\bx'([0-9a-f]*)'", r"CAST('\\x\1' AS bytea)", statement).encode()
