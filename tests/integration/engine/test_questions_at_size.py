"""What a question costs does not depend on how much else is in the ledger: statements and rows are counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks import filling
from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY
from benchmarks.ways.ours import Lab
from workflow import Engine, open_engine
from workflow.storage.driver import Connection, Driver, Rows

ENTRIES = 3
OPEN = 12
SHORT, LONG = 100, 500
"""Releases, of which OPEN can still move on; in a few of these somebody objected, and in one that has ended."""

QUESTIONS: Mapping[str, Callable[[Engine], object]] = {
    "status": lambda engine: engine.status("a-0", actor=LEAD),
    "explain": lambda engine: engine.explain("a-0", "submit", observe=False),
    "explain, if signed": lambda engine: engine.explain("a-0", "submit", observe=False, assume_signed=["safety"]),
    "list, a page": lambda engine: engine.list(limit=10),
    "list, a page of those that can move on": lambda engine: engine.list(open_only=True, limit=10),
    "list, all that can move on": lambda engine: engine.list(open_only=True),
    "inbox of who signs": lambda engine: engine.inbox(SIGNERS[0]),
    "inbox of who objected": lambda engine: engine.inbox(HOLDER),
    "inbox, a page": lambda engine: engine.inbox(SIGNERS[0], limit=5, look=10),
    "history, a page": lambda engine: engine.history(limit=10),
    "history of a release": lambda engine: engine.history("a-0"),
    "history of a release, by a person": lambda engine: engine.search_history("a-0", by=LEAD),
    "history, the newest by a person": lambda engine: engine.search_history(by=LEAD, limit=5),
    "who could": lambda engine: engine.who_could("a-0"),
    "slips of a release": lambda engine: engine.slips("a-0"),
    "waiting of a release": lambda engine: engine.waiting("a-0"),
    "exceptions of a release": lambda engine: engine.exceptions("a-0"),
    "roster": lambda engine: engine.roster(),
}


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two ledgers that differ in how many releases have ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "ENTRIES", ENTRIES)
        yield tuple(filled(tmp_path_factory.mktemp("ledger"), ended) for ended in (SHORT, LONG))  # type: ignore[misc]


def filled(folder: Path, ended: int) -> str:
    lab = Lab(folder)
    path = lab.url.removeprefix("sqlite:///")
    filling.fill(lab, ended * ENTRIES + ENTRIES)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE release SET closed = 1")
    for number in range(OPEN):
        lab.start(f"a-{number}")
    lab.engine.hold("a-0", role="safety", actor=HOLDER, rationale=WHY)
    lab.engine.hold("filler-3", role="safety", actor=HOLDER, rationale=WHY)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE release SET closed = 1 WHERE slug = 'filler-3'")
    lab.engine.close()
    return lab.url


def cost(url: str, question: Callable[[Engine], object], monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many statements a question takes that an engine is asked first, and how many rows they find."""
    found: list[int] = []
    run = Driver.rows

    def counted(driver: Driver, connection: Connection, statement: str, values: Mapping[str, Any]) -> Rows:
        rows = run(driver, connection, statement, values)
        found.append(len(rows))
        return rows

    with open_engine(url) as engine, monkeypatch.context() as patch:
        patch.setattr(Driver, "rows", counted)
        question(engine)
    return len(found), sum(found)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_costs_the_same_in_a_ledger_of_five_times_as_many_releases(
    ledgers: tuple[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long = (cost(url, QUESTIONS[name], monkeypatch) for url in ledgers)

    assert short == long
    assert short[0] > 0
