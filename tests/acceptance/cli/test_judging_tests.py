"""`test`: what came of a required test, from the command line; what is missing is named with the command for it."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by

RULE = "      - required_tests: {tests: [red_team, load], roles: [safety]}\n"
BEFORE = "      - candidate_unchanged\n"


@pytest.fixture
def tested(desk: Desk) -> Desk:
    """``aurora`` in review, before a gate that wants two tests."""
    text = (desk.directory / "small.yaml").read_text()
    file = desk.directory / "tested.yaml"
    file.write_text(text.replace("process: small", "process: tested").replace(BEFORE, RULE + BEFORE, 1))
    desk.does("charter", "allow", "tested.yaml", "--up-to", "weights", *by("ops"))
    desk.does("start", "aurora", "model", "--process", "tested", "--author", "ada", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    return desk


def shown(desk: Desk) -> str:
    return " ".join(desk("explain", "aurora", "publish", "--no-hash", "--all").out.split())


def test_a_test_is_said_to_be_done_and_the_next_one_asked_for(tested: Desk) -> None:
    assert "required tests: 0 of 2 settled NOT MET: open" in shown(tested)
    assert "holdfast test aurora red_team VERDICT" in shown(tested)

    done = tested.does("test", "aurora", "red_team", "done", *by("mara", "five days, nothing new"))

    entry = tested("history", "--json", "-n", "1").json[0]["entry"]
    assert "said as safety that the test red_team is done" in " ".join(done.out.split())
    assert f"tested red_team: done, mara as safety, entry {entry}" in shown(tested)
    assert "load: 1 more to say that it is done or not applicable" in shown(tested)
    assert tested("audit", "verify").code == 0


def test_a_failure_is_a_no_and_only_its_maker_is_asked_again(tested: Desk) -> None:
    tested.does("test", "aurora", "load", "failed", *by("jun", "it fell over"))
    tested.does("test", "aurora", "load", "not_applicable", *by("mara"))

    result = tested("explain", "aurora", "publish", "--no-hash")

    assert result.code == 1
    assert "load: jun said as safety that it failed" in " ".join(result.out.split())
    assert "who can jun: holdfast test aurora load VERDICT --role safety" in " ".join(result.out.split())


def test_it_says_what_it_made_happen_as_json(tested: Desk) -> None:
    said = tested.does("test", "aurora", "load", "done", "--json", *by("mara")).json

    assert [event["type"] for event in said["events"]] == ["required_test_judged"]
    assert (said["events"][0]["test"], said["events"][0]["verdict"]) == ("load", "done")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("test", "aurora", "chess", "done", *by("mara")), 2, ("wants no test 'chess'", "red_team, load")),
        (("test", "aurora", "load", "fine", *by("mara")), 2, ("'fine'", "not_applicable")),
        (("test", "aurora", "load", "done", "--evidence", "E9", *by("mara")), 2, ("no evidence E9",)),
        (("test", "aurora", "load", "done", "--role", "legal", *by("mara")), 1, ("does not hold the role",)),
    ],
)
def test_what_cannot_be_said_is_named(tested: Desk, args: tuple[str, ...], code: int, words: tuple[str, ...]) -> None:
    result = tested(*args)

    assert result.code == code
    assert all(word in " ".join(result.err.split()) for word in words)
