"""What starting costs: a command imports what it needs, and asking where a release stands needs little."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.ways.ours import Lab
from workflow.cli.app import NOUNS, app_for

IMPORT = "from workflow.cli import main"
CALL = """
sys.argv = ["holdfast", {words}]
from workflow.cli import main
try:
    code = main()
except SystemExit as done:
    code = done.code
assert code in {codes}, code
"""
PROBE = """
import sys
{start}
print("loaded:", *sorted({watched} & set(sys.modules)))
"""
DATABASES = {"alembic", "sqlalchemy", "sqlmodel"}
OTHERS = {"rich.progress", "workflow.cli.process", "workflow.cli.roster", "workflow.tour"}


def loaded(start: str, watched: set[str], directory: Path | None = None) -> list[str]:
    command = [sys.executable, "-c", PROBE.format(start=start, watched=watched)]
    # The checkout, wherever the command runs.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("start", [IMPORT, CALL.format(words="'--help'", codes=(0, None))], ids=["import", "help"])
def test_the_command_line_starts_without_a_database_library(start: str) -> None:
    assert loaded(start, DATABASES) == []


@pytest.mark.parametrize("signed", [False, True], ids=["claimed", "signed"])
def test_where_a_release_stands_is_told_with_the_drivers_of_the_standard_library(tmp_path: Path, signed: bool) -> None:
    lab = Lab(tmp_path, signed=signed)
    lab.start("aurora")
    lab.sign("aurora", "submit")
    lab.engine.close()
    (tmp_path / "holdfast.toml").write_text(f'database = "{lab.url}"\n')

    status = CALL.format(words="'status', 'aurora'", codes=(8,))

    assert loaded(status, DATABASES | OTHERS, tmp_path) == []


def test_each_noun_stands_in_the_table_with_the_words_that_its_commands_begin_with() -> None:
    apps = {noun: import_module(f"workflow.cli.{noun}").app for noun in NOUNS}
    words = {
        noun: [item.name for item in (*app.registered_commands, *app.registered_groups)] for noun, app in apps.items()
    }

    assert {noun: sorted(found) for noun, found in words.items()} == {
        noun: sorted(named) for noun, named in NOUNS.items()
    }
    assert len(app_for(["status"]).registered_groups) == 1
    assert len(app_for(["no such command"]).registered_groups) == len(app_for([]).registered_groups) == len(NOUNS)
