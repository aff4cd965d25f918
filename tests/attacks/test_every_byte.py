"""A byte of a row, of whichever table and column, flipped by somebody who owns the database: each is found, and named.

What is told of it is exact: the entry, where there is one to name, and which kind of damage it is. In each ordinary run
one byte of every value of every row is flipped; every byte of a small ledger is for the long one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from attacked import BOTH, WHY, Lab
from flipper import DAMAGED, KEYS, Cell, Flipper, Names
from signed_lab import SignedLab

import workflow
from tests.attacks.owned import tampering
from workflow import AuditReport, Engine, Exposure, Refused, WorkflowError

PAGE = 4096
BESIDE = ("release", "kin", "span", "head")


def check(report: AuditReport, cell: Cell, value: Any, names: Names) -> None:
    """Holds what an audit says against what was done."""
    # The triggers are away as long as the rows are written.
    told = {(problem.kind, problem.entry) for problem in report.problems if problem.kind != "protection"}
    entries = {entry for _, entry in told if entry is not None}
    assert (report.outcome, bool(told)) == ("failed", True), cell
    if cell.table in BESIDE:
        kinds = {kind for kind, _ in told}
        # That the row of the end has another number, the database finds too.
        assert kinds <= {"projection", "tree", *(["unreadable"] if cell.column == "id" else [])}, (cell, told)
        assert not entries, (cell, told)
        return
    if cell.table == "entry":
        seq = cell.row["seq"]
        if cell.column == "seq":
            assert entries & {seq, value}, (cell, told)
            return
        assert {kind for kind, entry in told if entry == seq} & DAMAGED, (cell, told)
        assert min(entries) == seq or names.erases(seq), (cell, told)
        return
    named = names.of(cell.row["commitment" if cell.table == "text" else "digest"])
    if cell.column in ("commitment", "digest"):
        assert {kind for kind, entry in told if entry in named} & {"missing"}, (cell, told)
        assert {kind for kind, entry in told if entry is None} & DAMAGED, (cell, told)
    else:
        assert {kind for kind, entry in told if entry in named} & DAMAGED, (cell, told)
    assert not entries or min(entries) in named, (cell, told)


def flip(engine: Engine, flipper: Flipper, names: Names, flips: Iterator[tuple[Cell, int]]) -> int:
    """Flips one byte after another, each alone, with an audit in between; and says how many."""
    done = 0
    for cell, at in flips:
        value = cell.flipped(at)
        if not flipper.put(cell, value):
            continue
        report = engine.audit()
        flipper.back(cell, value)
        check(report, cell, value, names)
        done += 1
    return done


def flip_chosen(lab: Lab, tables: Sequence[str] = tuple(KEYS), step: int = 1) -> int:
    """Flips one byte of each value, or of every so manieth one."""
    engine = lab.open()
    with tampering(lab.database) as connection:
        flipper, names = Flipper(connection), Names(connection)
        done = flip(engine, flipper, names, ((cell, cell.chosen()) for cell in flipper.cells(tables)[::step]))
    assert engine.audit().outcome == "ok"
    return done


FEWER = {"sqlite": 1, "postgresql": 12}
"""Every so manieth value is enough where each takes longer."""


@BOTH
@pytest.mark.parametrize("tables", [("entry",), ("text",), ("blob", *BESIDE)], ids=["entries", "texts", "the rest"])
def test_row_43_a_flipped_byte_of_any_value_of_any_row_is_named(
    copy: Lab, tables: tuple[str, ...], database: str
) -> None:
    assert flip_chosen(copy, tables, FEWER[database]) > 50 // FEWER[database]


@BOTH
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.soak)], ids=["some", "all"])
def test_row_43_a_flipped_byte_of_what_belongs_to_a_signature_is_named(
    rewritten: SignedLab, step: int, database: str
) -> None:
    step *= FEWER[database]
    assert flip_chosen(rewritten, ("blob",), step) > 200 // step


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A ledger with little in it, of every table: a release that moved once, a refusal, an erased text."""
    lab = Lab(tmp_path_factory.mktemp("brief"))
    engine = workflow.create_ledger(
        lab.url, administrators=["ana"], threshold=1, origin="lab.example", rationale=WHY, clock=lab.clock
    )
    lab.engine = engine
    engine.add_person("lee", roles=["lead"], name="Lee Roe", actor="ana", rationale=WHY)
    process = engine.load_process(lab.process())
    engine.allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY)
    with suppress(Refused):
        engine.start("sly", lab.model(), process="guarded", authors=["kim"], actor="kim", rationale=WHY)
    lab.start()
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    engine.erase(2, "name", actor="ana", rationale=WHY)
    lab.close()
    yield lab
    lab.close()


@pytest.mark.soak
def test_row_43_a_flip_of_any_byte_at_all_of_a_small_ledger_is_named(brief: Lab) -> None:
    engine = brief.open()
    assert engine.audit().outcome == "ok"
    with tampering(brief.database) as connection:
        flipper, names = Flipper(connection), Names(connection)
        every = ((cell, at) for cell in flipper.cells() for at in range(cell.size))
        assert flip(engine, flipper, names, every) > 20_000
    assert engine.audit().outcome == "ok"


# The file itself: its schema, and whatever SQLite keeps around the rows.


def content(path: Path) -> list[list[tuple[Any, ...]]]:
    """Every row of every table; how the tables are spelled in the schema is nothing that it says."""
    with closing(sqlite3.connect(path)) as connection:
        tables = (*KEYS, "alembic_version")
        return [connection.execute(f"SELECT * FROM {table} NOT INDEXED").fetchall() for table in tables]  # noqa: S608


def look(path: Path) -> str:
    """What somebody finds who opens a file and audits it: an outcome, or why it cannot be opened."""
    try:
        engine = workflow.open_engine(f"sqlite:///{path}")
    except WorkflowError as error:
        return error.code
    try:
        return engine.audit().outcome
    finally:
        engine.close()


def flip_file(brief: Lab, directory: Path, places: Iterator[int]) -> dict[str, int]:
    """Flips bytes of the file, each alone; what is called in order must say what it said before."""
    sound, right, path = brief.path.read_bytes(), content(brief.path), directory / "ledger.db"
    found: dict[str, int] = {}
    for at in places:
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1 << at % 8]) + sound[at + 1 :])
        outcome = look(path)
        found[outcome] = found.get(outcome, 0) + 1
        if outcome == "ok":
            same = content(path) == right
            assert same, f"byte {at} of the file says something else, and nobody noticed"
        for extra in directory.glob("ledger.db-*"):
            extra.unlink()
    return found


def test_row_43_no_flip_in_the_file_changes_what_it_says_unnoticed(brief: Lab, tmp_path: Path) -> None:
    size = brief.path.stat().st_size

    # A step that meets every place within a page; and the head of each page, which says how many rows are in it.
    heads = (page + at for page in range(0, size, PAGE) for at in range(100 if not page else 0, 108 if not page else 8))
    found = flip_file(brief, tmp_path, chain(range(7, size, 397), heads))

    assert found["failed"] > 20


@pytest.mark.soak
def test_row_43_no_flip_of_any_byte_of_the_file_changes_what_it_says_unnoticed(brief: Lab, tmp_path: Path) -> None:
    assert flip_file(brief, tmp_path, iter(range(brief.path.stat().st_size)))["failed"] > 10_000
