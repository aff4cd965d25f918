"""What the screens look like, and that no terminal, encoding or text of anybody's takes a fact away from them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_desk import Desk, by

GOLDEN = Path(__file__).with_name("golden")
BASIS = re.compile(r"(\bbasis\s+)[0-9a-f]{16}\b")
ESCAPE = "\x1b[31mred\x1b[0m"


def blocked(desk: Desk) -> None:
    """Some of everything: counted, ignored, open, refused, held, not looked at, and a date that slipped."""
    desk.to_review()
    desk.approve("mara")
    desk.does("review", "aurora", "biosecurity", "acceptable", *by("mara"))
    desk.approve("priya", "ivy")
    desk.does("unsign", "aurora", *by("ivy", "I read the wrong licence"))
    desk.does("sign", "aurora", "publish", "--reject", *by("ivy", "the licence is unclear"))
    desk.does("hold", "aurora", "--condition", "read the report of the red team", *by("jun", "Łucja found a jailbreak"))
    desk.does("schedule", "aurora", "--to", "2025-07-17T17:00:00Z", *by("lee"))
    desk.does("schedule", "aurora", "--no-date", *by("lee"))
    desk.clock.forward("3d1h")


SCREENS = {
    "status-80": (("status", "aurora", "--as", "lee"), 80),
    "status-60": (("status", "aurora", "--as", "lee"), 60),
    "status-reviewer": (("status", "aurora", "--as", "priya"), 80),
    "explain-80": (("explain", "aurora", "publish", "--as", "lee"), 80),
    "explain-60": (("explain", "aurora", "publish", "--as", "lee"), 60),
    "explain-all": (("explain", "aurora", "publish", "--as", "lee", "--all", "--no-hash"), 80),
    "refusal": (("advance", "aurora", "publish", "--confirm", "aurora", *by("lee")), 80),
    "inbox": (("inbox", "--as", "mara"), 80),
    "history": (("history", "aurora", "-n", "4"), 80),
    "list-60": (("list",), 60),
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_what_it_was(desk: Desk, name: str) -> None:
    blocked(desk)
    args, width = SCREENS[name]

    result = desk(*args, environment={"COLUMNS": str(width)})
    screen = BASIS.sub(r"\g<1>0123456789abcdef", f"{result.out}{result.err}[exit {result.code}]\n")

    assert screen == (GOLDEN / f"{name}.txt").read_text("utf-8")
    assert max(map(len, screen.splitlines())) <= width


def test_the_common_status_fits_on_a_screen_of_80_by_24(desk: Desk) -> None:
    blocked(desk)

    result = desk("status", "aurora", "--as", "lee")

    assert len((result.out + result.err).splitlines()) <= 24
    assert max(map(len, result.out.splitlines())) <= 80


def test_every_fact_of_the_wide_screen_is_on_the_narrow_one(desk: Desk) -> None:
    blocked(desk)

    def words(*args: str, width: int) -> str:
        return "".join(desk(*args, environment={"COLUMNS": str(width)}).out.split())

    for args in (("status", "aurora"), ("explain", "aurora", "publish", "--all"), ("history",)):
        assert words(*args, width=60) == words(*args, width=80)


def test_a_table_in_a_pipe_has_one_line_a_row(desk: Desk) -> None:
    desk.to_review()

    lines = desk("list", environment={"COLUMNS": ""}).out.splitlines()

    assert [line.split()[0] for line in lines] == ["release", "aurora"]


def test_a_screen_of_another_encoding_loses_no_fact(desk: Desk) -> None:
    blocked(desk)

    wide = desk("history", "aurora")
    result = desk("history", "aurora", encoding="cp1252")

    assert "Łucja found a jailbreak" in wide.out
    assert "\\u0141ucja found a jailbreak" in result.out


def test_the_signs_are_ascii_in_every_encoding(desk: Desk) -> None:
    blocked(desk)

    for args in (("status", "aurora", "--as", "ivy"), ("explain", "aurora", "publish"), ("audit", "verify"), ("list",)):
        own = desk(*args).out.replace("Ł", "L")
        assert own.isascii()


def test_colour_carries_no_fact_and_is_for_terminals_only(desk: Desk) -> None:
    blocked(desk)
    screens = {
        "pipe": desk("status", "aurora", environment={"NO_COLOR": ""}),
        "terminal": desk("status", "aurora", environment={"NO_COLOR": ""}, terminal=True),
        "no colour": desk("status", "aurora", terminal=True),
        "dumb": desk("status", "aurora", environment={"NO_COLOR": "", "TERM": "dumb"}, terminal=True),
    }

    coloured = screens.pop("terminal").out

    assert "\x1b[" in coloured
    assert {re.sub(r"\x1b\[[0-9;]*m", "", coloured)} == {screen.out for screen in screens.values()}


def test_red_is_for_refusals_and_a_hold_is_neutral(desk: Desk) -> None:
    desk.to_review()
    desk.does("hold", "aurora", *by("jun"))

    held = desk("status", "aurora", environment={"NO_COLOR": ""}, terminal=True).out
    hold_line = next(line for line in held.splitlines() if "H1" in line)

    assert "\x1b[" not in hold_line


def test_what_stands_in_the_ledger_reaches_a_terminal_as_text(desk: Desk) -> None:
    for place, label in enumerate((ESCAPE, "[bold]loud[/bold]", "back\u202ewards", "two\nlines", ":smile:")):
        name = f"r{place}"
        desk("start", name, "model", "--process", "small", "--author", "ada", "--label", label, *by("lee"))
    desk.does("start", "r9", "model", "--process", "small", "--author", "ada", *by("lee", "[red]why[/red] :tada:"))

    screens = [
        desk(*args).out for args in (("list",), ("status", "r0"), ("status", "r1"), ("status", "r2"), ("history",))
    ]

    assert not any(ord(char) < 32 and char != "\n" for screen in screens for char in screen)
    assert "\\x1b[31mred\\x1b[0m" in screens[1]
    assert "[bold]loud[/bold]" in screens[2]
    assert "back\\u202ewards" in screens[3]
    assert "[red]why[/red] :tada:" in screens[4]


def test_control_characters_in_what_was_typed_are_shown_in_the_error(desk: Desk) -> None:
    result = desk("status", ESCAPE)

    assert result.code == 2
    assert "\x1b" not in result.err
    assert "\\x1b[31m" in result.err


def test_a_reader_who_has_seen_enough_does_not_change_the_answer(desk: Desk) -> None:
    blocked(desk)

    class Closed:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

        def isatty(self) -> bool:
            return False

    result = desk("explain", "aurora", "publish", "--as", "lee", stdout=Closed())

    assert result.code == 1
    assert "bug" not in result.err


def test_hints_are_beside_the_facts_and_can_be_switched_off(desk: Desk) -> None:
    desk.to_review()
    config = desk.directory / "holdfast.toml"

    given = desk("status", "aurora")
    silent = [desk("status", "aurora", option) for option in ("--no-hints", "--json", "--quiet")]
    config.write_text(config.read_text() + "hints = false\n")

    assert "hint: holdfast explain aurora publish" in given.err
    assert "hint" not in given.out
    assert [result.err for result in silent] == ["", "", ""]
    assert desk("status", "aurora").err == ""


def test_quiet_says_nothing_but_errors(desk: Desk) -> None:
    desk.to_review()

    assert desk("status", "aurora", "-q").out == ""
    assert desk("status", "aurorb", "-q").err != ""
