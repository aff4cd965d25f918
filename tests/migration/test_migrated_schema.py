"""A ledger that was migrated and one that was made new are the same, and a schema of another time is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from tests.contract.storage_making import add, grown, url_of
from tests.golden.keeping import Kept
from tests.golden.later import NAMES
from workflow.errors import InvalidInput, LedgerError, NotFound, SchemaOutdated, StorageError
from workflow.ledger import WIDTH, Spans
from workflow.roots import root_at
from workflow.storage import open_storage, sqlite, upgrade_storage
from workflow.storage.migrations import configuration, migrate
from workflow.storage.protection import SQLITE as TRIGGERS
from workflow.storage.tables import SCHEMA

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    open_storage(f"sqlite:///{path}", create=True).close()
    return path


def schema_and_rows(path: Path) -> dict[str, object]:
    """What every object was made by, with its spaces made one, and the rows that a new ledger has."""
    with closing(sqlite3.connect(path)) as connection:
        objects = connection.execute("SELECT type || ' ' || name, sql FROM sqlite_master").fetchall()
        made: dict[str, object] = {name: sql and " ".join(sql.split()) for name, sql in objects}
        made["rows of head"] = connection.execute("SELECT * FROM head").fetchall()
        made["rows of alembic_version"] = connection.execute("SELECT * FROM alembic_version").fetchall()
    return made


def stamp(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


ADDED = {"0002": "span", "0003": "objector"}
"""The table that each revision brought."""


def go_back(connection: sqlite3.Connection, revision: str) -> None:
    """Makes a ledger one of an earlier schema."""
    for later, table in ADDED.items():
        if later > revision:
            connection.execute(f"DROP TABLE {table}")
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_migrated_ledger_and_a_new_one_have_the_same_schema(path: Path, tmp_path: Path) -> None:
    migrated = tmp_path / "migrated.db"
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()

    made = schema_and_rows(path)
    assert {f"trigger {name}" for name in TRIGGERS} <= set(made)
    assert schema_and_rows(migrated) == made


def test_an_upgrade_from_the_first_schema_keeps_of_the_tree_what_a_new_ledger_keeps(path: Path) -> None:
    storage = open_storage(url_of(path))
    frontiers = grown(storage, 2 * WIDTH + 7)
    kept = list(storage.spans())
    storage.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        go_back(connection, "0001")

    with pytest.raises(SchemaOutdated, match="0001"):
        open_storage(url_of(path))
    upgrade_storage(url_of(path))

    storage = open_storage(url_of(path))
    assert list(storage.spans()) == kept
    assert root_at(storage, WIDTH + 1) == frontiers[WIDTH + 1].root().hex()
    storage.close()


def test_an_upgrade_that_breaks_off_leaves_the_ledger_as_it_was_and_can_be_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(url_of(path))
    grown(storage, 2 * WIDTH)
    storage.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        go_back(connection, "0001")
    before = schema_and_rows(path)
    add, added = Spans.add, count()

    def broken(spans: Spans, leaf: bytes) -> Any:
        if next(added) > WIDTH:
            raise KeyboardInterrupt
        return add(spans, leaf)

    with monkeypatch.context() as patch:
        patch.setattr(Spans, "add", broken)
        with pytest.raises(KeyboardInterrupt):
            upgrade_storage(url_of(path))

    assert schema_and_rows(path) == before
    upgrade_storage(url_of(path))
    storage = open_storage(url_of(path))
    assert len(list(storage.spans())) == 2
    storage.close()


@pytest.mark.parametrize("name", ["", "signed", *NAMES])
def test_an_upgrade_finds_whoever_ever_objected_as_the_fold_of_the_entries_does(tmp_path: Path, name: str) -> None:
    path = tmp_path / "golden.db"
    with Kept.read(GOLDEN / name).restore(url_of(path)):
        pass
    with closing(sqlite3.connect(path)) as connection, connection:
        kept = connection.execute("SELECT * FROM objector").fetchall()
        go_back(connection, "0002")

    upgrade_storage(url_of(path))

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM objector").fetchall() == kept
    assert kept or name in ("logged", "published")


def test_an_upgrade_on_postgresql_finds_them_too(postgres_ledger: str) -> None:
    with Kept.read(GOLDEN).restore(postgres_ledger) as engine:
        slugs = [line.release for line in engine.list()]
    storage = open_storage(postgres_ledger)
    kept = {slug: storage.objectors(slug) for slug in slugs}
    storage.close()
    with psycopg.connect(postgres_ledger) as connection:
        connection.execute("DROP TABLE holdfast.objector")
        connection.execute("UPDATE holdfast.alembic_version SET version_num = '0002'")

    upgrade_storage(postgres_ledger)

    storage = open_storage(postgres_ledger)
    assert {slug: storage.objectors(slug) for slug in slugs} == kept
    assert any(kept.values())
    storage.close()


def test_an_upgrade_passes_by_what_it_cannot_read_of_a_damaged_entry(path: Path) -> None:
    storage = open_storage(url_of(path))
    for body in (b'"reject"', b'{"events":"hold_placed"', b'{"events":["hold_placed"]}', b"[" * 9_000 + b'"reject"'):
        add(storage, body=body)
    add(storage, body=b'{"actor":"sam","events":[{"type":"hold_placed"}]}')
    storage.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        go_back(connection, "0002")

    upgrade_storage(url_of(path))

    storage = open_storage(url_of(path))
    assert storage.objectors("aurora") == {"sam"}
    storage.close()


def test_the_newest_migration_is_the_schema_of_the_code() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [SCHEMA]


def test_an_upgrade_of_an_upgraded_ledger_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    upgrade_storage(f"sqlite:///{path}")
    upgrade_storage(f"sqlite:///{path}")

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("revision", "remedy"), [("0000", "holdfast db upgrade"), ("9999", "newer Holdfast"), ("mystery", "newer Holdfast")]
)
def test_a_schema_of_another_time_is_refused_with_the_next_step(path: Path, revision: str, remedy: str) -> None:
    stamp(path, revision)
    before = path.read_bytes()

    with pytest.raises(SchemaOutdated, match=revision) as refused:
        open_storage(f"sqlite:///{path}")

    assert remedy in str(refused.value.remedy)
    assert path.read_bytes() == before


@pytest.mark.parametrize("revision", ["9999", "mystery"])
def test_an_upgrade_never_goes_back(path: Path, revision: str) -> None:
    stamp(path, revision)
    with pytest.raises(SchemaOutdated, match="does not know"):
        upgrade_storage(f"sqlite:///{path}")


def test_an_upgrade_from_a_revision_that_never_was_is_refused_and_leaves_it(path: Path) -> None:
    stamp(path, "0000")
    before = schema_and_rows(path)
    with pytest.raises(StorageError, match="0000") as refused:
        upgrade_storage(f"sqlite:///{path}")

    assert refused.value.remedy
    assert schema_and_rows(path) == before


def test_a_ledger_without_its_stamp_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM alembic_version")
    with pytest.raises(LedgerError, match="revision") as refused:
        open_storage(f"sqlite:///{path}")
    assert "backup" in str(refused.value.remedy)


def missing(path: Path) -> None:
    path.unlink()


def foreign(path: Path) -> None:
    path.write_bytes(b"not a database, and long enough to be sure of it" * 100)


@pytest.mark.parametrize(("make", "family"), [(missing, NotFound), (foreign, StorageError)])
def test_only_a_ledger_is_upgraded(
    path: Path, make: Callable[[Path], None], family: type[NotFound] | type[StorageError]
) -> None:
    make(path)
    with pytest.raises(family):
        upgrade_storage(f"sqlite:///{path}")


def test_a_new_ledger_in_memory_has_nothing_to_upgrade() -> None:
    with pytest.raises(NotFound):
        upgrade_storage("sqlite:///:memory:")
    with pytest.raises(InvalidInput):
        upgrade_storage("mysql://mara:hunter2@host/ledger")


def test_an_upgrade_waits_for_the_append_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(f"sqlite:///{path}")
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.0)
    with storage.lock(), pytest.raises(StorageError, match="locked"):
        upgrade_storage(f"sqlite:///{path}")
    upgrade_storage(f"sqlite:///{path}")
    storage.close()
