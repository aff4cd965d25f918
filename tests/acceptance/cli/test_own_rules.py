"""An organisation's own policies and observers on the command line: beside holdfast.toml, and in front of nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_desk import Desk, by

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "custom_policy"
OWN_MODULES = ("no_fridays", "no_freeze")
FREEZE = '[{"from": "2025-08-04", "to": "2025-08-05", "why": "the quarter is being reported"}]'
PLANTED = """
import pathlib
pathlib.Path(__file__).with_name("it-ran").touch()
BUILT_IN = {}
"""


def configuration() -> str:
    """The file that docs/cli.md shows for the example."""
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    return next(block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "no_fridays" in block)


@pytest.fixture
def reason() -> str:
    """How the example's rule begins its reason; a test may say it in other words."""
    return 'kind="open", code="wrong-day"'


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str) -> Desk:
    """The example's rules beside a holdfast.toml, and a release that only they can stop."""
    # Python remembers where it looks and what it imported; the next test must not.
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in OWN_MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
        shutil.copy(EXAMPLE / f"{name}.py", tmp_path)
    rule = tmp_path / "no_fridays.py"
    rule.write_text(rule.read_text().replace('kind="open", code="wrong-day"', reason))
    shutil.copy(EXAMPLE / "small_lab.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "freezes.json").write_text(FREEZE)
    (tmp_path / "holdfast.toml").write_text(configuration())
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"weights of kite")
    desk = Desk(tmp_path)
    desk.does("init", "--admin", "ana", "-m", "our releases are decided here")
    desk.does("charter", "allow", "small_lab.yaml", "--up-to", "hosted", *by("ana"))
    desk.does("roster", "add", "lee", "--role", "lead", *by("ana"))
    desk.does("roster", "add", "mara", "--role", "safety", *by("ana"))
    desk.does("start", "kite", "model", "--process", "small_lab", "--author", "kim", *by("lee"))
    basis = desk("explain", "kite", "host", "--no-hash", "--json").json["basis"]
    desk.does("sign", "kite", "host", "--approve", "--seen", basis, *by("mara"))
    return desk


@pytest.mark.parametrize(
    ("day", "code", "told"),
    [
        (1, 8, "today is a Friday"),
        (5, 1, "frozen: the quarter is being reported"),
        (6, 0, "moved it from internal_testing to hosted"),
    ],
)
def test_the_example_s_rules_decide_what_the_command_line_does(lab: Desk, day: int, code: int, told: str) -> None:
    lab.clock.at = datetime(2025, 8, day, 9, tzinfo=UTC)

    asked = lab("explain", "kite", "host", "--as", "lee")
    done = lab("advance", "kite", "host", *by("lee"))

    assert (asked.code, done.code) == (code, code)
    assert told in " ".join((done.out + done.err).split())
    assert lab("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("reason", "code", "answer"),
    [('kind="no", code="not-observed"', 1, "NO"), ('kind="open", code="not-observed"', 8, "WAITING")],
    ids=["no", "open"],
)
def test_a_rule_s_answer_is_not_taken_for_a_look_that_was_left_out(lab: Desk, code: int, answer: str) -> None:
    """Only an error can say that nobody looked, whatever word a rule has for its reason."""
    lab.clock.at = datetime(2025, 8, 1, 9, tzinfo=UTC)

    result = lab("explain", "kite", "host", "--as", "lee")

    assert result.code == code
    assert result.out.startswith(f"{answer}:")
    assert "today is a Friday" in result.out
    assert "NOT LOOKED AT" not in result.out


@pytest.mark.parametrize("name", ["no_freeze:nothing_of_the_kind", "nowhere:read_calendar"])
def test_what_an_observer_cannot_look_at_does_not_pass(lab: Desk, name: str) -> None:
    file = lab.directory / "holdfast.toml"
    file.write_text(file.read_text().replace("no_freeze:read_calendar", name))
    lab.clock.at = datetime(2025, 8, 6, 9, tzinfo=UTC)

    result = lab("explain", "kite", "host", "--as", "lee")

    assert result.code == 4
    assert f"the observer {name} cannot be imported" in " ".join(result.out.split())


def test_a_process_with_rules_of_one_s_own_is_checked_and_shown_without_a_ledger(lab: Desk) -> None:
    (lab.directory / "holdfast.db").unlink()

    assert lab("process", "check", "small_lab.yaml").code == 0
    assert "not on a Friday or Saturday or Sunday" in " ".join(lab("process", "show", "small_lab.yaml").out.split())


def console_script(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command as its console script does: nothing of the working directory is importable by itself."""
    command = [sys.executable, "-P", "-m", "workflow.cli", *args]
    given = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=cwd, env=given, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def test_the_console_script_finds_the_rules_beside_the_file_from_any_directory_below(lab: Desk) -> None:
    below = lab.directory / "deep"
    below.mkdir()

    result = console_script("process", "check", "../small_lab.yaml", cwd=below)

    assert result.returncode == 0, result.stderr


def test_nothing_beside_the_file_is_importable_where_the_file_names_nothing(lab: Desk) -> None:
    (lab.directory / "holdfast.toml").write_text('database = "sqlite:///holdfast.db"\n')

    result = console_script("process", "check", "small_lab.yaml", cwd=lab.directory)

    assert result.returncode == 2
    assert "is not allowed here" in result.stderr


@pytest.mark.parametrize("planted", ["policies/__init__.py", "policies.py", "workflow/__init__.py", "json.py"])
def test_what_stands_beside_the_file_takes_nobody_s_place(lab: Desk, planted: str) -> None:
    """The shipped policies, the engine and the standard library come first, whatever the folder holds."""
    file = lab.directory / planted
    file.parent.mkdir(exist_ok=True)
    file.write_text(PLANTED)
    whole = console_script("explain", "kite", "host", "--as", "lee", cwd=lab.directory)

    assert whole.returncode in (0, 1, 8)
    assert "sign-offs safety: 1 of 1" in console_script("explain", "kite", "host", "--all", cwd=lab.directory).stdout
    assert not list(lab.directory.rglob("it-ran"))


def test_a_policies_folder_that_python_finds_first_is_refused(lab: Desk) -> None:
    """As a module, the command finds what stands in the working directory before anything that is installed."""
    folder = lab.directory / "policies"
    folder.mkdir()
    (folder / "__init__.py").write_text(PLANTED)
    command = [sys.executable, "-m", "workflow.cli", "process", "check", "small_lab.yaml"]

    result = subprocess.run(command, cwd=lab.directory, capture_output=True, text=True, check=False)

    assert result.returncode == 2
    assert "does not belong to Holdfast" in " ".join(result.stderr.split())
    assert not list(lab.directory.rglob("it-ran"))


def test_the_rules_are_in_the_schema_that_editors_use(lab: Desk) -> None:
    rules = lab("process", "schema", "--json").json["definitions"]["rule"]["anyOf"]

    assert "no_fridays:NoFridays" in rules[0]["anyOf"][0]["enum"]
    assert rules[1]["properties"]["no_freeze:NoFreeze"]["description"]
