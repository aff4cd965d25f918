"""On PostgreSQL as in a file: a ledger that was migrated and one that was made new are the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from typing import Any

import psycopg
import pytest

import workflow
from tests.contract.storage_making import grown
from tests.golden.keeping import HERE, Kept
from tests.support.postgres import Databases, name_of
from workflow.errors import NotFound, SchemaOutdated, StorageError
from workflow.ledger import WIDTH, Spans
from workflow.storage import open_storage, postgres, upgrade_storage
from workflow.storage.migrations import migrate
from workflow.storage.postgres_connecting import connect
from workflow.storage.postgres_errors import explained
from workflow.storage.protection import POSTGRES as TRIGGERS
from workflow.storage.schema import through_sqlalchemy
from workflow.storage.tables import SCHEMA

OLDER = {"0001": ("span", "objector"), "0002": ("objector",)}
"""Each earlier schema, and the tables that it did not have."""

CATALOG = {
    "tables": """
        SELECT relname, relkind, relpersistence, reloptions FROM pg_class
        WHERE relnamespace = 'holdfast'::regnamespace""",
    "columns": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), l.collname, a.attnotnull,
        a.attidentity, a.attgenerated, a.attstorage, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE c.relnamespace = 'holdfast'::regnamespace AND a.attnum > 0""",
    "constraints": """
        SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE connamespace = 'holdfast'::regnamespace""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'holdfast'",
    "triggers": """
        SELECT tgname, pg_get_triggerdef(t.oid), tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE c.relnamespace = 'holdfast'::regnamespace""",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'holdfast'::regnamespace",
    "rows": "SELECT version_num, size, frontier, mark, peak FROM holdfast.alembic_version, holdfast.head",
}


def catalog(url: str) -> dict[str, list[str]]:
    """What PostgreSQL says of everything in the ledger's schema, but for whose it is."""
    with psycopg.connect(url) as connection:
        return {name: sorted(map(repr, connection.execute(query.encode()))) for name, query in CATALOG.items()}


def change(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET search_path TO holdfast")
        for statement in statements:
            connection.execute(statement.encode())


def as_it_was(url: str, revision: str) -> None:
    """Puts a ledger back to an earlier schema."""
    stamped = f"UPDATE alembic_version SET version_num = '{revision}'"  # noqa: S608
    change(url, *(f"DROP TABLE {table}" for table in OLDER[revision]), stamped)


def listed(url: str) -> list[object]:
    storage = open_storage(url)
    with closing(storage):
        slugs = [row.slug for row in storage.releases()]
        kin = [(slug, storage.kin_of(slug), storage.objectors(slug)) for slug in slugs]
        return [storage.head(), list(storage.spans()), storage.releases(), *kin]


def test_a_migrated_ledger_and_a_new_one_have_the_same_schema(postgres_ledger: str, postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as connection:
        connection.execute("CREATE SCHEMA holdfast")
    with (
        closing(connect(postgres_database)) as driver,
        through_sqlalchemy(driver, explained, "postgresql+psycopg") as wrapped,
    ):
        driver.execute("BEGIN")
        migrate(wrapped)
        driver.execute("COMMIT")

    made = catalog(postgres_ledger)
    assert len(made["functions"]) == 2
    assert all(any(name in line for line in made["triggers"]) for name in TRIGGERS)
    assert catalog(postgres_database) == made


@pytest.mark.parametrize("revision", OLDER)
def test_an_upgrade_from_every_earlier_schema_gives_what_a_new_ledger_has(
    postgres: Databases, postgres_ledger: str, revision: str
) -> None:
    Kept.read(HERE).restore(postgres_ledger).close()
    before, kept, made = listed(postgres_ledger), Kept.of(postgres_ledger), catalog(postgres_ledger)
    as_it_was(postgres_ledger, revision)

    with pytest.raises(SchemaOutdated, match=revision) as refused:
        open_storage(postgres_ledger)
    upgrade_storage(postgres_ledger)
    upgrade_storage(postgres_ledger)

    assert "holdfast db upgrade" in str(refused.value.remedy)
    assert catalog(postgres_ledger) == made
    assert (listed(postgres_ledger), Kept.of(postgres_ledger)) == (before, kept)
    with workflow.open_engine(postgres_ledger) as engine:
        assert engine.audit().outcome == "ok"


def test_there_is_an_upgrade_to_test_from_every_earlier_schema() -> None:
    assert list(OLDER) == [f"{number:04}" for number in range(1, int(SCHEMA))]


def test_an_upgrade_that_breaks_off_leaves_the_ledger_as_it_was(
    postgres_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(postgres_ledger)
    with closing(storage):
        grown(storage, 2 * WIDTH)
    as_it_was(postgres_ledger, "0001")
    before = catalog(postgres_ledger)
    add, added = Spans.add, count()

    def broken(spans: Spans, leaf: bytes) -> Any:
        if next(added) > WIDTH:
            raise KeyboardInterrupt
        return add(spans, leaf)

    with monkeypatch.context() as patch:
        patch.setattr(Spans, "add", broken)
        with pytest.raises(KeyboardInterrupt):
            upgrade_storage(postgres_ledger)

    assert catalog(postgres_ledger) == before
    upgrade_storage(postgres_ledger)
    storage = open_storage(postgres_ledger)
    with closing(storage):
        assert len(list(storage.spans())) == 2


def test_of_two_upgrades_at_once_one_waits_and_finds_nothing_left_to_do(postgres_ledger: str) -> None:
    made = catalog(postgres_ledger)
    as_it_was(postgres_ledger, "0001")

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(upgrade_storage, postgres_ledger) for _ in range(4)]:
            done.result()

    assert catalog(postgres_ledger) == made


def test_an_upgrade_waits_for_the_append_lock(postgres_ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(postgres_ledger)
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.0)
    with closing(storage):
        with storage.lock(), pytest.raises(StorageError, match="locked"):
            upgrade_storage(postgres_ledger)
        upgrade_storage(postgres_ledger)


@pytest.mark.parametrize(
    ("revision", "remedy"), [("0000", "holdfast db upgrade"), ("9999", "newer Holdfast"), ("mystery", "newer Holdfast")]
)
def test_a_schema_of_another_time_is_refused_with_the_next_step(
    postgres_ledger: str, revision: str, remedy: str
) -> None:
    change(postgres_ledger, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
    before = catalog(postgres_ledger)

    with pytest.raises(SchemaOutdated, match=revision) as refused:
        open_storage(postgres_ledger)
    with pytest.raises(StorageError, match=revision):
        upgrade_storage(postgres_ledger)

    assert remedy in str(refused.value.remedy)
    assert catalog(postgres_ledger) == before


def nothing(url: str) -> None:
    """Leaves the database empty."""


def of_something_else(url: str) -> None:
    change(url, "CREATE SCHEMA holdfast", "CREATE TABLE holdfast.rest (id int)")


@pytest.mark.parametrize(("make", "family"), [(nothing, NotFound), (of_something_else, StorageError)])
def test_only_a_ledger_is_upgraded(
    postgres_database: str, make: Callable[[str], None], family: type[NotFound] | type[StorageError]
) -> None:
    make(postgres_database)
    with pytest.raises(family):
        upgrade_storage(postgres_database)


def test_what_was_moved_elsewhere_is_not_upgraded(postgres: Databases, postgres_ledger: str) -> None:
    change(postgres_ledger, "UPDATE alembic_version SET version_num = 'moved'")
    with pytest.raises(StorageError, match="was moved"):
        upgrade_storage(postgres_ledger)
    assert name_of(postgres_ledger)
