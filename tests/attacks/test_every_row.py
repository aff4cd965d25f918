"""Every row in turn deleted, exchanged, repeated or replaced, the end cut off at every place, and old files put back.

What the rows show themselves is named by its entry. What a smaller or another ledger would show just so is found by
what somebody remembers, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attacked import BOTH, Lab, copied_to
from flipper import Names
from forger import Forger

from tests.attacks.owned import Connection, tampering
from tests.support.parts import ScriptedClock
from workflow import AuditReport, Engine
from workflow.ledger import Frontier, encode, leaf_hash

Sql = Callable[[Connection], object]
FEWER = {"sqlite": 1, "postgresql": 4}
"""Every so manieth row is enough where each takes longer."""

SOME = pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)], ids=["some", "all"])


def sql(statement: str, *values: object) -> Sql:
    """One statement, to be run later."""
    return lambda connection: connection.execute(statement, values)


@contextmanager
def undone(connection: Connection, attack: Sql) -> Iterator[None]:
    """Does something to the rows, and puts all tables back as they were."""
    tables = ("entry", "text", "blob", "release", "kin", "objector")
    kept = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608
    attack(connection)
    yield
    for table, rows in kept.items():
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608


def findings(engine: Engine) -> set[tuple[str, int | None]]:
    """Kinds and entries of what an audit finds, while the triggers are away."""
    report = engine.audit()
    assert report.outcome == "failed"
    return {(problem.kind, problem.entry) for problem in report.problems if problem.kind != "protection"}


def delete(seq: int, last: int) -> tuple[Sql, set[tuple[str, int]]]:
    found = ("missing", seq) if seq < last else ("tree", 0)
    return sql("DELETE FROM entry WHERE seq = ?", seq), {found}


def swap_bodies(seq: int, last: int) -> tuple[Sql, set[tuple[str, int]]]:
    other = seq + 1 if seq < last else seq - 1

    def attack(connection: Connection) -> None:
        found = dict(connection.execute("SELECT seq, body FROM entry WHERE seq IN (?, ?)", (seq, other)).fetchall())
        connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (found[other], seq))
        connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (found[seq], other))

    return attack, {("altered", seq), ("altered", other)}


def swap_rows(seq: int, last: int) -> tuple[Sql, set[tuple[str, int]]]:
    other = seq + 1 if seq < last else seq - 1

    def attack(connection: Connection) -> None:
        for old, new in ((seq, 10**6), (other, seq), (10**6, other)):
            connection.execute("UPDATE entry SET seq = ? WHERE seq = ?", (new, old))

    return attack, {("out-of-place", seq), ("out-of-place", other)}


def repeat(seq: int, last: int) -> tuple[Sql, set[tuple[str, int]]]:
    copied = "INSERT INTO entry SELECT ?, stream, version + 1000, hash, 'again', body FROM entry WHERE seq = ?"
    return sql(copied, last + 1, seq), {("out-of-place", last + 1)}


def insert(seq: int, last: int) -> tuple[Sql, set[tuple[str, int]]]:
    """All entries from here on stand one place further on, and a copy of this one stands in its place."""

    def attack(connection: Connection) -> None:
        connection.execute("UPDATE entry SET seq = -seq - 1 WHERE seq >= ?", (seq,))
        connection.execute("UPDATE entry SET seq = -seq WHERE seq < 0")
        connection.execute(
            "INSERT INTO entry SELECT seq - 1, stream, version + 1000, hash, 'again', body FROM entry WHERE seq = ?",
            (seq + 1,),
        )

    return attack, {("out-of-place", seq + 1)}


def replace(seq: int, last: int) -> tuple[Sql, set[tuple[str, int]]]:
    theirs = "(SELECT hash, body FROM entry WHERE seq = ?)"
    return sql(f"UPDATE entry SET (hash, body) = {theirs} WHERE seq = ?", seq - 1 or 2, seq), {("out-of-place", seq)}  # noqa: S608


ATTACKS = {
    "deleted": delete,
    "exchanged with the next, bodies alone": swap_bodies,
    "exchanged with the next": swap_rows,
    "repeated at the end": repeat,
    "repeated in between": insert,
    "replaced by the one before": replace,
}


@BOTH
@SOME
@pytest.mark.parametrize("how", ATTACKS)
def test_row_43_every_entry_that_is_moved_or_gone_is_named(copy: Lab, how: str, step: int, database: str) -> None:
    engine, step = copy.open(), step * FEWER[database]
    last = engine.audit().entries
    with tampering(copy.database) as connection:
        for seq in [*range(1 + len(how) % step, last, step), last]:
            attack, expected = ATTACKS[how](seq, last)
            with undone(connection, attack):
                found = findings(engine)
            for kind, entry in expected:
                named = {name for name, where in found if where == (entry or None)}
                assert kind in named, (how, seq, found)
    assert engine.audit().outcome == "ok"


# The rows beside the entries.

BESIDE: dict[str, tuple[str, str]] = {
    "text": ("commitment", "salt, body"),
    "blob": ("digest", "size, content"),
}


@BOTH
@SOME
@pytest.mark.parametrize("table", BESIDE)
@pytest.mark.parametrize("lab", ["copy", "rewritten"])
def test_row_43_every_text_and_blob_that_is_gone_or_in_another_s_place_is_named_with_its_entry(
    table: str, lab: str, step: int, database: str, request: pytest.FixtureRequest
) -> None:
    attacked: Lab = request.getfixturevalue(lab)
    engine, (key, rest) = attacked.open(), BESIDE[table]
    with tampering(attacked.database) as connection:
        names = Names(connection)
        keys = [row[0] for row in connection.execute(f"SELECT {key} FROM {table} ORDER BY {key}")]  # noqa: S608
        for at in range(0, len(keys), step * (4 if lab == "rewritten" else 1) * FEWER[database]):
            one, other = keys[at], keys[at - 1]
            with undone(connection, sql(f"DELETE FROM {table} WHERE {key} = ?", one)):  # noqa: S608
                found = findings(engine)
            assert {entry for kind, entry in found if kind == "missing"} & names.of(one), (one, found)
            theirs = f"(SELECT {rest} FROM {table} WHERE {key} = ?)"  # noqa: S608
            with undone(connection, sql(f"UPDATE {table} SET ({rest}) = {theirs} WHERE {key} = ?", other, one)):  # noqa: S608
                found = findings(engine)
            assert {entry for kind, entry in found if kind in ("altered", "missing")} & names.of(one), (one, found)
    assert engine.audit().outcome == "ok"


@BOTH
@pytest.mark.parametrize(("table", "key"), [("release", "stage"), ("kin", "digest"), ("objector", "person")])
def test_row_43_every_line_of_a_projection_that_is_gone_or_another_s_is_reported(
    copy: Lab, table: str, key: str
) -> None:
    engine = copy.open()
    with tampering(copy.database) as connection:
        for slug, value in connection.execute(f"SELECT slug, {key} FROM {table}").fetchall():  # noqa: S608
            at = f"WHERE slug = ? AND {key} = ?"
            for attack in (f"DELETE FROM {table} {at}", f"UPDATE {table} SET slug = slug || 'x' {at}"):  # noqa: S608
                with undone(connection, sql(attack, slug, value)):
                    assert findings(engine) == {("projection", None)}
    assert engine.audit().outcome == "ok"


# What a smaller or another ledger would show just so.


def audited(lab: Lab, remembered: AuditReport | None = None) -> AuditReport:
    engine = lab.open()
    report = engine.audit(remembered=(remembered.entries, remembered.root) if remembered else None)
    lab.close()
    return report


def another(lab: Lab, directory: Path) -> Lab:
    """A second ledger that is the same so far."""
    directory.mkdir()
    return copied_to(lab, Lab(directory, ScriptedClock(lab.clock.now())))


@BOTH
@SOME
def test_row_13_an_end_that_was_cut_off_at_any_place_is_found_by_what_was_remembered(copy: Lab, step: int) -> None:
    remembered = audited(copy)
    forger = Forger(copy.database)
    whole = list(forger.entries)
    for size in range(len(whole) - 1, 1, -step * 3):
        forger.entries = whole[:size]
        forger.seal()

        alone, compared = audited(copy), audited(copy, remembered)

        # Where an erasure is cut off with its row of words, the words are missing: that shows by itself.
        assert {problem.kind for problem in alone.problems} <= {"missing"}
        assert (compared.outcome, compared.problems[-1].kind) == ("failed", "missing")
        assert compared.problems[-1].entry == size + 1, compared.problems


@BOTH
def test_row_13_a_backup_that_was_put_back_is_found_by_what_was_remembered_also_when_it_has_grown_again(
    copy: Lab, tmp_path: Path
) -> None:
    backup = another(copy, tmp_path / "backup")
    engine = copy.open()
    engine.statement("aurora", "it is out", role="lead", actor="lee")
    engine.statement("aurora", "it is really out", role="lead", actor="lee")
    copy.close()
    remembered = audited(copy)
    copy.database.put_back(backup.database)

    assert audited(copy).outcome == "ok"
    compared = audited(copy, remembered)
    assert [(item.kind, item.entry) for item in compared.problems] == [("missing", remembered.entries - 1)]
    engine = copy.open()
    for words in ("it is not out", "it never was", "nor will it be"):
        engine.statement("aurora", words, role="lead", actor="lee")
    compared = audited(copy, remembered)
    assert [(item.kind, item.entry) for item in compared.problems] == [("tree", remembered.entries)]
    assert audited(copy).outcome == "ok"


@BOTH
def test_row_13_two_ledgers_that_were_one_are_found_by_comparing_their_roots(copy: Lab, tmp_path: Path) -> None:
    fork = another(copy, tmp_path / "fork")
    common = audited(copy)
    for lab, words in ((copy, "it is out"), (fork, "it is not out")):
        lab.open().statement("aurora", words, role="lead", actor="lee")
        lab.close()

    one, other = audited(copy), audited(fork)

    assert (one.outcome, other.outcome, one.entries) == ("ok", "ok", other.entries)
    for lab, theirs in ((copy, other), (fork, one)):
        assert audited(lab, common).outcome == "ok"
        compared = audited(lab, theirs)
        assert [(item.kind, item.entry) for item in compared.problems] == [("tree", one.entries)]


def roots(lab: Lab) -> list[str]:
    """The root after each entry."""
    found, frontier = [], Frontier()
    for entry in Forger(lab.database).entries:
        frontier = frontier.append(leaf_hash(encode(entry)))
        found.append(frontier.root().hex())
    return found


@BOTH
@SOME
def test_row_13_a_history_rewritten_from_an_entry_on_is_found_by_every_root_from_there_and_by_none_before(
    told: Lab, tmp_path: Path, step: int
) -> None:
    before = roots(told)
    for seq in range(2 + step, len(before), step * 4):
        lab = another(told, tmp_path / str(seq))
        forger = Forger(lab.database)
        # Its reason is another, and all that follows is made to fit.
        forger.entries[seq - 1]["texts"]["rationale"] = forger.text("because I say so")
        forger.seal()
        for size in (1, seq - 1, seq, len(before)):
            report = lab.open().audit(remembered=(size, before[size - 1]))
            lab.close()
            found = [item.entry for item in report.problems if item.kind == "tree"]
            assert found == ([size] if size >= seq else []), (seq, size, report.problems)
