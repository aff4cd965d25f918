"""A ledger in one SQLite file, with a directory beside it for large blobs: no server.

WAL with ``synchronous=FULL``, so that readers never wait and what was committed survives a loss of power; the append
lock is SQLite's own write lock, taken by ``BEGIN IMMEDIATE``. WAL needs shared memory between its processes: one host.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError, WorkflowError
from workflow.storage.base import Ahead, Condition, Head, Stamp
from workflow.storage.blobs import BlobDirectory
from workflow.storage.brought import Brought
from workflow.storage.driver import Connection, Driver
from workflow.storage.mounts import network_file_system
from workflow.storage.projections import Projections
from workflow.storage.protection import SQLITE as TRIGGERS
from workflow.storage.sql import SqlStorage

APPLICATION_ID = int.from_bytes(b"HDFT")
"""What the header of the file says that it is; file(1) shows it."""

LOCK_SECONDS = 10.0
"""How long to wait for a lock that another connection holds."""

RETRY_SECONDS = 0.005
"""How long to wait before asking again for what SQLite gives at once or not at all."""

NAMED_DEFECTS = 10
"""How many of the defects of a file are looked for."""

PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # An erased text is overwritten, not only unlinked from its page.
    "PRAGMA secure_delete = ON",
    # A file that came from elsewhere must not run functions from its own schema.
    "PRAGMA trusted_schema = OFF",
)

_PREFIX = "sqlite:///"
_NUMBERS = count(1)


def open_storage(
    url: str, *, create: bool = False, retired_is_fine: bool = False, older_is_fine: bool = False
) -> SqliteStorage:
    """The ledger at ``sqlite:///<path>``; ``sqlite:///:memory:`` is a new one that goes when it is closed.

    Args:
        create: whether to make it where there is none.
        retired_is_fine: whether to open one that was moved elsewhere too, to read it.
        older_is_fine: whether to open one of an earlier schema too, to upgrade it or look at its surroundings.

    Raises:
        InvalidInput: the address names no file.
        NotFound: there is no ledger at the path.
        SchemaOutdated: another version of Holdfast made it.
        StorageError: the file is something else, or cannot be used.
    """
    storage = SqliteStorage(_usable_path(url, create), create=create)
    try:
        storage.recognise(create=create, older_is_fine=older_is_fine, retired_is_fine=retired_is_fine)
    except BaseException:
        storage.close()
        raise
    return storage


class _Connection(sqlite3.Connection):
    """A connection that can be told from all others.

    It remembers whether it has asked for WAL and whether it can write, and during a transaction what it saw of the
    writing of others.
    """

    in_wal = False
    writes = False
    seen: int | None = None

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.number = next(_NUMBERS)


class SqliteStorage(SqlStorage):
    """A ledger in one SQLite file.

    Args:
        path: the file, absolute and without symbolic links; None for a database in memory.
    """

    def __init__(self, path: Path | None, *, create: bool) -> None:
        self._path = path
        self._name = "the database in memory" if path is None else str(path)
        if path is None:
            # This file system of SQLite's lets the threads of a process share a database in memory.
            self._address = f"file:/holdfast-{secrets.token_hex(8)}?vfs=memdb"
        else:
            self._address = f"file:{quote(os.fsencode(path))}?mode={'rwc' if create else 'rw'}"
        files = None if path is None else BlobDirectory(path.with_name(path.name + ".blobs"))
        super().__init__(Driver(sqlite3.IntegrityError, self.explain), files)
        self._idle: list[Connection] = []

    def recognise(self, *, create: bool, older_is_fine: bool = False, retired_is_fine: bool = False) -> None:
        """Checks that this is a ledger of this version, or makes one where there is nothing.

        Raises:
            NotFound: there is nothing, and nothing should be made.
            SchemaOutdated: another version of Holdfast made it.
            StorageError: it is something else.
        """
        with self._connected() as connection:
            empty = self._is_empty(connection)
        if empty and not create:
            raise NotFound(f"{self._name} holds no ledger", remedy="make one with: holdfast init")
        if empty:
            self._make()
        self._check_schema(older_is_fine=older_is_fine, retired_is_fine=retired_is_fine)

    def migrate(self) -> None:
        """Brings the schema to the newest revision, in one transaction."""
        # Alembic is slow to import, and nothing else needs it.
        from workflow.storage.migrations import migrate
        from workflow.storage.schema import through_sqlalchemy

        with self._connected() as connection, through_sqlalchemy(connection, self.explain, "sqlite") as wrapped:
            self._begin(connection, writing=True)
            migrate(wrapped)
            self._driver.commit(connection)

    def _make(self) -> None:
        from workflow.storage.schema import make_tables, through_sqlalchemy

        with self._connected() as connection, through_sqlalchemy(connection, self.explain, "sqlite") as wrapped:
            self._begin(connection, writing=True)
            # Asked again under the lock: another process may have made it in between.
            if self._is_empty(connection):
                make_tables(wrapped)
                Projections(self._driver).start(connection, Head())
                self._protect(connection, TRIGGERS)
                self._driver.change(connection, f"PRAGMA application_id = {APPLICATION_ID}", {})
                self._driver.commit(connection)

    def explain(self, error: Exception) -> WorkflowError:
        """The driver's error in Holdfast's words."""
        if isinstance(error, OverflowError | UnicodeError):
            return InvalidInput(f"a value that the database has no place for: {error}", remedy="correct the value")
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
        known = _EXPLANATIONS.get(code) or _EXPLANATIONS.get(code & 0xFF)
        if known is not None:
            family, what, remedy = known
            return family(f"{self._name} {what} ({error})", remedy=remedy)
        # These two have no code of their own: a table or a column is gone, a text is not UTF-8.
        if str(error).startswith(("no such table", "no such column", "Could not decode")):
            return LedgerError(f"{self._name} is damaged: {error}", remedy="keep a copy of it, and restore a backup")
        return StorageError(f"{self._name} cannot be used: {error}", remedy="check the file and its disk")

    def opening(self) -> Callable[[], SqliteStorage] | None:
        """What opens it once more, and can be sent to another process; None where it is in memory."""
        return None if self._path is None else partial(open_storage, f"{_PREFIX}{self._path}")

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        # A thread that reads never waits for a connection to come back, so their number is not bounded.
        try:
            connection = self._idle.pop() if self._idle else self._connect()
        except Exception as error:
            raise self.explain(error) from error
        try:
            yield connection
        finally:
            try:
                connection.rollback()
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)

    def _connect(self) -> Connection:
        # Without an isolation level the driver begins nothing by itself: each BEGIN is below.
        connection = sqlite3.connect(
            self._address,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=LOCK_SECONDS,
            factory=_Connection,
        )
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin(self, connection: Connection, *, writing: bool, ahead: Ahead | None = None) -> Brought:  # noqa: ARG002
        if writing and not connection.in_wal:  # type: ignore[attr-defined]
            # The file keeps this: it matters to a new one, and to a backup that came back without it.
            self._enter_wal(connection)
            connection.in_wal = True  # type: ignore[attr-defined]
        connection.seen = None  # type: ignore[attr-defined]
        self._driver.change(connection, "BEGIN IMMEDIATE" if writing else "BEGIN", {})
        return Brought()

    def _prove(self, connection: Connection) -> None:
        # How SQLite opened the file stays as it is.
        if not connection.writes:  # type: ignore[attr-defined]
            super()._prove(connection)
            connection.writes = True  # type: ignore[attr-defined]

    def _enter_wal(self, connection: Connection) -> None:
        # Of several that ask for it at once SQLite turns all but one away without a wait, lest they wait for each
        # other; when that one is done, asking again is all it takes.
        last = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                self._driver.change(connection, "PRAGMA journal_mode = WAL", {})
                return
            except StorageError as error:
                if getattr(error.__cause__, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                    raise
            time.sleep(RETRY_SECONDS)

    def _stamp_of(self, connection: Connection) -> Stamp | None:
        # The middle one is another when somebody else's connection has written, which none does while this one is
        # looking or has the lock; the last is another when this one has.
        if connection.seen is None:  # type: ignore[attr-defined]
            [(connection.seen,)] = self._driver.rows(connection, "PRAGMA data_version", {})  # type: ignore[attr-defined]
        return connection.number, connection.seen, connection.total_changes  # type: ignore[attr-defined]

    def close(self) -> None:
        """Lets go of the database."""
        while self._idle:
            self._idle.pop().close()

    def defects(self) -> tuple[str, ...]:
        """What SQLite finds wrong with the file, in its own words, as far as it has been read."""
        try:
            with self._connected() as connection:
                found = self._driver.rows(connection, f"PRAGMA integrity_check({NAMED_DEFECTS})", {})
        except LedgerError as error:
            return (error.message,)
        return tuple(str(line) for (line,) in found if line != "ok")

    def surroundings(self) -> Iterator[Condition]:
        """What can be told of the file and the directory of blobs."""
        from workflow.storage.sqlite_surroundings import surroundings

        return surroundings(self._path, self._rows) if self._path is not None else iter(())

    def _missing(self, connection: Connection) -> tuple[str, ...]:
        rows = self._driver.rows(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'", {})
        present: dict[str, str] = {row[0]: row[1] for row in rows}
        lacking = [name for name, made in TRIGGERS.items() if present.get(name) != made]
        # A trigger of somebody else's could undo in the same transaction what an append wrote.
        return (*lacking, *sorted(present.keys() - TRIGGERS.keys()))

    def _protect(self, connection: Connection, names: Iterable[str]) -> None:
        for name in names:
            quoted = name.replace('"', '""')
            self._driver.change(connection, f'DROP TRIGGER IF EXISTS "{quoted}"', {})
            if name in TRIGGERS:
                self._driver.change(connection, TRIGGERS[name], {})

    def _is_empty(self, connection: Connection) -> bool:
        # One statement, so one state of the file: between two, another process could finish making the ledger.
        [(application, tables)] = self._driver.rows(
            connection,
            "SELECT (SELECT application_id FROM pragma_application_id), EXISTS (SELECT 1 FROM sqlite_master)",
            {},
        )
        if application == APPLICATION_ID:
            return False
        if application == 0 and not tables:
            return True
        raise StorageError(
            f"{self._name} is an SQLite database of something else, not a ledger",
            remedy="name the ledger's file, or another path for a new one",
        )


def _usable_path(url: str, create: bool) -> Path | None:
    """The absolute path that an address names, after everything that can be told without opening it."""
    name = url.removeprefix(_PREFIX)
    if name == url or not name or "?" in name or "\0" in name:
        raise InvalidInput(
            "the address of an SQLite ledger is sqlite:/// and the path of a file, and nothing else",
            remedy="write it like sqlite:///holdfast.db or sqlite:////var/lib/holdfast/ledger.db",
        )
    if name == ":memory:":
        return None
    try:
        path = Path(name).resolve()
        exists, is_file, has_parent = path.exists(), path.is_file(), path.parent.is_dir()
        looped = path.is_symlink()  # a link that resolving left as it is leads nowhere
    except (OSError, RuntimeError) as error:
        raise StorageError(
            f"{name} cannot be looked at: {error}", remedy="check the path and its permissions"
        ) from error
    if looped or (exists and not is_file):
        raise StorageError(f"{path} is not a file", remedy="name a file: sqlite:///<directory>/holdfast.db")
    if not exists and not create:
        raise NotFound(f"there is no ledger at {path}", remedy="make one with: holdfast init")
    if not has_parent:
        raise NotFound(f"there is no directory {path.parent}", remedy="make it first, or name another path")
    if (kind := network_file_system(path)) is not None:
        raise StorageError(
            f"{path} is on a network file system ({kind}), where SQLite loses what two hosts write at once",
            remedy="put the ledger on a local disk",
        )
    return path


_PERMISSIONS = (
    "check the permissions of the file and of its directory, where SQLite keeps two more files (-wal and -shm);"
    " to read a write-protected copy, copy it to a directory of your own"
)
_NO_ROOM = "free some space, or raise the limit for the size of files, then try again"
_EXPLANATIONS: dict[int, tuple[type[WorkflowError], str, str]] = {
    # Also to read takes a file of 32 KiB beside it.
    sqlite3.SQLITE_IOERR_SHMSIZE: (StorageError, "has no room for its file -shm", _NO_ROOM),
    sqlite3.SQLITE_IOERR_SHMOPEN: (StorageError, "has no room for its file -shm", _NO_ROOM),
    sqlite3.SQLITE_IOERR_WRITE: (StorageError, "could not be written", _NO_ROOM),
    sqlite3.SQLITE_BUSY: (StorageError, "stayed locked by another process", "try again when that process is done"),
    sqlite3.SQLITE_LOCKED: (StorageError, "stayed locked by another thread", "try again when that thread is done"),
    sqlite3.SQLITE_FULL: (StorageError, "cannot grow: its disk is full", "free some space, then try again"),
    sqlite3.SQLITE_READONLY: (StorageError, "cannot be written", _PERMISSIONS),
    sqlite3.SQLITE_CANTOPEN: (StorageError, "cannot be opened", _PERMISSIONS),
    sqlite3.SQLITE_PERM: (StorageError, "cannot be opened", _PERMISSIONS),
    sqlite3.SQLITE_NOTADB: (StorageError, "is not an SQLite database", "name the ledger's file, or restore a backup"),
    sqlite3.SQLITE_IOERR: (StorageError, "could not be read or written", "check the disk, then run an audit"),
    sqlite3.SQLITE_TOOBIG: (StorageError, "has no place for a value of this size", "keep it elsewhere, by its digest"),
    sqlite3.SQLITE_CORRUPT: (LedgerError, "is damaged", "keep a copy of it, and restore a backup"),
}
