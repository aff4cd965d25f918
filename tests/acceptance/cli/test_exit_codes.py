"""By its exit code a script tells allowed, waiting, refused and broken apart."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from cli_desk import Desk, by


def plain(desk: Desk) -> None:
    """Nothing but people and a process."""


def in_review(desk: Desk) -> None:
    desk.to_review()


def ready(desk: Desk) -> None:
    desk.ready()


def refused(desk: Desk) -> None:
    desk.ready()
    desk.does("sign", "aurora", "publish", "--reject", "--role", "legal", *by("ivy", "the licence is unclear"))


def held(desk: Desk) -> None:
    desk.ready()
    desk.does("hold", "aurora", *by("jun"))


def published(desk: Desk) -> None:
    desk.ready()
    desk.does("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))


def files_gone(desk: Desk) -> None:
    desk.ready()
    (desk.directory / "model").rename(desk.directory / "moved")


def files_changed(desk: Desk) -> None:
    desk.ready()
    (desk.directory / "model" / "model.safetensors").write_bytes(b"other weights")


def clock_back(desk: Desk) -> None:
    desk.ready()
    desk.does("hold", "aurora", *by("jun"))
    desk.does("lift", "aurora", "H1", *by("jun"))
    desk.clock.forward("1h")
    desk.does("schedule", "aurora", "--to", "2025-08-01T00:00:00Z", *by("lee"))
    desk.clock.at = desk.clock.at.replace(day=1)


def tampered(desk: Desk) -> None:
    desk.to_review()
    alter(desk, "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'aurora', 'avrora') AS BLOB) WHERE seq = 9")


def unprotected(desk: Desk) -> None:
    desk.to_review()
    with closing(sqlite3.connect(desk.directory / "holdfast.db")) as database:
        database.execute(f"DROP TRIGGER {triggers(database)[0]}")


def foreign(desk: Desk) -> None:
    (desk.directory / "holdfast.db").unlink()
    with closing(sqlite3.connect(desk.directory / "holdfast.db")) as database:
        database.execute("CREATE TABLE cats (name)")


def no_database(desk: Desk) -> None:
    (desk.directory / "holdfast.db").write_bytes(b"this is no database, and never was one" * 100)


def triggers(database: sqlite3.Connection) -> list[str]:
    return [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")]


def alter(desk: Desk, statement: str) -> None:
    """Changes the ledger's tables past Holdfast, and puts the protection back so that only the audit can tell."""
    with closing(sqlite3.connect(desk.directory / "holdfast.db")) as database:
        made = list(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        for name, _ in made:
            database.execute(f"DROP TRIGGER {name}")
        assert database.execute(statement).rowcount == 1
        for _, sql in made:
            database.execute(sql)
        database.commit()


LEE = by("lee")
TABLE: list[tuple[Callable[[Desk], None], tuple[str, ...], int]] = [
    (in_review, ("status", "aurora"), 8),
    (ready, ("status", "aurora", "--as", "lee"), 8),
    (refused, ("status", "aurora"), 1),
    (held, ("status", "aurora"), 1),
    (published, ("status", "aurora"), 0),
    (clock_back, ("status", "aurora", "--as", "lee"), 4),
    (in_review, ("explain", "aurora", "publish", "--as", "lee"), 8),
    (ready, ("explain", "aurora", "publish", "--as", "lee"), 0),
    (ready, ("explain", "aurora", "publish", "--as", "lee", "--no-hash"), 8),
    (ready, ("explain", "aurora", "publish"), 8),
    (ready, ("explain", "aurora", "resume", "--as", "lee"), 1),
    (refused, ("explain", "aurora", "publish", "--as", "lee"), 1),
    (files_changed, ("explain", "aurora", "publish", "--as", "lee"), 1),
    (files_gone, ("explain", "aurora", "publish", "--as", "lee"), 4),
    (ready, ("explain", "aurora", "publsh", "--as", "lee"), 2),
    (ready, ("advance", "aurora", "publish", "--confirm", "aurora", *LEE), 0),
    (in_review, ("advance", "aurora", "publish", "--confirm", "aurora", *LEE), 8),
    (refused, ("advance", "aurora", "publish", "--confirm", "aurora", *LEE), 1),
    (files_gone, ("advance", "aurora", "publish", "--confirm", "aurora", *LEE), 4),
    (files_changed, ("advance", "aurora", "publish", "--confirm", "aurora", *LEE), 1),
    (in_review, ("advance", "aurora", "submit", *LEE), 1),
    (in_review, ("advance", "aurora", "stop", *LEE), 0),
    (ready, ("advance", "aurora", "publish", "--yes", *LEE), 2),
    (plain, ("list",), 0),
    (plain, ("status", "aurora"), 2),
    (plain, ("nonsense",), 2),
    (in_review, ("audit", "verify"), 0),
    (tampered, ("audit", "verify"), 3),
    (unprotected, ("status", "aurora"), 3),
    (unprotected, ("audit", "verify"), 3),
    (foreign, ("list",), 4),
    (no_database, ("list",), 4),
]


NAMES = [f"{situation.__name__}: {' '.join(args[:3])}" for situation, args, _ in TABLE]
READING = {"status", "explain", "list", "audit", "nonsense"}


@pytest.mark.parametrize(("situation", "args", "code"), TABLE, ids=NAMES)
def test_the_exit_code_says_what_the_end_means(
    desk: Desk, situation: Callable[[Desk], None], args: tuple[str, ...], code: int
) -> None:
    situation(desk)
    modes: list[tuple[str, ...]] = [(), ("--json",), ("--quiet",)] if args[0] in READING else [()]

    results = [desk(*args, *mode) for mode in modes]

    assert [result.code for result in results] == [code] * len(modes), results
    assert not any("Traceback" in result.err or "bug" in result.err for result in results)


def test_a_gate_that_only_was_not_looked_at_is_never_zero(desk: Desk) -> None:
    desk.ready()

    status, explain = desk("status", "aurora", "--as", "lee"), desk("explain", "aurora", "publish", "--as", "lee")

    assert (status.code, explain.code) == (8, 0)
    assert "ready but for what was not looked at" in status.out
    assert "holdfast advance aurora publish" in status.out


def test_what_cannot_be_undone_is_not_done_by_a_wrong_name(desk: Desk) -> None:
    desk.ready()

    result = desk("advance", "aurora", "publish", "--confirm", "borealis", *by("lee"))

    assert result.code == 2
    assert "nothing was done" in result.err
    assert desk("status", "aurora").code == 8
