"""``history`` with a choice: what it finds, how far it looked, and the command that goes on."""

from __future__ import annotations

import shlex

import pytest
from cli_desk import Desk, by


@pytest.fixture
def told(desk: Desk) -> Desk:
    desk.to_review()
    desk("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))
    desk.clock.forward("2d")
    desk.does("hold", "aurora", *by("jun"))
    return desk


def test_a_choice_says_what_it_found_and_that_nothing_was_left_out(told: Desk) -> None:
    screen = told("history", "aurora", "--refusals").out

    assert "was REFUSED `advance`" in screen
    assert "1 entry of aurora found; 4 entries looked at" in screen
    assert "Nothing was left out." in screen


def test_nothing_found_is_said_plainly(told: Desk) -> None:
    result = told("history", "--by", "priya")

    assert (result.code, result.out.splitlines()[-1]) == (0, "Nothing was left out.")
    assert result.out.startswith("No entry found; ")


def test_the_command_that_is_told_goes_on_until_everything_was_told(told: Desk) -> None:
    whole = [item["entry"] for item in told("history", "--by", "ops", "--json").json["items"]]
    found: list[int] = []
    words = ["history", "--by", "ops", "-n", "3"]
    while words:
        found += [item["entry"] for item in told(*words, "--json").json["items"]]
        last = told(*words).out.splitlines()[-1]
        words = shlex.split(last.removeprefix("holdfast ")) if last.startswith("holdfast ") else []
        assert words or last == "Nothing was left out."

    assert found == whole
    assert len(whole) > 6


@pytest.mark.parametrize(
    ("choice", "actors"),
    [
        (("--since", "2025-07-02"), ["jun"]),
        (("--until", "2025-07-01", "--trigger", "submit"), ["lee"]),
        (("--since", "2025-07-03T09:00:00Z", "--until", "2025-07-03T11:00:00+02:00"), ["jun"]),
        (
            (
                "--since",
                "2025-07-03T09:00:01Z",
            ),
            [],
        ),
    ],
)
def test_a_time_may_be_a_day(told: Desk, choice: tuple[str, ...], actors: list[str]) -> None:
    assert [item["actor"] for item in told("history", *choice, "--json").json["items"]] == actors


@pytest.mark.parametrize("time", ["yesterday", "2025-02-30", "2025-07-01T09:00:00", "2025-07", ""])
def test_a_time_that_is_none_is_refused(told: Desk, time: str) -> None:
    result = told("history", "--since", time)

    assert (result.code, result.out) == (2, "")
    assert "2025-07-17 for a day in UTC" in result.err


def test_one_entry_by_its_number_takes_no_other_choice(told: Desk) -> None:
    assert told("history", "--entry", "3", "--by", "ops").code == 2


def test_without_a_choice_the_document_is_the_list_that_it_was(told: Desk) -> None:
    plain, chosen = told("history", "--json").json, told("history", "--after", "0", "--json").json

    assert isinstance(plain, list)
    assert chosen["items"] == plain
    assert (chosen["next_before"], chosen["next_after"]) == (None, None)
