"""What a PostgreSQL server's errors mean, and what to do about each.

Errors of a server that is connected to are told by their kind. Of one that lets nobody in there is only a text, in the
server's language; where that is none of the known ones, it is repeated with everything that can be checked.
"""

from __future__ import annotations

import re

import psycopg
from psycopg import errors as pg

from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError, WorkflowError
from workflow.storage.base import Interrupted

_AGAIN = "try again"
_TO_BE_GIVEN = (
    "do it as the owner of the ledger; or have the owner run what `holdfast db grant ROLE` prints for this user,"
    " or `holdfast db grant ROLE --erase` for one who erases texts"
)
_TO_APPEND = (
    "name a user who may append in the address (what only the owner may, as the owner);"
    " `holdfast db grant ROLE` prints what makes one"
)


def explained(error: Exception) -> WorkflowError:
    """psycopg's error in Holdfast's words; one of Holdfast's own stays what it is."""
    if isinstance(error, WorkflowError):
        return error
    if isinstance(error, OverflowError | UnicodeError | psycopg.DataError):
        return InvalidInput(f"a value that the database has no place for: {_said(error)}", remedy="correct the value")
    if isinstance(error, pg.InsufficientPrivilege) and re.search(r"\bhead\b", str(error)):
        # Whoever reads has every right but that of the append lock, which is what every act begins with.
        return StorageError(f"the database lets this user read, and not append: {_said(error)}", remedy=_TO_APPEND)
    ended = _ended(error)
    for kinds, family, what, remedy in _EXPLANATIONS:
        if isinstance(error, kinds):
            family = Interrupted if ended and family is StorageError else family
            return family(f"the database {what}: {_said(error)}", remedy=remedy)
    if re.search(_NO_ROOM, str(error)):
        return (Interrupted if ended else StorageError)(f"the database {_FULL}: {_said(error)}", remedy=_FREE)
    if ended or (isinstance(error, psycopg.OperationalError) and (error.sqlstate or "")[:2] in _LOST):
        return Interrupted(f"the connection to the database was lost: {_said(error)}", remedy=_SERVER)
    if isinstance(error, psycopg.OperationalError):
        return StorageError(f"the database cannot go on: {_said(error)}", remedy="see what its server's log says")
    return StorageError(f"the database cannot be used: {_said(error)}", remedy="check the server, then try again")


def unreached(error: Exception) -> WorkflowError:
    """Why there is no connection to be had. Nothing was under way on it."""
    if isinstance(error, WorkflowError):
        return error
    said = _said(error)
    if isinstance(error, UnicodeError | ValueError | psycopg.ProgrammingError):
        return InvalidInput(f"the address of the database says something impossible: {said}", remedy=_CORRECT)
    for form, family, what, remedy in _UNREACHED:
        if re.search(form, said):
            return family(f"{what}: {said}", remedy=remedy)
    return StorageError(f"the database cannot be reached: {said}", remedy=_CHECK)


def _ended(error: Exception) -> bool:
    """Whether the connection ended with it: by the server's word, or as the driver found, which has no kinds."""
    return isinstance(error, psycopg.Error) and (
        error.diag.severity_nonlocalized in ("FATAL", "PANIC")
        or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None)
    )


def _said(error: Exception) -> str:
    """What the server or the driver said, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


_LOST = ("08", "40", "57")
"""The classes of the errors after which what was under way may be asked for again."""

_NO_ROOM = r"No space left on device|Disk quota exceeded|File too large"
"""What the server's system says where nothing more fits; of the first alone, PostgreSQL has a kind of error."""

_FULL = "cannot grow: its disk is full, or its share of it"
_FREE = "free some space on the server, then try again"
_SERVER = "check that the server runs, then try again"
_CORRECT = "correct the address: https://www.postgresql.org/docs/current/libpq-connect.html says what it can say"
_CHECK = "check the address and that the server runs, and what the server's log says, then try again"

_TO_BE_MADE = "make it with: createdb --encoding UTF8 --template template0 NAME"

_Unreached = tuple[str, type[WorkflowError], str, str]
_UNREACHED: tuple[_Unreached, ...] = (
    (
        r"resolve host|translate host name",
        StorageError,
        "the host of the database is not known",
        "check the host in the address",
    ),
    (
        r"password authentication failed|no password supplied|authentication failed for user",
        StorageError,
        "the database does not let this user in",
        "check the user and the password: in the address, in PGPASSWORD or in ~/.pgpass",
    ),
    (
        r"pg_hba\.conf",
        StorageError,
        "the database lets nobody in from here like this",
        (
            "have the server's administrator let this user in from this host, in pg_hba.conf; where it says that there"
            " is no encryption, add ?sslmode=require to the address"
        ),
    ),
    (
        r'role ".*" does not exist|role ".*" is not permitted to log in',
        StorageError,
        "the database does not know this user",
        "check the user in the address; `holdfast db grant ROLE` prints what makes one",
    ),
    (
        r'database ".*" does not exist',
        NotFound,
        "there is no such database",
        f"check its name in the address, or {_TO_BE_MADE}",
    ),
    (r"permission denied for database", StorageError, "the database does not let this user in", _TO_BE_GIVEN),
    (
        r"not currently accepting connections|not accepting connections|hot standby mode is disabled",
        StorageError,
        "the database takes no connections",
        "have its administrator allow them, or name another server",
    ),
    (
        r"too many (clients|connections)|connection slots",
        StorageError,
        "the database has no connection left",
        "try again when others are done; or have its administrator raise max_connections, or the limit of this user",
    ),
    (
        r"starting up|shutting down|in recovery mode|not yet accepting",
        StorageError,
        "the database is not ready",
        "try again in a moment",
    ),
    (
        r"session is read-only|is in hot standby|is not in hot standby|session is not read-only",
        StorageError,
        "the server is not of the kind that the address asks for",
        "name the primary server in the address, or correct target_session_attrs",
    ),
    (
        r"SSL|TLS|certificate|encryption",
        StorageError,
        "the database cannot be spoken with in secret",
        "check the server's TLS, and sslmode and sslrootcert in the address",
    ),
    (
        r"timeout expired",
        StorageError,
        "the database did not answer in time",
        "check the host and the port in the address, and whether a firewall stands between",
    ),
    (
        r"refused|No such file or directory|No route to host|unreachable",
        StorageError,
        "nothing answers where the database should be",
        "check the host and the port in the address, and that the server runs",
    ),
    (
        r"invalid response|expected authentication|unexpected message|protocol|authentication method .* not supported",
        StorageError,
        "what answers is no PostgreSQL server",
        "check the host and the port in the address",
    ),
    (
        r"invalid .*value|bad value|invalid connection option|invalid port|could not match",
        InvalidInput,
        "the address of the database says something impossible",
        _CORRECT,
    ),
)

_Explanation = tuple[tuple[type[Exception], ...], type[WorkflowError], str, str]
_EXPLANATIONS: tuple[_Explanation, ...] = (
    (
        (pg.LockNotAvailable,),
        StorageError,
        "stayed locked by another process",
        "try again when that process is done",
    ),
    ((pg.SerializationFailure, pg.DeadlockDetected), Interrupted, "put others first", _AGAIN),
    (
        (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow, pg.IdleInTransactionSessionTimeout),
        Interrupted,
        "ended the connection",
        "check that the server runs, then try again",
    ),
    ((pg.QueryCanceled,), StorageError, "took too long", "try again when it has less to do"),
    (
        # A replica says it in the second way where a transaction is to write, and in the third of a lock.
        (pg.ReadOnlySqlTransaction, pg.FeatureNotSupported, pg.ObjectNotInPrerequisiteState),
        StorageError,
        "takes no writing: it is a replica, or was made read-only",
        "name the primary server in the address",
    ),
    (
        (pg.InsufficientPrivilege,),
        StorageError,
        "does not let this user do that",
        _TO_BE_GIVEN,
    ),
    ((pg.DiskFull,), StorageError, _FULL, _FREE),
    ((pg.InvalidCatalogName, pg.DatabaseDropped), NotFound, "is not there", _TO_BE_MADE),
    (
        (pg.UndefinedTable, pg.UndefinedColumn, pg.InvalidSchemaName),
        LedgerError,
        "is damaged",
        "keep a copy of it, and restore a backup",
    ),
    ((pg.DataCorrupted, pg.IndexCorrupted), LedgerError, "is damaged", "keep a copy of it, and restore a backup"),
)
