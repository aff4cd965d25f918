"""The bar: for people who wait at a terminal, beside the answer, and only when it takes a while."""

from __future__ import annotations

import re

import pytest
from cli_desk import Desk

from workflow.artifact import Progress
from workflow.cli import progress


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.to_review()
    return desk


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "aurora", "publish"),
        ("audit", "verify"),
        ("audit", "waiting"),
        ("candidate", "verify", "model", "--release", "aurora"),
    ],
)
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


def test_neither_silence_nor_a_script_nor_a_dumb_terminal_gets_a_bar(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)

    assert desk("audit", "verify", "--quiet", terminal=True).err == ""
    assert desk("audit", "verify", "--json", terminal=True).err == ""
    assert desk("audit", "verify", terminal=True, environment={"TERM": "dumb"}).err == ""


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (Progress(0, 29, 0, 14_200_000_000, "", 0, None), "0/29 files  0 bytes/14.2 GB  0 bytes/s"),
        (
            Progress(3, 29, 2_000_000_000, 14_200_000_000, "a", 1_300_000_000, 3723),
            "3/29 files  2.0 GB/14.2 GB  1.3 GB/s  1:02:03 left",
        ),
        (Progress(1, 1, 5, 5, "a", 5, 0), "1/1 files  5 bytes/5 bytes  5 bytes/s  0:00:00 left"),
    ],
)
def test_hashing_is_told_in_files_bytes_rate_and_time_left(at: Progress, words: str) -> None:
    assert progress.told(at) == words


def test_where_no_terminal_is_a_line_now_and_then_says_how_far_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk("audit", "verify").err == ""

    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    told = desk("audit", "verify").err.splitlines()

    assert told
    assert all(re.fullmatch(r"checking \d+/\d+ entries(  \d+/s  \d:\d\d:\d\d left)?", line) for line in told)
    assert desk("audit", "verify", "--json").err == desk("audit", "verify", "--quiet").err == ""


def test_all_of_it_stands_in_one_line_of_eighty_columns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)

    shown = desk("explain", "aurora", "publish", terminal=True).err
    bars = [line for line in re.split(r"\r|\n|\x1b\[[0-9;?]*[A-Za-z]", shown) if line.startswith("hashing")]

    assert re.fullmatch(r"hashing +\S+ 2/2 files  19 bytes/19 bytes  \S+ \S+/s  0:00:00 left", bars[-1].rstrip()), bars
    assert max(map(len, bars)) <= 80
