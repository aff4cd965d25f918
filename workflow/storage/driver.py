"""Statements on the driver's own connections, past everything between: what every read and every append goes along.

Measured, a statement costs a tenth of what it does by way of SQLAlchemy's engine, and a command need not import that
unless it makes or changes tables. What these are is said in :mod:`workflow.storage.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from workflow.errors import LedgerError, WorkflowError
from workflow.storage.statements import by_place

Rows = Sequence[Sequence[Any]]


class Connection(Protocol):
    """A connection as PEP 249 has it."""

    def cursor(self) -> Any:
        """A new cursor."""
        ...

    def commit(self) -> None:
        """Commits the transaction."""
        ...

    def rollback(self) -> None:
        """Rolls the transaction back, where there is one."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...


class Collision(Exception):
    """The database refused a row: its key is taken, or a trigger or a constraint stands against it."""


class Driver:
    """Runs statements. Their parameters stand in them by name, as ``:name``.

    Args:
        refused: the driver's error where a row collides with what is there.
        explain: an error of the driver's, in Holdfast's words.
    """

    def __init__(self, refused: type[Exception], explain: Callable[[Exception], WorkflowError]) -> None:
        self._refused = refused
        self.explain = explain

    def rows(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> Rows:
        """All rows of a query, as the driver gives them."""
        try:
            found, _ = self._execute(connection, statement, values)
        except Exception as error:
            raise self.explain(error) from error
        return found

    def change(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> int:
        """Changes rows, and says how many.

        Raises:
            Collision: the database refused one.
        """
        _, changed = self._run(connection, statement, values)
        return changed

    def put(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> None:
        """Writes one row.

        Raises:
            Collision: the database refused it.
            LedgerError: the database dropped it without a word.
        """
        if self.change(connection, statement, values) != 1:
            raise dropped()

    def look_anew(self, connection: Connection) -> None:
        """Has a view be read on after a read that failed, where the database would not."""

    def fill(self, connection: Connection, table: str, names: Sequence[str], rows: Rows) -> None:
        """Writes many rows of a table at once.

        Raises:
            Collision: the database refused one.
        """
        try:
            self._fill(connection, table, names, rows)
        except self._refused as error:
            raise Collision(str(error)) from error
        except Exception as error:
            raise self.explain(error) from error

    def commit(self, connection: Connection) -> None:
        """Makes durable what was changed."""
        try:
            connection.commit()
        except Exception as error:
            raise self.explain(error) from error

    def _run(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Rows, int]:
        try:
            return self._execute(connection, statement, values)
        except self._refused as error:
            raise Collision(str(error)) from error
        except Exception as error:
            raise self.explain(error) from error

    def _fill(self, connection: Connection, table: str, names: Sequence[str], rows: Rows) -> None:
        cursor = connection.cursor()
        try:
            cursor.executemany(by_place(table, names), rows)
        finally:
            cursor.close()

    def _execute(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Rows, int]:
        cursor = connection.cursor()
        try:
            cursor.execute(statement, values)
            return cursor.fetchall(), cursor.rowcount
        finally:
            cursor.close()


def dropped() -> LedgerError:
    """A row that was written is not there."""
    return LedgerError(
        "the database took a row and did not keep it: a trigger or a rule stands in the way",
        remedy="holdfast audit verify says what is in the place of the tables; nothing was recorded",
    )


_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


@lru_cache(maxsize=64)
def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement with its parameters numbered, as PostgreSQL prepares it; and their names in this order."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(statement)))
    return _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", statement), names


def bound(statement: str, form: str) -> str:
    """A statement with its parameters named in another driver's form, in which ``{}`` stands for the name."""
    return _PARAMETER.sub(lambda match: form.format(match[1]), statement.replace("%", "%%"))
