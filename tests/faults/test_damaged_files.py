"""A database that was cut off, overwritten, exchanged or robbed of the files beside it is told as such, never as right.

Every command goes through the real command line. What it does is one clear sentence with a next step, or, where the
damage does not touch what it reads, its work; the audit says "ok" only where not one row differs.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.cli.cli_desk import Desk, Result, by

SEED = 20250711
PAGE = 4096
HOLD = ("hold", "aurora", "--role", "safety", *by("mara"))
COMMANDS = (("status", "aurora"), HOLD, ("audit", "verify"))
CODES = {0, 1, 2, 3, 4, 8}


@pytest.fixture(scope="module")
def sound(ready: Path) -> bytes:
    """The file of a ledger in which nothing is wrong."""
    return (ready / "holdfast.db").read_bytes()


def rows(path: Path) -> list[str] | None:
    """Everything that a database says, or None where SQLite itself finds it damaged."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return None
            return list(connection.iterdump())
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def told(result: Result) -> Result:
    """A result that says clearly what it is."""
    assert result.code in CODES, result
    assert "Traceback" not in result.err, result
    assert not result.err.startswith("bug"), result
    if result.code in (2, 3, 4) and not result.out:
        assert "next: " in result.err, result
    return result


def put(desk: Desk, data: bytes) -> None:
    database = desk.directory / "holdfast.db"
    for path in desk.directory.glob("holdfast.db-*"):
        path.unlink()
    database.write_bytes(data)


def check(desk: Desk, data: bytes, right: list[str]) -> None:
    """Tries the commands on a file."""
    for command in COMMANDS:
        put(desk, data)
        result = told(desk(*command))
        if command[0] == "audit" and result.code == 0:
            put(desk, data)
            assert rows(desk.directory / "holdfast.db") == right, (
                "an audit called a ledger right that says other things"
            )


def prefixes(sound: bytes) -> Iterator[bytes]:
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    edges = [0, 1, 15, 16, 99, 100, PAGE - 1, PAGE, PAGE + 1, len(sound) - PAGE, len(sound) - 1]
    for length in edges + [dice.randrange(len(sound)) for _ in range(6)]:
        yield sound[:length]


def noise(sound: bytes) -> Iterator[bytes]:
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    yield dice.randbytes(2 * PAGE)
    yield sound[:100] + dice.randbytes(2 * PAGE)
    for _ in range(12):
        at = dice.randrange(1, len(sound) // PAGE) * PAGE
        yield sound[:at] + dice.randbytes(PAGE) + sound[at + PAGE :]


def flips(sound: bytes) -> Iterator[bytes]:
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    for number in range(30):
        # Every other in the head of a page, which says what its bytes mean.
        at = (
            dice.randrange(len(sound) // PAGE) * PAGE + dice.randrange(12) if number % 2 else dice.randrange(len(sound))
        )
        yield sound[:at] + bytes([sound[at] ^ 1 << dice.randrange(8)]) + sound[at + 1 :]


@pytest.mark.parametrize("damage", [prefixes, noise, flips], ids=["cut off", "overwritten", "a bit flipped"])
def test_a_damaged_file_is_told_as_such_and_never_audited_as_right(
    desk: Desk, sound: bytes, damage: Callable[[bytes], Iterator[bytes]]
) -> None:
    right = rows(desk.directory / "holdfast.db")
    assert right is not None

    for data in damage(sound):
        check(desk, data, right)


OTHERS: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "nothing": (lambda path: path.write_bytes(b""), 3, "pins entries of one"),
    "a text": (lambda path: path.write_text("dear diary\n" * 1000), 4, "is not an SQLite database"),
    "a directory": (lambda path: path.mkdir(), 4, "is not a file"),
    "a pipe": (lambda path: os.mkfifo(path), 4, "is not a file"),
    "a device without an end": (lambda path: path.symlink_to("/dev/zero"), 4, "is not a file"),
    "a link to itself": (lambda path: path.symlink_to(path), 4, "cannot be looked at"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), 3, "pins entries of one"),
    "a database of something else": (
        lambda path: script(path, "CREATE TABLE bookmarks (url); INSERT INTO bookmarks VALUES ('x')"),
        4,
        "of something else",
    ),
    "something else that says it is a ledger": (
        lambda path: script(path, "CREATE TABLE entry (seq); PRAGMA application_id = 0x48444654"),
        3,
        "is damaged",
    ),
}


def script(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


@pytest.mark.parametrize("what", OTHERS)
def test_something_else_in_the_ledger_s_place_is_told_and_left_as_it_is(desk: Desk, what: str) -> None:
    make, code, words = OTHERS[what]
    database = desk.directory / "holdfast.db"
    database.unlink()
    make(database)
    before = database.read_bytes() if database.is_file() else b""

    for command in COMMANDS:
        result = told(desk(*command))
        assert (result.code, words in " ".join(result.err.split())) == (code, True), result
    assert (database.read_bytes() if database.is_file() else b"") == before


@pytest.mark.parametrize(
    ("revision", "remedy"), [("0000", "holdfast db upgrade"), ("9999", "use a newer Holdfast")], ids=["older", "newer"]
)
def test_a_schema_of_another_version_says_what_to_do(desk: Desk, revision: str, remedy: str) -> None:
    with closing(sqlite3.connect(desk.directory / "holdfast.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    for command in COMMANDS:
        result = told(desk(*command))
        assert (result.code, remedy in " ".join(result.err.split())) == (4, True), result


@pytest.fixture
def unmerged(desk: Desk) -> Iterator[tuple[Desk, bytes, str]]:
    """A ledger as a crash leaves it: its last entries stand in the -wal file alone; with the root of all of them."""
    database = desk.directory / "holdfast.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM head").fetchall()
        for _ in range(3):
            desk.does(*HOLD)
        audit = desk("audit", "verify", "--json").json
        crashed = desk.directory / "crashed"
        crashed.mkdir()
        for path in desk.directory.glob("holdfast.db*"):
            if path.is_file() and not path.name.endswith("-shm"):
                shutil.copy(path, crashed)
    shutil.copytree(desk.directory / "holdfast.db.blobs", crashed / "holdfast.db.blobs")
    shutil.copy(desk.directory / "holdfast.toml", crashed)
    wal = (crashed / "holdfast.db-wal").read_bytes()
    assert len(wal) > PAGE
    yield Desk(crashed), wal, f"{audit['entries']}:{audit['root']}"


def test_a_crash_loses_no_entry_and_a_lost_or_damaged_wal_is_found_by_a_remembered_root(
    unmerged: tuple[Desk, bytes, str],
) -> None:
    desk, wal, remembered = unmerged
    database = (desk.directory / "holdfast.db").read_bytes()
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    flipped = [(at := dice.randrange(len(wal)), wal[:at] + bytes([wal[at] ^ 255]) + wal[at + 1 :])[1] for _ in range(6)]
    cut = [wal[: dice.randrange(len(wal))] for _ in range(6)]

    for data in (wal, None, b"", dice.randbytes(len(wal)), *flipped, *cut):
        put(desk, database)
        if data is not None:
            (desk.directory / "holdfast.db-wal").write_bytes(data)
        alone = told(desk("audit", "verify"))
        compared = told(desk("audit", "verify", "--remembered", remembered))
        whole = f"{told(desk('audit', 'verify', '--json')).json['entries']}:" == remembered.partition(":")[0] + ":"
        assert (alone.code, compared.code) == ((0, 0) if whole else (0, 3)), (alone, compared)
        assert whole or data != wal
        told(desk(*HOLD))


def test_without_the_directory_of_blobs_the_audit_names_what_is_missing_and_commands_go_on(desk: Desk) -> None:
    shutil.rmtree(desk.directory / "holdfast.db.blobs")

    assert desk(*HOLD).code == 0
    audit = told(desk("audit", "verify"))
    assert (audit.code, "is missing" in " ".join(audit.out.split())) == (3, True)
