"""Who may pull a trigger."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from policies.actor import Actor
from tests.support.build import History, in_review, shown

LEAD_OR_LEGAL = Actor.model_validate({"roles": ["lead", "legal"]})


@pytest.fixture
def history() -> History:
    return in_review(LEAD_OR_LEGAL)


def test_a_policy_that_names_no_role_is_refused_at_load() -> None:
    with pytest.raises(ValidationError):
        Actor.model_validate({"roles": []})


def test_an_unknown_caller_leaves_it_open_and_learns_who_may(history: History) -> None:
    verdict = history.verdict(caller=None)

    assert shown(verdict) == [("open", "caller-unknown")]
    assert verdict.reasons[0].who == ("ada", "ivy", "lee")


@pytest.mark.parametrize("caller", ["lee", "ivy"])
def test_any_of_the_roles_is_enough(history: History, caller: str) -> None:
    assert history.verdict(caller=caller).allow


@pytest.mark.parametrize("caller", ["mara", "nobody-knows"])
def test_a_caller_without_any_of_the_roles_is_refused(history: History, caller: str) -> None:
    assert shown(history.verdict(caller=caller)) == [("no", "caller-not-allowed")]


def test_the_role_must_be_held_now(history: History) -> None:
    history.revoke("ivy", "legal")
    history.remove("lee")

    assert shown(history.verdict(caller="ivy")) == [("no", "caller-not-allowed")]
    assert shown(history.verdict(caller="lee")) == [("no", "caller-not-allowed")]


def test_where_nobody_holds_a_role_the_next_step_is_to_grant_it() -> None:
    history = in_review(Actor.model_validate({"roles": ["executive"]}))

    reason = history.verdict(caller="lee").reasons[0]

    assert (reason.remedy, reason.who) == ("grant executive to somebody", ())
