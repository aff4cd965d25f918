"""How a PostgreSQL server is reached, and what its errors mean.

What an address may say is libpq's: https://www.postgresql.org/docs/current/libpq-connect.html. Its password is in no
message: what libpq says of an address that it cannot read may hold a piece of one, and is not repeated.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8BinaryDumper

from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError, WorkflowError
from workflow.storage.base import Interrupted
from workflow.storage.postgres_patience import PatientConnection
from workflow.storage.protection import PLACE

OLDEST = 15
"""The oldest major version of PostgreSQL that Holdfast works with."""

CONNECTIONS = 16
"""How many connections a process has at most."""

POOL_SECONDS = 10.0
"""How long a thread waits for one of them."""

STATEMENT_SECONDS = 60
"""How long a statement may take."""

# Of a server that is gone without a word, the system would tell after hours.
_DEFAULTS: dict[str, Any] = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "holdfast",
}
_FIXED = {"client_encoding": "utf-8"}
_SETTINGS = (
    # Nobody else's table can stand in for one of the ledger's.
    f"SET search_path TO {PLACE}, pg_temp;"
    f" SET statement_timeout = '{STATEMENT_SECONDS}s';"
    " SET client_connection_check_interval = '5s';"
    # What is hidden from this role is an error, and no answer.
    " SET row_security = off;"
    # Times, names and values are spelled in one way, whatever somebody set for the database or the role.
    " SET DateStyle TO ISO; SET TimeZone TO 'UTC'; SET bytea_output TO hex; SET quote_all_identifiers TO off;"
    " SET standard_conforming_strings TO on;"
    # A plan is the same whatever is looked for, and a prepared statement is planned once.
    " SET plan_cache_mode = force_generic_plan;"
    # What is acknowledged is on disk, whatever the server, the database or the role would rather have.
    " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit')"
    " NOT IN ('on', 'remote_apply')"
)


def connect(url: str) -> PatientConnection:
    """A new connection, on which each transaction is begun by a statement.

    Raises:
        psycopg.Error: there is none to be had.
        InvalidInput: the address cannot be read.
        StorageError: the server or the database is of a kind that Holdfast does not work with.
    """
    try:
        named = conninfo_to_dict(url)
    except psycopg.Error:
        raise InvalidInput(
            "the address of the PostgreSQL database cannot be read",
            remedy="write it like postgresql://user@host:5432/database; of signs that mean something in an address,"
            " such as @ : / ? # % in a password, write the code (%40 for @)",
        ) from None
    if "host" in named:
        # Otherwise PGHOSTADDR, where somebody has set it, leads elsewhere under the name that the address says.
        named.setdefault("hostaddr", "")
    connection = PatientConnection.connect(**{**_DEFAULTS, **named, **_FIXED}, autocommit=True, prepare_threshold=None)
    try:
        if connection.info.server_version < OLDEST * 10_000:
            raise StorageError(
                f"the server is PostgreSQL {connection.info.server_version // 10_000}, and Holdfast works with {OLDEST}"
                " and newer",
                remedy="upgrade the server, or use another",
            )
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StorageError(
                f"the database is encoded in {encoding}, and cannot hold every text",
                remedy="make one for the ledger: createdb --encoding UTF8 --template template0 NAME",
            )
        connection.execute(_SETTINGS)
        # Otherwise a number's size decides its type: a plan for each, and one that no column holds would be compared.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
    except BaseException:
        connection.close()
        raise
    return connection


_AGAIN = "try again"
_TO_BE_GIVEN = (
    "do it as the owner of the ledger; or have the owner run what `holdfast db grant ROLE` prints for this user,"
    " or `holdfast db grant ROLE --erase` for one who erases texts"
)


def explained(error: Exception) -> WorkflowError:
    """psycopg's error in Holdfast's words; one of Holdfast's own stays what it is."""
    if isinstance(error, WorkflowError):
        return error
    if isinstance(error, OverflowError | UnicodeError | psycopg.DataError):
        return InvalidInput(f"a value that the database has no place for: {_said(error)}", remedy="correct the value")
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        for words, family, what, remedy in _AT_THE_DOOR:
            if words.search(str(error)):
                return family(f"the database {what}: {_said(error)}", remedy=remedy)
    for kinds, family, what, remedy in _EXPLANATIONS:
        if isinstance(error, kinds):
            return family(f"the database {what}: {_said(error)}", remedy=remedy)
    return StorageError(f"the database cannot be used: {_said(error)}", remedy="check the server, then try again")


def _said(error: Exception) -> str:
    """What the server or the driver said, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


_AT_THE_DOOR: tuple[tuple[re.Pattern[str], type[WorkflowError], str, str], ...] = (
    (re.compile(r'database "[^"]*" does not exist'), NotFound, "is not there", "make it with: createdb NAME"),
    (
        re.compile(r'authentication failed|no password supplied|role "[^"]*" does not exist|pg_hba\.conf'),
        StorageError,
        "does not let us in",
        "check the user in the address, and the password: it stands in the address, in PGPASSWORD or in ~/.pgpass",
    ),
)
"""Of a connection that did not come about libpq has words and no code; a server may have them in another language, and
then it is one that cannot be reached."""

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
    ((pg.DiskFull,), StorageError, "cannot grow: its disk is full", "free some space on the server, then try again"),
    (
        (pg.UndefinedTable, pg.UndefinedColumn, pg.InvalidSchemaName),
        LedgerError,
        "is damaged",
        "keep a copy of it, and restore a backup",
    ),
    ((pg.DataCorrupted, pg.IndexCorrupted), LedgerError, "is damaged", "keep a copy of it, and restore a backup"),
    ((psycopg.OperationalError,), Interrupted, "was lost, or cannot be reached", "check the server, then try again"),
)
