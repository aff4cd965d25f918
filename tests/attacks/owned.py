"""A ledger's database in the hands of its owner: one door for the attacks, whichever database it is.

Attacks are written once, in what SQL both databases speak: ``?`` for a value, ``x'00'`` for bytes, and four functions
that the owner brings along: ``zeros(n)``, ``words(bytes)``, ``said(body, path)`` of an entry's JSON, and
``exchanged(bytes, old, new)``.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql

from tests.support.postgres import Databases, name_of
from workflow.storage.protection import PLACE, POSTGRES, SQLITE, postgres_functions

REFUSED = (sqlite3.IntegrityError, errors.IntegrityError)
"""What a database says to a row that stands against one of its keys."""

NO_FORM = (errors.DatatypeMismatch, errors.DataError, errors.UndefinedFunction)
"""What PostgreSQL says to a value that its column cannot hold. SQLite's columns hold anything."""


class Connection(ABC):
    """Plain SQL, each statement by itself. ``text`` is how bytes are bound as a text, of characters or not."""

    text: str

    @abstractmethod
    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Runs a statement; a cursor with its rows, as PEP 249 has it."""

    def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a statement once for each row of values."""
        for row in rows:
            self.execute(statement, row)

    @abstractmethod
    def strip(self) -> None:
        """Takes away what protects the tables."""

    @abstractmethod
    def dress(self) -> None:
        """Puts it back, as if nothing had been."""

    @abstractmethod
    def drop_trigger(self, name: str) -> None:
        """Takes away one of those that protect the tables."""

    @abstractmethod
    def loosen(self) -> None:
        """Has entries take any key."""

    @abstractmethod
    def close(self) -> None:
        """Ends it."""


class Owned(ABC):
    """A database that an attacker owns, and of which kind it is."""

    kind: str

    @property
    @abstractmethod
    def url(self) -> str:
        """The ledger's address."""

    @abstractmethod
    def connect(self) -> AbstractContextManager[Connection]:
        """Plain SQL against it, with everything that protects it in its place."""

    @abstractmethod
    def copied(self, directory: Path) -> Owned:
        """A copy of it, for a lab in a directory; nobody may have it open."""

    @abstractmethod
    def put_back(self, backup: Owned) -> None:
        """Becomes what a copy of it is."""

    def remove(self) -> None:  # noqa: B027 (a file goes with its directory)
        """Leaves nothing of it."""


def of(place: Owned | Path) -> Owned:
    """A database, or the one in a file."""
    return OwnedFile(place) if isinstance(place, Path) else place


@contextmanager
def tampering(place: Owned | Path) -> Iterator[Connection]:
    """Plain SQL without the triggers, which are back in their places afterwards, as if nothing had been."""
    with of(place).connect() as connection:
        connection.strip()
        yield connection
        connection.dress()


def took(connection: Connection, statement: str, *values: Any) -> bool:
    """Changes a row, or some; False where the column takes nothing of that form, which is PostgreSQL's alone."""
    try:
        assert connection.execute(statement, values).rowcount
    except NO_FORM:
        return False
    return True


# SQLite.


class _File(Connection):
    text = "CAST(? AS TEXT)"

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = OFF")
        for name, function in _WORDS.items():
            self._connection.create_function(name, -1, function)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def strip(self) -> None:
        self._connection.execute("PRAGMA ignore_check_constraints = ON")
        for name in SQLITE:
            self._connection.execute(f"DROP TRIGGER IF EXISTS {name}")

    def dress(self) -> None:
        for statement in SQLITE.values():
            self._connection.execute(statement)

    def drop_trigger(self, name: str) -> None:
        self.execute(f"DROP TRIGGER {name}")

    def loosen(self) -> None:
        self.execute("ALTER TABLE entry RENAME TO old_entry")
        self.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, stream, version, hash, command_id, body)")
        self.execute("INSERT INTO entry SELECT * FROM old_entry")
        self.execute("DROP TABLE old_entry")

    def close(self) -> None:
        self._connection.close()


class OwnedFile(Owned):
    """An SQLite file, with its directory of blobs."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def connect(self) -> AbstractContextManager[Connection]:
        return closing(_File(self.path))

    def copied(self, directory: Path) -> OwnedFile:
        copy = OwnedFile(directory / self.path.name)
        shutil.copy(self.path, copy.path)
        blobs = Path(f"{self.path}.blobs")
        if blobs.exists():
            shutil.copytree(blobs, f"{copy.path}.blobs")
        return copy

    def put_back(self, backup: Owned) -> None:
        assert isinstance(backup, OwnedFile)
        for restored in backup.path.parent.glob(f"{backup.path.name}*"):
            if restored.is_file():
                shutil.copy(restored, self.path.with_name(restored.name))


def _said(body: bytes, path: str) -> object:
    found = json.loads(body)
    for step in re.findall(r"\w+", path):
        found = found[int(step)] if isinstance(found, list) else (found or {}).get(step)
    return found


_WORDS: dict[str, Any] = {
    "zeros": bytes,
    "words": lambda data: None if data is None else data.decode(errors="replace"),
    "said": _said,
    "exchanged": lambda data, old, new: data.replace(old.encode(), new.encode()),
}


# PostgreSQL.

_WORDS_THERE = """
CREATE SCHEMA attacker;
CREATE FUNCTION attacker.zeros(n bigint) RETURNS bytea IMMUTABLE LANGUAGE sql
RETURN decode(repeat('00', CAST(n AS integer)), 'hex');
CREATE FUNCTION attacker.words(data bytea) RETURNS text IMMUTABLE LANGUAGE sql
RETURN convert_from(data, 'UTF8');
CREATE FUNCTION attacker.said(body bytea, path text) RETURNS text IMMUTABLE LANGUAGE sql
RETURN jsonb_path_query_first(CAST(convert_from(body, 'UTF8') AS jsonb), CAST(path AS jsonpath)) #>> '{}';
CREATE FUNCTION attacker.exchanged(data bytea, old text, new text) RETURNS bytea IMMUTABLE LANGUAGE sql
RETURN convert_to(replace(convert_from(data, 'UTF8'), old, new), 'UTF8');
"""


class _Served(Connection):
    text = "words(?)"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        if self._connection.execute("SELECT to_regnamespace('attacker') IS NULL").fetchone() == (True,):
            self._connection.execute(_WORDS_THERE)
        self._connection.execute(f"SET search_path TO {PLACE}, attacker".encode())

    def execute(self, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor:
        spelled = re.sub(r"x'([0-9a-f]*)'", r"CAST('\\x\1' AS bytea)", statement)
        return self._connection.execute(spelled.replace("%", "%%").replace("?", "%s").encode(), values)

    def strip(self) -> None:
        self._all(f"DROP TRIGGER IF EXISTS {name} ON {trigger.table}" for name, trigger in POSTGRES.items())

    def dress(self) -> None:
        self._all(statement for name, trigger in POSTGRES.items() for statement in trigger.made(name))
        self._all(postgres_functions())

    def drop_trigger(self, name: str) -> None:
        self.execute(f"DROP TRIGGER {name} ON {POSTGRES[name].table}")

    def loosen(self) -> None:
        self.execute("ALTER TABLE entry DROP CONSTRAINT entry_stream_version, DROP CONSTRAINT entry_command_id")

    def close(self) -> None:
        self._connection.close()

    def _all(self, statements: Iterator[str] | Sequence[str]) -> None:
        self._connection.execute(";".join(statements).encode())


class OwnedServer(Owned):
    """A database of a PostgreSQL server, as its superuser has it."""

    kind = "postgresql"

    def __init__(self, server: Databases, url: str | None = None) -> None:
        self.server = server
        self._url = url or server.database()
        self._copies: list[OwnedServer] = []

    @property
    def url(self) -> str:
        return self._url

    def connect(self) -> AbstractContextManager[Connection]:
        return closing(_Served(self._url))

    def copied(self, directory: Path) -> OwnedServer:
        copy = OwnedServer(self.server, self.server.database(name_of(self._url)))
        self._copies.append(copy)
        return copy

    def put_back(self, backup: Owned) -> None:
        self.server.drop(self._url)
        name = sql.Identifier(name_of(self._url))
        self.server.do(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(name_of(backup.url))))

    def remove(self) -> None:
        while self._copies:
            self._copies.pop().remove()
        self.server.drop(self._url)
