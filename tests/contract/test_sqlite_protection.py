"""Plain SQL, past Holdfast, cannot change or remove what the ledger holds, and a trigger that is gone is noticed."""
# ruff: noqa: RUF012, S608 (the tables are constants, and the statements are put together from their own words)

# ruff: noqa: S608 (the statements are put together from this module's own words)

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from protection_contract import ATTACKS, NEW, TEXT, ProtectionContract, fill, spread
from storage_making import url_of

from tests.support.raw import contents, raw
from workflow.storage import open_storage
from workflow.storage.protection import SQLITE

NO_ROW_NUMBER = {"replace a text by its row number", "replace a blob by its row number"}
"""There is none to go by: what holds there is the shape of the table."""


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill(url_of(tmp_path_factory.mktemp("protected") / "ledger.db"))


class TestSqliteProtection(ProtectionContract):
    triggers = SQLITE
    attacks = {
        **ATTACKS,
        "update or replace an entry": "UPDATE OR REPLACE entry SET seq = 2 WHERE seq = 1",
        "update or ignore an entry": "UPDATE OR IGNORE entry SET body = x'00'",
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
            "INSERT OR REPLACE INTO entry"
            " VALUES (3, 'roster', 1, x'00', CAST(CAST('command-1' AS BLOB) AS TEXT), x'66')"
        ),
        "insert an entry or ignore what it meets": f"INSERT OR IGNORE INTO entry VALUES (1, {NEW})",
        "replace a text": f"INSERT OR REPLACE INTO text VALUES ('{TEXT.commitment}', x'00', 'another reason')",
        "replace a text by its row number": (
            "INSERT OR REPLACE INTO text (rowid, commitment, salt, body) VALUES (1, 'a', x'00', 'no')"
        ),
        "replace a blob": "INSERT OR REPLACE INTO blob SELECT digest, 1, x'00' FROM blob",
        "replace a blob by its row number": "INSERT OR REPLACE INTO blob (rowid, digest, size) VALUES (1, 'a', 1)",
    }
    held_by_keys = {
        "insert an entry at a place that is taken",
        "insert an entry with a command that is recorded",
        *NO_ROW_NUMBER,
    }
    altered = {
        "dropped": ["DROP TRIGGER {name}"],
        "emptied": ["DROP TRIGGER {name}", "CREATE TRIGGER {name} BEFORE DELETE ON head BEGIN SELECT 1; END"],
    }
    strange = {
        "a trigger on the entries": (
            ["CREATE TRIGGER aaa BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END"],
            "aaa",
        ),
        "a trigger with a strange name": (
            ['CREATE TRIGGER "a ""b"" c" AFTER INSERT ON kin BEGIN SELECT 1; END'],
            'a "b" c',
        ),
    }

    @pytest.fixture
    def new(self, tmp_path: Path) -> str:
        return url_of(tmp_path / "ledger.db")

    def test_no_attack_gets_through_where_triggers_call_one_another(self, lasting: str, attack: str) -> None:
        with raw(lasting) as database:
            database.run("PRAGMA recursive_triggers = ON")
            before = contents(database)
            with pytest.raises(sqlite3.Error):
                database.run(self.attacks[attack])
            assert contents(database) == before

    def test_a_trigger_that_was_renamed_with_its_table_is_named(self, new: str, trigger: str) -> None:
        fill(new)
        with raw(new) as database:
            database.run("ALTER TABLE {table} RENAME TO other".format(**self.told(trigger)))

        storage = open_storage(new)
        assert trigger in storage.missing_protection()
        storage.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    spread(TestSqliteProtection, metafunc)
