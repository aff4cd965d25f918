"""Rounds end approvals, and never objections."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import Lab, refused


def goes_back_and_forth(lab: Lab) -> None:
    lab.advance("return")
    lab.advance("submit")


def waits_and_resumes(lab: Lab) -> None:
    lab.advance("wait", by="mara")
    lab.advance("resume", by="mara")


def gets_other_bytes(lab: Lab) -> None:
    lab.replace(lab.model("second"))


NEXT_ROUND = [goes_back_and_forth, waits_and_resumes, gets_other_bytes]


def test_a_release_begins_in_round_one(lab: Lab) -> None:
    lab.start()

    assert lab.engine.status("aurora").round == 1


@pytest.mark.parametrize(
    ("trigger", "round_"), [("submit", 2), ("return", 3), ("submit", 4), ("wait", 5), ("resume", 6), ("withdraw", 7)]
)
def test_every_stage_entry_starts_the_next_round(lab: Lab, trigger: str, round_: int) -> None:
    lab.start()
    for earlier in ["submit", "return", "submit", "wait", "resume", "withdraw"][: round_ - 1]:
        lab.advance(earlier)

    status = lab.engine.status("aurora")
    assert status.round == round_
    assert lab.engine.history("aurora", limit=1)[0].events[0]["trigger"] == trigger


def test_other_bytes_start_the_next_round_without_a_stage_entry(review: Lab) -> None:
    entered = review.engine.status("aurora").entered_at

    review.replace(review.model("second"))

    status = review.engine.status("aurora")
    assert (status.round, status.stage, status.entered_at) == (3, "review", entered)


@pytest.mark.parametrize("happens", NEXT_ROUND)
def test_a_round_ends_approvals(review: Lab, happens: Callable[[Lab], None]) -> None:
    review.approve_publish()
    assert review.blocking() == set()

    happens(review)

    assert review.counted("safety") == review.counted("security") == []
    assert "sign-offs-missing" in review.blocking()


@pytest.mark.parametrize("happens", NEXT_ROUND)
def test_a_round_never_ends_an_objection(review: Lab, happens: Callable[[Lab], None]) -> None:
    review.sign("sam", "publish", "security", "reject")
    review.hold()
    review.require()

    happens(review)

    assert {"rejected", "hold", "requirement-open"} <= review.blocking()


def test_what_others_attach_say_and_are_refused_starts_no_round(review: Lab) -> None:
    review.attach(review.log(), declare_as="lead")
    review.hold()
    review.sign("mara", "publish")
    with refused("gate-denied"):
        review.advance("publish")

    assert review.engine.status("aurora").round == 2


def test_somebody_who_recused_themselves_stays_recused_in_later_rounds(review: Lab) -> None:
    review.sign("mara", "publish", decision="recuse")
    goes_back_and_forth(review)
    gets_other_bytes(review)

    with refused("sign-off-rejected") as caught:
        review.sign("mara", "publish")
    assert "recused" in caught.value.message
