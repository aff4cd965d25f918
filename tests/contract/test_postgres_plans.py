"""No read and no change gets slower on PostgreSQL as the ledger grows: what the server plans goes along an index.

The tables are filled with as many rows as make the planner choose as it would in a long ledger. Each statement is
planned for its values, as the first times that a connection runs it, and without knowing them, as later on; then it
is run, and the rows that were looked at are counted. Nothing is timed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.support.postgres import Databases
from workflow.storage import open_storage, postgres_trips, statements
from workflow.storage.protection import PLACE

MANY = 100_000
"""Entries and releases."""
SOME = 20_000
"""Rows of every other table."""
LONG = 10_000_000
"""Entries, where there is time to fill them."""
BUSY = "release/busy"
"""A stream of half as many entries as there are releases; the others have twenty at most."""
OPEN_EVERY = 200
MOST = 50
LOOKED_AT = statements.PAGE + MOST
"""How many rows a statement may look at: a page, or a stream, and never what is in the ledger."""

ONE_ROW = {"alembic_version", "head"}
"""The tables that have one row, however long the ledger is."""
WHOLE = {"EMPTY"}
"""What a rebuild does to whole tables."""

_FILLED = """
ALTER TABLE entry DISABLE TRIGGER ALL;
ALTER TABLE text DISABLE TRIGGER ALL;
ALTER TABLE blob DISABLE TRIGGER ALL;
INSERT INTO entry SELECT n,
    CASE WHEN n <= MANY AND n % 2 = 0 THEN 'BUSY' ELSE 'release/r-' || n % STREAMS END,
    CASE WHEN n <= MANY AND n % 2 = 0 THEN n / 2 ELSE n / STREAMS + 1 END,
    sha256(n::text::bytea), 'command-' || n, repeat('x', 40)::bytea FROM generate_series(1, ENTRIES) n;
INSERT INTO release SELECT 'r-' || n, 'c', 'lab', 'testing', 'internal', 1, 'd', 'label', NULL,
    n % OPEN > 0, 1, '2025', '2025' FROM generate_series(1, MANY) n;
INSERT INTO text SELECT encode(sha256(n::text::bytea), 'hex'), 'salt'::bytea, 'words' FROM generate_series(1, SOME) n;
INSERT INTO blob SELECT encode(sha256(n::text::bytea), 'hex'), 5, 'bytes'::bytea FROM generate_series(1, SOME) n;
INSERT INTO span SELECT 1, n, sha256('node') FROM generate_series(0, SOME) n;
INSERT INTO kin SELECT encode(sha256(n::text::bytea), 'hex'), 'r-' || n FROM generate_series(1, SOME) n;
INSERT INTO objector SELECT 'person-' || n % 20, 'r-' || n FROM generate_series(1, SOME) n;
UPDATE head SET size = MANY / 2;
ANALYZE
"""
_SIZES = {"BUSY": BUSY, "MANY": MANY, "SOME": SOME, "OPEN": OPEN_EVERY}

_A_DIGEST = "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce"  # of "3"
_VALUES: dict[str, tuple[str, object]] = {
    "seq": ("bigint", MANY // 2),
    "first": ("bigint", MANY // 2),
    "last": ("bigint", MANY // 2 + statements.PAGE),
    "level": ("int", 1),
    "place": ("bigint", 7),
    "before": ("bigint", MANY // 2),
    "size": ("bigint", MANY),
    "most": ("bigint", MOST),
    "closed": ("boolean", False),
    "streams": ("text[]", [BUSY, "release/r-7", "ledger"]),
    "digests": ("text[]", [_A_DIGEST, "digest-new"]),
    "round": ("bigint", 2),
    "version": ("bigint", 2),
    "stream": ("text", BUSY),
    "command_id": ("text", "command-7"),
    "commitment": ("text", _A_DIGEST),
    "end": ("text", "01"),
    "digest": ("text", _A_DIGEST),
    "person": ("text", "person-7"),
    "slug": ("text", "r-200"),
    "frontier": ("bytea", b""),
    "hash": ("bytea", b""),
    "body": ("bytea", b""),
    "content": ("bytea", b""),
    "salt": ("bytea", b""),
    "id": ("int", 1),
}
_NEW: dict[str, tuple[str, object]] = {
    "size": ("bigint", LONG + 1),
    "version": ("bigint", LONG),
    "release_version": ("bigint", LONG),
    "command_id": ("text", "command-new"),
    "commitments": ("text[]", ["commitment-new"]),
    "salts": ("bytea[]", [b"salt"]),
    "said": ("text[]", ["words"]),
    "objectors": ("text[]", ["person-new"]),
    "blobs": ("text[]", [_A_DIGEST, "blob-new"]),
    "sizes": ("bigint[]", [5, 5]),
    "contents": ("bytea[]", [b"bytes", b"bytes"]),
}
"""An entry that is not there yet, of a release that is."""
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


def named() -> dict[str, str]:
    """Every statement by its name: those that read, and those that change rows that are there."""
    found = {}
    for name, value in vars(statements).items():
        texts = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        for place, text in enumerate(texts if name[0] != "_" and name not in WHOLE else ()):
            if text.startswith(("SELECT ", "UPDATE ", "DELETE ")):
                found[f"{name} {place}" if place else name] = text
    return found


STATEMENTS = {**named(), **postgres_trips._PREPARED}
"""With those that PostgreSQL alone is asked, several in one."""


@pytest.fixture(scope="module", params=[MANY, pytest.param(LONG, marks=pytest.mark.soak)])
def filled(request: pytest.FixtureRequest, postgres: Databases) -> Iterator[psycopg.Connection[Any]]:
    """A database with the rows of a long ledger in it."""
    url = postgres.database()
    open_storage(url, create=True).close()
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(PLACE)))
        sizes = {**_SIZES, "ENTRIES": request.param, "STREAMS": request.param // 20}
        filled = re.sub("|".join(sizes), lambda match: str(sizes[match[0]]), _FILLED)
        connection.execute(filled.encode())
        yield connection
    postgres.drop(url)


def value_of(name: str, statement: str) -> tuple[str, object]:
    """What stands for a parameter, and its type."""
    if name == "after":
        if "FROM entry" in statement:
            return "bigint", 10 if "version >" not in statement else MANY // 2 - MOST
        slugs = "slug" in statement
        return ("bigint", 7) if "FROM span" in statement else ("text", "r-5" if slugs else "0")
    if name in ("first", "last") and "FROM span" in statement:
        return "bigint", 0 if name == "first" else statements.PAGE
    values = _VALUES | _NEW if statement.startswith("WITH moved") else _VALUES
    return values.get(name, ("text", "x"))


def plan_of(connection: psycopg.Connection[Any], statement: str, mode: str) -> dict[str, Any]:
    """What the server did for a statement, and how many rows it looked at; what was changed is taken back."""
    names = list(dict.fromkeys(_PARAMETER.findall(statement)))
    given = [value_of(name, statement) for name in names]
    text = _PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", statement)
    kinds = f"({', '.join(kind for kind, _ in given)})" if given else ""
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL plan_cache_mode = {mode}".encode())
        connection.execute(f"PREPARE asked{kinds} AS {text}".encode())
        values = sql.SQL(", ").join(sql.SQL("{}::" + kind).format(sql.Literal(value)) for kind, value in given)
        run = sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE asked{}").format(
            sql.SQL("({})").format(values) if given else sql.SQL("")
        )
        [(plans,)] = connection.execute(run).fetchall()
        connection.execute("DEALLOCATE asked")
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def looked_at(node: dict[str, Any]) -> float:
    """The rows that a step looked at, whether it passed them on or not."""
    passed_by = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float((node["Actual Rows"] + sum(node.get(name, 0) for name in passed_by)) * node["Actual Loops"])


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_goes_along_an_index_and_looks_at_a_page_at_most(
    filled: psycopg.Connection[Any], name: str, mode: str
) -> None:
    steps = list(nodes(plan_of(filled, STATEMENTS[name], mode)))

    scans = [node for node in steps if node["Node Type"].endswith("Scan") and node.get("Relation Name") not in ONE_ROW]
    assert not [node for node in scans if node["Node Type"] == "Seq Scan"], steps
    # The newest entries of all are at the end of the index itself.
    unbounded = [node for node in scans if "Index Name" in node and "Index Cond" not in node]
    assert not unbounded or name == "LAST", steps
    # Sorted is a stream at most, or what one key leads to.
    assert all(looked_at(node) <= LOOKED_AT for node in steps if node["Actual Loops"]), steps


def test_the_statements_find_what_they_are_looked_at_for(filled: psycopg.Connection[Any]) -> None:
    found = {name: plan_of(filled, text, "force_custom_plan") for name, text in STATEMENTS.items()}
    nothing = {name for name, plan in found.items() if text_is_read(name) and plan["Actual Rows"] == 0}

    assert nothing == set()
    pages = {"ALL_ENTRIES", "TEXTS", "COMMITMENTS", "BLOBS", "RELATED", "DISPUTED", "SPANS", "LEAVES"}
    assert {name: found[name]["Actual Rows"] for name in pages} == dict.fromkeys(pages, statements.PAGE)
    filled_to = {"LAST", "LAST_OF", "LAST_BEFORE", "LAST_OF_BEFORE", "RELEASES", "OPEN_RELEASES", "OBJECTED", "STREAM"}
    assert {name: found[name]["Actual Rows"] for name in filled_to} == dict.fromkeys(filled_to, MOST)


def text_is_read(name: str) -> bool:
    return STATEMENTS[name].startswith("SELECT")
