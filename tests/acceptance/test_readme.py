"""The README tells the truth: its transcripts, its commands, its Python, its links."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow.tour.play import play

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> set[str]:
    """The commands of the top level; a nameless group only gathers some of them in a module."""
    shown = subprocess.run(
        [sys.executable, "-m", "workflow.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"},
    ).stdout
    return set(re.findall(r"^│ ([a-z][a-z-]*) {2,}", shown, re.MULTILINE))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    lines: list[str] = []
    kept = tmp_path_factory.mktemp("tour") / "kept"
    assert play(lines.append, directory=kept) == 0
    yield "\n".join(lines), kept


def test_every_transcript_is_word_for_word_from_the_tour(told: tuple[str, Path]) -> None:
    output, _ = told
    transcripts = [part.strip() for block in blocks("console") for part in block.split("\n\n")]

    assert len(transcripts) == 4
    for transcript in transcripts:
        assert transcript in output


def test_the_python_runs_against_a_real_ledger(told: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    _, kept = told
    monkeypatch.chdir(kept)

    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 -- the README's own code


def test_every_command_stands_in_the_table_and_every_one_named_exists() -> None:
    table = README.split("## Commands")[1].split("Exit codes:")[0]
    named = {name.split()[0] for name in re.findall(r"`([a-z -]+)`", table)}

    assert named == commands()


def test_every_link_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
