"""The tables of a database, made and changed by way of SQLAlchemy, which nothing else here needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import sqlalchemy
from sqlalchemy import create_engine, event, insert
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

from workflow.errors import WorkflowError
from workflow.storage import tables
from workflow.storage.driver import Connection


@contextmanager
def through_sqlalchemy(
    connection: Connection, explain: Callable[[Exception], WorkflowError], dialect: str
) -> Iterator[sqlalchemy.Connection]:
    """A connection of the driver's, as SQLAlchemy has it; to begin and to commit is its owner's."""
    engine = create_engine(
        f"{dialect}://",
        creator=lambda: cast("DBAPIConnection", connection),
        poolclass=StaticPool,
        pool_reset_on_return=None,
    )

    def translate(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, Exception) and not isinstance(error, WorkflowError):
            raise explain(error)

    event.listen(engine, "handle_error", translate)
    with engine.connect() as wrapped:
        yield wrapped


def make_tables(connection: sqlalchemy.Connection) -> None:
    """Makes the tables of an empty ledger, stamped as the newest revision."""
    tables.metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(tables.stamp), {"version_num": tables.SCHEMA})
