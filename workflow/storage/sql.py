"""A ledger in an SQL database: what SQLite and every other database have in common.

A database's own module adds how it connects, how it takes the append lock, and its triggers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from workflow.clock import Clock
from workflow.errors import ConcurrentUpdate, LedgerError, SchemaOutdated, StorageError, WorkflowError
from workflow.ledger import SaltedText, sha256
from workflow.storage import statements
from workflow.storage.base import (
    Ahead,
    Append,
    Condition,
    Head,
    Listed,
    Stamp,
    Storage,
    StoredEntry,
    StreamHead,
    Unit,
)
from workflow.storage.blobs import BlobDirectory
from workflow.storage.brought import Brought
from workflow.storage.driver import Collision, Connection, Driver, Rows
from workflow.storage.projections import Projections
from workflow.storage.reader import SqlReader, moved_away, only
from workflow.storage.revision import RETIRED, SCHEMA

TABLE_BYTES = 64 * 1024
"""Blobs above this size stand in the directory, where there is one."""


class SqlView(SqlReader):
    """Reading in one transaction."""

    _lasts = True  # what is not damaged can be read after what is

    def __init__(
        self,
        connection: Connection,
        driver: Driver,
        files: BlobDirectory | None,
        stamp: Callable[[Connection], Stamp | None],
        brought: Brought,
    ) -> None:
        super().__init__(files)
        self._connection = connection
        self._driver = driver
        self._stamp_of = stamp
        self._stamp: tuple[Stamp | None] | None = None
        self._brought = brought
        self._over = False

    def end(self) -> None:
        """Nothing can be read from here on: the transaction is over."""
        self._over = True

    def head(self) -> Head:
        """The end of the ledger; of an empty one, a frontier of size 0."""
        self._open()
        return self._brought.head or super().head()

    def stream_head(self, stream: str) -> StreamHead | None:
        """The last entry of a stream, or None where there is no such stream."""
        self._open()
        heads = self._brought.heads
        return heads[stream] if stream in heads else super().stream_head(stream)

    def entry(self, seq: int) -> StoredEntry | None:
        """One entry by its place."""
        self._open()
        last = self._brought.last
        return last if last is not None and last.seq == seq else super().entry(seq)

    def kin(self, digests: Iterable[str]) -> set[str]:
        """The slugs of the releases that ever had one of these candidates or weight files."""
        self._open()
        wanted, known = set(digests), self._brought.kin
        found = super().kin(wanted - known.keys())
        return found.union(*(known[digest] for digest in wanted & known.keys()))

    def stamp(self) -> Stamp | None:
        """What is equal only as long as nothing was written."""
        if self._stamp is None:
            self._stamp = (self._stamp_now(),)
        return self._stamp[0]

    def _stamp_now(self) -> Stamp | None:
        return self._brought.stamp or self._stamp_of(self._open())

    def _rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        connection = self._open()
        try:
            return self._driver.rows(connection, statement, values)
        except LedgerError:
            if self._lasts:
                self._driver.look_anew(connection)
            raise

    def _open(self) -> Connection:
        if self._over:
            raise StorageError("this transaction is over", remedy="take a new snapshot, or the lock again")
        return self._connection


class SqlUnit(SqlView):
    """Reading and appending under the append lock."""

    _lasts = False

    def append(self, append: Append) -> None:
        """Writes one entry and all that belongs to it; after a failure the whole unit is rolled back.

        Raises:
            ConcurrentUpdate: the entry's place, its stream's place or its command id is taken.
            LedgerError: its parts do not fit each other, or do not fit what is kept.
            StorageError: the database did not take it.
        """
        with self._all_or_nothing() as connection:
            self._put_entry(connection, append.entry)
            check_parts(append)
            projections = Projections(self._driver)
            projections.move_head(connection, append.head, append.entry.seq - 1)
            projections.grow(connection, append.entry.seq)
            for text in append.texts:
                values = {"commitment": text.commitment, "salt": text.salt, "body": text.text}
                self._driver.put(connection, statements.INSERT_TEXT, values)
            for digest, data in append.blobs.items():
                self._put_blob(connection, digest, data)
            if append.erase is not None:
                self._erase(connection, append.erase)
            if append.release is not None:
                projections.put_release(connection, Listed(append.release, append.kin, append.objectors))
            self._move(append.head)

    def load(
        self, entries: Sequence[StoredEntry] = (), texts: Sequence[SaltedText] = (), blobs: Iterable[bytes] = ()
    ) -> None:
        """Writes many rows of what another database kept, past the projections: a :meth:`rebuild` is due before commit.

        Raises:
            ConcurrentUpdate: an entry does not continue the ledger.
            LedgerError: something else of it is there already.
            StorageError: the database did not take it.
        """
        with self._all_or_nothing() as connection:
            rows = [(e.seq, e.stream, e.version, bytes.fromhex(e.hash), e.command_id, e.body) for e in entries]
            if rows:
                with in_place(f"entry {entries[0].seq} or one of the {len(entries) - 1} behind it"):
                    self._driver.fill(connection, "entry", statements.ENTRY_NAMES, rows)
            if texts:
                kept = [(text.commitment, text.salt, text.text) for text in texts]
                self._driver.fill(connection, "text", statements.TEXT_NAMES, kept)
            if files := [self._blob_row(sha256(data), data) for data in blobs]:
                self._driver.fill(connection, "blob", statements.BLOB_NAMES, files)

    def retire(self) -> None:
        """Ends the ledger here, because it goes on elsewhere: once committed, nobody appends to it or opens it again.

        Whoever has it open finds no end to append to; whoever opens it, no schema that they know.
        """
        with self._all_or_nothing() as connection:
            for statement in statements.RETIRE:
                self._driver.change(connection, statement, {"retired": RETIRED})
        self._brought = Brought()

    def rebuild(self, head: Head, releases: Iterable[Listed]) -> None:
        """Replaces every projection by what was folded from the entries."""
        with self._all_or_nothing() as connection:
            if only(self._rows(statements.REVISION, {})) == (RETIRED,):
                raise moved_away()
            Projections(self._driver).rebuild(connection, head, releases)
            self._move(head)

    def commit(self) -> Stamp | None:
        """Makes what was appended durable and ends the unit. Leaving the lock without it leaves nothing behind."""
        connection, stamp = self._open(), self._stamp_now()
        self.end()
        self._driver.commit(connection)
        return stamp

    def finish(self, append: Append) -> Stamp | None:
        """Appends one entry, the last one of the unit, and commits."""
        self.append(append)
        return self.commit()

    def _move(self, head: Head) -> None:
        # What was brought is of before.
        self._brought = Brought() if self._brought.head is None else Brought(head)

    def _put_entry(self, connection: Connection, entry: StoredEntry) -> None:
        values = {
            "seq": entry.seq,
            "stream": entry.stream,
            "version": entry.version,
            "hash": bytes.fromhex(entry.hash),
            "command_id": entry.command_id,
            "body": entry.body,
        }
        with in_place(f"entry {entry.seq} (version {entry.version} of {entry.stream})"):
            self._driver.put(connection, statements.INSERT_ENTRY, values)

    def _erase(self, connection: Connection, commitment: str) -> None:
        values = {"commitment": commitment}
        self._driver.change(connection, statements.ERASE_TEXT, values)
        # It may have been gone; but what is said to be erased is not there any more.
        if self._rows(statements.TEXT, values):
            raise LedgerError(
                f"the database did not let go of the text {commitment[:12]}: a trigger or a rule stands in the way",
                remedy="holdfast audit verify says what is in the place of the tables; nothing was recorded",
            )

    def _put_blob(self, connection: Connection, digest: str, data: bytes) -> None:
        check_blob(digest, data)
        row = self._blob_row(digest, data)
        kept = only(self._rows(statements.BLOB, {"digest": digest}))
        if kept is None:
            values = dict(zip(statements.BLOB_NAMES, row, strict=True))
            self._driver.put(connection, statements.INSERT_BLOB, values)
        elif tuple(kept) != row:
            raise LedgerError(f"the kept blob {digest} is damaged", remedy="run an audit, and restore a backup")

    def _blob_row(self, digest: str, data: bytes) -> tuple[str, int, bytes | None]:
        """The row of a blob; where its bytes belong into the directory, they are there when this returns."""
        if self._files is None or len(data) <= TABLE_BYTES:
            return digest, len(data), data
        self._files.write(digest, data)
        return digest, len(data), None

    @contextmanager
    def _all_or_nothing(self) -> Iterator[Connection]:
        connection = self._open()
        self._stamp = (None,)
        try:
            yield connection
        except Collision as error:
            self._give_up(connection)
            raise unfit(error) from error
        except BaseException:
            self._give_up(connection)
            raise

    def _give_up(self, connection: Connection) -> None:
        # Half an append must not be committed by a caller that goes on after the error.
        self.end()
        # One that was lost cannot be, and its server has done it; why it was lost is what is to be told.
        with suppress(Exception):
            connection.rollback()


def check_parts(append: Append) -> None:
    """Checks that what is to be written belongs together.

    Raises:
        LedgerError: it does not.
    """
    if append.head.frontier.size != append.entry.seq:
        raise LedgerError(f"entry {append.entry.seq} came with a tree of {append.head.frontier.size}")
    if append.release is None and (append.kin or append.objectors):
        raise LedgerError(f"entry {append.entry.seq} came with kin or objectors and without their release")


def check_blob(digest: str, data: bytes) -> None:
    """Checks that a blob is what it is called.

    Raises:
        LedgerError: it is not.
    """
    if sha256(data) != digest:
        raise LedgerError(f"the bytes that came as blob {digest} have another digest")


def unfit(error: Exception) -> LedgerError:
    """What an entry brought collides with what is there."""
    return LedgerError(f"what came with the entry does not fit what is kept: {error}", remedy="run an audit")


@contextmanager
def in_place(what: str) -> Iterator[None]:
    """Raises :class:`ConcurrentUpdate` where what is written collides with what is there."""
    try:
        yield
    except Collision as error:
        raise ConcurrentUpdate(
            f"{what} does not continue the ledger, or its command is recorded already: {error}",
            remedy="read the ledger's head again and decide anew",
        ) from error


class SqlStorage(SqlReader, ABC):
    """A database that holds one ledger. May be used from several threads."""

    _unit = SqlUnit

    def __init__(self, driver: Driver, files: BlobDirectory | None) -> None:
        super().__init__(files)
        self._driver = driver

    @abstractmethod
    def explain(self, error: Exception) -> WorkflowError:
        """The driver's error in Holdfast's words."""

    @abstractmethod
    def defects(self) -> tuple[str, ...]:
        """What the database itself finds wrong with what it keeps, in its own words."""

    @abstractmethod
    def surroundings(self) -> Iterator[Condition]:
        """What can be told of what stands around the ledger."""

    def conditions(self) -> Iterator[Condition]:
        """What can be told of the database without reading all of it, line by line."""
        from workflow.storage.conditions import conditions

        return conditions(self)

    @abstractmethod
    def opening(self) -> Callable[[], Storage] | None:
        """What opens it once more, and can be sent to another process; None where no other process can open it."""

    @abstractmethod
    def _begin(self, connection: Connection, *, writing: bool, ahead: Ahead | None = None) -> Brought:
        """Begins a transaction: a consistent view, and one that holds the append lock where it is for ``writing``.

        Returns what came along.
        """

    def _prove(self, connection: Connection) -> None:
        """Has a write-protected database say so here, and not when the work has been done."""
        self._driver.change(connection, statements.NOTHING, {})

    def _stamp_of(self, connection: Connection) -> Stamp | None:  # noqa: ARG002
        """What is equal only as long as nothing was written; None where a database cannot tell cheaply."""
        return None

    @abstractmethod
    def _missing(self, connection: Connection) -> tuple[str, ...]:
        """The names of the triggers that are not there as they should be, or are there and should not be."""

    @abstractmethod
    def _protect(self, connection: Connection, names: Iterable[str]) -> None:
        """Makes these triggers as they should be, and removes those among them that are none of Holdfast's."""

    @contextmanager
    def lock(self, ahead: Ahead | None = None) -> Iterator[Unit]:
        """Takes the append lock, waiting a bounded time; rolls back unless the unit was committed.

        Raises:
            StorageError: somebody else held the lock for too long, or the database cannot be written.
        """
        with self._connected() as connection:
            brought = self._begin(connection, writing=True, ahead=ahead)
            self._prove(connection)
            unit = self._unit(connection, self._driver, self._files, self._stamp_of, brought)
            try:
                yield unit
            finally:
                unit.end()

    @contextmanager
    def snapshot(self, ahead: Ahead | None = None) -> Iterator[SqlReader]:
        """One consistent view for several reads, as of the first of them."""
        with self._connected() as connection:
            brought = self._begin(connection, writing=False, ahead=ahead)
            view = SqlView(connection, self._driver, self._files, self._stamp_of, brought)
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
        with self._connected() as connection:
            return self._missing(connection)

    def restore_protection(self) -> None:
        """Makes the triggers as they should be. Only for an administrator who acknowledged that they were not."""
        with self._connected() as connection:
            self._begin(connection, writing=True)
            self._protect(connection, self._missing(connection))
            self._driver.commit(connection)

    def clock(self) -> Clock | None:
        """The clock that all who use the database share; None where that of the machine is as good."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Lets go of the database."""

    def _rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        with self._connected() as connection:
            return self._driver.rows(connection, statement, values)

    @abstractmethod
    def _connected(self) -> AbstractContextManager[Connection]:
        """A connection for one thread at a time; whatever is not committed when it goes back is rolled back."""

    def revision(self) -> str:
        """The revision of the database's schema.

        Raises:
            LedgerError: the database has none.
        """
        row = only(self._rows(statements.REVISION, {}))
        if row is None:
            raise LedgerError("the database lost the revision of its schema", remedy="restore a backup")
        return str(row[0])

    def _check_schema(self, *, older_is_fine: bool = False, retired_is_fine: bool = False) -> None:
        """Holds the database's revision against the code's.

        Raises:
            LedgerError: the database has none.
            SchemaOutdated: they differ.
            StorageError: the ledger was moved elsewhere.
        """
        found = self.revision()
        if found == RETIRED and not retired_is_fine:
            raise moved_away()
        if found in (SCHEMA, RETIRED) or (older_is_fine and _is_older(found)):
            return
        if _is_older(found):
            raise SchemaOutdated(
                f"the database has the schema {found}, and this Holdfast works with {SCHEMA}",
                remedy="make a backup, then run: holdfast db upgrade",
            )
        raise SchemaOutdated(
            f"the database has the schema {found}, which this Holdfast ({SCHEMA}) does not know",
            remedy="use a newer Holdfast",
        )


def _is_older(revision: object) -> bool:
    # Revisions are four digits, so that their order is the order of the texts.
    return isinstance(revision, str) and len(revision) == 4 and revision.isdecimal() and revision < SCHEMA
