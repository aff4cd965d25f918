"""The bar: for people who wait at a terminal, beside the answer, and only when it takes a while."""

from __future__ import annotations

import pytest
from cli_desk import Desk

from workflow.cli import progress


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.to_review()
    return desk


@pytest.mark.parametrize("command", [("explain", "aurora", "publish"), ("audit", "verify")])
def test_a_bar_stands_beside_the_answer_at_a_terminal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)

    waiting, piped = desk(*command, terminal=True), desk(*command)

    assert "\x1b[" in waiting.err
    assert "\x1b[" not in piped.err
    assert waiting.out == piped.out


def test_what_is_done_at_once_needs_no_bar(desk: Desk) -> None:
    assert desk("audit", "verify", terminal=True).err == ""


def test_neither_silence_nor_a_dumb_terminal_gets_a_bar(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)

    assert desk("audit", "verify", "--quiet", terminal=True).err == ""
    assert desk("audit", "verify", terminal=True, environment={"TERM": "dumb"}).err == ""
