"""The shell's completion of release names: what there is, or silence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cli_desk import Desk, by


def completed(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the shell gets for the last of the words typed after ``holdfast``."""
    asked = {
        "_HOLDFAST_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("holdfast", *words)),
        "COMP_CWORD": str(len(words)),
    }
    command = [sys.executable, "-m", "workflow.cli"]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **asked}, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for name in ("aurora", "aurora-7b", "borealis"):
        desk.does("start", name, "model", "--process", "small", "--author", "ada", *by("lee"))
    return desk


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("status", ""), ["aurora", "aurora-7b", "borealis"]),
        (("status", "aur"), ["aurora", "aurora-7b"]),
        (("advance", "aurora"), ["aurora", "aurora-7b"]),
        (("history", "b"), ["borealis"]),
        (("status", "z"), []),
    ],
)
def test_releases_are_completed_by_name(desk: Desk, words: tuple[str, ...], names: list[str]) -> None:
    result = completed(desk.directory, *words)

    assert result.stdout.split() == names
    assert result.stderr == ""


def no_configuration(desk: Desk) -> None:
    (desk.directory / "holdfast.toml").unlink()


def no_database(desk: Desk) -> None:
    (desk.directory / "holdfast.db").unlink()


def foreign_database(desk: Desk) -> None:
    (desk.directory / "holdfast.db").write_bytes(b"this is no database, and never was one" * 100)


def broken_configuration(desk: Desk) -> None:
    (desk.directory / "holdfast.toml").write_text("databse = 7\n")


@pytest.mark.parametrize("broken", [no_configuration, no_database, foreign_database, broken_configuration])
def test_where_names_cannot_be_had_the_shell_hears_nothing(desk: Desk, broken: Callable[[Desk], None]) -> None:
    broken(desk)

    result = completed(desk.directory, "status", "aur")

    assert result.stdout.strip() == ""
    assert result.stderr == ""


def test_completing_changes_nothing_and_keeps_nobody_waiting(desk: Desk) -> None:
    before = (desk.directory / "holdfast.db").read_bytes()
    with closing(sqlite3.connect(desk.directory / "holdfast.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        result = completed(desk.directory, "status", "aur")
        writer.execute("ROLLBACK")

    assert result.stdout.split() == ["aurora", "aurora-7b"]
    assert (desk.directory / "holdfast.db").read_bytes() == before
