"""Statements that never change, each compiled once for a database and then run by its driver, past everything between.

Measured, a statement costs a tenth of what it does by way of an engine that looks for a compiled form at each run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection

from workflow.errors import WorkflowError

Rows = Sequence[Sequence[Any]]


class Fixed:
    """A statement that is always the same.

    Args:
        columns: the columns that an insertion or an update sets; all of them when it is not given.
    """

    def __init__(
        self, statement: Select[Any] | Insert | Update | Delete, columns: tuple[str, ...] | None = None
    ) -> None:
        self._statement = statement
        self._columns = columns

    def compiled(self, dialect: Dialect) -> _Compiled:
        """It as one kind of database takes it."""
        columns = None if self._columns is None else list(self._columns)
        found = self._statement.compile(
            dialect=dialect, column_keys=columns, compile_kwargs={"render_postcompile": True}
        )
        return _Compiled(str(found), getattr(found, "positiontup", None), found.params)


class _Compiled:
    """A statement's text, and its parameters: in their order where they go by place, else by their names."""

    def __init__(self, text: str, order: Sequence[str] | None, own: Mapping[str, Any]) -> None:
        self.text = text
        self._order = order
        self._own = {name: value for name, value in own.items() if value is not None}

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """The values as the driver takes them."""
        given = {**self._own, **values} if self._own else values
        return dict(given) if self._order is None else tuple([given[name] for name in self._order])


class Collision(Exception):
    """The database refused a row: its key is taken, or a trigger or a constraint stands against it."""


class Driver:
    """Runs fixed statements on the driver's own connections.

    Args:
        dialect: of the database.
        explain: an error of the driver's, in Holdfast's words.
    """

    def __init__(self, dialect: Dialect, explain: Callable[[Exception], WorkflowError]) -> None:
        self._dialect = dialect
        self.explain = explain
        self._compiled: dict[Fixed, _Compiled] = {}
        self._refused = dialect.loaded_dbapi.IntegrityError

    def rows(self, connection: DBAPIConnection, statement: Fixed, values: Mapping[str, Any]) -> Rows:
        """All rows of a query, as the driver gives them."""
        compiled = self._compiled.get(statement) or self._compile(statement)
        cursor = connection.cursor()
        try:
            cursor.execute(compiled.text, compiled.parameters(values))
            return cursor.fetchall()
        except Exception as error:
            raise self.explain(error) from error
        finally:
            cursor.close()

    def change(self, connection: DBAPIConnection, statement: Fixed, values: Mapping[str, Any]) -> int:
        """Changes rows, and says how many.

        Raises:
            Collision: the database refused one.
        """
        compiled = self._compiled.get(statement) or self._compile(statement)
        cursor = connection.cursor()
        try:
            cursor.execute(compiled.text, compiled.parameters(values))
            return cursor.rowcount
        except self._refused as error:
            raise Collision(str(error)) from error
        except Exception as error:
            raise self.explain(error) from error
        finally:
            cursor.close()

    def execute(self, connection: DBAPIConnection, text: str) -> Rows:
        """Runs a statement of this database's own, such as one that begins a transaction."""
        cursor = connection.cursor()
        try:
            cursor.execute(text)
            return cursor.fetchall()
        except Exception as error:
            raise self.explain(error) from error
        finally:
            cursor.close()

    def _compile(self, statement: Fixed) -> _Compiled:
        return self._compiled.setdefault(statement, statement.compiled(self._dialect))
