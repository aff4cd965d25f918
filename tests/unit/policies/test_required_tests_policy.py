"""Every required test is done, failed or not applicable, in somebody's name; and silence is none of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from policies.required_tests import RequiredTests
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate, report
from workflow.facts import TestVerdict as Said

Steps = Callable[[History], object]


def policy(**params: Any) -> RequiredTests:
    return RequiredTests.model_validate({"tests": ["red_team"], "roles": ["safety", "security"], **params})


def says(person: str, verdict: Said, role: str = "safety", test: str = "red_team", **more: Any) -> Steps:
    return lambda history: history.judge_test(person, role, test, verdict, **more)


def attached(history: History) -> None:
    history.attach(report("0.1"))


def lost_and_regained(history: History) -> None:
    history.revoke("mara", "safety")
    history.grant("mara", "safety")


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    expected: list[tuple[str, str]]
    people: int = 1

    def __str__(self) -> str:
        return self.name


DONE = says("mara", "done")
SILENT, FAILED = ("open", "test-open"), ("no", "test-failed")
SCENARIOS = [
    Scenario("silence", (), [SILENT]),
    Scenario("done", (DONE,), []),
    Scenario("not applicable", (says("sam", "not_applicable", "security"),), []),
    Scenario("failed", (says("mara", "failed"),), [FAILED, SILENT]),
    Scenario("failed by one, done by another", (says("jun", "failed"), DONE), [FAILED]),
    Scenario("done by one, failed by another later", (DONE, says("jun", "failed")), [FAILED]),
    Scenario("failed, and done by the same person later", (says("mara", "failed"), DONE), []),
    Scenario("done, and failed by the same person later", (DONE, says("mara", "failed")), [FAILED, SILENT]),
    Scenario(
        "failed in one role, done in the other by the same person",
        (says("priya", "failed"), says("priya", "done", "security")),
        [FAILED],
    ),
    Scenario("in a role that is not asked", (says("ivy", "done", "legal"),), [SILENT]),
    Scenario("in a role not held", (says("ivy", "done"),), [SILENT]),
    Scenario("a failure in a role not held", (says("ivy", "failed"), DONE), []),
    Scenario("of another test", (says("mara", "done", test="load"),), [SILENT]),
    Scenario("of the bytes before", (DONE, lambda history: history.replace(candidate("second"))), [SILENT]),
    Scenario("by an author", (says("ada", "done"),), [SILENT]),
    Scenario("a failure by an author", (says("ada", "failed"), DONE), [FAILED]),
    Scenario("by somebody recused since", (DONE, lambda history: history.sign("mara", "safety", "recuse")), [SILENT]),
    Scenario("by somebody who left", (DONE, lambda history: history.remove("mara")), [SILENT]),
    Scenario(
        "a failure by somebody who left",
        (says("jun", "failed"), DONE, lambda history: history.remove("jun")),
        [FAILED],
    ),
    Scenario("by somebody who lost the role and got it back", (DONE, lost_and_regained), [SILENT]),
    Scenario("one where two are asked", (DONE,), [SILENT], 2),
    Scenario("twice by one", (DONE, says("mara", "not_applicable")), [SILENT], 2),
    Scenario("by two", (DONE, says("sam", "not_applicable", "security")), [], 2),
    Scenario("in an earlier round", (DONE, lambda history: history.move("back")), []),
    Scenario("on a report", (attached, says("mara", "done", evidence=["E1"])), []),
    Scenario(
        "on a report that was set aside since",
        (attached, says("mara", "done", evidence=["E1"]), lambda history: history.set_aside("E1")),
        [SILENT],
    ),
    Scenario(
        "a failure on a report that was set aside since",
        (attached, says("mara", "failed", evidence=["E1"]), lambda history: history.set_aside("E1")),
        [FAILED, SILENT],
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_test_is_settled_only_by_people_who_may_and_against_nobody(scenario: Scenario) -> None:
    history = in_review(policy(people=scenario.people))
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict()) == scenario.expected


def test_each_test_is_a_matter_of_its_own_and_the_silent_ones_are_named() -> None:
    history = in_review(policy(tests=["red_team", "load", "privacy"]))
    DONE(history)

    verdict = history.verdict()

    assert verdict.summary == "required tests: 1 of 3 settled"
    assert [(reason.subject, reason.who) for reason in verdict.reasons] == [
        ("load", ("jun", "mara", "priya", "sam")),
        ("privacy", ("jun", "mara", "priya", "sam")),
    ]


def test_in_another_release_of_the_same_files_a_failure_counts_and_nothing_else_does() -> None:
    history = in_review(policy())
    facts = history.releases["aurora"].candidate
    history.start("borealis", facts=facts)
    history.judge_test("mara", "safety", "red_team", "done", slug="borealis")
    assert shown(history.verdict()) == [SILENT]

    DONE(history)
    history.judge_test("jun", "safety", "red_team", "failed", slug="borealis")

    assert shown(history.verdict()) == [FAILED]
    assert history.verdict().reasons[0].release == "borealis"


def test_another_word_and_a_cited_report_that_is_set_aside_move_what_approvals_rest_on() -> None:
    history = in_review(policy())
    attached(history)
    says("mara", "done", evidence=["E1"])(history)
    before = history.context().basis

    says("mara", "done", evidence=["E1"])(history)
    assert history.context().basis == before

    history.set_aside("E1")
    assert history.context().basis != before


@pytest.mark.parametrize(
    "params",
    [{"tests": []}, {"roles": []}, {"people": 0}, {"tests": ["load", "load"]}, {"tests": ["Red team"]}],
    ids=str,
)
def test_what_asks_for_nothing_is_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**params)
