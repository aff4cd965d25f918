"""A report is a file: what has no end, or never begins, is refused before it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import Desk, by

from workflow.api import showing


def pipe(place: Path) -> Path:
    os.mkfifo(place / "pipe")
    return place / "pipe"


def endless(place: Path) -> Path:
    return Path("/dev/zero")


def link_to_endless(place: Path) -> Path:
    (place / "report.md").symlink_to("/dev/zero")
    return place / "report.md"


def folder(place: Path) -> Path:
    return place / "model"


@pytest.mark.parametrize("made", [pipe, endless, link_to_endless, folder])
def test_what_is_no_file_is_refused_and_not_read(desk: Desk, made: Callable[[Path], Path]) -> None:
    desk.to_review()
    before = desk("history", "--json").json

    result = desk("attach", "aurora", str(made(desk.directory)), "--kind", "document", "--name", "card", *by("lee"))

    assert result.code == 2
    assert "next: name a file" in result.err
    assert desk("history", "--json").json == before


@pytest.mark.parametrize(("size", "code"), [(100, 0), (101, 2)])
def test_a_file_is_read_up_to_the_limit_and_refused_above(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int, code: int
) -> None:
    monkeypatch.setattr(showing, "MAX_EVIDENCE_BYTES", 100)
    desk.to_review()
    (desk.directory / "card.md").write_bytes(b"x" * size)
    card = str(desk.directory / "card.md")
    declared = ("--declare-as", "lead")

    result = desk("attach", "aurora", card, "--kind", "document", "--name", "card", *declared, *by("lee"))

    assert result.code == code, result
    assert ("is larger than" in result.err) == (code == 2)
