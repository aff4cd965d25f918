"""Reading one state of a ledger over connections that may be lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workflow.storage.base import Interrupted
from workflow.storage.brought import Brought
from workflow.storage.driver import Connection, Driver, Rows
from workflow.storage.sql import SqlView

Begin = Callable[[], tuple[Connection, Brought]]


class LastingView(SqlView):
    """One view that goes on over another connection when its own was lost, as long as the ledger still ends alike.

    The end has the hash of all entries, and whatever else is read was written with one of them.

    Args:
        begin: begins a transaction on another connection, and returns what came along.
        driver: runs the statements.
    """

    def __init__(self, begin: Begin, driver: Driver) -> None:
        self._begin = begin
        try:
            connection, brought = begin()
        except Interrupted:
            connection, brought = begin()  # what lay in wait since the last time is gone now
        super().__init__(connection, driver, None, lambda _: None, brought)

    def _rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        try:
            return super()._rows(statement, values)
        except Interrupted:
            self._connection, brought = self._begin()
            if brought.head is None or brought.head != self._brought.head:
                raise
            return super()._rows(statement, values)
