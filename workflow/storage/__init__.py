"""Where a ledger is kept. The engine knows :mod:`workflow.storage.base` alone; the address chooses the database.

Nothing of a database is imported before one is opened, so that a command which needs none starts fast.
"""

from __future__ import annotations

from workflow.errors import InvalidInput
from workflow.storage.base import (
    Append,
    Head,
    Listed,
    Reader,
    ReleaseRow,
    Storage,
    StoredEntry,
    StreamHead,
    Unit,
)

__all__ = [
    "Append",
    "Head",
    "Listed",
    "Reader",
    "ReleaseRow",
    "Storage",
    "StoredEntry",
    "StreamHead",
    "Unit",
    "open_storage",
    "upgrade_storage",
]


def open_storage(url: str, *, create: bool = False) -> Storage:
    """The storage at an address such as ``sqlite:///holdfast.db``.

    Missing protection is not an error here: ask :meth:`Storage.missing_protection`.

    Args:
        create: whether to make an empty one where there is none; one that is there is opened as it is.

    Raises:
        InvalidInput: no storage has such an address.
        NotFound: there is no ledger at the address.
        SchemaOutdated: another version of Holdfast made it.
        StorageError: what is there is something else, or cannot be used.
    """
    _check_scheme(url)
    from workflow.storage import sqlite

    return sqlite.open_storage(url, create=create)


def upgrade_storage(url: str) -> None:
    """Brings the schema of the storage at an address to the newest revision; calling it again changes nothing.

    Raises:
        InvalidInput: no storage has such an address.
        NotFound: there is no ledger at the address.
        SchemaOutdated: a newer Holdfast made it.
        StorageError: what is there is something else, or cannot be used.
    """
    _check_scheme(url)
    from workflow.storage import sqlite

    sqlite.upgrade(url)


def _check_scheme(url: str) -> None:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme != "sqlite":
        # The address itself is not repeated: it may hold a password.
        what = f"no storage has the scheme {scheme!r}" if separator and scheme.isalnum() else "this is no address"
        raise InvalidInput(what, remedy="write it like sqlite:///holdfast.db")
