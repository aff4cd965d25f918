"""Statements as the driver takes them, for the path that every append goes along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Insert, Update
from sqlalchemy.engine import Dialect


class Prepared:
    """A statement that was compiled once, and so costs little more than the driver itself.

    Args:
        columns: the columns that an insertion or an update sets; all of them when it is not given.
    """

    def __init__(
        self, dialect: Dialect, statement: Insert | Update | Delete, columns: Iterable[str] | None = None
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=None if columns is None else list(columns))
        self._sql = str(compiled)
        # Drivers whose parameters go by place have an order, those whose go by name have none.
        self._order: list[str] | None = getattr(compiled, "positiontup", None)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Runs it with values by the names of the columns and of the statement's own parameters."""
        if self._order is None:
            return connection.exec_driver_sql(self._sql, dict(values))
        return connection.exec_driver_sql(self._sql, tuple(values[name] for name in self._order))
