"""What was found wrong blocks until it is put right, or until those who may accept its risk for a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policies.findings import Findings
from policies.requirements import Requirements, RequirementsButFindings
from tests.support.build import History, in_review, shown
from tests.support.parts import START, candidate
from workflow import gate
from workflow.facts import Severity
from workflow.policy import Policy

PEOPLE = {
    "lee": ("lead",),
    "mara": ("safety",),
    "sam": ("security",),
    "ivy": ("legal",),
    "noor": ("legal",),
    "max": ("lead", "legal"),
    "ada": ("safety", "legal"),
}
WEEK = START + timedelta(days=7)
ACCEPTED = {"accepted_by": "legal", "up_to": "high", "for_at_most": "30d"}
OPEN = ("open", "finding-open")
Steps = Callable[[History], object]


def policy(**params: Any) -> Findings:
    return Findings.model_validate(params)


def found(severity: str = "high") -> Steps:
    return lambda history: history.find(Severity(severity))


def accepts(person: str = "ivy", until: Any = WEEK, **more: Any) -> Steps:
    return lambda history: history.accept("R1", person, until, **more)


def a_week_later(history: History) -> None:
    history.clock.forward("7d")


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: tuple[Steps, ...]
    expected: list[tuple[str, str]]
    params: dict[str, Any] = field(default_factory=lambda: ACCEPTED)

    def __str__(self) -> str:
        return self.name


FROM_MEDIUM = {"blocks_from": "medium"}
SCENARIOS = [
    Scenario("nothing was found", (), []),
    Scenario("an open finding", (found(),), [OPEN]),
    Scenario("a low one where medium blocks", (found("low"),), [], FROM_MEDIUM),
    Scenario("a medium one where medium blocks", (found("medium"),), [OPEN], FROM_MEDIUM),
    Scenario("discharged", (found(), lambda history: history.discharge("R1", "mara", "safety")), []),
    Scenario("accepted", (found(), accepts()), []),
    Scenario("accepted by nobody who may", (found(), accepts("mara", role="safety")), [OPEN]),
    Scenario("accepted in a role not held", (found(), accepts("sam")), [OPEN]),
    Scenario("accepted where nobody may", (found(), accepts()), [OPEN], {}),
    Scenario("accepted by an author", (found(), accepts("ada")), [OPEN]),
    Scenario("accepted by whoever started it", (found(), accepts("lee", role="lead")), [OPEN]),
    Scenario("accepted for longer than is allowed", (found(), accepts(until=START + timedelta(days=31))), [OPEN]),
    Scenario("accepted until a time before", (found(), accepts(until=START - timedelta(days=1))), [OPEN]),
    Scenario("accepted until its time has come", (found(), accepts(), a_week_later), [OPEN]),
    Scenario("graver than anybody may accept", (found("critical"), accepts()), [OPEN]),
    Scenario("by one where two are asked", (found(), accepts()), [OPEN], {**ACCEPTED, "people": 2}),
    Scenario("twice by one", (found(), accepts(), accepts()), [OPEN], {**ACCEPTED, "people": 2}),
    Scenario("by two", (found(), accepts(), accepts("noor")), [], {**ACCEPTED, "people": 2}),
    Scenario(
        "by two, of whom one only for a shorter time",
        (found(), accepts(), accepts("noor", START + timedelta(hours=1)), lambda history: history.clock.forward("2h")),
        [OPEN],
        {**ACCEPTED, "people": 2},
    ),
    Scenario("shortened by the same person", (found(), accepts(), accepts(until=START - timedelta(hours=1))), [OPEN]),
    Scenario("by somebody who left", (found(), accepts(), lambda history: history.remove("ivy")), [OPEN]),
    Scenario("of the bytes before", (found(), accepts(), lambda history: history.replace(candidate("second"))), [OPEN]),
    Scenario("another one", (found(), accepts(), found("low")), [OPEN]),
    Scenario(
        "with a clock that steps back",
        (found(), accepts(), lambda history: history.clock.back("1h")),
        [("error", "cannot-tell")],
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_finding_blocks_unless_it_is_gone_or_those_who_may_accept_its_risk(scenario: Scenario) -> None:
    history = in_review(policy(**scenario.params), people=PEOPLE)
    for step in scenario.steps:
        step(history)

    assert shown(history.verdict()) == scenario.expected


def test_whoever_calls_the_trigger_accepts_no_risk_by_it() -> None:
    history = in_review(policy(**ACCEPTED), people=PEOPLE)
    found()(history)
    accepts("max")(history)

    assert history.verdict().allow
    assert shown(history.verdict(caller="max")) == [OPEN]


def test_what_was_passed_before_the_clock_was_corrected_stays_passed() -> None:
    history = in_review(policy(**ACCEPTED), people=PEOPLE)
    found()(history)
    accepts()(history)
    a_week_later(history)
    history.record_time()
    history.clock.back("6d")
    history.correct_clock()

    assert shown(history.verdict()) == [OPEN]


def test_an_accepted_risk_is_told_with_its_owner_and_its_end_and_a_low_finding_is_told_too() -> None:
    history = in_review(policy(**ACCEPTED, blocks_from="medium"), people=PEOPLE)
    found()(history)
    found("low")(history)
    accepts()(history)

    assert [(fact.label, fact.text) for fact in history.verdict().facts] == [
        ("accepted", "R1 (high) by ivy as legal until 2025-07-08T09:00:00.000000Z"),
        ("told", "R2: low, by sam as security in aurora; blocks nothing here"),
    ]


def test_whoever_can_discharge_it_or_accept_its_risk_is_asked() -> None:
    history = in_review(policy(**ACCEPTED, people=2), people=PEOPLE)
    found()(history)
    accepts()(history)

    (reason,) = history.verdict().reasons
    assert (reason.who, reason.role) == (("mara", "max", "noor"), None)
    assert reason.remedy == "discharged by safety; or 1 more as legal accept its risk, for at most 30d"


def test_an_acceptance_moves_what_approvals_rest_on_and_its_end_does_not() -> None:
    history = in_review(policy(**ACCEPTED), people=PEOPLE)
    found()(history)
    before = history.context().basis
    accepts()(history)
    after = history.context().basis
    assert after != before

    a_week_later(history)

    assert history.context().basis == after


@pytest.mark.parametrize(
    ("policies", "blocked"),
    [
        ((Requirements(),), True),
        ((RequirementsButFindings(),), True),
        ((Requirements(), Findings(blocks_from=Severity.HIGH)), True),
        ((RequirementsButFindings(), Findings(blocks_from=Severity.HIGH)), False),
    ],
)
def test_a_low_finding_blocks_like_any_requirement_where_no_rule_is_about_findings(
    policies: tuple[Policy, ...], blocked: bool
) -> None:
    history = in_review(*policies)
    found("low")(history)

    verdicts = gate.evaluate(history.context())

    assert gate.allows(verdicts) is not blocked
    assert shown(verdicts[0]) == ([("open", "requirement-open")] if blocked else [])


def test_other_requirements_are_never_left_to_the_rule_about_findings() -> None:
    history = in_review(RequirementsButFindings(), Findings())
    history.require("mara", "safety")

    assert shown(history.verdict()) == [("open", "requirement-open")]


def test_a_finding_follows_the_weights_into_another_release_and_its_accepted_risk_does_not() -> None:
    history = in_review(policy(**ACCEPTED), people=PEOPLE)
    found()(history)
    history.start("tiny", facts=candidate("tiny", parents=[history.releases["aurora"].candidate.digest]))
    history.move("submit", slug="tiny")
    accepts()(history)
    assert history.verdict().allow
    assert shown(history.verdict(slug="tiny")) == [OPEN]

    accepts("noor", candidates=[history.releases["tiny"].candidate.digest])(history)

    assert history.verdict(slug="tiny").allow


@pytest.mark.parametrize(
    "params",
    [
        {"accepted_by": "legal"},
        {"accepted_by": "legal", "up_to": "high"},
        {"up_to": "high", "for_at_most": "30d"},
        {"people": 2},
        {**ACCEPTED, "people": 0},
        {**ACCEPTED, "up_to": "low", "blocks_from": "medium"},
        {**ACCEPTED, "for_at_most": "for ever"},
        {"blocks_from": "grave"},
    ],
    ids=str,
)
def test_half_an_acceptance_and_one_of_nothing_are_refused_at_load(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**params)
