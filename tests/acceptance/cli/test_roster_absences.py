"""Deputies, absences, latecomers and decision-makers on the command line, and how they show."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cli_desk import Desk, by

WORDS = ("--as", "lee")


def shown(desk: Desk, *args: str) -> str:
    return " ".join(desk(*args).out.split())


def test_a_deputy_is_named_in_advance_and_shown(desk: Desk) -> None:
    desk.does(
        "roster",
        "deputy",
        "mara",
        "ivy",
        "safety",
        "--release",
        "aurora",
        "--until",
        "2025-08-01T00:00:00Z",
        *by("ops"),
    )

    told = shown(desk, "roster", "show")
    assert "ivy stands in for mara as safety in aurora, until 1 Aug 2025 00:00 UTC, when they cannot act" in told
    (deputy,) = desk("roster", "show", "--json").json["deputies"]
    assert (deputy["person"], deputy["deputy"], deputy["roles"]) == ("mara", "ivy", ["safety"])
    desk.does("roster", "dismiss", "mara", "ivy", *by("ops"))
    assert desk("roster", "show", "--json").json["deputies"] == []


def test_whoever_is_away_says_so_and_says_when_they_are_back(desk: Desk) -> None:
    desk.does("roster", "away", "--until", "2025-07-09T00:00:00Z", *by("mara", "I am on leave"))

    assert "away until 9 Jul 2025 00:00 UTC" in shown(desk, "roster", "show")
    desk.does("roster", "back", *by("mara", "I am back early"))
    assert desk("roster", "show", "--json").json["away"] == []


def test_status_and_explain_say_for_whom_a_deputy_approved_and_whose_approval_does_not_count(desk: Desk) -> None:
    desk.does("roster", "deputy", "mara", "ivy", "safety", *by("ops"))
    desk.to_review()
    desk.approve("mara")
    away = desk.does("roster", "away", "--json", *by("mara", "I am on leave")).json["entry"]
    desk.does(
        "sign", "aurora", "publish", "--approve", "--role", "safety", "--seen", desk.basis(), *by("ivy", "for mara")
    )

    status, explained = shown(desk, "status", "aurora", *WORDS), shown(desk, "explain", "aurora", "publish", *WORDS)

    for text in (status, explained):
        assert f"ignored mara (away, entry {away})" in text
        assert f"deputy ivy for mara, who is away, entry {away}" in text


def test_a_deputy_is_told_even_where_everything_is_met(desk: Desk) -> None:
    desk.does("roster", "deputy", "jun", "lee", "safety", *by("ops"))
    desk.does("roster", "deputy", "jun", "priya", "safety", *by("ops"))
    desk.ready()
    desk.does("roster", "away", *by("jun", "I am on leave"))
    desk.does("roster", "ungrant", "priya", "safety", *by("ops"))
    desk.does(
        "sign", "aurora", "publish", "--approve", "--role", "safety", "--seen", desk.basis(), *by("priya", "for jun")
    )

    result = desk("explain", "aurora", "publish", *WORDS)

    assert result.code == 0
    assert "deputy     priya for jun, who is away" in result.out


def test_history_tells_of_every_change_in_words(desk: Desk) -> None:
    desk.to_review()
    desk.does("sign", "aurora", "publish", "--reject", *by("mara", "I do not agree"))
    desk.does("roster", "remove", "mara", *by("ops"))
    desk.does("roster", "decider", "aurora", "S1", "priya", *by("ops"))
    desk.does("roster", "admit", "priya", "safety", "aurora", *by("ops"))
    desk.does("roster", "administrators", "ops", "lee", "--threshold", "1", *by("ops"))

    told = shown(desk, "history")

    assert "priya decides about S1 of aurora, whose maker has left" in told
    assert "priya counts as safety in round 2 of aurora, though late" in told
    assert "ops, lee administer, and a change takes 1 of them" in told
    roster = shown(desk, "roster", "show")
    assert "priya decides about S1 of aurora" in roster
    assert "priya counts as safety in round 2 of aurora although late, change C" in roster
    assert "administered by ops and lee; a change takes 1 of them" in roster


@dataclass(frozen=True)
class Mistake:
    """A command that cannot be done, its exit code, and what it is told."""

    args: tuple[str, ...]
    words: tuple[str, ...]
    code: int = 2


MISTAKES = (
    Mistake(("deputy", "mara", "mara", "safety"), ("nobody is their own deputy",)),
    Mistake(("deputy", "mara", "ivy", "lead"), ("mara does not hold lead",)),
    Mistake(("deputy", "mara", "ivy", "safety", "--until", "2025-06-01T00:00:00Z"), ("passed already",)),
    Mistake(("deputy", "mara", "ivy", "safety", "--until", "soon"), ("'soon' is not a time", "2025-07-17T17:00:00Z")),
    Mistake(("deputy", "mara", "ivy"), ("ROLE", "holdfast roster deputy --help")),
    Mistake(("dismiss", "mara", "ivy"), ("ivy is no deputy of mara", "roster show")),
    Mistake(("back",), ("ops is not away",)),
    Mistake(("admit", "lee", "safety", "aurora"), ("lee does not hold safety", "roster grant")),
    Mistake(("admit", "mara", "safety", "nothing"), ("no release 'nothing'", "holdfast list")),
    Mistake(("decider", "aurora", "S1", "mara"), ("no refusal S1 in aurora", "holdfast status aurora")),
    Mistake(("administrators", "ops", "--threshold", "2"), ("cannot be reached",)),
    Mistake(("administrators", "nobody", "--threshold", "1"), ("nobody is not on the roster",)),
    Mistake(("ungrant", "mara", "legal"), ("mara holds safety",)),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: " ".join(mistake.args))
def test_a_mistake_is_told_with_what_to_do_and_records_nothing(desk: Desk, mistake: Mistake) -> None:
    desk.to_review()
    before = desk("history", "--json").out

    result = desk("roster", *mistake.args, *by("ops"))

    assert (result.code, result.out) == (mistake.code, "")
    assert all(words in " ".join(result.err.split()) for words in mistake.words), result.err
    assert desk("history", "--json").out == before


def test_a_change_by_somebody_who_does_not_administer_is_refused_and_on_record(desk: Desk) -> None:
    result = desk("roster", "deputy", "mara", "ivy", "safety", *by("mara"))

    assert result.code == 1
    assert "mara is no administrator" in result.err
    assert desk("history", "--json", "-n", "1").json[0]["refused"]
