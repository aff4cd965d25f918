"""Where a ledger is kept. The engine knows :mod:`workflow.storage.base` alone; the address chooses the database.

Nothing of a database is imported before one is opened, so that a command which needs none starts fast.
"""

from __future__ import annotations

from typing import Any

from workflow.errors import InvalidInput
from workflow.storage.base import (
    Ahead,
    Append,
    Condition,
    Head,
    Listed,
    MovedAway,
    Reader,
    ReleaseRow,
    Storage,
    StoredEntry,
    StreamHead,
    Unit,
)

__all__ = [
    "Ahead",
    "Append",
    "Condition",
    "Head",
    "Listed",
    "MovedAway",
    "Reader",
    "ReleaseRow",
    "Storage",
    "StoredEntry",
    "StreamHead",
    "Unit",
    "look_at_storage",
    "open_storage",
    "role_sql",
    "upgrade_storage",
]


def open_storage(url: str, *, create: bool = False, retired_is_fine: bool = False) -> Storage:
    """The storage at an address: ``sqlite:///holdfast.db``, or ``postgresql://user@host/database``.

    Missing protection is not an error here: ask :meth:`Storage.missing_protection`.

    Args:
        create: whether to make an empty one where there is none; one that is there is opened as it is.
        retired_is_fine: whether to open one that was moved elsewhere too, to read it.

    Raises:
        InvalidInput: no storage has such an address.
        NotFound: there is no ledger at the address.
        SchemaOutdated: another version of Holdfast made it.
        StorageError: what is there is something else, or cannot be used.
    """
    storage: Storage = _database(url).open_storage(url, create=create, retired_is_fine=retired_is_fine)
    return storage


def upgrade_storage(url: str) -> None:
    """Brings the schema of the storage at an address to the newest revision; calling it again changes nothing.

    Raises:
        InvalidInput: no storage has such an address.
        NotFound: there is no ledger at the address.
        SchemaOutdated: a newer Holdfast made it.
        StorageError: what is there is something else, or cannot be used.
    """
    storage = _database(url).open_storage(url, older_is_fine=True)
    try:
        storage.migrate()
    finally:
        storage.close()


def look_at_storage(url: str) -> list[Condition]:
    """What can be told of the storage at an address without reading all of it; one of an older schema is fine.

    Raises:
        InvalidInput: no storage has such an address.
        NotFound: there is no ledger at the address.
        StorageError: it cannot be reached, or is something else.
    """
    storage: Storage = _database(url).open_storage(url, retired_is_fine=True, older_is_fine=True)
    try:
        return list(storage.conditions())
    finally:
        storage.close()


def role_sql(url: str, role: str, *, reads: bool = False, erases: bool = False) -> str:
    """The SQL that gives a role of the ledger's database what it needs to append and to read, and nothing else.

    Args:
        url: where the ledger is; it is not opened.
        role: its name.
        reads: whether it only reads.
        erases: whether it may erase texts too.

    Raises:
        InvalidInput: the ledger is not in a database that has roles, or none can be like that.
    """
    if url.partition("://")[0] == "sqlite":
        raise InvalidInput(
            "a ledger in a file has no roles", remedy="say who may read and write it by the permissions of the file"
        )
    _database(url)
    from workflow.storage.postgres_roles import Right, granted

    return granted(role, Right(reads=reads, erases=erases))


def _database(url: str) -> Any:
    """The module of the database that an address names."""
    scheme, separator, _ = url.partition("://")
    if separator and scheme == "sqlite":
        from workflow.storage import sqlite

        return sqlite
    if separator and scheme == "postgresql":
        try:
            from workflow.storage import postgres
        except ImportError as error:
            what = f"the package {error.name}, which is not installed"
            if not isinstance(error, ModuleNotFoundError):
                what = "the package psycopg with libpq, which cannot be loaded: " + " ".join(str(error).split())
            raise InvalidInput(
                f"a ledger on PostgreSQL takes {what}", remedy="install it with: pip install 'holdfast[postgres]'"
            ) from error
        return postgres
    # The address itself is not repeated: it may hold a password.
    if separator and scheme == "postgres":
        raise InvalidInput(
            "no storage has the scheme 'postgres'", remedy="write postgresql:// in its place; all else may stay"
        )
    what = f"no storage has the scheme {scheme!r}" if separator and scheme.isalnum() else "this is no address"
    raise InvalidInput(what, remedy="write it like sqlite:///holdfast.db or postgresql://user@host/database")
