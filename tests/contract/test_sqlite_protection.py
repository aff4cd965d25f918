"""Plain SQL, past Holdfast, cannot change or remove what the ledger holds, and a trigger that is gone is noticed."""

# ruff: noqa: S608 (the statements are put together from this module's own words)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from storage_making import LARGE, STREAM, add, blobs

from workflow.ledger import SaltedText
from workflow.storage import Storage, open_storage
from workflow.storage.protection import SQLITE as TRIGGERS

TEXT = SaltedText.of("because")

NEW = "'release/aurora', 3, x'00', 'command-3', x'66'"
ATTACKS = {
    "update an entry": "UPDATE entry SET body = x'00' WHERE seq = 1",
    "update or replace an entry": "UPDATE OR REPLACE entry SET seq = 2 WHERE seq = 1",
    "update or ignore an entry": "UPDATE OR IGNORE entry SET body = x'00'",
    "delete an entry": "DELETE FROM entry WHERE seq = 2",
    "delete every entry": "DELETE FROM entry",
    "replace an entry at its place": f"INSERT OR REPLACE INTO entry VALUES (2, {NEW})",
    "replace an entry by REPLACE": f"REPLACE INTO entry VALUES (1, {NEW})",
    "replace an entry by its row number": (
        "INSERT OR REPLACE INTO entry (rowid, stream, version, hash, command_id, body) VALUES (2, " + NEW + ")"
    ),
    "replace an entry in its stream": (
        "INSERT OR REPLACE INTO entry VALUES (3, 'release/aurora', 2, x'00', 'command-3', x'66')"
    ),
    "replace an entry by its command": (
        "INSERT OR REPLACE INTO entry VALUES (3, 'release/aurora', 3, x'00', 'command-1', x'66')"
    ),
    "replace an entry by the bytes of its command": (
        "INSERT OR REPLACE INTO entry VALUES (3, 'roster', 1, x'00', CAST(CAST('command-1' AS BLOB) AS TEXT), x'66')"
    ),
    "upsert an entry by its place": (
        f"INSERT INTO entry VALUES (2, {NEW}) ON CONFLICT (seq) DO UPDATE SET body = excluded.body"
    ),
    "upsert an entry by its command": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 3, x'00', 'command-1', x'66')"
        " ON CONFLICT (command_id) DO UPDATE SET body = excluded.body"
    ),
    "upsert an entry in its stream": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 2, x'00', 'command-3', x'66')"
        " ON CONFLICT (stream, version) DO UPDATE SET body = excluded.body"
    ),
    "insert an entry and ignore what it meets": f"INSERT OR IGNORE INTO entry VALUES (1, {NEW})",
    "insert an entry over a gap": f"INSERT INTO entry VALUES (9, {NEW})",
    "insert an entry before the first": f"INSERT INTO entry VALUES (0, {NEW})",
    "insert an entry without a place": f"INSERT INTO entry VALUES (NULL, {NEW})",
    "insert an entry over a gap in its stream": (
        "INSERT INTO entry VALUES (3, 'release/aurora', 4, x'00', 'command-3', x'66')"
    ),
    "update a text": "UPDATE text SET body = 'another reason'",
    "replace a text": f"INSERT OR REPLACE INTO text VALUES ('{TEXT.commitment}', x'00', 'another reason')",
    "upsert a text": (
        f"INSERT INTO text VALUES ('{TEXT.commitment}', x'00', 'no') ON CONFLICT DO UPDATE SET body = excluded.body"
    ),
    "replace a text by its row number": (
        "INSERT OR REPLACE INTO text (rowid, commitment, salt, body) VALUES (1, 'a', x'00', 'no')"
    ),
    "update a blob": "UPDATE blob SET content = x'00'",
    "let a blob point to its file": "UPDATE blob SET content = NULL",
    "delete a blob": "DELETE FROM blob",
    "replace a blob": "INSERT OR REPLACE INTO blob SELECT digest, 1, x'00' FROM blob",
    "upsert a blob": (
        "INSERT INTO blob SELECT digest, 1, x'00' FROM blob WHERE true ON CONFLICT DO UPDATE SET content = x'00'"
    ),
    "replace a blob by its row number": "INSERT OR REPLACE INTO blob (rowid, digest, size) VALUES (1, 'a', 1)",
}

ALTERED = {
    "dropped": "DROP TRIGGER {name}",
    "emptied": "DROP TRIGGER {name}; CREATE TRIGGER {name} BEFORE DELETE ON head BEGIN SELECT 1; END",
    "renamed with its table": "ALTER TABLE {table} RENAME TO other",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    storage = open_storage(f"sqlite:///{path}", create=True)
    add(storage, texts=(TEXT,))
    add(storage, blobs=blobs(b"small", LARGE))
    storage.close()
    return path


@pytest.fixture
def storage(path: Path) -> Iterator[Storage]:
    storage = open_storage(f"sqlite:///{path}")
    yield storage
    storage.close()


def everything(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in ("entry", "text", "blob")]


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_plain_statement_changes_nothing_that_was_appended(path: Path, attack: str, recursive: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        before = everything(connection)
        with pytest.raises(sqlite3.Error):
            connection.execute(attack)
        assert everything(connection) == before


def test_the_attacks_fail_for_the_triggers_and_not_for_their_spelling(path: Path) -> None:
    unprotected = []
    for name, attack in ATTACKS.items():
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            with closing(sqlite3.connect(path)) as source:
                source.backup(connection)
            for trigger in TRIGGERS:
                connection.execute(f"DROP TRIGGER {trigger}")
            try:
                connection.execute(attack)
            except sqlite3.Error:
                unprotected.append(name)

    # There is no row number to go by: that protection is the shape of the table.
    assert unprotected == ["replace a text by its row number", "replace a blob by its row number"]


def test_an_erasure_and_the_next_entry_are_the_only_statements_let_through(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM text")
        connection.execute(f"INSERT INTO entry VALUES (3, {NEW})")
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (3,)


@pytest.mark.parametrize("how", ALTERED.values(), ids=ALTERED)
@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_that_is_not_as_it_should_be_is_named(path: Path, name: str, how: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(how.format(name=name, table=name.partition("_")[0]))

    storage = open_storage(f"sqlite:///{path}")
    assert name in storage.missing_protection()
    storage.close()


@pytest.mark.parametrize("how", list(ALTERED.values())[:2], ids=list(ALTERED)[:2])
def test_missing_protection_is_put_back_only_when_that_is_asked_for(path: Path, how: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for name in ("entry_no_delete", "blob_no_update"):
            connection.executescript(how.format(name=name))

    for _ in range(2):
        storage = open_storage(f"sqlite:///{path}")
        add(storage, STREAM)
        assert storage.missing_protection() == ("entry_no_delete", "blob_no_update")
        storage.close()

    storage = open_storage(f"sqlite:///{path}")
    storage.restore_protection()
    assert storage.missing_protection() == ()
    storage.close()
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="never goes"):
        connection.execute("DELETE FROM entry")
