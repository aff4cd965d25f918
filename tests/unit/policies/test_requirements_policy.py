"""What must be discharged first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from policies.requirements import Requirements
from tests.support.build import History, in_review, shown
from tests.support.parts import START, candidate

TOMORROW = START + timedelta(days=1)


@dataclass(frozen=True)
class Scenario:
    name: str
    happens: Callable[[History], object]
    expected: list[tuple[str, str]]

    def __str__(self) -> str:
        return self.name


def for_another_move_due_tomorrow(history: History) -> None:
    history.require("mara", "safety", blocks=["host"], due=TOMORROW)


def overdue_for_another_move(history: History) -> None:
    for_another_move_due_tomorrow(history)
    history.clock.forward("1d")


def overdue_then_discharged(history: History) -> None:
    overdue_for_another_move(history)
    history.discharge("R1", "jun", "safety")


def overdue_then_the_clock_steps_back(history: History) -> None:
    for_another_move_due_tomorrow(history)
    history.clock.back("1h")


def overdue_then_the_clock_is_corrected(history: History) -> None:
    overdue_for_another_move(history)
    history.record_time()
    history.clock.back("1d")
    history.correct_clock()


def undated_then_the_clock_steps_back(history: History) -> None:
    history.require("mara", "safety", blocks=["host"])
    history.clock.back("1h")


OPEN, OVERDUE, ERROR = ("open", "requirement-open"), ("open", "requirement-overdue"), ("error", "cannot-tell")
SCENARIOS = [
    Scenario("nothing was required", lambda history: None, []),
    Scenario("of every raise", lambda history: history.require("mara", "safety"), [OPEN]),
    Scenario("of this move", lambda history: history.require("mara", "safety", blocks=["publish"]), [OPEN]),
    Scenario("of another move", lambda history: history.require("mara", "safety", blocks=["host"]), []),
    Scenario("of every raise, due tomorrow", lambda history: history.require("mara", "safety", due=TOMORROW), [OPEN]),
    Scenario("of every raise, due now", lambda history: history.require("mara", "safety", due=START), [OVERDUE]),
    Scenario("of another move, due tomorrow", for_another_move_due_tomorrow, []),
    Scenario("of another move, overdue", overdue_for_another_move, [OVERDUE]),
    Scenario("of another move, overdue and then discharged", overdue_then_discharged, []),
    Scenario("of another move, due, and the clock steps back", overdue_then_the_clock_steps_back, [ERROR]),
    Scenario("of another move, overdue, and the clock corrected", overdue_then_the_clock_is_corrected, [OVERDUE]),
    Scenario("of another move, undated, and the clock steps back", undated_then_the_clock_steps_back, []),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_what_is_required_blocks_until_it_is_discharged(scenario: Scenario) -> None:
    history = in_review(Requirements())
    scenario.happens(history)

    assert shown(history.verdict()) == scenario.expected


def test_a_requirement_says_who_can_discharge_it_without_those_who_are_excluded() -> None:
    history = in_review(Requirements())
    history.require("sam", "security", discharged_by="safety", due=TOMORROW)

    reason = history.verdict().reasons[0]

    assert (reason.who, reason.role, reason.subject) == (("jun", "mara", "priya"), "safety", "R1")
    assert reason.text == f"R1 in aurora is open, entry {history.seq}; due 2025-07-02T09:00:00.000000Z"


def test_where_nobody_can_discharge_it_the_next_step_is_to_grant_the_role() -> None:
    history = in_review(Requirements())
    history.require("sam", "security", discharged_by="lead")

    reason = history.verdict().reasons[0]

    assert (reason.who, reason.remedy) == ((), "grant lead to somebody who may discharge it")


def test_a_discharge_for_the_old_bytes_does_not_count_for_the_new_ones() -> None:
    history = in_review(Requirements())
    history.require("mara", "safety")
    history.discharge("R1", "jun", "safety")
    history.replace(candidate("second"))

    assert shown(history.verdict()) == [OPEN]


def test_on_the_way_back_only_what_names_it_blocks_and_no_date_is_asked() -> None:
    history = in_review()
    history.require("mara", "safety")
    history.require("mara", "safety", blocks=["host"], due=START)
    history.clock.back("1h")

    assert Requirements().evaluate(history.context("back")).allow
