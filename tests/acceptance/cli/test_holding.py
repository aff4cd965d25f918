"""Who placed a hold, and to whom it belongs: the delay's belongs to a number of people, whoever moved the release."""

from __future__ import annotations

from typing import Any

import pytest
from cli_desk import WHY, Desk, by

from workflow.errors import InvalidInput


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_delay_s_hold_is_not_said_to_be_placed_in_a_role_that_its_placer_lacks(desk: Desk) -> None:
    desk.to_review()
    desk.does("advance", "aurora", "stop", *by("lee"))

    explained = words(desk("explain", "aurora", "resume").out)

    assert "placed by lee, entry" in explained
    assert "it belongs to 2 of safety" in explained
    assert "lee as safety" not in explained


def test_a_person_s_own_hold_is_shown_with_the_role_they_placed_it_in(desk: Desk) -> None:
    desk.to_review()
    desk.does("hold", "aurora", *by("jun"))

    assert "placed by jun as safety, entry" in words(desk("explain", "aurora", "publish").out)


def test_a_hold_that_is_not_in_the_way_onward_is_told_with_placer_and_owner(desk: Desk) -> None:
    desk.ready()
    desk.does("hold", "aurora", *by("jun", "a jailbreak was found"))
    desk.does("advance", "aurora", "withdraw", *by("lee"))

    shown = words(desk("status", "aurora").out)

    assert 'hold H1 placed by jun, belongs to jun: "a jailbreak was found"' in shown


@pytest.mark.parametrize(
    "conditions",
    [
        "ab",
        ["ab"],
        [("read it",)],
        [("read it", "safety", "legal")],
        [("read it", None)],
        [(1, "safety")],
        [7],
        7,
        None,
    ],
    ids=repr,
)
def test_conditions_that_are_no_pairs_are_refused_and_nothing_is_held(desk: Desk, conditions: Any) -> None:
    desk.to_review()

    with desk.engine() as engine:
        with pytest.raises(InvalidInput, match="list of pairs") as refused:
            engine.hold("aurora", role="safety", actor="jun", rationale=WHY, conditions=conditions)
        assert engine.status("aurora").holds == ()

    assert refused.value.remedy
