"""Approvals: for these bytes, in this round, by people who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import ValidationError

from policies.evidence import EvidencePolicy
from policies.sign_offs import SignOffs
from tests.support.build import History, in_review, shown
from tests.support.parts import START, candidate, report

TWO_OF_SAFETY = SignOffs(role="safety", count=2)
EVIDENCE = EvidencePolicy.model_validate({"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"})
TOMORROW = START + timedelta(days=1)


@dataclass(frozen=True)
class Scenario:
    name: str
    happens: Callable[[History], object]
    counted: int = 0

    def __str__(self) -> str:
        return self.name


def twice_by_one(history: History) -> None:
    history.sign("mara", "safety")
    history.sign("mara", "safety")


def then(*steps: Callable[[History], object]) -> Callable[[History], object]:
    def happens(history: History) -> None:
        for step in steps:
            step(history)

    return happens


def mara(history: History) -> None:
    history.sign("mara", "safety")


def jun(history: History) -> None:
    history.sign("jun", "safety")


def jun_until_tomorrow(history: History) -> None:
    history.sign("jun", "safety", expires=TOMORROW)


def a_day_that_was_none(history: History) -> None:
    history.clock.forward("1d")
    history.record_time()
    history.clock.back("1d")
    history.correct_clock()


SCENARIOS = [
    Scenario("nobody", lambda history: None),
    Scenario("one", mara, 1),
    Scenario("two", then(mara, jun), 2),
    Scenario("one, twice", twice_by_one, 1),
    Scenario("the requester", lambda history: (history.grant("lee", "safety"), history.sign("lee", "safety"))),
    Scenario("an author", lambda history: history.sign("ada", "safety")),
    Scenario("somebody without the role", lambda history: history.sign("sam", "safety")),
    Scenario("in another role", lambda history: history.sign("priya", "security")),
    Scenario("for another move", lambda history: history.sign("mara", "safety", trigger="host")),
    Scenario("for another basis", lambda history: history.sign("mara", "safety", basis="0" * 64)),
    Scenario("taken back", lambda history: history.withdraw(history.sign("mara", "safety"), "mara")),
    Scenario("turned into a refusal", then(mara, lambda history: history.sign("mara", "safety", "reject"))),
    Scenario("turned into an abstention", then(mara, lambda history: history.sign("mara", "safety", "abstain"))),
    Scenario("and then recused", then(mara, lambda history: history.sign("mara", "safety", "recuse"))),
    Scenario("in an earlier round", then(mara, lambda h: h.move("back"), lambda h: h.move("submit"))),
    Scenario("of the bytes before", then(mara, lambda history: history.replace(candidate("second")))),
    Scenario("by somebody who left", then(mara, jun, lambda history: history.remove("jun")), 1),
    Scenario("by somebody who lost the role", then(mara, jun, lambda history: history.revoke("jun", "safety")), 1),
    Scenario(
        "before the role was granted", then(lambda h: h.sign("sam", "safety"), lambda h: h.grant("sam", "safety"))
    ),
    Scenario("in time", then(mara, jun_until_tomorrow, lambda history: history.clock.forward("23h")), 2),
    Scenario("expired", then(mara, jun_until_tomorrow, lambda history: history.clock.forward("24h")), 1),
    Scenario("expired before the clock was corrected", then(mara, jun_until_tomorrow, a_day_that_was_none), 1),
    Scenario("anew after the clock was corrected", then(mara, a_day_that_was_none, jun_until_tomorrow), 2),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_only_people_who_may_count_and_each_once(scenario: Scenario) -> None:
    history = in_review(TWO_OF_SAFETY)
    scenario.happens(history)

    verdict = history.verdict()

    assert verdict.summary == f"sign-offs safety: {scenario.counted} of 2"
    assert shown(verdict) == ([] if scenario.counted == 2 else [("open", "sign-offs-missing")])


def test_an_approval_given_while_the_clock_was_ahead_does_not_last_until_then() -> None:
    history = in_review(SignOffs(role="safety", count=1))
    history.clock.forward("3650d")
    history.sign("mara", "safety", expires=history.clock.now() + timedelta(days=1))
    history.clock.back("3650d")
    history.correct_clock()

    assert not history.verdict().allow


def test_where_approvals_expire_a_clock_that_stepped_back_is_an_error() -> None:
    history = in_review(SignOffs(role="safety", count=1))
    history.sign("mara", "safety", expires=TOMORROW)
    history.clock.back("1m")

    assert shown(history.verdict()) == [("error", "cannot-tell")]


def test_new_evidence_ends_the_approvals_that_did_not_see_it() -> None:
    history = in_review(TWO_OF_SAFETY, EVIDENCE)
    history.attach(report("0.10"))
    mara(history)
    jun(history)
    assert history.verdict().allow

    history.attach(report("0.24"))

    assert [fact.text for fact in history.verdict().facts] == [
        "mara (what it rests on has changed since)",
        "jun (what it rests on has changed since)",
    ]


def test_what_the_gate_does_not_read_does_not_end_approvals() -> None:
    history = in_review(TWO_OF_SAFETY, EVIDENCE)
    mara(history)
    jun(history)
    history.attach(report("0.90", name="poetry"))
    history.hold("sam", "security")
    history.require("sam", "security")
    history.sign("ivy", "legal", "reject")

    assert history.verdict().allow


def test_nobody_sits_in_two_places_of_one_gate() -> None:
    history = in_review(SignOffs(role="safety", count=1), SignOffs(role="security", count=1))
    history.sign("priya", "safety")
    history.sign("priya", "security")

    verdicts = [policy.evaluate(history.context()) for policy in history.gates["publish"]]

    assert sorted(verdict.allow for verdict in verdicts) == [False, True]

    history.sign("mara", "safety")

    assert all(policy.evaluate(history.context()).allow for policy in history.gates["publish"])


def test_solo_lets_one_person_do_everything_but_not_after_a_recusal() -> None:
    history = in_review(SignOffs(role="lead", count=1), solo=True)
    history.sign("lee", "lead")
    assert history.verdict(caller="lee").allow

    history.sign("lee", "lead", "recuse")

    assert not history.verdict(caller="lee").allow


def test_nobody_who_may_is_said_so_with_the_next_step() -> None:
    history = in_review(SignOffs(role="lead", count=1))

    reason = history.verdict().reasons[0]

    assert (reason.text, reason.who) == ("1 more to approve as lead, and nobody who holds it may", ())
    assert reason.remedy == "grant lead to somebody who may approve"


@pytest.mark.parametrize("params", [{"count": 0}, {"count": -1}, {"count": 1, "expires_after": "0h"}, {}])
def test_a_quorum_of_nobody_and_a_life_of_nothing_are_refused_at_load(params: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SignOffs.model_validate({"role": "safety", **params})
