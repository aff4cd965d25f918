"""The database that a ledger is in: how it is made, told from what is no ledger, and what its settings cannot do."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from storage_making import LARGE, add, blobs

from tests.support.postgres import Databases, Server, name_of
from workflow.errors import NotFound, StorageError
from workflow.ledger import SaltedText, sha256
from workflow.storage import Head, Storage, open_storage
from workflow.storage.base import Interrupted
from workflow.storage.postgres_connecting import connect

Rows = list[tuple[object, ...]]

NO_DRIVER = """
import sys
sys.modules["psycopg"] = None
from workflow.errors import InvalidInput
from workflow.storage import open_storage
try:
    open_storage("postgresql:///x")
except InvalidInput as error:
    print(error.remedy)
"""


def asked(url: str, query: str) -> Rows:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def test_a_ledger_is_made_where_there_is_nothing_and_only_when_asked(postgres_database: str) -> None:
    with pytest.raises(NotFound, match="holds no ledger") as refused:
        open_storage(postgres_database)
    assert "holdfast init" in str(refused.value.remedy)
    assert asked(postgres_database, "SELECT to_regnamespace('holdfast')") == [(None,)]

    for size in (0, 1):
        storage = open_storage(postgres_database, create=True)
        assert storage.head().frontier.size == size
        add(storage)
        storage.close()


def test_a_database_that_is_not_there_is_named(postgres: Databases) -> None:
    with pytest.raises(NotFound, match="nowhere") as refused:
        open_storage(postgres.url("nowhere"), create=True)
    assert "createdb" in str(refused.value.remedy)


@pytest.mark.parametrize("password", ["another one", None])
def test_whoever_is_not_let_in_is_told_where_the_password_stands(
    postgres_server: Callable[..., Server], password: str | None
) -> None:
    server = postgres_server()
    server.do("CREATE ROLE mara LOGIN PASSWORD 'hunter2'")
    for user in ("mara", "nobody at all"):
        with pytest.raises(StorageError, match="does not let this user in") as refused:
            open_storage(server.url("postgres", user, password), create=True)
        assert not isinstance(refused.value, Interrupted)
        assert "PGPASSWORD" in str(refused.value.remedy)
        assert "another one" not in str(refused.value.diagnostics())


@pytest.mark.parametrize("attempt", range(3))
def test_many_who_make_the_same_ledger_at_once_make_one(attempt: int, postgres_database: str) -> None:
    together = threading.Barrier(8)

    def work(_: int) -> Storage:
        together.wait()
        return open_storage(postgres_database, create=True)

    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(work, range(8)))

    for number, storage in enumerate(opened, start=1):
        assert add(storage).seq == number
        assert storage.missing_protection() == ()
        storage.close()


def test_tables_of_others_that_are_called_alike_are_left_alone(postgres_database: str) -> None:
    asked(postgres_database, "CREATE TABLE entry AS SELECT 'theirs' AS body; CREATE TABLE alembic_version (a int)")
    storage = open_storage(postgres_database, create=True)
    entry = add(storage, texts=(SaltedText.of("because"),))
    storage.close()

    again = open_storage(postgres_database)
    assert list(again.entries()) == [entry]
    again.close()
    assert asked(postgres_database, "SELECT body FROM public.entry") == [("theirs",)]


def test_a_schema_of_something_else_is_not_made_into_a_ledger(postgres_database: str) -> None:
    asked(postgres_database, "CREATE SCHEMA holdfast; CREATE TABLE holdfast.entry (seq int)")

    for create in (False, True):
        with pytest.raises(StorageError, match="something else") as refused:
            open_storage(postgres_database, create=create)
        assert refused.value.remedy
    assert asked(postgres_database, "SELECT relname FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace") == [
        ("entry",)
    ]


def test_a_schema_that_was_made_for_it_beforehand_is_used(postgres_database: str) -> None:
    asked(postgres_database, "CREATE SCHEMA holdfast")
    storage = open_storage(postgres_database, create=True)
    assert storage.head() == Head()
    storage.close()


@pytest.fixture
def latin(postgres: Databases) -> Iterator[str]:
    """A database that cannot hold every text."""
    url = postgres.url("holdfast_latin")
    postgres.do("CREATE DATABASE holdfast_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    yield url
    postgres.drop(url)


def test_a_database_that_cannot_hold_every_text_is_refused(latin: str) -> None:
    with pytest.raises(StorageError, match="LATIN1") as refused:
        open_storage(latin, create=True)
    assert "UTF8" in str(refused.value.remedy)


def test_whatever_the_database_would_rather_have_a_ledger_is_written_and_read_as_ever(
    postgres: Databases, postgres_ledger: str
) -> None:
    for setting in (  # of what an administrator may set for a database or a role
        "synchronous_commit = off",
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'",
        "search_path = public",
        "timezone = 'Asia/Tokyo'",
        "datestyle = 'SQL, DMY'",
        "bytea_output = 'escape'",
        "standard_conforming_strings = on",
    ):
        postgres.do(f"ALTER DATABASE {name_of(postgres_ledger)} SET {setting}")

    storage = open_storage(postgres_ledger)
    made = [add(storage, texts=(SaltedText.of("Ünïcode ☃"),), blobs=blobs(bytes(range(256)))) for _ in range(2)]
    assert list(storage.entries()) == made
    assert storage.blob(sha256(bytes(range(256)))) == bytes(range(256))
    clock = storage.clock()
    assert clock is not None
    assert clock.now().utcoffset() is not None
    storage.close()
    with connect(postgres_ledger) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_every_text_is_ordered_by_its_bytes(postgres_ledger: str) -> None:
    query = """
        SELECT a.attrelid::regclass::text, a.attname, l.collname FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relnamespace = 'holdfast'::regnamespace AND c.relkind = 'r' AND l.collname <> 'C'
    """
    assert {table for table, _, _ in asked(postgres_ledger, query)} == {"holdfast.alembic_version"}


def test_large_blobs_are_rows_like_all_others(postgres_ledger: str) -> None:
    storage = open_storage(postgres_ledger)
    assert storage.keep(LARGE) == sha256(LARGE)
    add(storage, blobs=blobs(LARGE))
    storage.close()

    assert asked(postgres_ledger, "SELECT digest, size, content FROM holdfast.blob") == [
        (sha256(LARGE), len(LARGE), LARGE)
    ]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys, workflow.storage; print({'psycopg', 'sqlalchemy'} & set(sys.modules))", "set()"),
        (NO_DRIVER, "install it with: pip install 'holdfast[postgres]'"),
    ],
    ids=["not needed", "not there"],
)
def test_the_driver_is_imported_only_when_it_is_needed_and_named_where_it_is_not_there(code: str, told: str) -> None:
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == told
