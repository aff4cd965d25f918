"""What a PostgreSQL database finds wrong with its own tables and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import psycopg
import pytest
from storage_making import add, grown

from tests.support.postgres import Databases
from workflow.errors import LedgerError
from workflow.storage import Storage, open_storage
from workflow.storage.postgres_defects import unindexed


@pytest.fixture
def storage(postgres_ledger: str) -> Iterator[Storage]:
    storage = open_storage(postgres_ledger)
    with closing(storage):
        yield storage


def change(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path TO holdfast")
        connection.execute("SET session_replication_role TO replica")
        for statement in statements:
            connection.execute(statement.encode())


def test_a_new_database_finds_nothing_wrong_with_itself(storage: Storage) -> None:
    add(storage)

    assert storage.defects() == ()


INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'entry_stream_version'::regclass"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["ALTER TABLE entry DROP CONSTRAINT entry_command_id"], "the index entry_command_id is missing"),
        (["ALTER TABLE text DROP CONSTRAINT text_pkey"], "the index text_pkey is missing"),
        (
            ["ALTER TABLE blob DROP CONSTRAINT blob_pkey", "ALTER TABLE blob ALTER digest DROP NOT NULL"],
            "the column blob.digest is VARCHAR .*, and was made as .* NOT NULL; the index blob_pkey is missing",
        ),
        (["DROP INDEX kin_slug"], "the index kin_slug is missing"),
        ([INVALID], "entry_stream_version is .* not usable"),
        (
            [
                "ALTER TABLE entry DROP CONSTRAINT entry_command_id",
                "CREATE INDEX entry_command_id ON entry (command_id)",
            ],
            "entry_command_id is btree on entry \\(command_id\\), and was made as .* unique",
        ),
        (
            [
                "ALTER TABLE entry DROP CONSTRAINT entry_command_id",
                "CREATE UNIQUE INDEX entry_command_id ON entry (command_id) WHERE seq > 5",
            ],
            "of some rows",
        ),
        (
            [
                "ALTER TABLE entry DROP CONSTRAINT entry_command_id",
                "ALTER TABLE entry ADD CONSTRAINT entry_command_id UNIQUE (command_id) DEFERRABLE",
            ],
            "at the end of a transaction",
        ),
        (["ALTER TABLE entry ALTER stream TYPE text"], "the column entry.stream is TEXT"),
        (["ALTER TABLE entry ADD note text"], "the column entry.note is none of Holdfast's"),
        (["ALTER TABLE entry ALTER version SET DEFAULT 1"], "entry.version is BIGINT NOT NULL with a default"),
        (["CREATE UNIQUE INDEX one_a_stream ON entry (stream)"], "one_a_stream is none of Holdfast's"),
        (["CREATE TABLE entries AS SELECT 1 AS seq"], "the column entries.seq is none of Holdfast's"),
        (["ALTER TABLE head DROP CONSTRAINT head_is_one"], "the constraint head_is_one is missing"),
        (["ALTER TABLE entry ADD CHECK (seq < 100)"], "none of Holdfast's"),
    ],
)
def test_what_is_not_as_it_was_made_is_named(
    postgres_ledger: str, storage: Storage, statements: list[str], said: str
) -> None:
    change(postgres_ledger, *statements)

    assert re.search(said, "; ".join(storage.defects()))


def test_an_index_of_somebody_s_own_that_refuses_nothing_may_be_there(postgres_ledger: str, storage: Storage) -> None:
    change(postgres_ledger, "CREATE INDEX by_hash ON entry (hash)")

    assert storage.defects() == ()


def test_an_index_that_leaves_an_entry_out_is_found_where_amcheck_is_installed(
    postgres: Databases, postgres_ledger: str, storage: Storage
) -> None:
    with psycopg.connect(postgres_ledger) as connection:
        if connection.execute("SELECT FROM pg_available_extensions WHERE name = 'amcheck'").fetchone() is None:
            pytest.skip("this PostgreSQL comes without amcheck")
    grown(storage, 20)
    ready = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'entry_command_id'::regclass"
    change(postgres_ledger, ready.format(False))
    add(storage)
    change(postgres_ledger, ready.format(True))
    assert storage.defects() == ()

    change(postgres_ledger, "CREATE EXTENSION amcheck")

    [found] = storage.defects()
    assert "entry_command_id" in found


def test_what_amcheck_says_is_told_with_the_index_and_ends_the_look() -> None:
    asked: list[str] = []

    def read(query: str, values: Mapping[str, Any]) -> list[tuple[str]]:
        if "pg_extension" in query:
            return [("public",)]
        asked.append(values.get("name", query))
        if values.get("name") == "holdfast.entry_command_id":
            raise LedgerError('heap tuple (0,7) from table "entry" lacks matching index tuple')
        return []

    [found] = unindexed(read)

    assert found.startswith("the index entry_command_id: heap tuple")
    assert asked[-1] == "holdfast.entry_command_id"
    assert list(unindexed(lambda query, values: [])) == []
