"""No read and no append gets slower as the ledger grows: each goes along an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from storage_making import STREAM, add, blobs, following, line

from workflow.errors import LedgerError
from workflow.ledger import SaltedText
from workflow.storage import Reader, open_storage

DIGEST = "11" * 32


def earlier(reader: Reader) -> None:
    with suppress(LedgerError):  # of an empty ledger nothing is kept
        reader.nodes(0, 0, 256)
    with suppress(LedgerError):
        reader.nodes(1, 0, 1)


READS: dict[str, Callable[[Reader], object]] = {
    "head": lambda reader: reader.head(),
    "nodes": lambda reader: earlier(reader),
    "spans": lambda reader: list(reader.spans()),
    "stream_head": lambda reader: reader.stream_head(STREAM),
    "stream": lambda reader: reader.stream(STREAM, after=1),
    "entry": lambda reader: reader.entry(1),
    "by_command": lambda reader: reader.by_command("command-1"),
    "entries": lambda reader: list(reader.entries(after=1)),
    "entries_before": lambda reader: reader.entries_before(2, 1),
    "entries_before (newest)": lambda reader: reader.entries_before(None, 1),
    "entries_before (stream)": lambda reader: reader.entries_before(2, 1, STREAM),
    "text": lambda reader: reader.text(DIGEST),
    "commitments": lambda reader: list(reader.commitments()),
    "blob": lambda reader: reader.blob(DIGEST),
    "blobs": lambda reader: list(reader.blobs()),
    "releases": lambda reader: reader.releases(after="a", limit=1),
    "releases (open)": lambda reader: reader.releases(after="a", open_only=True),
    "release": lambda reader: reader.release("aurora"),
    "kin": lambda reader: reader.kin([DIGEST, "22" * 32]),
    "digests": lambda reader: reader.digests("11" * 6),
    "kin_of": lambda reader: reader.kin_of("aurora"),
    "objected": lambda reader: reader.objected("mara", "a", 1),
    "objectors": lambda reader: reader.objectors("aurora"),
    "related": lambda reader: list(reader.related()),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    open_storage(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that goes to a database, with its parameters written into it; none that a trigger runs."""
    seen: list[str] = []

    def see(statement: str) -> None:
        if not statement.startswith("--"):
            seen.append(statement)

    connect = sqlite3.connect

    def followed(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **settings)
        connection.set_trace_callback(see)
        return connection

    monkeypatch.setattr(sqlite3, "connect", followed)
    return seen


def plan_of(path: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


def test_every_method_that_reads_is_among_the_reads() -> None:
    methods = {name for name in vars(Reader) if not name.startswith("_")} - {"stamp"}  # that is no query

    assert {name.split()[0] for name in READS} == methods


@pytest.mark.parametrize("name", READS)
def test_a_read_searches_an_index_and_sorts_nothing(path: Path, statements: list[str], name: str) -> None:
    storage = open_storage(f"sqlite:///{path}")
    statements.clear()
    READS[name](storage)
    storage.close()

    queries = [statement for statement in statements if statement.startswith("SELECT")]
    assert queries
    for statement in queries:
        plan = plan_of(path, statement)
        # The newest entries of all are read from the end of the table itself, which is sorted by place.
        wanted = "SCAN entry" if name == "entries_before (newest)" else "SEARCH"
        assert plan
        # What is asked once, for a place to begin at, is searched for too.
        steps = [step for step in plan if not step.startswith("SCALAR SUBQUERY")]
        assert all(step.startswith(wanted) for step in steps), (statement, plan)


def test_every_statement_of_an_append_searches_an_index(path: Path, statements: list[str]) -> None:
    storage = open_storage(f"sqlite:///{path}")
    text = SaltedText.of("because")
    parts: dict[str, Any] = {"release": line(), "kin": frozenset({DIGEST}), "blobs": blobs(b"small")}
    parts["objectors"] = frozenset({"mara"})
    add(storage, texts=(text,), **parts)
    statements.clear()
    add(storage, erase=text.commitment, **parts)
    storage.close()

    changes = [statement for statement in statements if statement.startswith(("UPDATE", "DELETE", "SELECT"))]
    assert len(changes) > 5
    for statement in changes:
        for step in plan_of(path, statement):
            assert step.startswith("SEARCH") or "WHERE 0 = 1" in statement, (statement, step)


def test_an_entry_costs_as_many_steps_in_a_long_ledger_as_in_a_short_one(path: Path) -> None:
    storage = open_storage(f"sqlite:///{path}")

    def steps_of_the_next() -> int:
        with storage.snapshot() as view:
            entry = following(view).entry
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.set_progress_handler(step, 1)
            values = (entry.seq, entry.stream, entry.version, b"", entry.command_id, entry.body)
            connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", values)
            connection.set_progress_handler(None, 0)
            connection.execute("ROLLBACK")
        return steps

    def grow(count: int) -> None:
        with storage.lock() as unit:
            for _ in range(count):
                unit.append(following(unit))
            unit.commit()

    grow(5)
    short = steps_of_the_next()
    grow(500)

    assert steps_of_the_next() == short > 0
    storage.close()
