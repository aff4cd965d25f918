"""A ledger in a PostgreSQL database: many processes on many hosts, one order.

The append lock is a lock on the table ``head`` that lets readers through. It is taken in the same round trip that
begins the transaction and reads the server's clock, and held until the commit is on the server's disk. Everything of a
ledger stands in a schema of its own, large blobs too.

psycopg speaks with the server, and SQLAlchemy pools the connections. A connection that was lost before anything was
asked of it is replaced without a word; one that was lost on the way is :class:`Interrupted`, and then only the
command's id says whether what was under way is kept.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.exc import TimeoutError as NoneIdle
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from workflow.errors import NotFound, StorageError, WorkflowError
from workflow.storage import postgres_trips as trips
from workflow.storage.base import Ahead, Append, Condition, Head, Interrupted, Stamp
from workflow.storage.brought import Brought
from workflow.storage.driver import Collision, Connection, Driver, Rows, bound
from workflow.storage.postgres_clock import ServerClock
from workflow.storage.postgres_connecting import CONNECTIONS, POOL_SECONDS, connect
from workflow.storage.postgres_errors import explained, unreached
from workflow.storage.postgres_patience import PatientConnection
from workflow.storage.postgres_protection import OURS, missing, protect
from workflow.storage.postgres_view import LastingView
from workflow.storage.projections import Projections
from workflow.storage.protection import PLACE, postgres_functions
from workflow.storage.reader import SqlReader, only
from workflow.storage.sql import SqlStorage, SqlUnit, check_blob, check_parts, in_place, unfit

LOCK_SECONDS = 10.0
"""How long to wait for the append lock."""

HOLD_SECONDS = 5.0
"""How long somebody who holds the append lock may say nothing; then the server ends their transaction.

That is less than others wait for the lock, so that one process that stands still makes no other one fail.
"""

RETURN_SECONDS = 10.0
"""How long to wait for a server that was there to come back."""

RETRY_SECONDS = 0.05
"""How long to wait before asking for it again."""

Answer = TypeVar("Answer")

_MAKERS = int.from_bytes(b"HDFT")
_LOCK = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    " SET LOCAL lock_timeout = '{wait}ms'; SET LOCAL idle_in_transaction_session_timeout = '{hold}ms';"
    " LOCK TABLE head IN EXCLUSIVE MODE; "
)
_VIEW = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LOOK = f"{_VIEW}; "


def open_storage(
    url: str, *, create: bool = False, retired_is_fine: bool = False, older_is_fine: bool = False
) -> PostgresStorage:
    """The ledger in the database at a ``postgresql://`` address; each database holds one.

    Args:
        create: whether to make it where there is none.
        retired_is_fine: whether to open one that was moved elsewhere too, to read it.
        older_is_fine: whether to open one of an earlier schema too, to upgrade it or look at its surroundings.

    Raises:
        InvalidInput: the address says something that is none of PostgreSQL's.
        NotFound: the database holds no ledger, or there is no such database.
        SchemaOutdated: another version of Holdfast made it.
        StorageError: the server cannot be reached, does not let us in, or is too old.
    """
    storage = PostgresStorage(url)
    try:
        storage.recognise(create=create, older_is_fine=older_is_fine, retired_is_fine=retired_is_fine)
    except BaseException:
        storage.close()
        raise
    return storage


class _Driver(Driver):
    """Statements as psycopg runs them."""

    def _execute(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> tuple[Rows, int]:
        with connection.cursor(binary=True) as cursor:  # type: ignore[call-arg]
            cursor.execute(_spelled(statement), values if ":" in statement else None)
            return (cursor.fetchall() if cursor.pgresult.nfields else ()), cursor.rowcount

    def look_anew(self, connection: Connection) -> None:
        """Ends the transaction that a failed read has broken, and begins one of the same kind.

        It may see more than the one before. But what is told of a ledger of which something cannot be read is no more
        than that.
        """
        self.change(connection, "ROLLBACK", {})
        self.change(connection, _VIEW, {})

    def _fill(self, connection: Connection, table: str, names: Sequence[str], rows: Rows) -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def commit(self, connection: Connection) -> None:
        """Makes durable what was changed.

        Raises:
            Interrupted: the connection was lost; the commit may have reached the server, or not.
            StorageError: the server rolled it back.
        """
        try:
            with connection.cursor() as cursor:
                cursor.execute("COMMIT")
                done: str = cursor.statusmessage
        except Exception as error:
            raise self.explain(error) from error
        # A transaction in which a statement failed ends without an error, and without what was changed.
        if done != "COMMIT":
            raise StorageError("the database rolled the change back", remedy="try again")


class _Unit(SqlUnit):
    """Reading and appending under the append lock, in as few round trips as may be."""

    def finish(self, append: Append) -> Stamp | None:
        """Appends one entry, the last one of the unit, and commits; in one round trip where that is enough."""
        head = self._brought.head
        if head is None or not trips.fits(append):
            return super().finish(append)
        entry = append.entry
        place = f"entry {entry.seq} (version {entry.version} of {entry.stream})"
        with self._all_or_nothing() as connection, in_place(place):
            if entry.seq != head.frontier.size + 1:
                raise Collision(f"the ledger ends with entry {head.frontier.size}")
            check_parts(append)
            for digest, data in append.blobs.items():
                check_blob(digest, data)
            self._send(connection, append)
        self.end()
        return append.head

    def _send(self, connection: Connection, append: Append) -> None:
        try:
            trips.finish(cast("psycopg.Connection[Any]", connection), append)
        except psycopg.IntegrityError as error:
            # What a trigger raises names no table, and only that of the entries has one for what is inserted.
            if error.diag.table_name in (None, "entry"):
                raise Collision(str(error)) from error
            raise unfit(error) from error
        except Exception as error:
            raise self._driver.explain(error) from error


class PostgresStorage(SqlStorage):
    """A ledger in one PostgreSQL database.

    Args:
        url: the address, as libpq reads it: what it leaves out may stand in ``PGPASSWORD``, ``~/.pgpass`` and so on.
    """

    _unit = _Unit

    def __init__(self, url: str) -> None:
        super().__init__(_Driver(psycopg.IntegrityError, self.explain), None)
        self._url = url
        self._was_there = False
        self._clock = ServerClock(self._server_time)
        self._pool = QueuePool(
            partial(connect, url),  # type: ignore[arg-type]
            pool_size=CONNECTIONS,
            max_overflow=0,
            timeout=POOL_SECONDS,
            reset_on_return=None,
            use_lifo=True,
        )

    def recognise(self, *, create: bool, older_is_fine: bool = False, retired_is_fine: bool = False) -> None:
        """Checks that this is a ledger of this version, or makes one where there is nothing.

        Raises:
            NotFound: there is nothing, and nothing should be made.
            SchemaOutdated: another version of Holdfast made it.
            StorageError: what is there is something else.
        """
        empty, name = _asked_again(self._look)
        if empty and not create:
            raise NotFound(f"the database {name} holds no ledger", remedy="make one with: holdfast init")
        if empty:
            self._make()
        self._check_schema(older_is_fine=older_is_fine, retired_is_fine=retired_is_fine)

    def _look(self) -> tuple[bool, str]:
        """Whether the database holds no ledger, and its name."""
        with self._connected() as connection:
            return self._is_empty(connection), cast("PatientConnection", connection).info.dbname

    def migrate(self) -> None:
        """Brings the schema to the newest revision, in one transaction."""
        # Alembic is slow to import, and nothing else needs it.
        from workflow.storage.migrations import migrate
        from workflow.storage.schema import through_sqlalchemy

        with (
            self._connected() as connection,
            through_sqlalchemy(connection, self.explain, "postgresql+psycopg") as wrapped,
        ):
            self._begin(connection, writing=True)
            self._driver.change(connection, "SET LOCAL statement_timeout = 0", {})
            cast("PatientConnection", connection).patience = None
            migrate(wrapped)
            self._driver.commit(connection)

    def _make(self) -> None:
        from workflow.storage.schema import make_tables, through_sqlalchemy

        with (
            self._connected() as connection,
            through_sqlalchemy(connection, self.explain, "postgresql+psycopg") as wrapped,
        ):
            self._driver.change(connection, "BEGIN", {})
            # There is no table to lock yet. Asked again under the lock: another process may have made it in between.
            self._driver.rows(connection, "SELECT pg_advisory_xact_lock(:makers)", {"makers": _MAKERS})
            if self._is_empty(connection):
                self._driver.change(connection, f"CREATE SCHEMA IF NOT EXISTS {PLACE}", {})
                if not only(self._driver.rows(connection, OURS, {"place": PLACE})):
                    raise StorageError(
                        f"the schema {PLACE} is there already, and is somebody else's or holds something",
                        remedy=f"look at what it is; where nobody needs it, have its owner run: DROP SCHEMA {PLACE}",
                    )
                make_tables(wrapped)
                Projections(self._driver).start(connection, Head())
                for function in postgres_functions():
                    self._driver.change(connection, function, {})
                self._protect(connection, self._missing(connection))
                self._driver.commit(connection)

    def explain(self, error: Exception) -> WorkflowError:
        """The driver's error in Holdfast's words."""
        return explained(error)

    def clock(self) -> ServerClock:
        """The server's clock, which all who use this database share."""
        return self._clock

    def opening(self) -> Callable[[], PostgresStorage]:
        """What opens it once more, and can be sent to another process."""
        return _Opening(self._url)

    def close(self) -> None:
        """Lets go of the database."""
        self._pool.dispose()

    def defects(self) -> tuple[str, ...]:
        """The tables, keys and indexes that are not as they were made; where amcheck is installed, what that finds."""
        # It needs what tables are made of, which nothing else here does.
        from workflow.storage.postgres_defects import defects, unindexed

        with self._connected() as connection:
            self._begin(connection, writing=False)
            read = partial(self._driver.rows, connection)
            return (*defects(read), *unindexed(read))

    def surroundings(self) -> Iterator[Condition]:
        """What can be told of the server and of the role."""
        from workflow.storage.postgres_surroundings import surroundings

        return surroundings(self._rows)

    @contextmanager
    def snapshot(self, ahead: Ahead | None = None) -> Iterator[SqlReader]:
        """One consistent view for several reads, as of the first of them."""
        with ExitStack() as held:

            def begin() -> tuple[Connection, Brought]:
                held.close()
                connection = held.enter_context(self._connected())
                return connection, self._begin(connection, writing=False, ahead=ahead)

            view = LastingView(begin, self._driver)
            try:
                yield view
            finally:
                view.end()

    def _server_time(self) -> None:
        with self._connected() as connection:
            self._begin(connection, writing=False)

    def _begin(self, connection: Connection, *, writing: bool, ahead: Ahead | None = None) -> Brought:
        wait, hold = round(1000 * LOCK_SECONDS), round(1000 * HOLD_SECONDS)
        begun = _LOCK.format(wait=max(wait, 1), hold=hold) if writing else _LOOK
        try:
            now, brought = trips.begin(cast("psycopg.Connection[Any]", connection), begun, ahead)
        except psycopg.DataError as error:
            # Nothing was said but what stands here, so it is the answer that nobody can read.
            raise StorageError(f"the server says what nobody can read: {error}", remedy="check the server") from error
        except Exception as error:
            raise self.explain(error) from error
        self._clock.set(now)
        return brought

    def _prove(self, connection: Connection) -> None:
        """Nothing: a database that takes no writing has refused the lock."""

    def _missing(self, connection: Connection) -> tuple[str, ...]:
        # A function or an operator of the owner's, in the ledger's own schema, must not answer for PostgreSQL's here.
        self._driver.change(connection, "SET search_path TO pg_catalog, pg_temp", {})
        try:
            return missing(partial(self._driver.rows, connection))
        finally:
            with suppress(WorkflowError):
                self._driver.change(connection, f"SET search_path TO {PLACE}, pg_temp", {})

    def _protect(self, connection: Connection, names: Iterable[str]) -> None:
        for statement in protect(names):
            self._driver.change(connection, statement, {})

    def _is_empty(self, connection: Connection) -> bool:
        [(place, tables)] = self._driver.rows(
            connection,
            "SELECT to_regclass(:stamp) IS NOT NULL, EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE n.nspname = :place)",
            {"stamp": f"{PLACE}.alembic_version", "place": PLACE},
        )
        if not place and tables:
            raise StorageError(
                f"the database has a schema {PLACE} of something else, not of a ledger",
                remedy="name the ledger's database, or another one for a new ledger",
            )
        return not place

    def missing_protection(self) -> tuple[str, ...]:
        """The append-only triggers that the database lacks or has altered, and any trigger that it should not have."""
        return _asked_again(super().missing_protection)

    def _rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        return _asked_again(partial(super()._rows, statement, values))

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        pooled = self._taken()
        connection: Any = pooled.driver_connection
        try:
            yield connection
        finally:
            # Nothing of a transaction is left to the next one; a connection that was lost, or is still at it, goes.
            try:
                with suppress(psycopg.Error):
                    connection.rollback()
            finally:
                if connection.info.transaction_status != TransactionStatus.IDLE:
                    pooled.invalidate()
                pooled.close()

    def _taken(self) -> PoolProxiedConnection:
        """A connection of the pool that nothing has been heard of since it came back."""
        while True:
            pooled = self._connect()
            connection: Any = pooled.driver_connection
            # What a server says unasked is that it goes.
            heard = select.poll()
            heard.register(connection.fileno(), select.POLLIN)
            if not heard.poll(0):
                return pooled
            pooled.invalidate()
            pooled.close()

    def _connect(self) -> PoolProxiedConnection:
        last = time.monotonic() + RETURN_SECONDS
        while True:
            try:
                pooled = self._pool.connect()
            except NoneIdle as error:
                raise StorageError(
                    f"all {CONNECTIONS} connections of this process stayed in use",
                    remedy="use fewer threads, or try again",
                ) from error
            except Exception as error:
                # A server that was there is restarting; of one that was not, that is told at once.
                if not self._was_there or not isinstance(error, psycopg.OperationalError) or time.monotonic() > last:
                    raise unreached(error) from error
                time.sleep(RETRY_SECONDS)
            else:
                self._was_there = True
                return pooled


@dataclass(frozen=True)
class _Opening:
    """What opens a ledger once more. Its address may hold a password, and is told nowhere."""

    url: str = field(repr=False)

    def __call__(self) -> PostgresStorage:
        return open_storage(self.url)


def _asked_again(ask: Callable[[], Answer]) -> Answer:
    """What changes nothing, asked again where the connection was lost over it."""
    try:
        return ask()
    except Interrupted:
        return ask()


@lru_cache(maxsize=512)
def _spelled(statement: str) -> str:
    """A statement with its parameters as psycopg names them."""
    return bound(statement, "%({})s")
