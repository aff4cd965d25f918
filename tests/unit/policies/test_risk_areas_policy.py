"""Every risk area has its own verdict, and silence is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from policies.risk_areas import RiskAreas
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate
from workflow.facts import RiskVerdict

Steps = Callable[[History], object]


def policy(**params: Any) -> RiskAreas:
    return RiskAreas.model_validate({"areas": ["bio"], "roles": ["safety", "security"], **params})


def says(person: str, verdict: RiskVerdict, role: str = "safety", area: str = "bio") -> Steps:
    return lambda history: history.review(person, role, area, verdict)


def recuses(history: History) -> None:
    history.sign("mara", "safety", "recuse")


def lost_and_regained(history: History) -> None:
    history.revoke("mara", "safety")
    history.grant("mara", "safety")


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    expected: list[tuple[str, str]]
    reviewers: int = 1

    def __str__(self) -> str:
        return self.name


YES = says("mara", "acceptable")
SILENT, REFUSED, UNCLEAR = ("open", "area-not-reviewed"), ("no", "area-unacceptable"), ("open", "area-unclear")
SCENARIOS = [
    Scenario("silence", (), [SILENT]),
    Scenario("acceptable", (YES,), []),
    Scenario("acceptable in the other role", (says("sam", "acceptable", "security"),), []),
    Scenario("unacceptable", (says("mara", "unacceptable"),), [REFUSED, SILENT]),
    Scenario("unclear", (says("mara", "unclear"),), [UNCLEAR, SILENT]),
    Scenario("one refuses, another accepts", (says("jun", "unacceptable"), YES), [REFUSED]),
    Scenario("one doubts, another accepts", (YES, says("jun", "unclear")), [UNCLEAR]),
    Scenario("a refusal turned into acceptance", (says("mara", "unacceptable"), YES), []),
    Scenario("an acceptance turned into refusal", (YES, says("mara", "unacceptable")), [REFUSED, SILENT]),
    Scenario(
        "a refusal in one role, acceptance in the other",
        (says("priya", "unacceptable"), says("priya", "acceptable", "security")),
        [REFUSED],
    ),
    Scenario("in a role that is not asked", (says("ivy", "acceptable", "legal"),), [SILENT]),
    Scenario("a refusal in a role that is not asked", (says("ivy", "unacceptable", "legal"), YES), []),
    Scenario("in a role not held", (says("ivy", "acceptable"),), [SILENT]),
    Scenario("a refusal in a role not held", (says("ivy", "unacceptable"), YES), []),
    Scenario("of another area", (says("mara", "acceptable", area="cyber"),), [SILENT]),
    Scenario("of the bytes before", (YES, lambda history: history.replace(candidate("second"))), [SILENT]),
    Scenario("by the author", (says("ada", "acceptable"),), [SILENT]),
    Scenario("a refusal by the author", (says("ada", "unacceptable"), YES), [REFUSED]),
    Scenario("by somebody recused since", (YES, recuses), [SILENT]),
    Scenario("by somebody who left", (YES, lambda history: history.remove("mara")), [SILENT]),
    Scenario(
        "a refusal by somebody who left",
        (says("jun", "unacceptable"), YES, lambda history: history.remove("jun")),
        [REFUSED],
    ),
    Scenario("by somebody who lost the role", (YES, lambda history: history.revoke("mara", "safety")), [SILENT]),
    Scenario("by somebody who lost the role and got it back", (YES, lost_and_regained), [SILENT]),
    Scenario("one where two are asked", (YES,), [SILENT], 2),
    Scenario("twice by one", (YES, YES), [SILENT], 2),
    Scenario(
        "in two roles by one",
        (says("priya", "acceptable"), says("priya", "acceptable", "security")),
        [SILENT],
        2,
    ),
    Scenario("by two", (YES, says("sam", "acceptable", "security")), [], 2),
    Scenario("in an earlier round", (YES, lambda history: history.move("back")), []),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_an_area_is_settled_only_by_people_who_may_and_against_nobody(scenario: Scenario) -> None:
    history = in_review(policy(reviewers=scenario.reviewers))
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict()) == scenario.expected


def test_each_area_is_a_matter_of_its_own_and_the_silent_ones_are_named() -> None:
    history = in_review(policy(areas=["bio", "cyber", "persuasion"]))
    YES(history)

    verdict = history.verdict()

    assert verdict.summary == "risk areas: 1 of 3 acceptable"
    assert [reason.subject for reason in verdict.reasons] == ["cyber", "persuasion"]


def test_those_who_reviewed_already_are_not_asked_again() -> None:
    history = in_review(policy(reviewers=2, roles=["safety"]))
    YES(history)

    assert history.verdict().reasons[0].who == ("jun", "priya")


def test_only_the_maker_of_a_refusal_is_asked_to_look_again() -> None:
    history = in_review(policy())
    says("jun", "unacceptable")(history)
    assert history.verdict().reasons[0].who == ("jun",)

    history.remove("jun")

    assert (history.verdict().reasons[0].who, history.verdict().reasons[0].remedy) == ((), "jun has left: other bytes")


def test_a_changed_verdict_moves_what_approvals_rest_on_and_a_repeated_one_does_not() -> None:
    history = in_review(policy())
    YES(history)
    before = history.context().basis

    YES(history)
    assert history.context().basis == before

    says("jun", "acceptable")(history)
    assert history.context().basis != before


@pytest.mark.parametrize(
    "params", [{"areas": []}, {"roles": []}, {"reviewers": 0}, {"areas": ["bio", "bio"]}, {"areas": ["Bio!"]}], ids=str
)
def test_areas_and_reviewers_that_ask_for_nothing_are_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**params)


def test_the_process_learns_its_areas_and_roles_from_the_policy() -> None:
    assert (policy().areas_named(), policy().roles_named()) == (("bio",), ("safety", "security"))
