"""The command as it is installed: help, version, completion, and a pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_desk import Desk
from typer.main import get_command

from workflow.cli import ExitCode
from workflow.cli.app import app_for

COMMANDS = """
    init start candidate attach set-aside justify review test override require finding accept-risk discharge statement
    sign request collect reaffirm unsign answer assert schedule hold lift explain advance plan apply reconcile status
    inbox list history erase audit checkpoint witness roster charter process db tour
"""
NOUNS = {
    "": set(COMMANDS.split()),
    "audit": {"verify", "prove"},
    "candidate": {"replace", "manifest", "verify"},
    "roster": {
        "show",
        "add",
        "grant",
        "ungrant",
        "remove",
        "administrators",
        "approve",
        "correct-clock",
        "init",
        "possess",
        "enroll",
        "suspend",
        "restore",
        "revoke",
        "import",
        "deputy",
        "dismiss",
        "away",
        "back",
        "admit",
        "decider",
        "log-key",
    },
    "charter": {"show", "allow", "disallow"},
    "checkpoint": {"new-key", "show", "for-witness", "add-cosignature", "remember"},
    "witness": {"init", "add-log", "cosign", "show"},
    "incident": {"open", "update", "close", "show"},
    "process": {"list", "check", "show", "diff", "migrate", "approve-migration"},
    "db": {"upgrade", "rebuild"},
}


def holdfast(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command as a process of its own."""
    given = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "PYTHONWARNINGS": "error", **environment}
    command = [sys.executable, "-m", "workflow.cli", *args]
    return subprocess.run(
        command, cwd=cwd, env=given, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("noun", NOUNS)
def test_help_lists_every_command(desk: Desk, noun: str) -> None:
    result = holdfast(*noun.split(), "--help", cwd=desk.directory)

    words = set(result.stdout.replace("│", " ").split())
    assert result.returncode == 0
    assert NOUNS[noun] <= words


@pytest.mark.parametrize(
    "command",
    [*sorted(NOUNS[""] - NOUNS.keys()), *(f"{noun} {name}" for noun in NOUNS if noun for name in sorted(NOUNS[noun]))],
)
def test_every_command_explains_itself_and_every_option(
    capsys: pytest.CaptureFixture[str], desk: Desk, command: str
) -> None:
    assert desk(*command.split(), "--help").code == 0

    text = capsys.readouterr().out
    assert "Usage: holdfast " + command in " ".join(text.split())
    assert "--json" in text
    assert "--as" in text


def test_every_command_that_changes_something_takes_a_message(capsys: pytest.CaptureFixture[str], desk: Desk) -> None:
    reading = {"explain", "status", "inbox", "list", "history", "request", "collect", "tour"}
    changing = {
        *(NOUNS[""] - NOUNS.keys() - reading),
        *(f"roster {name}" for name in NOUNS["roster"] - {"show", "possess"}),
    }

    without = []
    for command in sorted(changing | {"candidate replace", "charter allow", "charter disallow", "db rebuild"}):
        desk(*command.split(), "--help")
        if "--message" not in capsys.readouterr().out:
            without.append(command)

    assert without == []


def test_every_command_that_records_something_can_be_repeated_safely(
    capsys: pytest.CaptureFixture[str], desk: Desk
) -> None:
    """All that take a reason do, but for the making of a ledger and the restoring of its protection."""
    commands = [
        *sorted(NOUNS[""] - NOUNS.keys()),
        *(f"{noun} {name}" for noun in NOUNS if noun for name in NOUNS[noun]),
    ]

    recording, repeatable = set(), set()
    for command in commands:
        desk(*command.split(), "--help")
        text = capsys.readouterr().out
        recording |= {command} if "--message" in text else set()
        repeatable |= {command} if "--command-id" in text else set()

    # A plan is applied once by itself: the same plan again is answered with what came of it.
    assert recording - repeatable == {"init", "db rebuild", "roster init", "roster import", "apply"}
    assert repeatable <= recording


def test_the_command_works_as_a_process_of_its_own(desk: Desk) -> None:
    desk.to_review()

    shown = holdfast("status", "aurora", cwd=desk.directory)
    actor = holdfast("inbox", cwd=desk.directory, HOLDFAST_ACTOR="mara")
    wrong = holdfast("status", "nothing", cwd=desk.directory)

    assert (shown.returncode, shown.stderr) == (8, "hint: holdfast explain aurora publish\n")
    assert "holdfast sign aurora publish --role safety" in actor.stdout
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_a_pipe_that_is_closed_early_leaves_no_complaint(desk: Desk) -> None:
    desk.to_review()
    command = f"{sys.executable} -m workflow.cli history --json; echo $? >&2"

    result = subprocess.run(
        ["/bin/sh", "-c", f"({command}) | head -c 1"], cwd=desk.directory, capture_output=True, text=True, check=False
    )

    assert result.stdout == "["
    assert result.stderr == "0\n"


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str], desk: Desk) -> None:
    assert desk().code == 0
    assert "Usage: holdfast" in capsys.readouterr().out


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str], desk: Desk) -> None:
    assert desk("--version").code == 0
    assert capsys.readouterr().out.startswith("holdfast 0.")


def test_the_shell_completes_commands(desk: Desk) -> None:
    result = holdfast(cwd=desk.directory, _HOLDFAST_COMPLETE="complete_bash", COMP_WORDS="holdfast st", COMP_CWORD="1")

    assert {"start", "status", "statement"} <= set(result.stdout.split())


def test_the_page_about_the_command_line_names_commands_and_options_that_there_are(
    capsys: pytest.CaptureFixture[str], desk: Desk
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
    table = page.partition("## Commands")[2].partition("\n\nWhat changes")[0]
    told = [code.split() for code in re.findall(r"`([a-z][^`]*)`", table)]
    named = {words[0] for words in told}

    assert named >= NOUNS[""] - {"tour"}
    for words in told:
        # A checkpoint is made by the noun itself, and its other commands stand behind that.
        behind = words[0] in {*NOUNS, "checkpoint", "witness"} and words[1:] and words[1][0].isalpha()
        command = words[: 2 if behind else 1]
        if words[0] in NOUNS["roster"] - NOUNS[""]:
            command = ["roster", words[0]]
        assert desk(*command, "--help").code == 0
        text = capsys.readouterr().out
        assert [word for word in words if word.strip("[]").startswith("-") and word.strip("[]") not in text] == []


def test_the_page_about_the_command_line_names_every_command_that_signs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
    listed = page.partition("These commands have `--key`")[2].partition("\n\n")[0]

    assert set(re.findall(r"`([a-z][^`]*)`", listed)) == set(taking_a_key(get_command(app_for(["--help"]))))


def taking_a_key(command: Any, *words: str) -> Iterator[str]:
    if words and any("--key" in parameter.opts for parameter in command.params):
        yield " ".join(words)
    for name, below in getattr(command, "commands", {}).items():
        yield from taking_a_key(below, *words, name)


def test_the_page_about_the_command_line_has_every_exit_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", page.partition("## Exit codes")[2], re.MULTILINE)}

    assert told == {code.value for code in ExitCode}
