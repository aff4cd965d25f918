"""A ledger in an SQL database: what SQLite and every other database of SQLAlchemy have in common.

A database's own module adds how it connects, how it takes the append lock, and its triggers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Executable, bindparam, delete, event, false, insert, select
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import IntegrityError

from workflow.errors import ConcurrentUpdate, LedgerError, SchemaOutdated, StorageError, WorkflowError
from workflow.ledger import sha256
from workflow.storage import tables
from workflow.storage.base import Append, Head, ReleaseRow, StoredEntry, Unit
from workflow.storage.blobs import BlobDirectory
from workflow.storage.prepared import Prepared
from workflow.storage.projections import Projections
from workflow.storage.reader import BLOB, Rows, SqlReader, only

TABLE_BYTES = 64 * 1024
"""Blobs above this size stand in the directory, where there is one."""


class SqlView(SqlReader):
    """Reading in one transaction."""

    def __init__(self, connection: Connection, files: BlobDirectory | None) -> None:
        super().__init__(files)
        self._connection = connection
        self._over = False

    def end(self) -> None:
        """Nothing can be read from here on: the transaction is over."""
        self._over = True

    def _rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        return self._open().execute(statement, values).fetchall()

    def _open(self) -> Connection:
        if self._over:
            raise StorageError("this transaction is over", remedy="take a new snapshot, or the lock again")
        return self._connection


class Writes:
    """The statements of an append, compiled for one database."""

    def __init__(self, engine: Engine) -> None:
        dialect = engine.dialect
        self.entry = Prepared(dialect, insert(tables.entry))
        self.text = Prepared(dialect, insert(tables.text))
        self.erase = Prepared(dialect, delete(tables.text).where(tables.text.c.commitment == bindparam("key")))
        self.blob = Prepared(dialect, insert(tables.blob))
        self.nothing = Prepared(dialect, delete(tables.head).where(false()))
        self.projections = Projections(dialect)


class SqlUnit(SqlView):
    """Reading and appending under the append lock."""

    def __init__(self, connection: Connection, files: BlobDirectory | None, writes: Writes) -> None:
        super().__init__(connection, files)
        self._writes = writes

    def append(self, append: Append) -> None:
        """Writes one entry and all that belongs to it; after a failure the whole unit is rolled back.

        Raises:
            ConcurrentUpdate: the entry's place, its stream's place or its command id is taken.
            LedgerError: its parts do not fit each other, or do not fit what is kept.
            StorageError: the database did not take it.
        """
        with self._all_or_nothing() as connection:
            self._put_entry(connection, append.entry)
            if append.head.frontier.size != append.entry.seq:
                raise LedgerError(f"entry {append.entry.seq} came with a tree of {append.head.frontier.size}")
            self._writes.projections.move_head(connection, append.head, append.entry.seq - 1)
            for text in append.texts:
                values = {"commitment": text.commitment, "salt": text.salt, "body": text.text}
                self._writes.text.run(connection, values)
            for digest, data in append.blobs.items():
                self._put_blob(connection, digest, data)
            if append.erase is not None:
                self._writes.erase.run(connection, {"key": append.erase})
            if append.release is not None:
                self._writes.projections.put_release(connection, append.release, append.kin)
            elif append.kin:
                raise LedgerError(f"entry {append.entry.seq} came with kin and without their release")

    def rebuild(self, head: Head, releases: Iterable[tuple[ReleaseRow, frozenset[str]]]) -> None:
        """Replaces every projection by what was folded from the entries."""
        with self._all_or_nothing() as connection:
            self._writes.projections.rebuild(connection, head, releases)

    def commit(self) -> None:
        """Makes what was appended durable and ends the unit. Leaving the lock without it leaves nothing behind."""
        connection = self._open()
        self.end()
        connection.commit()

    def _put_entry(self, connection: Connection, entry: StoredEntry) -> None:
        values = {
            "seq": entry.seq,
            "stream": entry.stream,
            "version": entry.version,
            "hash": bytes.fromhex(entry.hash),
            "command_id": entry.command_id,
            "body": entry.body,
        }
        try:
            self._writes.entry.run(connection, values)
        except IntegrityError as error:
            raise ConcurrentUpdate(
                f"entry {entry.seq} (version {entry.version} of {entry.stream}) does not continue the ledger, or its"
                f" command is recorded already: {error.orig}",
                remedy="read the ledger's head again and decide anew",
            ) from error

    def _put_blob(self, connection: Connection, digest: str, data: bytes) -> None:
        if sha256(data) != digest:
            raise LedgerError(f"the bytes that came as blob {digest} have another digest")
        if in_directory := self._files is not None and len(data) > TABLE_BYTES:
            self._files.write(digest, data)
        content = None if in_directory else data
        kept = only(self._rows(BLOB, {"digest": digest}))
        if kept is None:
            self._writes.blob.run(connection, {"digest": digest, "size": len(data), "content": content})
        elif tuple(kept) != (digest, len(data), content):
            raise LedgerError(f"the kept blob {digest} is damaged", remedy="run an audit, and restore a backup")

    @contextmanager
    def _all_or_nothing(self) -> Iterator[Connection]:
        connection = self._open()
        try:
            yield connection
        except IntegrityError as error:
            self._give_up(connection)
            raise LedgerError(
                f"what came with the entry does not fit what is kept: {error.orig}", remedy="run an audit"
            ) from error
        except BaseException:
            self._give_up(connection)
            raise

    def _give_up(self, connection: Connection) -> None:
        # Half an append must not be committed by a caller that goes on after the error.
        self.end()
        connection.rollback()


class SqlStorage(SqlReader, ABC):
    """A database that holds one ledger. May be used from several threads."""

    def __init__(self, engine: Engine, files: BlobDirectory | None) -> None:
        super().__init__(files)
        self._engine = engine
        self._writes = Writes(engine)
        event.listen(engine, "handle_error", self._translate)

    @abstractmethod
    def explain(self, error: Exception) -> WorkflowError:
        """The driver's error in Holdfast's words."""

    @abstractmethod
    def defects(self) -> tuple[str, ...]:
        """What the database itself finds wrong with what it keeps, in its own words."""

    @abstractmethod
    def _begin_writing(self, connection: Connection) -> None:
        """Begins a transaction that holds the append lock."""

    @abstractmethod
    def _missing(self, connection: Connection) -> tuple[str, ...]:
        """The names of the triggers that are not there as they should be, or are there and should not be."""

    @abstractmethod
    def _protect(self, connection: Connection, names: Iterable[str]) -> None:
        """Makes these triggers as they should be, and removes those among them that are none of Holdfast's."""

    @contextmanager
    def lock(self) -> Iterator[Unit]:
        """Takes the append lock, waiting a bounded time; rolls back unless the unit was committed.

        Raises:
            StorageError: somebody else held the lock for too long, or the database cannot be written.
        """
        with self._writing() as connection:
            # A write-protected database says so here, and not when the work has been done.
            self._writes.nothing.run(connection, {})
            unit = SqlUnit(connection, self._files, self._writes)
            try:
                yield unit
            finally:
                unit.end()

    @contextmanager
    def snapshot(self) -> Iterator[SqlReader]:
        """One consistent view for several reads, as of the first of them."""
        with self._engine.connect() as connection:
            view = SqlView(connection, self._files)
            try:
                yield view
            finally:
                view.end()

    def keep(self, data: bytes) -> str:
        """Makes a large blob durable ahead of the entry that names it; a small one is written with the entry."""
        digest = sha256(data)
        if self._files is not None and len(data) > TABLE_BYTES:
            self._files.write(digest, data)
        return digest

    def missing_protection(self) -> tuple[str, ...]:
        """The append-only triggers that the database lacks or has altered, and any trigger that it should not have."""
        with self._engine.connect() as connection:
            return self._missing(connection)

    def restore_protection(self) -> None:
        """Makes the triggers as they should be. Only for an administrator who acknowledged that they were not."""
        with self._writing() as connection:
            self._protect(connection, self._missing(connection))
            connection.commit()

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def _rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Rows:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            self._begin_writing(connection)
            yield connection

    def _make_tables(self, connection: Connection) -> None:
        """Makes the tables of an empty ledger, stamped as the newest revision."""
        tables.metadata.create_all(connection, checkfirst=False)
        self._writes.projections.start(connection, Head())
        connection.execute(insert(tables.stamp), {"version_num": tables.SCHEMA})

    def _check_schema(self, *, older_is_fine: bool = False) -> None:
        """Holds the database's revision against the code's.

        Raises:
            LedgerError: the database has none.
            SchemaOutdated: they differ.
        """
        row = only(self._rows(select(tables.stamp.c.version_num)))
        if row is None:
            raise LedgerError("the database lost the revision of its schema", remedy="restore a backup")
        found = row[0]
        if found == tables.SCHEMA or (older_is_fine and _is_older(found)):
            return
        if _is_older(found):
            raise SchemaOutdated(
                f"the database has the schema {found}, and this Holdfast works with {tables.SCHEMA}",
                remedy="make a backup, then run: holdfast db upgrade",
            )
        raise SchemaOutdated(
            f"the database has the schema {found}, which this Holdfast ({tables.SCHEMA}) does not know",
            remedy="use a newer Holdfast",
        )

    def _translate(self, context: ExceptionContext) -> None:
        error = context.original_exception
        # What collides means something else at each place, and is told there.
        if isinstance(context.sqlalchemy_exception, IntegrityError) or isinstance(error, WorkflowError):
            return
        if isinstance(error, Exception):
            raise self.explain(error)


def _is_older(revision: object) -> bool:
    # Revisions are four digits, so that their order is the order of the texts.
    return isinstance(revision, str) and len(revision) == 4 and revision.isdecimal() and revision < tables.SCHEMA
