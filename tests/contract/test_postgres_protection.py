"""PostgreSQL's triggers refuse whatever would change what was appended, and what could go past them is named."""
# ruff: noqa: RUF012 (the tables are constants)

from __future__ import annotations

from collections.abc import Iterator

import pytest
from protection_contract import ATTACKS, ProtectionContract, fill, spread

from tests.support.postgres import Databases
from workflow.storage.protection import POSTGRES

QUIET = "CREATE OR REPLACE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"


@pytest.fixture(scope="module")
def lasting(postgres: Databases, postgres_template: str) -> Iterator[str]:
    url = postgres.database(postgres_template)
    yield fill(url)
    postgres.drop(url)


class TestPostgresProtection(ProtectionContract):
    triggers = POSTGRES
    attacks = {
        **ATTACKS,
        "empty the entries": "TRUNCATE entry",
        "empty the texts": "TRUNCATE text",
        "empty the blobs": "TRUNCATE blob",
        "empty all of it": "TRUNCATE head, entry, text, blob CASCADE",
        "merge into the entries": (
            "MERGE INTO entry USING (SELECT 1 AS seq) AS other ON entry.seq = other.seq"
            " WHEN MATCHED THEN UPDATE SET body = x'00'"
        ),
        "delete in passing": "WITH gone AS (DELETE FROM entry RETURNING seq) SELECT count(*) FROM gone",
        "update as a replica does": "SET session_replication_role = replica; UPDATE entry SET body = x'00'",
        "empty as a replica does": "SET session_replication_role = replica; TRUNCATE entry",
        "update by way of a view": "CREATE TEMP VIEW seen AS SELECT * FROM entry; UPDATE seen SET body = x'00'",
    }
    held_by_keys = {
        "insert an entry at a place that is taken",
        "insert an entry without a place",
        "insert an entry with a command that is recorded",
    }
    altered = {
        "dropped": ["DROP TRIGGER {name} ON {table}"],
        "disabled": ["ALTER TABLE {table} DISABLE TRIGGER {name}"],
        "disabled with all of its table": ["ALTER TABLE {table} DISABLE TRIGGER ALL"],
        "not firing for a replica": ["ALTER TABLE {table} ENABLE TRIGGER {name}"],
        "firing for a replica alone": ["ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}"],
        "called otherwise": ["ALTER TRIGGER {name} ON {table} RENAME TO other"],
        "under a condition": [
            "DROP TRIGGER {name} ON {table}",
            "CREATE TRIGGER {name} BEFORE {event} ON {table} {each} WHEN (1 = 2) EXECUTE FUNCTION {function}('{why}')",
            "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        ],
        "with a function that lets all through": [
            "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ],
        "with a function that looks elsewhere": ["ALTER FUNCTION {function}() SET search_path TO public"],
        "with a function of its owner's rights": ["ALTER FUNCTION {function}() SECURITY DEFINER"],
    }
    strange = {
        "a trigger on the entries": (
            [QUIET, "CREATE TRIGGER aaa BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION quiet()"],
            "trigger aaa on entry",
        ),
        "a trigger on the head": (
            [QUIET, "CREATE TRIGGER aaa BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION quiet()"],
            "trigger aaa on head",
        ),
        "a trigger with a strange name": (
            [QUIET, 'CREATE TRIGGER "a ""b"" on c" AFTER INSERT ON kin FOR EACH ROW EXECUTE FUNCTION quiet()'],
            'trigger "a ""b"" on c" on kin',
        ),
        "a rule": (["CREATE RULE quiet AS ON DELETE TO text DO INSTEAD NOTHING"], "rule quiet on text"),
        "row security": (["ALTER TABLE entry ENABLE ROW LEVEL SECURITY"], "row security on entry"),
        "rows of another table": (["CREATE TABLE more () INHERITS (entry)"], "rows of holdfast.more in entry"),
        "a function": (
            ["CREATE FUNCTION more(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'"],
            "function holdfast.more(bytea)",
        ),
        "a function beside one of the triggers'": (
            ["CREATE FUNCTION refuse(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'"],
            "function holdfast.refuse(bigint)",
        ),
        "an operator in the place of the server's": (
            [
                "CREATE FUNCTION public.never(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false'",
                "CREATE OPERATOR holdfast.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.never)",
            ],
            "operator holdfast.=(text,text)",
        ),
        "a type in the place of the server's": (
            ["CREATE DOMAIN holdfast.bytea AS pg_catalog.bytea"],
            "type holdfast.bytea",
        ),
        "a table that a crash empties": (["ALTER TABLE text SET UNLOGGED"], "no plain table text"),
    }

    @pytest.fixture
    def new(self, postgres_ledger: str) -> str:
        return postgres_ledger

    def told(self, name: str) -> dict[str, str]:
        trigger = POSTGRES[name]
        each = "" if trigger.event == "TRUNCATE" else "FOR EACH ROW"
        told = {"event": trigger.event, "each": each, "function": trigger.function, "why": trigger.why}
        return {"name": name, "table": trigger.table, **told}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    spread(TestPostgresProtection, metafunc)
