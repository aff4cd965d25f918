"""What starting costs: a command imports what it needs, and asking where a release stands needs little."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import workflow
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
ELSEWHERE = {
    "multiprocessing",
    "rich.progress",
    "workflow.api.applying",
    "workflow.attestation",
    "workflow.audit",
    "workflow.checkpointer",
    "workflow.cli.process",
    "workflow.cli.roster",
    "workflow.definition",
    "workflow.deployed",
    "workflow.evidence.read",
    "workflow.exchange",
    "workflow.inquiry.questions",
    "workflow.inquiry.search",
    "workflow.pack",
    "workflow.rehearsal",
    "workflow.report",
    "workflow.requesting",
    "workflow.tour",
    "workflow.views.deployed",
    "workflow.views.inquiry",
    "workflow.views.packs",
    "yaml",
}
"""What other commands need: each is imported where it is used, because together they take as long as all the rest."""

ASKED = {
    "status": ("'status', 'aurora'", (8,)),
    "list": ("'list'", (0,)),
    "inbox": ("'inbox', '--as', 'mara'", (0,)),
}
"""What is asked, with its exit codes."""


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


@pytest.mark.parametrize("asked", ["status", "list", "inbox"])
@pytest.mark.parametrize("signed", [False, True], ids=["claimed", "signed"])
def test_where_releases_stand_is_told_without_what_only_other_commands_need(
    tmp_path: Path, signed: bool, asked: str
) -> None:
    lab = Lab(tmp_path, signed=signed)
    lab.start("aurora")
    lab.sign("aurora", "submit")
    lab.engine.close()
    (tmp_path / "holdfast.toml").write_text(f'database = "{lab.url}"\n')

    words, codes = ASKED[asked]

    assert loaded(CALL.format(words=words, codes=codes), DATABASES | ELSEWHERE, tmp_path) == []


def test_what_few_programs_need_of_the_package_is_imported_when_it_is_asked_for() -> None:
    asked = "\n".join(["import workflow", *(f"workflow.{name}" for name in sorted(workflow.__all__))])

    assert loaded("import workflow", ELSEWHERE | DATABASES) == []
    assert {"workflow.deployed", "workflow.exchange", "workflow.pack"} <= set(loaded(asked, ELSEWHERE))
    assert loaded("from workflow import *\nverify_pack, Request", {"workflow.pack"}) == ["workflow.pack"]
    with pytest.raises(AttributeError, match="module 'workflow' has no attribute 'verify_nothing'"):
        workflow.verify_nothing  # type: ignore[attr-defined]  # noqa: B018


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
