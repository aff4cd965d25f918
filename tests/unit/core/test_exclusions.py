"""Who may do nothing that opens a gate, and for which reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.support.build import History, in_review
from tests.support.parts import candidate


@dataclass(frozen=True)
class Scenario:
    name: str
    happens: Callable[[History], object]
    person: str
    why: str | None

    def __str__(self) -> str:
        return self.name


def nothing(history: History) -> None:
    pass


def moved_on_by_mara(history: History) -> None:
    history.move("back")
    history.move("submit", by="mara")


def moved_aside_by_mara(history: History) -> None:
    history.move("wait", by="mara")


def waited_and_came_back_by_mara(history: History) -> None:
    history.move("wait", by="mara")
    history.move("resume", by="mara")


def moved_back_by_mara(history: History) -> None:
    history.move("back", by="mara")


def other_author(history: History) -> None:
    history.replace(candidate("second", authors=["jun"]))


def parent_elsewhere(history: History) -> None:
    history.start("older", facts=candidate("older", authors=["sam"]))
    history.replace(candidate("second", parents=[candidate("older").digest]))


def same_bytes_elsewhere_by_another_author(history: History) -> None:
    history.start("twin", facts=candidate("aurora", authors=["sam"]))


def recused(history: History) -> None:
    history.sign("mara", "safety", "recuse")
    moved_on_by_mara(history)


SCENARIOS = [
    Scenario("whoever has nothing to do with it", nothing, "mara", None),
    Scenario("who started it", nothing, "lee", "requester, started the release"),
    Scenario("an author", nothing, "ada", "author of the candidate"),
    Scenario("who moved it on into this stage", moved_on_by_mara, "mara", "requester, moved it into review"),
    Scenario("who moved it aside", moved_aside_by_mara, "mara", None),
    Scenario("who brought it back from aside", waited_and_came_back_by_mara, "mara", None),
    Scenario("who moved it back", moved_back_by_mara, "mara", None),
    Scenario("an author of the bytes before", other_author, "ada", "author of the candidate"),
    Scenario("an author of the new bytes", other_author, "jun", "author of the candidate"),
    Scenario("an author of a parent elsewhere", parent_elsewhere, "sam", "author of the candidate"),
    Scenario(
        "an author of the same bytes elsewhere",
        same_bytes_elsewhere_by_another_author,
        "sam",
        "author of the candidate",
    ),
    Scenario("who recused themselves, in a later round", recused, "mara", "recused, entry 20"),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_requester_the_authors_and_the_recused_are_excluded(scenario: Scenario) -> None:
    history = in_review()
    scenario.happens(history)

    assert history.context().excluded(scenario.person) == scenario.why


def test_whoever_calls_the_trigger_is_excluded_from_agreeing_to_it() -> None:
    context = in_review().context(caller="mara")

    assert context.excluded("mara") == "requester, calls the trigger"
    assert "mara" not in context.eligible("safety")


def test_solo_excludes_only_the_recused() -> None:
    history = in_review(solo=True)
    history.sign("mara", "safety", "recuse")
    context = history.context(caller="lee")

    assert [context.excluded(person) is None for person in ("lee", "ada", "mara")] == [True, True, False]
