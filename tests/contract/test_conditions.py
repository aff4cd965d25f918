"""What an operator is told of a database at a glance."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from storage_making import LARGE, add, blobs, url_of

from tests.support.postgres import Databases, name_of
from workflow import check_database
from workflow.errors import NotFound, SchemaOutdated, StorageError
from workflow.storage import open_storage
from workflow.storage.postgres_surroundings import surroundings
from workflow.views import ConditionView, DatabaseView

ALL = ("entry", "text", "blob", "span", "release", "kin", "objector")
APPENDS = (
    "GRANT USAGE ON SCHEMA holdfast TO {}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO {}",
    f"GRANT INSERT ON {', '.join(f'holdfast.{table}' for table in ALL)} TO {{}}",
    "GRANT UPDATE ON holdfast.head, holdfast.release TO {}",
)


def line(view: DatabaseView, name: str) -> ConditionView:
    [found] = [item for item in view.conditions if item.name == name]
    return found


def change(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path TO holdfast")
        for statement in statements:
            connection.execute(statement.encode())


def test_of_a_ledger_in_a_file_that_is_in_order_everything_is_said_to_be(path: Path) -> None:
    view = check_database(url_of(path))

    assert view.outcome == "ok"
    assert {item.state for item in view.conditions} == {"ok"}
    assert "entry 1," in line(view, "end").said
    assert all(item.remedy is None and not item.damage for item in view.conditions)


def without(statement: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)

    return make


def without_the_directory(path: Path) -> None:
    storage = open_storage(url_of(path))
    with closing(storage):
        add(storage, blobs=blobs(LARGE))
    shutil.rmtree(f"{path}.blobs")


def open_to_everybody(path: Path) -> None:
    path.chmod(0o666)


def not_in_wal(path: Path) -> None:
    without("PRAGMA journal_mode = DELETE")(path)


@pytest.mark.parametrize(
    ("make", "name", "said", "outcome"),
    [
        (without("DROP TRIGGER entry_no_update"), "protection", "entry_no_update", "damaged"),
        (without("UPDATE head SET size = 2"), "end", "entry 2", "damaged"),
        (without("DELETE FROM head"), "end", "is missing", "damaged"),
        (without("UPDATE release SET version = 7"), "end", "behind entry 1", "damaged"),
        (without("UPDATE alembic_version SET version_num = '0001'"), "schema", "0001", "failed"),
        (without("UPDATE alembic_version SET version_num = 'moved'"), "schema", "was moved", "failed"),
        (without_the_directory, "large blobs", "1 of them should be in", "damaged"),
        (open_to_everybody, "others", "everybody may change", "failed"),
        (not_in_wal, "durability", "its journal is delete", "ok"),
    ],
)
def test_what_is_not_as_it_must_be_has_a_next_step(
    path: Path, make: Callable[[Path], None], name: str, said: str, outcome: str
) -> None:
    make(path)

    view = check_database(url_of(path))

    assert view.outcome == outcome
    assert said in line(view, name).said
    assert line(view, name).state == ("note" if outcome == "ok" else "not")
    assert outcome == "ok" or line(view, name).remedy


def test_an_empty_ledger_is_told_from_one_that_has_lost_something(tmp_path: Path) -> None:
    open_storage(url_of(tmp_path / "new.db"), create=True).close()

    end = line(check_database(url_of(tmp_path / "new.db")), "end")

    assert (end.state, end.said) == ("note", "there is no entry yet")


def test_what_cannot_be_opened_is_no_database_to_look_at(path: Path) -> None:
    with pytest.raises(NotFound):
        check_database(url_of(path.with_name("none.db")))
    without("UPDATE alembic_version SET version_num = '9999'")(path)
    with pytest.raises(SchemaOutdated):
        check_database(url_of(path))
    with pytest.raises(StorageError):
        check_database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")


@pytest.fixture
def role(postgres: Databases, postgres_ledger: str) -> Iterator[str]:
    """A role that may connect to the ledger's database and nothing else."""
    name = f"role_{name_of(postgres_ledger)}"
    postgres.do(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'pass'").format(sql.Identifier(name)))
    yield name
    with suppress(psycopg.Error):
        change(postgres_ledger, f"DROP OWNED BY {name}")
    postgres.do(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.mark.parametrize(
    ("grants", "state", "said"),
    [
        (APPENDS, "ok", "may append and read, and nothing else"),
        ((*APPENDS, "GRANT DELETE ON holdfast.text TO {}"), "ok", "and erase texts"),
        (APPENDS[:2], "note", "may only read"),
        (APPENDS[:3], "not", "may not append: it lacks UPDATE on head, UPDATE on release"),
        ((*APPENDS, "GRANT DELETE ON holdfast.entry TO {}"), "not", "may do more than append: DELETE on entry"),
        ((*APPENDS, "GRANT CREATE ON SCHEMA holdfast TO {}"), "not", "CREATE in the schema"),
        ((*APPENDS, "GRANT TRIGGER, TRUNCATE ON holdfast.blob TO {}"), "not", "TRIGGER on blob, TRUNCATE on blob"),
        ((*APPENDS, "ALTER TABLE holdfast.entry OWNER TO {}"), "note", "owns the ledger's tables"),
    ],
)
def test_what_a_role_may_is_told(
    postgres: Databases, postgres_ledger: str, role: str, grants: tuple[str, ...], state: str, said: str
) -> None:
    change(postgres_ledger, *(grant.format(role) for grant in grants))

    found = line(check_database(postgres.url(name_of(postgres_ledger), role, "pass")), "role")

    assert (found.state, said in found.said) == (state, True)


def test_a_database_on_postgresql_is_looked_at_as_a_whole(postgres_ledger: str) -> None:
    view = check_database(postgres_ledger)

    assert {item.name for item in view.conditions} >= {"database", "server", "durability", "pages", "archive", "role"}
    assert [line(view, name).state for name in ("schema", "protection", "tables")] == ["ok"] * 3
    change(postgres_ledger, "ALTER TABLE entry DISABLE TRIGGER entry_no_delete", "DROP INDEX kin_slug")
    view = check_database(postgres_ledger)
    assert (view.outcome, "entry_no_delete" in line(view, "protection").said) == ("damaged", True)
    assert "kin_slug is missing" in line(view, "tables").said


def told(server: tuple[Any, ...] = ("18.1", "ledger", "app", False, False, 0), **settings: str) -> dict[str, Any]:
    """What is said of a server that answers so."""
    usual = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on"}
    answers = {
        "server_version": [server],
        "pg_settings": list({**usual, "archive_mode": "on", **settings}.items()),
        "rolsuper": [(False, False, False)],
        "has_table_privilege": [],
    }

    def read(query: str, values: Mapping[str, Any]) -> Any:
        return next(rows for word, rows in answers.items() if word in query)

    return {item.name: item for item in surroundings(read)}


@pytest.mark.parametrize(
    ("found", "name", "state", "said"),
    [
        (told(), "durability", "ok", "on disk before it is told"),
        (told(fsync="off"), "durability", "not", "fsync is off"),
        (told(full_page_writes="off"), "durability", "not", "full_page_writes is off"),
        (told(data_checksums="off"), "pages", "note", "have no checksums"),
        (told(archive_mode="off"), "archive", "note", "no way back"),
        (told(), "server", "ok", "a primary"),
        (told(("18.1", "ledger", "app", True, True, 0)), "server", "note", "a replica"),
        (told(("18.1", "ledger", "app", False, True, 0)), "server", "note", "read-only by default"),
        (told(("18.1", "ledger", "app", False, False, 3)), "pages", "not", "3 damaged pages"),
    ],
)
def test_what_a_server_does_to_keep_a_commit_is_told(found: dict[str, Any], name: str, state: str, said: str) -> None:
    assert (found[name].state, said in found[name].said) == (state, True)
    assert state != "not" or found[name].remedy
