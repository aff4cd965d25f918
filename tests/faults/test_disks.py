"""A disk that is full, or takes nothing, or is held by somebody else: one clear error, and nothing lost or half-done.

Each is tried on a real disk of four megabytes where this process may mount one, and always with what needs no such
right: a limit on the size of files, and directories that belong to somebody else.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.acceptance.cli.cli_desk import Desk, Result, by
from tests.faults.conftest import copied
from tests.faults.disks import disk, read_only, room
from tests.support.users import let_in
from workflow.storage import sqlite

KIB = 1024
LEFT = (0, 4, 16, 33, 48, 80, 112, 144)
"""How many KiB are left: for nothing at all, for the index of the log, for a little of the log, for one command, ..."""

HOLD = ("hold", "aurora", "--role", "safety", "--command-id", "stop", *by("mara"))
ATTACH = ("attach", "aurora", "plan.md", "--name", "plan", "--declare-as", "lead", "--command-id", "plan", *by("lee"))
MOVE = ("advance", "aurora", "stop", "--command-id", "wait", *by("lee"))
WRITING = (HOLD, ATTACH, MOVE)
READING = (("list",), ("status", "aurora"), ("history",))


@contextmanager
def place(ready: Path, tmp_path: Path, kind: str) -> Iterator[tuple[Desk, Path, bool]]:
    """The ledger on a disk of the kind, the disk's root, and whether it is one of its own."""
    root = tmp_path / "disk"
    if kind == "disk":
        with disk(root) as mounted:
            yield copied(ready, root / "desk"), root, mounted
    else:
        root.mkdir()
        yield copied(ready, root / "desk"), root, False


KINDS = pytest.mark.parametrize("kind", ["disk", "limit"])


def told(result: Result) -> Result:
    assert "Traceback" not in result.err, result
    assert not result.err.startswith("bug"), result
    assert "next: " in result.err or result.code in (0, 1, 8), result
    return result


def whole(desk: Desk) -> None:
    """Nothing is half-done, and nothing of it is left lying about."""
    assert told(desk("audit", "verify")).code == 0
    assert [path.name for path in desk.directory.rglob(".*.part")] == []


def files(desk: Desk) -> list[str]:
    """What lies in the directory, but for what SQLite keeps beside the ledger while it is in use."""
    return sorted(path.name for path in desk.directory.iterdir() if not path.name.endswith(("-wal", "-shm")))


@KINDS
@pytest.mark.parametrize("left", LEFT)
def test_a_full_disk_is_one_clear_error_and_what_failed_is_done_once_there_is_room(
    ready: Path, tmp_path: Path, kind: str, left: int
) -> None:
    with place(ready, tmp_path, kind) as (desk, root, mounted):
        with room(root, left * KIB, is_disk=mounted):
            results = [told(desk(*command)) for command in (*WRITING, *READING)]
        whole(desk)
        for command, result in zip(WRITING, results, strict=False):
            assert result.code in (0, 4), result
            if result.code == 4:
                assert "space" in result.err or "make room" in result.err, result
            again = desk.does(*command, "--json").json
            assert again["replayed"] == (result.code == 0)
        whole(desk)
        with desk.engine() as engine:
            ids = [entry.command_id for entry in engine.history(limit=100)]
        assert [ids.count(name) for name in ("stop", "plan", "wait")] == [1, 1, 1]


@KINDS
@pytest.mark.parametrize("left", [0, 8, 40, 64])
def test_a_ledger_that_finds_no_room_is_not_half_made(ready: Path, tmp_path: Path, kind: str, left: int) -> None:
    with place(ready, tmp_path, kind) as (_, root, mounted):
        (root / "new").mkdir()
        desk = Desk(root / "new")
        with room(root, left * KIB, is_disk=mounted):
            result = told(desk("init", *by("ops")))
        assert result.code == 4, result
        assert not (desk.directory / "holdfast.toml").exists()
        desk.does("init", *by("ops"))
        whole(desk)


@KINDS
def test_a_file_that_finds_no_room_is_not_half_written(ready: Path, tmp_path: Path, kind: str) -> None:
    with place(ready, tmp_path, kind) as (desk, root, mounted):
        before = files(desk)
        with room(root, 0, is_disk=mounted):
            results = [
                told(desk("candidate", "manifest", "model", "-o", "manifest.json")),
                told(desk("review", "aurora", "biosecurity", "acceptable", "--request", "r.json", *by("mara"))),
            ]
        assert [result.code for result in results] == [4, 4], results
        assert files(desk) == before


@KINDS
def test_where_nothing_can_be_written_that_is_said_and_nothing_changes(ready: Path, tmp_path: Path, kind: str) -> None:
    let_in(tmp_path)
    with place(ready, tmp_path, kind) as (desk, root, mounted):
        before = {path: path.read_bytes() for path in desk.directory.rglob("*") if path.is_file()}
        with read_only(root, is_disk=mounted):
            for command in (*WRITING, *READING, ("audit", "verify"), ("db", "upgrade"), ("db", "rebuild")):
                result = told(desk(*command))
                assert result.code == 4, result
                assert "copy it to a directory of your own" in " ".join(result.err.split()), result
            result = told(Desk(root)("init", *by("ops")))
            assert result.code in (2, 4), result
        assert {path: path.read_bytes() for path in desk.directory.rglob("*") if path.is_file()} == before
        whole(desk)


def test_while_somebody_else_writes_one_is_told_so_after_a_while_and_can_read_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.05)
    with closing(sqlite3.connect(desk.directory / "holdfast.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waited = [told(desk(*command)) for command in (*WRITING, ("db", "rebuild"))]
        read = [told(desk(*command)).code for command in READING]

    assert {result.code for result in waited} == {4}
    for result in waited:
        assert "locked by another process" in " ".join(result.err.split())
        assert "try again" in result.err
    assert 4 not in read
    for command in WRITING:
        desk.does(*command)
    whole(desk)


ADD_ZOE = "roster add zoe --role safety --as ops -m 'she joins us'"


@pytest.mark.parametrize(
    ("command", "streams", "code", "said"),
    [
        (ADD_ZOE, ">/dev/full", 4, "on record, entry "),
        ("list", ">/dev/full 2>&1", 4, ""),
        ("status nothing", "2>/dev/full", 2, ""),
        (f"{ADD_ZOE} --json", ">/dev/full", 4, "on record, entry "),
        ("roster add zoe --role safety --as lee -m 'she joins us' --json", ">/dev/full", 1, "on record, entry "),
        ("list --json", ">/dev/full", 4, "the answer cannot be written"),
        ("history --json", ">/dev/full", 4, "the answer cannot be written"),
        ("audit verify --json", ">/dev/full", 4, "the answer cannot be written"),
        ("status nothing --json", ">/dev/full", 2, "there is no release"),
        ("--help", ">/dev/full", 4, "the answer cannot be written"),
        ("list --help", ">/dev/full", 4, "the answer cannot be written"),
        ("--version", ">/dev/full", 4, "the answer cannot be written"),
        ("list", ">&-", 0, ""),
        ("status nothing", "2>&-", 2, ""),
        (ADD_ZOE, "<&- >&- 2>&-", 0, ""),
    ],
)
def test_streams_that_take_nothing_change_no_answer_and_undo_nothing(
    desk: Desk, command: str, streams: str, code: int, said: str
) -> None:
    line = f'"$0" -m workflow.cli {command} {streams}'
    result = subprocess.run(
        ["sh", "-c", line, sys.executable],
        cwd=desk.directory,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == code, result
    assert "Traceback" not in result.stderr and "bug" not in result.stderr
    assert said in result.stderr
    with desk.engine() as engine:
        assert ("zoe" in [line.person for line in engine.roster().people]) == (ADD_ZOE in command)
    whole(desk)
