"""Long lists come a page at a time, and the last line of a page is the command for the next one."""

from __future__ import annotations

import shlex

import pytest
from cli_desk import Desk, by

NAMES = ("aurora", "borealis", "cygnus", "delphinus")


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for name in NAMES:
        desk.does("start", name, "model", "--process", "small", "--author", "ada", *by("lee"))
    return desk


def pages(desk: Desk, *words: str) -> tuple[list[list[str]], str]:
    """The names on each page of a list, by the commands that the pages themselves tell; and the last of these."""
    found, command = [], list(words)
    while True:
        document = desk.does(*command, "--json").json
        assert set(document) == {"items", "next"}
        found.append(list(dict.fromkeys(item["release"] for item in document["items"])))
        last = desk.does(*command).out.splitlines()[-1]
        assert last.startswith("holdfast ") == (document["next"] is not None)
        if document["next"] is None:
            return found, shlex.join(command)
        command = shlex.split(last.removeprefix("holdfast "))
        assert command[-2:] == ["--after", document["next"]]


@pytest.mark.parametrize(
    ("words", "expected", "last"),
    [
        (("list",), [list(NAMES)], "list"),
        (("list", "-n", "4"), [list(NAMES)], "list -n 4"),
        (("list", "--open", "-n", "3"), [list(NAMES[:3]), list(NAMES[3:])], "list --open --limit 3 --after cygnus"),
        (("inbox", "--as", "lee"), [list(NAMES)], "inbox --as lee"),
        (
            ("inbox", "--as", "lee", "-n", "2"),
            [list(NAMES[:2]), list(NAMES[2:])],
            "inbox --as lee --limit 2 --after borealis",
        ),
        (
            ("inbox", "--as", "lee", "--look", "3"),
            [list(NAMES[:3]), list(NAMES[3:])],
            "inbox --as lee --look 3 --after cygnus",
        ),
        (("inbox", "--as", "ivy", "--look", "2"), [[], []], "inbox --as ivy --look 2 --after borealis"),
    ],
)
def test_the_commands_that_are_told_go_through_everything_once(
    desk: Desk, words: tuple[str, ...], expected: list[list[str]], last: str
) -> None:
    assert pages(desk, *words) == (expected, last)


def test_a_page_without_anything_says_how_far_was_looked(desk: Desk) -> None:
    assert desk("list", "--after", "delphinus").out == "There is no release after delphinus.\n"
    first = desk("inbox", "--as", "ivy", "--look", "2").out
    assert first.startswith("Nothing waits for ivy in the releases up to borealis.\n")
    assert desk("inbox", "--as", "ivy", "--after", "borealis").out == "Nothing waits for ivy after borealis.\n"


@pytest.mark.parametrize(
    "words", [("list", "-n", "0"), ("inbox", "--limit", "0", *by("lee")), ("inbox", "--look", "0")]
)
def test_a_page_of_nothing_is_a_mistake(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk(*words).code == 2


def test_a_history_says_how_to_see_what_was_before_until_nothing_was(desk: Desk) -> None:
    assert "holdfast history aurora --before" not in desk("history", "aurora").err
    assert "--before" in desk("history", "--limit", "1").err
    assert "--before" not in desk("history", "--limit", "1", "--before", "2").err
