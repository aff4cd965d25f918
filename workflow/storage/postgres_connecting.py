"""How a PostgreSQL server is reached.

What an address may say is libpq's: https://www.postgresql.org/docs/current/libpq-connect.html. Its password is in no
message: what libpq says of an address that it cannot read may hold a piece of one, and is not repeated.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8BinaryDumper

from workflow.errors import StorageError
from workflow.storage.address import Address, unreadable
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
    Address.of(url)
    named = _named(url)
    if named is None:
        # Not while the driver's error is around, which repeats a piece of the address.
        raise unreadable()
    if "host" in named:
        # Otherwise PGHOSTADDR, where somebody has set it, leads elsewhere under the name that the address says.
        named.setdefault("hostaddr", "")
    connection = _made({**_DEFAULTS, **named, **_FIXED})
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


def _named(url: str) -> dict[str, Any] | None:
    """What an address says, by the names that libpq has for it; None where it cannot be read."""
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.Error:
        return None


def _made(settings: dict[str, Any]) -> PatientConnection:
    try:
        return PatientConnection.connect(**settings, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        # The driver's own has the whole address with it, password included, for whoever reports errors to find.
        failed = type(error)(*error.args)
    raise failed
