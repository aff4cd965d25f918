"""Refusals stand until those who may end them do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from policies.objections import Objections
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate


@dataclass(frozen=True)
class Scenario:
    name: str
    happens: Callable[[History], object]
    blocked: bool
    who: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def veto(history: History) -> str:
    return history.sign("sam", "security", "reject")


def advice(history: History) -> str:
    return history.sign("ivy", "legal", "reject")


def veto_then_leaves(history: History) -> None:
    veto(history)
    history.remove("sam")


def veto_then_approves(history: History) -> None:
    veto(history)
    history.sign("sam", "security", "approve")


def veto_then_bounces(history: History) -> None:
    veto(history)
    history.move("back")
    history.move("submit")


def veto_then_loses_the_role(history: History) -> None:
    veto(history)
    history.revoke("sam", "security")


def veto_of_the_excluded(history: History) -> None:
    history.sign("ada", "safety", "reject")


def veto_of_a_lesser_raise(history: History) -> None:
    history.sign("sam", "security", "reject", trigger="host")


def veto_then_other_bytes(history: History) -> None:
    veto(history)
    history.replace(candidate("second"))


SCENARIOS = [
    Scenario("nobody said anything", lambda history: None, blocked=False),
    Scenario("an approval", lambda history: history.sign("sam", "security"), blocked=False),
    Scenario("an abstention", lambda history: history.sign("sam", "security", "abstain"), blocked=False),
    Scenario("a veto", veto, blocked=True, who=("sam",)),
    Scenario("a veto whose maker left", veto_then_leaves, blocked=True, who=("priya",)),
    Scenario("a veto and then an approval by the same", veto_then_approves, blocked=True, who=("sam",)),
    Scenario("a veto, and the stage bounced", veto_then_bounces, blocked=True, who=("sam",)),
    Scenario("a veto whose maker lost the role", veto_then_loses_the_role, blocked=True, who=("sam",)),
    Scenario("a veto of an author", veto_of_the_excluded, blocked=True, who=("ada",)),
    Scenario("a veto of a lesser raise", veto_of_a_lesser_raise, blocked=True, who=("sam",)),
    Scenario("a veto, and other bytes with other weights", veto_then_other_bytes, blocked=True, who=("sam",)),
    Scenario("a veto taken back", lambda history: history.withdraw(veto(history), "sam"), blocked=False),
    Scenario("advice against it", advice, blocked=True, who=("ivy",)),
    Scenario("advice against it, answered", lambda history: history.close(advice(history), "ivy"), blocked=False),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_refusal_blocks_until_it_is_ended(scenario: Scenario) -> None:
    history = in_review(Objections())
    scenario.happens(history)

    verdict = history.verdict()

    assert shown(verdict) == ([("no", "rejected")] if scenario.blocked else [])
    assert tuple(who for reason in verdict.reasons for who in reason.who) == scenario.who


def test_two_refusals_are_two_reasons_that_name_their_makers() -> None:
    history = in_review(Objections())
    veto(history)
    advice(history)

    reasons = history.verdict().reasons

    assert [(reason.subject, reason.role) for reason in reasons] == [("S1", "security"), ("S2", "legal")]
    assert reasons[0].text == f"sam refused as security, S1 in aurora, entry {history.seq - 1}"


def test_a_refusal_of_the_highest_raise_does_not_stop_a_lesser_one() -> None:
    history = in_review()
    history.gates["host"] = (Objections(),)
    veto(history)

    assert Objections().evaluate(history.context("host")).allow


def test_the_way_back_stays_open() -> None:
    history = in_review()
    veto(history)

    assert Objections().evaluate(history.context("back")).allow


def test_a_refusal_follows_the_bytes_into_another_release_and_says_from_where() -> None:
    history = in_review(Objections())
    veto(history)
    refused = history.releases["aurora"].candidate
    history.start("second", facts=candidate("quantized", parents=[refused.digest]))

    verdict = history.verdict(slug="second")

    assert shown(verdict) == [("no", "rejected")]
    assert "S1 in aurora" in verdict.reasons[0].text
    assert f"candidate {refused.digest[:12]}, which this one descends from" in verdict.reasons[0].text


def test_taking_it_back_for_the_old_bytes_does_not_free_the_new_ones() -> None:
    history = in_review(Objections())
    subject = veto(history)
    old = history.releases["aurora"].candidate.digest
    history.replace(candidate("second"))
    history.close(subject, "sam", candidates=[old])

    assert not history.verdict().allow
