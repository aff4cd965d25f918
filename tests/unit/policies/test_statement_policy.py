"""Names under words: people are counted, and only for this candidate in this round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from policies.statement import StatementPolicy
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate

Steps = Callable[[History], object]


def policy(**params: Any) -> StatementPolicy:
    return StatementPolicy.model_validate({"people": 2, "roles": ["lead", "legal"], **params})


def says(person: str, role: str = "lead", *, public: bool = True) -> Steps:
    return lambda history: history.make_statement(person, role, public=public)


def bounce(history: History) -> None:
    history.move("back")
    history.move("submit")


def lost_and_regained(history: History) -> None:
    history.revoke("ivy", "legal")
    history.grant("ivy", "legal")


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    made: int
    public: bool = True

    def __str__(self) -> str:
        return self.name


SCENARIOS = [
    Scenario("silence", (), 0),
    Scenario("one", (says("lee"),), 1),
    Scenario("one, twice", (says("lee"), says("lee")), 1),
    Scenario("two", (says("lee"), says("ivy", "legal")), 2),
    Scenario("an author and the requester", (says("lee"), says("ada")), 2),
    Scenario("one in a role that is not asked", (says("lee"), says("mara", "safety")), 1),
    Scenario("one in a role not held", (says("lee"), says("mara")), 1),
    Scenario("one who left", (says("lee"), says("ivy", "legal"), lambda history: history.remove("ivy")), 1),
    Scenario(
        "one who lost the role", (says("lee"), says("ivy", "legal"), lambda history: history.revoke("ivy", "legal")), 1
    ),
    Scenario("one who lost the role and got it back", (says("lee"), says("ivy", "legal"), lost_and_regained), 1),
    Scenario("one before the role was granted", (says("mara"), lambda history: history.grant("mara", "lead")), 0),
    Scenario("in an earlier round", (says("lee"), says("ivy", "legal"), bounce), 0),
    Scenario("of the bytes before", (says("lee"), lambda history: history.replace(candidate("second"))), 0),
    Scenario("one not in public", (says("lee"), says("ivy", "legal", public=False)), 1),
    Scenario("one not in public, where that is enough", (says("lee"), says("ivy", "legal", public=False)), 2, False),
    Scenario("a public one, where none need be", (says("lee"), says("ivy", "legal")), 2, False),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_people_are_counted_for_what_they_said_of_these_bytes_in_this_round(scenario: Scenario) -> None:
    history = in_review(policy(public=scenario.public))
    for step in scenario.steps:
        step(history)

    verdict = history.verdict()

    assert verdict.summary == f"statements: {scenario.made} of 2"
    assert shown(verdict) == ([] if scenario.made == 2 else [("open", "statement-missing")])


def test_those_who_said_something_already_are_not_asked_again() -> None:
    history = in_review(policy())
    says("lee")(history)

    assert history.verdict().reasons[0].who == ("ada", "ivy")


@pytest.mark.parametrize("params", [{"people": 0}, {"roles": []}, {"people": None}], ids=str)
def test_a_statement_by_nobody_is_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**params)
